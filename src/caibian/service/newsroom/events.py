"""A task's answer as server-sent events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from caibian.api.tasks import Piece, TaskAnswer
from caibian.api.wire import Problem, Wire
from caibian.errors import CaibianError
from caibian.service.newsroom.engine_problems import as_problem

logger = logging.getLogger(__name__)

_REFUSED_WITHIN = (
    1.0  # seconds in which a full queue or an unknown model shows, so that it has its status code
)
_SILENCE = 10.0  # seconds after which proxies begin to wonder
_COMMENT = b": reading\n\n"

Items = AsyncGenerator[str | TaskAnswer, None]


async def begin(items: Items) -> AsyncIterator[bytes]:
    """The events of an answer, once it has begun or has taken a second to.

    Raises: what `items` raises in that time.
    """
    first = asyncio.ensure_future(anext(items))
    try:
        done, _ = await asyncio.wait({first}, timeout=_REFUSED_WITHIN)
        if done:
            first.result()
    except BaseException:
        await _stop(first, items)
        raise
    return _events(first, items)


async def _events(coming: asyncio.Future[str | TaskAnswer], items: Items) -> AsyncIterator[bytes]:
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=_SILENCE)
            if not done:
                yield _COMMENT
                continue
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            if isinstance(item, TaskAnswer):
                yield _event("answer", item)
                return
            yield _event("piece", Piece(text=item))
            coming = asyncio.ensure_future(anext(items))
    except CaibianError as error:
        yield _event("error", as_problem(error))
    except Exception:
        logger.exception("an answer broke off")
        yield _event("error", Problem(code="internal", message="the answer broke off; see the service's log"))
    finally:
        await _stop(coming, items)


async def _stop(coming: asyncio.Future[str | TaskAnswer], items: Items) -> None:
    """Stop the model, however far it is."""
    if not coming.done():
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
    async with aclosing(items):
        pass


def _event(name: str, body: Wire) -> bytes:
    return f"event: {name}\ndata: {body.model_dump_json()}\n\n".encode()
