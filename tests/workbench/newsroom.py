"""A whole newsroom for the pages: its API over SQLite, models that say what a script says, and the workbench before it."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from caibian.service.gateway.asking import Asked, Finished
from caibian.service.newsroom.app import create_newsroom_app
from caibian.service.newsroom.batches import BatchRunner
from caibian.service.newsroom.book import TaskBook
from caibian.service.settings import HouseSettings
from caibian.storage import Database, open_database
from caibian.storage.accounts import create_account
from tests.models.server import serving
from tests.pipeline.browser import Browser
from tests.service.newsroom.gateway import Script, ScriptedGateway, echo
from tests.service.newsroom.house import settings
from tests.storage.house import PASSWORD
from tests.workbench.conftest import workbench

STORY = """昨天上午，市政务服务和数据管理局召开发布会，介绍今年上半年“一件事一次办”改革进展。截至6月底，全市共有87个事项纳入清单，累计办件43.6万件，群众平均跑动次数由去年同期的2.3次降至0.6次，办理时限压缩61%。

副局长李文涛表示，下半年将推进企业开办、二手房交易、新生儿出生等12个高频事项跨区通办，并在50个社区试点“上门帮办”，为行动不便的老年人和残疾人服务。“每个窗口都会保留人工服务。”他说。

市民陈女士不久前刚办完二手房过户：“以前要跑好几个地方，这次一个上午就办齐了。”也有市民反映，部分自助终端字体偏小。市政数局回应，终端适老化改造已列入计划，9月底前完成全部316台设备的更新。"""
WRITTEN = {
    "tuned": "“一件事一次办”上半年办件43.6万件，平均跑动降至0.6次",
    "base": "全市78个事项纳入清单，副局长王志强：跑动降至0.6次",
}


class PacedGateway(ScriptedGateway):
    """Writes at the pace of a person reading: `pause` seconds before each piece. `written` is by model."""

    def __init__(self, script: Script = echo, pause: float = 0.0) -> None:
        super().__init__(script)
        self.pause = pause
        self.written: dict[str, str] = {}

    async def pieces(self, asked: Asked) -> AsyncGenerator[str | Finished, None]:
        name = asked.model or self.names[0]
        kept = self.script
        if name in self.written:
            self.script = lambda messages, options: self.written[name]
        free = replace(asked.options, max_tokens=100_000)  # a token is a character here
        inner = super().pieces(replace(asked, options=free))
        try:
            async for piece in inner:
                self.script = kept
                yield piece
                await asyncio.sleep(self.pause)
        finally:
            self.script = kept
            await inner.aclose()


@dataclass
class Newsroom:
    """Where everything is; accounts are made as tests need them."""

    database: Database
    api: str
    pages: str
    gateway: PacedGateway
    _numbers: itertools.count = field(default_factory=itertools.count)

    def account(self, name: str, *, role: str = "reporter", display: str = "", language: str = "zh") -> str:
        """A new account; its name with a number, so that tests do not meet."""
        made, _ = create_account(
            self.database,
            f"{name}{next(self._numbers)}",
            role=role,
            language=language,
            display=display or name,
            password=PASSWORD,
        )
        return made.name

    def client(self, name: str) -> httpx.Client:
        """Somebody's programs at the API itself."""
        answer = httpx.post(
            f"{self.api}/v1/login", json={"name": name, "password": PASSWORD}, trust_env=False
        )
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return httpx.Client(base_url=f"{self.api}/v1", headers=headers, trust_env=False, timeout=60)


def emptied(chrome: Browser, width: int = 1500) -> Browser:
    """The browser as if nobody had been in it: no cookies, an empty console, nothing that glides."""
    chrome.visit("about:blank", "true")
    chrome.call("Network.clearBrowserCookies")
    chrome.screen(width, 1000)
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    chrome.call("Emulation.setEmulatedMedia", features=[still])
    chrome.errors.clear()
    chrome.requests.clear()
    return chrome


@contextmanager
def newsroom(folder: Path, chosen: HouseSettings | None = None) -> Iterator[Newsroom]:
    """A newsroom that is open for the time of the block."""
    database = open_database(folder / "newsroom.db")
    gateway = PacedGateway()
    used = chosen or settings()
    app = create_newsroom_app(used, database, gateway)
    try:
        with serving(app) as api, batches(used, database, gateway), workbench(api, folder) as pages:
            yield Newsroom(database, api, pages, gateway)
    finally:
        database.close()


@contextmanager
def batches(used: HouseSettings, database: Database, gateway: PacedGateway) -> Iterator[None]:
    """What works batches off, in a thread of its own."""
    runner, ends = BatchRunner(used, database, gateway, TaskBook.of(used)), threading.Event()

    async def work() -> None:
        stopped = asyncio.Event()
        running = asyncio.create_task(runner.run(stopped))
        while not ends.is_set():
            await asyncio.sleep(0.05)
        stopped.set()
        await running

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join(30)


class Person:
    """Somebody at the pages, in Chromium."""

    def __init__(self, house: Newsroom, chrome: Browser, name: str) -> None:
        self.house, self.chrome, self.name = house, chrome, name

    def log_in(self, back: str = "/") -> None:
        """By keyboard, and on to where `back` leads."""
        self.chrome.visit(f"{self.house.pages}/login?back={back}", "document.querySelector('main')")
        self.chrome.wait_for("document.activeElement.name === 'name'")
        self.chrome.type(self.name)
        self.chrome.press("Tab")
        self.chrome.type(PASSWORD)
        self.chrome.press("Enter")
        self.chrome.wait_for(
            "(location.pathname !== '/login' && document.querySelector('main h1')) || document.querySelector('[role=alert]')"
        )

    def log_out(self) -> None:
        """By the button in the header."""
        self.chrome.click("form[action='/logout'] button")
        self.chrome.wait_for("location.pathname === '/login' && document.querySelector('input[name=name]')")

    def open(self, path: str, ready: str) -> None:
        """Open a page and wait for what matters on it."""
        self.chrome.visit(self.house.pages + path, f"document.querySelector({ready!r})")

    def write(self, selector: str, text: str) -> None:
        """Click into a field and replace what it holds, as typing does."""
        self.chrome.click(selector)
        self.chrome.do(f"document.querySelector({selector!r}).select()")
        self.chrome.type(text)

    def mark(self, selector: str, passage: str) -> None:
        """Select a passage of what a field holds."""
        assert passage in self.value(selector)
        self.chrome.do(
            f"""(() => {{ const one = document.querySelector({selector!r}); const at = one.value.indexOf({passage!r});
            one.focus(); one.setSelectionRange(at, at + {passage!r}.length); }})()"""
        )

    def rewrite(self, selector: str, before: str, after: str) -> None:
        """Type over a passage of what a field holds."""
        self.mark(selector, before)
        self.chrome.type(after)

    def text(self, selector: str) -> str:
        """What an element shows."""
        found: str = self.chrome.do(f"document.querySelector({selector!r})?.textContent ?? ''")
        return found

    def texts(self, selector: str) -> list[str]:
        """What all such elements show."""
        found: list[str] = self.chrome.do(
            f"[...document.querySelectorAll({selector!r})].map((one) => one.textContent.trim())"
        )
        return found

    def value(self, selector: str) -> str:
        """What a field holds."""
        found: str = self.chrome.do(f"document.querySelector({selector!r}).value")
        return found
