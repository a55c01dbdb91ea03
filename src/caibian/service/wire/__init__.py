"""OpenAI's interface on the wire: what is understood of a request, how answers and errors are written."""

from caibian.service.wire.parsing import BadRequest, check, load, parse
from caibian.service.wire.requests import ChatRequest, CompletionRequest, EmbeddingRequest, LogprobsRequest
from caibian.service.wire.writing import Writer, error_body, sse, writer

__all__ = [
    "BadRequest",
    "ChatRequest",
    "CompletionRequest",
    "EmbeddingRequest",
    "LogprobsRequest",
    "Writer",
    "check",
    "error_body",
    "load",
    "parse",
    "sse",
    "writer",
]
