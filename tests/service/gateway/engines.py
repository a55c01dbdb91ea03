"""Engines for gateways: real ones over HTTP in a thread, and servers that only refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import FastAPI, Response

from caibian.models.scripted import Script, ScriptedModel
from caibian.service.engine import engine_app
from caibian.service.engine_work import Engine
from caibian.service.gateway.asking import Took
from caibian.service.gateway.board import Standing, write_board
from caibian.service.gateway.folder import make_run_folder
from caibian.service.gateway.house import HouseGateway
from caibian.service.settings import EngineSettings, HouseSettings
from tests.models.server import serving


def echo(conversation: Any) -> str:
    """What was asked last."""
    return str(conversation[-1]["content"])


class Elsewhere:
    """An engine that a gateway takes for a remote one."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url, self.engine = f"{url}/v1", engine


@contextmanager
def elsewhere(
    script: Script = echo, *, seconds: float = 0.0, parallel: int = 4, token: str | None = None
) -> Iterator[Elsewhere]:
    """A model behind OpenAI's interface."""
    engine = Engine(ScriptedModel(script, seconds_per_token=seconds), parallel)
    with serving(engine_app(engine, token)) as url:
        yield Elsewhere(url, engine)


@contextmanager
def refusing(status: int, headers: dict[str, str] | None = None) -> Iterator[str]:
    """A server that answers everything with one status."""
    app = FastAPI()

    @app.post("/v1/chat/completions")
    def refuse() -> Response:
        return Response(b'{"error": {"message": "no"}}', status, headers, media_type="application/json")

    with serving(app) as url:
        yield f"{url}/v1"


def far(name: str, url: str, **more: Any) -> EngineSettings:
    """Settings of an engine elsewhere from which nothing is hidden."""
    return EngineSettings(name=name, url=url, **{"mask": False, "parallel": 4} | more)


@asynccontextmanager
async def gateways(*engines: EngineSettings, processes: int = 1) -> AsyncIterator[list[HouseGateway]]:
    """A gateway as each of `processes` has it, over engines that are elsewhere and thought to be ready."""
    settings = HouseSettings(engines=list(engines))
    folder = make_run_folder(settings, processes)
    write_board(folder.board, [Standing(one.name, "ready", one.url or "") for one in engines])
    made = [
        HouseGateway(settings, *folder.shared(settings, number), processes=processes)
        for number in range(processes)
    ]
    try:
        yield made
    finally:
        for gateway in made:
            await gateway.close()
        folder.remove()


def asking(question: str = "headline", **more: Any) -> dict[str, Any]:
    """A body as a client sends it."""
    return {"messages": [{"role": "user", "content": question}]} | more


async def stream(gateway: HouseGateway, body: dict[str, Any], took: Took | None = None) -> list[bytes]:
    """All events of a streamed answer."""
    relayed = await gateway.relay("chat/completions", body | {"stream": True}, took or Took())
    assert relayed.events is not None, relayed.content
    try:
        return [event async for event in relayed.events]
    finally:
        relayed.events.close()


async def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
