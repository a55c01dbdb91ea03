"""An engine's answer passed on in OpenAI's own form; it is looked into no further than its record needs."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from caibian.service.engine_errors import EngineDown, Overdue
from caibian.service.gateway.asking import Relayed, Took
from caibian.service.gateway.engines import Sent
from caibian.service.gateway.events import data, events, is_done, may_hold_usage, text_of, written
from caibian.service.gateway.masks import Mender, restored
from caibian.service.http import error_event
from caibian.service.line import OK

logger = logging.getLogger(__name__)


async def relayed_whole(sent: Sent, took: Took) -> Relayed:
    """An answer that is not streamed, or a refusal.

    Raises:
        EngineDown, Overdue: see `Call.read`.
    """
    call = sent.call
    try:
        content = await call.read()
    finally:
        call.close()
    try:
        said = json.loads(content)
        usage = said.get("usage") if call.status == OK else None
    except (ValueError, AttributeError) as error:
        raise EngineDown(
            f"the engine {sent.engine.name} answered with something else than JSON (status {call.status})"
        ) from error
    sent.engine.spent(took, usage, sent.vault)
    if sent.vault is not None:
        content = json.dumps(restored(said, sent.vault), ensure_ascii=False).encode("utf-8", "replace")
    return Relayed(call.status, content)


class RelayedEvents:
    """The events of a streamed answer. `close` stops the engine, and must be called even if nothing was read.

    Args:
        sent: what the engine has begun to answer.
        took: filled in on the way.
        began: when the request came, by `time.perf_counter`.
        with_usage: the client asked for the counts of tokens; they are asked for in any case.
        ended: called once, when all is over.
    """

    def __init__(
        self, sent: Sent, took: Took, began: float, with_usage: bool, ended: Callable[[], None]
    ) -> None:
        self._sent, self._took, self._began, self._with_usage = sent, took, began, with_usage
        self._ended: Callable[[], None] | None = ended
        self._usage: Any = None
        self._count = 0  # of events: what is known of an answer that was cut off

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Yield the events; where the engine dies or time is up, the last one is an error."""
        mender = Mender(self._sent.vault) if self._sent.vault is not None else None
        done = False
        try:
            async for event in events(self._sent.call.chunks()):
                if (seen := self._seen(event, mender)) is not None:
                    yield seen
                if is_done(event):
                    done = True
                    await self._sent.call.end()
                    break
            if not done:
                raise EngineDown("the engine ended the answer too early")
        except (EngineDown, Overdue) as error:
            logger.warning("an answer of the engine %s broke off: %s", self._sent.engine.name, error)
            yield error_event(error)

    def close(self) -> None:
        """Stop the engine, unless it has ended, and note what was taken; a second call does nothing."""
        self._sent.call.close()
        ended, self._ended = self._ended, None
        if ended is not None:
            usage = self._usage or self._sent.cut_off(self._count)
            self._sent.engine.spent(self._took, usage, self._sent.vault)
            ended()

    def _seen(self, event: bytes, mender: Mender | None) -> bytes | None:
        """An event as the client gets it; None: it was asked for by us alone."""
        self._count += event.startswith(b"data:")
        first = self._took.first_token_seconds is None
        counted = may_hold_usage(event)
        if not (first or counted or mender):
            return event
        said = data(event)
        if said is None:
            return event
        if first and text_of(said):
            self._took.first_token_seconds = time.perf_counter() - self._began
        if counted and isinstance(said.get("usage"), dict):
            self._usage = said["usage"]
            if not self._with_usage and not said.get("choices"):
                return None
        return event if mender is None else written(mender.mend(said))
