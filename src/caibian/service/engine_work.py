"""A model's blocking calls on threads, for the event loop of an engine process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from caibian.models.backend import Backend, Piece
from caibian.service.wire import BadRequest, ChatRequest, CompletionRequest, LogprobsRequest

_SCORED_AT_ONCE = 16  # answers between two signs of progress

Asked = ChatRequest | CompletionRequest


class Engine:
    """Runs a model's blocking calls on threads, `parallel` at a time, and counts its progress."""

    def __init__(self, model: Backend, parallel: int = 1) -> None:
        self.model = model
        self.progress = 0  # pieces so far; the supervisor sees by it whether a busy engine still moves
        self.running = 0
        self._count = threading.Lock()
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="engine")

    async def pieces(self, request: Asked) -> AsyncGenerator[Piece, None]:
        """The pieces of an answer. Closing this iterator stops the model at its next piece."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue()
        cancelled = threading.Event()

        def put(item: Piece | BaseException | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        def work() -> None:
            try:
                self._follow(request, cancelled, put)
            except BaseException as error:
                put(error)
            else:
                put(None)

        self._threads.submit(work)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            cancelled.set()

    async def whole(self, request: Asked) -> list[Piece]:
        """All pieces of an answer. Cancelling this stops the model at its next piece."""
        cancelled = threading.Event()
        pieces: list[Piece] = []
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._follow, request, cancelled, pieces.append)
        finally:
            cancelled.set()
        return pieces

    async def score(self, request: LogprobsRequest) -> list[list[float]]:
        """Log-probabilities of each answer's tokens."""
        conversation = [turn.message() for turn in request.messages]
        scores: list[list[float]] = []
        for at in range(0, len(request.answers), _SCORED_AT_ONCE):
            part = request.answers[at : at + _SCORED_AT_ONCE]
            loop = asyncio.get_running_loop()
            scores += await loop.run_in_executor(self._threads, self.model.score, conversation, part)
            self.progress += 1
        return scores

    def close(self) -> None:
        """Free the model."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.model.close()

    def _follow(self, request: Asked, cancelled: threading.Event, put: Callable[[Piece], object]) -> None:
        if cancelled.is_set():  # the client left while waiting for a thread
            return
        with self._count:
            self.running += 1
        pieces = self._begin(request)
        try:
            for piece in pieces:
                if cancelled.is_set():
                    return
                self.progress += 1
                put(piece)
        finally:
            with self._count:
                self.running -= 1
            getattr(pieces, "close", lambda: None)()

    def _begin(self, request: Asked) -> Iterator[Piece]:
        top = request.alternatives()
        if isinstance(request, ChatRequest):
            return self.model.pieces(request.conversation(), request.options(), top_logprobs=top)
        if type(self.model).continued is Backend.continued:
            raise BadRequest(f"{self.model.name} answers conversations only: use /v1/chat/completions")
        return self.model.continued(request.prompt, request.options(), top_logprobs=top)
