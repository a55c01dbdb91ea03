"""`HouseGateway`: the house's engines, and who is asked next where one cannot answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

from caibian.api.tasks import Engine
from caibian.service.engine_errors import Busy, EngineDown, UnknownModel
from caibian.service.gateway import conversation
from caibian.service.gateway.asking import Asked, Finished, Relayed, Route, Took
from caibian.service.gateway.board import Board
from caibian.service.gateway.engines import AskedEngine, Sent
from caibian.service.gateway.places import Places
from caibian.service.gateway.relaying import RelayedEvents, relayed_whole
from caibian.service.line import OK
from caibian.service.settings import HouseSettings

T = TypeVar("T")

DEFAULT = "default"
"""A model's name that stands for the house's first engine of the kind that is asked for."""

_PATIENCE = (
    10.0  # seconds that a request waits for an engine that is being started, where no other may answer
)
_EMBEDDINGS: Route = "embeddings"
_CHAT: Route = "chat/completions"


class HouseGateway:
    """`Gateway` over a house's settings. One a process, used in one event loop.

    Args:
        settings: of the house.
        board: how its engines stand.
        places: how many requests are at them.
        processes: that ask engines.
        on_answer: hears of every answer that has ended: the engine asked first, and what it took.

    Raises:
        ConfigError: the environment variable with an engine's key is not set.
    """

    def __init__(
        self,
        settings: HouseSettings,
        board: Board,
        places: Places,
        *,
        processes: int = 1,
        on_answer: Callable[[str, Took], None] | None = None,
    ) -> None:
        self._engines = {
            one.name: AskedEngine(one, board, places.tally(number), processes)
            for number, one in enumerate(settings.engines)
        }
        self._on_answer = on_answer

    async def pieces(self, asked: Asked) -> AsyncGenerator[str | Finished, None]:
        """See `Gateway`."""
        began, took = time.perf_counter(), Took()
        order = self._order(asked.model, _CHAT)
        sent = await self._ask(
            order,
            lambda engine, deadline, patience: self._begin(engine, asked, took, True, deadline, patience),
        )
        stream = conversation.Stream(sent, took, began)
        try:
            async for text in stream:
                yield text
        finally:
            stream.close()
            asked.took.become(took)
            self._ended(order[0], took)
        yield stream.finished(None if sent.engine is order[0] else order[0].name)

    async def answer(self, asked: Asked) -> Finished:
        """See `Gateway`."""
        began, took = time.perf_counter(), Took()
        order = self._order(asked.model, _CHAT)

        async def whole(engine: AskedEngine, deadline: float, patience: float) -> Finished:
            sent = await self._begin(engine, asked, took, False, deadline, patience)
            first = None if engine is order[0] else order[0].name
            return await conversation.whole(sent, took, began, first)

        try:
            return await self._ask(order, whole)
        finally:
            self._ended(order[0], took)

    async def relay(self, route: Route, body: dict[str, Any], took: Took) -> Relayed:
        """See `Gateway`."""
        began = time.perf_counter()
        order = self._order(body.get("model"), route)
        stream = bool(body.get("stream")) and route != _EMBEDDINGS

        async def attempt(engine: AskedEngine, deadline: float, patience: float) -> Relayed:
            sent = await engine.post(route, body, deadline, patience)
            took.model = engine.name
            if stream and sent.call.status == OK:
                wanted = bool((body.get("stream_options") or {}).get("include_usage"))
                ended = lambda: self._ended(order[0], took)  # noqa: E731
                return Relayed(OK, events=RelayedEvents(sent, took, began, wanted, ended))
            relayed = await relayed_whole(sent, took)
            self._ended(order[0], took)
            return relayed

        return await self._ask(order, attempt)

    async def engines(self) -> list[Engine]:
        """See `Gateway`."""
        return [engine.standing() for engine in self._engines.values()]

    def framing(self, model: str | None) -> str:
        """See `Gateway`."""
        return self._order(model, _CHAT)[0].settings.framing

    async def close(self) -> None:
        """Close all connections to engines."""
        for engine in self._engines.values():
            await engine.close()

    async def _begin(
        self, engine: AskedEngine, asked: Asked, took: Took, stream: bool, deadline: float, patience: float
    ) -> Sent:
        body = conversation.body(asked, engine.settings.framing, stream=stream)
        sent = await engine.post(_CHAT, body, deadline, patience)
        took.model = engine.name
        return sent

    async def _ask(
        self,
        order: Sequence[AskedEngine],
        attempt: Callable[[AskedEngine, float, float], Awaitable[T]],
    ) -> T:
        """Try engines in order: at once if there are several; the only one, or at last the first, with patience."""
        deadline = asyncio.get_running_loop().time() + order[0].settings.deadline_s
        if len(order) == 1:
            return await attempt(order[0], deadline, _PATIENCE)
        failures: list[Busy | EngineDown] = []
        for engine in order:
            try:
                return await attempt(engine, deadline, 0.0)
            except (Busy, EngineDown) as failure:
                failures.append(failure)
        if busy := [failure for failure in failures if isinstance(failure, Busy)]:
            raise min(busy, key=lambda failure: failure.retry_after)
        return await attempt(order[0], deadline, _PATIENCE)

    def _order(self, model: str | None, route: Route) -> list[AskedEngine]:
        """The engine of a name and those asked instead of it.

        Raises:
            UnknownModel: there is none, or it does something else.
        """
        embeds = route == _EMBEDDINGS
        if model is None or (model == DEFAULT and DEFAULT not in self._engines):
            fit = (one for one in self._engines.values() if one.settings.embeds == embeds)
            if (engine := next(fit, None)) is None:
                raise UnknownModel(f"this house has no engine for {'embeddings' if embeds else 'chat'}")
        elif (found := self._engines.get(model)) is not None:
            engine = found
        else:
            known = ", ".join(self._engines)
            raise UnknownModel(f"the model {model!r} does not exist here; this house has {known}")
        if engine.settings.embeds != embeds:
            does, not_this = ("chat", "embeddings") if embeds else ("embeddings", "chat")
            raise UnknownModel(f"the model {engine.name!r} serves {does}, not {not_this}")
        return [engine, *(self._engines[name] for name in engine.settings.fallback)]

    def _ended(self, first: AskedEngine, took: Took) -> None:
        if self._on_answer is not None and took.model is not None:
            self._on_answer(first.name, took)
