"""An embedder behind OpenAI's interface: what an engine process serves whose backend is `embed`."""

from __future__ import annotations

import asyncio
import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from caibian.errors import CaibianError, MissingExtra
from caibian.models.embedding import Embedder, Vectors
from caibian.service.http import bearer, disconnected, json_error, read_body, until_disconnect
from caibian.service.wire import BadRequest, EmbeddingRequest, parse

try:
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.responses import JSONResponse
except ImportError as error:
    raise MissingExtra("fastapi", "serve") from error

BACKEND = "embed"
_AT_ONCE = 16  # texts between two signs of progress


class EmbeddingEngine:
    """Runs an embedder on one thread, and counts its progress for the supervisor."""

    def __init__(self, model: Embedder) -> None:
        self.model = model
        self.progress = 0
        self.running = 0
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    async def embed(self, asked: EmbeddingRequest) -> tuple[Vectors, int]:
        """Vectors, and how many tokens were read for them. Cancelling stops the work after the texts in hand."""
        cancelled = threading.Event()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._work, asked, cancelled)
        finally:
            cancelled.set()

    def _work(self, asked: EmbeddingRequest, cancelled: threading.Event) -> tuple[Vectors, int]:
        parts: list[Vectors] = []
        self.running += 1
        try:
            for at in range(0, len(asked.input), _AT_ONCE):
                if cancelled.is_set():
                    break
                texts = asked.input[at : at + _AT_ONCE]
                parts.append(self.model.embed(texts, query=asked.input_type == "query"))
                self.progress += 1
            tokens = 0 if cancelled.is_set() else sum(self.model.tokens(text) for text in asked.input)
        finally:
            self.running -= 1
        empty = np.zeros((0, self.model.dimensions), dtype=np.float32)
        return np.concatenate([empty, *parts]), tokens


def embedding_app(engine: EmbeddingEngine, token: str | None = None) -> FastAPI:
    """The engine's HTTP interface. With `token`, callers must present it."""
    locks = [Depends(bearer(token))] if token is not None else []
    app = FastAPI(title="Caibian embedder", openapi_url=None, dependencies=locks)
    app.add_exception_handler(BadRequest, json_error)
    app.add_exception_handler(CaibianError, json_error)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "running": engine.running, "progress": engine.progress}

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        asked = parse(await read_body(request), EmbeddingRequest)
        if asked.dimensions not in (None, engine.model.dimensions):
            message = (
                f"this model's embeddings have {engine.model.dimensions} dimensions and cannot be shortened"
            )
            raise BadRequest(message, "dimensions")
        found = await until_disconnect(request, engine.embed(asked))
        if found is None:
            return disconnected()
        vectors, tokens = found
        data = [
            {"object": "embedding", "index": index, "embedding": _written(vector, asked.encoding_format)}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": asked.model, "usage": usage})

    return app


def _written(vector: Vectors, how: str) -> str | list[float]:
    if how == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(value) for value in vector]
