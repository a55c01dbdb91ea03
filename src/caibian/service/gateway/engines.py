"""One engine of the house as a gateway asks it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from caibian.api.tasks import Engine
from caibian.masking import Vault
from caibian.service.engine_errors import Busy, EngineDown
from caibian.service.gate import Gate
from caibian.service.gateway.asking import Took
from caibian.service.gateway.board import Board
from caibian.service.gateway.masks import hidden
from caibian.service.gateway.places import EngineTally
from caibian.service.gateway.seats import LocalSeat, RemoteSeat
from caibian.service.line import OK, Call, Line, new_client
from caibian.service.settings import EngineSettings

_MILLION = 1_000_000
_UNAUTHORISED, _FORBIDDEN, _MISSING, _SLOW, _BUSY, _BROKEN = 401, 403, 404, 408, 429, 500
_SERVER_BUSY = 5.0  # seconds worth waiting where a server names none
_MISCONFIGURED = 60.0  # and where somebody has to change a setting first
_LONGEST_WAIT = 600.0
_MOST_TOKENS = 2**31 - 1  # as the log of requests has room for; an engine elsewhere may say anything
_MOST_AT_ONCE = (
    20_000  # bytes in which personal data is looked for without handing it to a thread: some milliseconds
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that an engine has begun to answer."""

    engine: AskedEngine
    call: Call
    vault: Vault | None
    size: int = 0  # bytes of the request

    def cut_off(self, pieces: int) -> dict[str, int]:
        """About what an answer took that ended before the engine said it: a token a piece, and one in four bytes of the
        question, which is near the truth for Chinese and for English."""
        return {"prompt_tokens": self.size // 4 if self.call.status == OK else 0, "completion_tokens": pieces}


class AskedEngine:
    """An engine, its queue and where it is.

    Args:
        processes: that ask engines. Each lets its part of `parallel` through to a remote engine, which nobody else
            holds to it; a local engine keeps to it by itself, so that no place stays empty.
    """

    def __init__(self, settings: EngineSettings, board: Board, tally: EngineTally, processes: int) -> None:
        self.settings, self._board, self._tally = settings, board, tally
        self.local = settings.model is not None
        places = settings.parallel if self.local else -(-settings.parallel // processes)
        self._gate = Gate(places, settings.parallel + settings.max_queue, tally)
        self._seat = (
            LocalSeat(settings.name, board)
            if self.local
            else RemoteSeat(settings, board, alternatives=bool(settings.fallback))
        )
        self._line: Line | None = None

    @property
    def name(self) -> str:
        """The house's name for it."""
        return self.settings.name

    async def post(self, route: str, body: dict[str, Any], deadline: float, patience: float) -> Sent:
        """Ask it; see `Line.post`.

        Raises:
            Busy, EngineDown: also where a remote engine says so of itself, or does not know the house or the model.
        """
        if self._line is None:  # made in the loop that uses it
            self._line = Line(self._seat, self._gate, new_client(self.settings.url or ""))
        vault = Vault() if self.settings.masks else None
        # A local engine writes into its answers what it is called here.
        model = self.name if self.local else self.settings.remote_model or self.name
        sent = (body if vault is None else await _hidden(body, vault)) | {"model": model}
        if sent.get("stream"):
            sent["stream_options"] = {"include_usage": True}
        content = json.dumps(sent, ensure_ascii=False).encode("utf-8", "replace")
        call = await self._line.post(f"/{route}", content, deadline=deadline, patience=patience)
        if call.status != OK and not self.local:
            try:
                self._check(call)
            except BaseException:
                call.close()
                raise
        return Sent(self, call, vault, len(content))

    def spent(self, took: Took, usage: Any, vault: Vault | None) -> None:
        """Note what an answer took, from the engine's own counts."""
        if isinstance(usage, dict):
            took.prompt_tokens = _count(usage.get("prompt_tokens"))
            took.completion_tokens = _count(usage.get("completion_tokens"))
        price = self.settings.price
        took.cost = (took.prompt_tokens * price.prompt + took.completion_tokens * price.completion) / _MILLION
        if vault is not None:
            took.masked = dict(vault.counts)

    def standing(self) -> Engine:
        """How it stands now."""
        known = self._board.engine(self.name)
        running, waiting = self._tally.total()
        over = max(0, running - self.settings.parallel)  # these wait in the engine's own queue
        return Engine(
            name=self.name,
            kind="local" if self.local else "remote",
            model=known.model or self.settings.remote_model or self.settings.model or self.name,
            state=known.state,
            reason=known.reason if known.state != "ready" else "",
            fallback=list(self.settings.fallback),
            running=running - over,
            waiting=waiting + over,
            starts=known.starts,
            masks=self.settings.masks,
            embeds=self.settings.embeds,
        )

    async def close(self) -> None:
        """Close all connections to it."""
        if self._line is not None:
            await self._line.close()

    def _check(self, call: Call) -> None:
        status = call.status
        if status == _BUSY:
            raise Busy(f"the engine {self.name} has too much to do", _seconds(call.retry_after))
        if status in (_UNAUTHORISED, _FORBIDDEN):
            raise EngineDown(f"the engine {self.name} refuses this house's key", _MISCONFIGURED)
        if status == _MISSING:
            raise EngineDown(
                f"the engine {self.name} does not have the route or the model it is set up with",
                _MISCONFIGURED,
            )
        if status == _SLOW or status >= _BROKEN:
            raise EngineDown(f"the engine {self.name} failed (status {status})", _seconds(call.retry_after))


async def _hidden(body: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """See `hidden`; a long text, which takes seconds, does not hold up the answers of others."""
    if len(json.dumps(body, ensure_ascii=False)) <= _MOST_AT_ONCE:
        return hidden(body, vault)
    return await asyncio.to_thread(hidden, body, vault)


def _count(value: Any) -> int:
    return min(value, _MOST_TOKENS) if isinstance(value, int) and value >= 0 else 0


def _seconds(header: str | None) -> float:
    try:
        return min(_LONGEST_WAIT, max(1.0, float(header or _SERVER_BUSY)))
    except ValueError:  # a date
        return _SERVER_BUSY
