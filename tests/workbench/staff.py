"""A newsroom at work, for looking at: people, drafts in every state with their records, a day of requests, runs."""

from __future__ import annotations

import math
import random
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select

from caibian.pipeline import comparison_page, report_page
from caibian.storage.access.requests import Entry, Log
from caibian.storage.accounts import create_account
from caibian.storage.schema import User
from tests.pipeline import example_comparison, example_run
from tests.storage.house import PASSWORD
from tests.workbench.newsroom import STORY, Newsroom

STAFF = {
    "linxiao": ("林晓", "reporter", "zh"),
    "hannah": ("Hannah Reid", "reporter", "en"),
    "chensiyuan": ("陈思远", "editor", "zh"),
    "zhaolan": ("赵岚", "chief_editor", "zh"),
    "zhouning": ("周宁", "operator", "zh"),
    "admin": ("系统管理员", "admin", "zh"),
}
TITLE = "“一件事一次办”上半年办件43.6万件，平均跑动降至0.6次"
WRITTEN = """本报讯（记者 林晓）昨天上午，市政务服务和数据管理局介绍今年上半年“一件事一次办”改革进展：截至6月底，78个事项纳入清单，累计办件43.6万件，群众平均跑动次数由去年同期的2.3次降至0.6次。

副局长李文涛表示，下半年将推进12个高频事项跨区通办，并在50个社区试点“上门帮办”。“每个窗口都会保留人工服务。”他说。

对于部分自助终端字体偏小的反映，市政数局回应，终端适老化改造已列入计划，9月底前完成全部316台设备的更新，预算约240万元。"""
ENGLISH = (
    "Harbour line reopens after eleven weeks of repairs",
    """The Linchuan harbour tram line reopened on Tuesday after eleven weeks of track repairs, the transport authority said. About 42,000 passengers use the line on a working day.

“We replaced 3.4 kilometres of rail and every switch at the terminus,” said project manager Zhou Ning. Night services resume on 1 October.""",
    """The Linchuan harbour tram line will reopen on Tuesday after 11 weeks of repairs, the transport authority announced on Monday. Some 42,000 passengers use the line on an average working day. Crews replaced 3.4 km of rail and all switches at the terminus, project manager Zhou Ning said. Night services are to resume on 1 October.""",
)
OTHERS = (
    ("hannah", "en", *ENGLISH, "review"),
    ("linxiao", "zh", "白鹿镇社区食堂开业首周接待老人1,260人次", "白鹿镇社区食堂开业首周接待老人1,260人次，人均消费11元。", "白鹿镇社区食堂开业首周，共接待老人1260人次，人均消费11元。", "final"),
    ("linxiao", "zh", "临川港新增两条至东南亚集装箱航线", "临川港本月新增两条至东南亚的集装箱航线，每周各一班。", "临川港本月新增两条至东南亚的集装箱航线，每周各开行一班。", "approved"),
    ("linxiao", "zh", "望江区滨江书店延长营业至晚上十点", "望江区滨江书店自本周起延长营业至晚上十点。", "望江区滨江书店自本周起延长营业时间至22时。", "published"),
    ("linxiao", "zh", "东岭市公布防汛物资储备清单", "东岭市昨日公布防汛物资储备清单。", "", "draft"),
)  # fmt: skip
HEADLINES = {
    "tuned": "“一件事一次办”上半年办件43.6万件",
    "base": "全市87个事项纳入清单，办件量再创新高，群众纷纷点赞！",
}
STEPS = {"draft": 0, "review": 1, "final": 2, "approved": 3, "published": 4}


def hire(house: Newsroom) -> None:
    """Accounts with the one password."""
    for name, (display, role, language) in STAFF.items():
        create_account(house.database, name, display=display, role=role, language=language, password=PASSWORD)


