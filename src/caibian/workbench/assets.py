"""The files that the pages load besides NiceGUI's: under addresses that change with their content, kept for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from caibian.workbench.design import sheet

_YEAR = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOLDER = Path(__file__).parent / "static"
FAVICON = _FOLDER / "seal.svg"


@lru_cache
def _content(name: str) -> tuple[str, str]:
    if name == "workbench.css":
        return sheet()
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def address(name: str) -> str:
    """Where the page finds a file."""
    return f"/assets/{_content(name)[1]}/{name}"


async def serve(request: Request) -> Response:
    """GET /assets/{fingerprint}/{name}."""
    name, fingerprint = request.path_params["name"], request.path_params["fingerprint"]
    if name not in ("workbench.css", "workbench.js", "seal.svg"):
        return PlainTextResponse("not found", 404)
    text, current = _content(name)
    # An older page of before an update still gets a file, but keeps it no longer than this.
    keep = _YEAR if fingerprint == current else "no-store"
    return Response(text, media_type=_TYPES[Path(name).suffix], headers={"Cache-Control": keep})
