"""People at work in a house: a draft's whole life, tasks, conversations, imports, feedback, rankings."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp

from benchmarks.load.asking import Asker, Failed
from benchmarks.load.house import PASSWORD, House
from benchmarks.load.told import Told

STORY = (
    "青岭市图书馆新馆3日开馆，馆藏书110万册。馆长周敏说，每天开放到22时，市民凭身份证即可办理借阅证。"
    "当天前来的读者超过8000人，其中三分之一是学生。记者张华的电话是13812345678。"
)
_PATIENCE = 120.0  # seconds for one answer
Journey = Callable[[], Awaitable[None]]


class Crowd(Asker):
    """Everybody who works in a house; made by `crowd`.

    Args:
        patient: see `Asker`.
        models: that are asked, in turn.
    """

    def __init__(
        self, house: House, session: aiohttp.ClientSession, patient: bool, models: Sequence[str]
    ) -> None:
        super().__init__(house, session, patient)
        self.told = Told()
        self.stopping = False
        self.journeys = 0
        """So many have ended."""
        self.tokens_an_answer = 64
        self._models = itertools.cycle(models)
        self._random = random.Random(0)
        self._assignments: list[str] = []
        self.asking: tuple[Journey, ...] = (self.chat, self.chat_stream, self.task, self.task_stream)
        """What models answer."""
        self.writing: tuple[Journey, ...] = (
            self.draft,
            self.draft,
            self.feedback,
            self.article,
            self.ranking,
        )
        """What is kept."""
        self.mixed: tuple[Journey, ...] = (*self.asking, *self.asking, *self.writing, self.look)

    def begin(self, count: int, journeys: Sequence[Journey]) -> None:
        """Have `count` people at work until `stop`."""
        self._work = asyncio.create_task(self.work(count, journeys))

    async def stop(self) -> None:
        """Have them finish what they are at."""
        self.stopping = True
        await self._work

    async def work(self, count: int, journeys: Sequence[Journey]) -> None:
        """`count` people, one journey after the other, until `stopping`."""

        async def one() -> None:
            while not self.stopping:
                await self.journey(journeys)

        await asyncio.gather(*(one() for _ in range(count)))

    async def journey(self, journeys: Sequence[Journey]) -> None:
        """One of these journeys; a failure is noted, not raised."""
        chosen = self._random.choice(journeys)
        name = getattr(chosen, "__name__", "journey")
        try:
            await chosen()
        except Failed as failure:
            self.seen.failures.append(f"{name}: {failure}")
        except Exception as error:
            self.seen.failures.append(f"{name}: {type(error).__name__}: {error}")
        self.journeys += 1

    # What editors do with models

    async def chat(self) -> None:
        """A question, answered whole."""
        said = await self.ask("reporter", "POST", "/v1/chat/completions", self._question())
        if not said["choices"][0]["message"]["content"] or said["usage"]["completion_tokens"] < 1:
            raise Failed(f"an empty answer: {said}")

    async def chat_stream(self) -> None:
        """A question, answered in pieces."""
        body = self._question() | {"stream": True, "stream_options": {"include_usage": True}}
        await self.stream("/v1/chat/completions", body, (b"data: [DONE]",))

    async def task(self) -> None:
        """A headline for a story."""
        said = await self.ask("reporter", "POST", "/v1/tasks/headline.news/run", self._run())
        if not said["text"]:
            raise Failed(f"an empty answer: {said}")

    async def task_stream(self) -> None:
        """The same in pieces."""
        await self.stream("/v1/tasks/headline.news/run", self._run() | {"stream": True}, (b"event: answer",))

    # What they write

    async def draft(self) -> None:
        """A draft from its first words to its publication."""
        title, body = f"青岭图书馆开馆 {uuid4().hex[:8]}", STORY
        new = {"title": title, "body": body, "source": STORY, "language": "zh"}
        draft = self.told.draft(await self._write("reporter", "POST", "/v1/drafts", new))
        for number in range(3):
            body += f"\n第{number + 1}段：读者{self._random.randint(1, 9999)}人。"
            changed = {"title": title, "body": body, "revision": draft["revision"]}
            draft = self.told.draft(
                await self._write("reporter", "PUT", f"/v1/drafts/{draft['id']}", changed)
            )
        remark = {"text": f"核对数字 {uuid4().hex[:8]}", "revision": draft["revision"], "start": 0, "end": 5}
        said = await self._write("editor", "POST", f"/v1/drafts/{draft['id']}/comments", remark)
        self.told.comments[draft["id"]].append(said["id"])
        held = {
            "text": "馆藏书110万册",
            "verdict": "confirmed",
            "against": "图书馆网站",
            "revision": draft["revision"],
        }
        await self._write("editor", "POST", f"/v1/drafts/{draft['id']}/examined", held)
        self.told.examined[draft["id"]] += 1
        for who, act, more in (
            ("reporter", "submit", {}),
            ("editor", "decide", {"decision": "approve"}),
            ("chief_editor", "decide", {"decision": "approve"}),
            ("chief_editor", "publish", {}),
        ):
            step = {"revision": draft["revision"], "note": "", **more}
            draft = self.told.draft(await self._write(who, "POST", f"/v1/drafts/{draft['id']}/{act}", step))

    async def _write(self, who: str, method: str, path: str, body: dict[str, Any]) -> Any:
        return await self.ask(who, method, path, body | {"key": uuid4().hex})

    async def feedback(self) -> None:
        """A thumb, and an answer as it was used."""
        answers = [
            {"model": "base", "text": "图书馆开馆"},
            {"model": "tuned", "text": "青岭市图书馆新馆开馆"},
        ]
        given = {"task": "headline.news", "language": "zh", "input": {"article": STORY}, "answers": answers}
        used = {"chosen": 1, "thumb": "up", "edited": f"青岭图书馆新馆 {uuid4().hex[:8]}", "consent": True}
        said = await self._write("reporter", "POST", "/v1/feedback", given | used)
        self.told.feedback.append(said["id"])

    async def article(self) -> None:
        """A file of one article."""
        text = f"图书馆\n\n{STORY}{uuid4().hex}"

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData()
            made.add_field("files", text.encode(), filename="story.txt", content_type="text/plain")
            return made

        said = await self.ask("reporter", "POST", "/v1/articles/files", form=form)
        if said["dropped"]:
            raise Failed(f"an article was dropped: {said}")
        self.told.articles += said["added"]  # none where a lost answer was asked for again: known

    async def look(self) -> None:
        """Lists, as pages show them."""
        for who, path in (
            ("reporter", "/v1/tasks"),
            ("editor", "/v1/drafts?limit=20"),
            ("reporter", "/v1/articles?limit=20"),
            ("operator", "/v1/operations/overview?minutes=10"),
        ):
            await self.ask(who, "GET", path)

    async def ranking(self) -> None:
        """An expert's order of three answers."""
        if not self._assignments:
            return
        item = self._assignments.pop()
        shown = await self.ask("expert", "GET", f"/v1/panel/assignments/{item}")
        order = self._random.sample([answer["key"] for answer in shown["answers"]], len(shown["answers"]))
        work = {"order": order[:1], "revision": shown["draft"]["revision"], "seconds": 5.0}
        saved = await self.ask("expert", "PUT", f"/v1/panel/assignments/{item}/draft", work)
        work |= {"order": order, "revision": saved["revision"]}
        await self.ask("expert", "PUT", f"/v1/panel/assignments/{item}/ranking", work)
        self.told.rankings[item] = order

    def _question(self) -> dict[str, Any]:
        asked = f"为这篇稿件拟一个标题（{self._random.randint(1, 999)}）：{STORY}"
        return {
            "model": next(self._models),
            "messages": [{"role": "user", "content": asked}],
            "max_tokens": self.tokens_an_answer,
        }

    def _run(self) -> dict[str, Any]:
        return {"input": {"article": STORY}, "language": "zh", "model": next(self._models)}

    async def sit_down(self) -> None:
        """Log in who needs a session, and see what there is to rank."""
        login = {"name": "expert", "password": PASSWORD}
        async with self.session.post(f"{self.house.url}/v1/login", json=login) as reply:
            self.tokens["expert"] = (await reply.json())["token"]
        for panel in await self.ask("expert", "GET", "/v1/panel/panels"):
            rows = await self.ask("expert", "GET", f"/v1/panel/panels/{panel['id']}/assignments")
            self._assignments += [row["id"] for row in rows if row["state"] == "open"]


@asynccontextmanager
async def crowd(
    house: House, *, patient: bool, models: Sequence[str] = ("one", "two")
) -> AsyncIterator[Crowd]:
    """The people of a house that runs."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0)
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        made = Crowd(house, session, patient, models)
        await made.sit_down()
        yield made