class Writing:
    """What people do to drafts, over the API."""

    def __init__(self, house: Newsroom) -> None:
        self.house = house
        self._clients: dict[str, httpx.Client] = {}

    def ask(self, who: str, method: str, path: str, **body: Any) -> Any:
        """A request that succeeds; it gets a key where it wants one."""
        client = self._clients.setdefault(who, self.house.client(who))
        sent = {} if method == "GET" else {"json": body | {"key": uuid.uuid4().hex}}
        answer = client.request(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json()

    def draft(
        self, who: str, language: str, title: str, body: str, source: str, *, ai: bool = True
    ) -> dict[str, Any]:
        """A new draft, by default one that began with a model."""
        origin = {"task": "rewrite.news", "model": "tuned", "text": body} if ai else None
        made: dict[str, Any] = self.ask(
            who,
            "POST",
            "/drafts",
            title=title,
            body=body,
            language=language,
            source=source,
            origin=origin,
        )
        return made

    def edit(self, who: str, draft: dict[str, Any], title: str, body: str) -> dict[str, Any]:
        """Another text."""
        made: dict[str, Any] = self.ask(
            who, "PUT", f"/drafts/{draft['id']}", title=title, body=body, revision=draft["revision"]
        )
        return made

    def step(self, who: str, draft: dict[str, Any], name: str, note: str = "") -> dict[str, Any]:
        """submit, approve, return or publish."""
        decision = {"decision": name} if name in ("approve", "return") else {}
        path = f"/drafts/{draft['id']}/{'decide' if decision else name}"
        made: dict[str, Any] = self.ask(who, "POST", path, revision=draft["revision"], note=note, **decision)
        return made

    def comment(self, who: str, draft: dict[str, Any], text: str, quote: str = "") -> None:
        """About a passage, or about the whole."""
        start = draft["body"].index(quote) if quote else None
        where = {} if start is None else {"start": start, "end": start + len(quote)}
        self.ask(
            who, "POST", f"/drafts/{draft['id']}/comments", text=text, revision=draft["revision"], **where
        )

    def examine(self, who: str, draft: dict[str, Any], text: str, verdict: str, against: str) -> None:
        """A statement held against a source."""
        self.ask(
            who,
            "POST",
            f"/drafts/{draft['id']}/examined",
            text=text,
            verdict=verdict,
            against=against,
            note="",
            revision=draft["revision"],
        )

    def through(self, draft: dict[str, Any], state: str) -> dict[str, Any]:
        """Take a draft of Lin Xiao's or Hannah's as far as this state."""
        steps = ((draft["author"], "submit"), ("chensiyuan", "approve"), ("zhaolan", "approve"), ("zhaolan", "publish"))  # fmt: skip
        for who, name in steps[: STEPS[state]]:
            draft = self.step(who, draft, name)
        return draft


def write(house: Newsroom) -> str:
    """Drafts in every state; gives the id of the one with the longest record, which waits for an editor."""
    desk = Writing(house)
    for who, language, title, body, source, state in OTHERS:
        desk.through(desk.draft(who, language, title, body, source, ai=bool(source)), state)
    draft = desk.draft("linxiao", "zh", TITLE, WRITTEN, STORY)
    draft = desk.step("linxiao", draft, "submit", "请尽快审，今晚见报。")
    desk.examine(
        "chensiyuan", draft, "316台", "confirmed", "9月底前完成全部316台设备的更新。（市政数局发布稿）"
    )
    draft = desk.step("chensiyuan", draft, "return", "事项数与发布稿不符；预算没有出处，请核实或删去。")
    draft = desk.edit("linxiao", draft, TITLE, WRITTEN.replace("上午，", "上午，据"))
    draft = desk.edit(
        "linxiao", draft, TITLE, WRITTEN.replace("下半年将推进12个", "下半年将推进企业开办等12个")
    )
    draft = desk.step("linxiao", draft, "submit")
    desk.comment("chensiyuan", draft, "发布稿写的是87个事项，请改。", "78个事项")
    desk.comment("zhaolan", draft, "“上门帮办”是亮点，可以提到导语里。", "“上门帮办”")
    desk.comment("linxiao", draft, "预算是电话采访来的，正在等书面答复。")
    desk.examine("chensiyuan", draft, "43.6万件", "confirmed", "累计办件43.6万件（市政数局发布稿）")
    return str(draft["id"])


def log_requests(house: Newsroom, hours: float = 6.0, seed: int = 4) -> None:
    """Requests of the last hours: a morning that fills up, with a model that fails for a while."""
    draw = random.Random(seed)
    with house.database.reading() as session:
        ids = {row.name: row.id for row in session.scalars(select(User))}
    now = house.database.clock()
    kinds = (
        ("tasks", "headline.news", "tuned", 0.42, 900),
        ("tasks", "summary.news", "tuned", 0.2, 2600),
        ("chat", None, "base", 0.12, 1500),
        ("drafts", None, None, 0.2, 18),
        ("export", None, None, 0.06, 140),
    )
    entries = []
    for minute in range(int(hours * 60)):
        busy = 0.35 + 0.65 * math.sin(math.pi * minute / (hours * 60)) ** 2
        for _ in range(round(draw.gauss(9 * busy, 2.2))):
            feature, task, model, _, typical = draw.choices(kinds, [one[3] for one in kinds])[0]
            failing = model == "tuned" and 0.62 < minute / (hours * 60) < 0.66 and draw.random() < 0.6
            refused = not failing and draw.random() < 0.02
            status, code = (503, "unavailable") if failing else (429, "too_many") if refused else (200, None)
            took = 12.0 if status != 200 else typical * draw.lognormvariate(0, 0.45) * (0.8 + 0.5 * busy)
            answered = model is not None and status == 200
            prompt, completion = (draw.randint(300, 1400), draw.randint(20, 220)) if answered else (0, 0)
            entries.append(
                Entry(
                    id=uuid.UUID(int=draw.getrandbits(128)).hex,
                    at=now - timedelta(minutes=hours * 60 - minute, seconds=draw.uniform(0, 59)),
                    user_id=ids[draw.choice(("linxiao", "hannah", "chensiyuan"))],
                    key_id="",
                    feature=feature,
                    task=task,
                    model=model,
                    status=status,
                    code=code,
                    ms=took,
                    first_token_ms=took * 0.3 if answered else None,
                    prompt_tokens=prompt,
                    completion_tokens=completion,
                    cost=(prompt + 4 * completion) * 8e-7,
                )
            )
    log = Log(house.database, ZoneInfo("UTC"))
    for start in range(0, len(entries), 500):
        log.write(entries[start : start + 500], [])


def leave_runs(folder: Path) -> None:
    """Two runs of the factory, their pages made by the code that makes all such pages."""
    report_page.render(example_run.build(folder / "city-news"))
    comparison = example_comparison.build(folder / "headlines-2026-spring", items=24)
    comparison_page.render([comparison])
