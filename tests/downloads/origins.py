"""Origins that tests can have: a file server on loopback that misbehaves on order, and tiny wheels for pip."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from caibian.downloads import Wheel


@dataclass
class FileServer:
    """What a loopback server serves, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)  # path, with query -> content
    ranges: bool = True  # False: answers 200 with the whole file, whatever range is asked for
    cut_after: list[int | None] = field(
        default_factory=list
    )  # per answer: bytes before the connection breaks
    busy: int = 0  # so many 503 answers first
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range header
    gate: threading.Event | None = None  # answers wait for it
    endpoint: str = ""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    """A running server; it stops with the block."""
    state = FileServer(dict(files))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wish = self.headers.get("Range")
            state.asked.append((self.path, wish))
            if state.gate is not None:
                state.gate.wait(20)
            if state.busy:
                state.busy -= 1
                return self._answer(503, b"", {})
            content = state.files.get(self.path)
            if content is None:
                return self._answer(404, b"", {})
            if wish and state.ranges:
                start = int(wish.removeprefix("bytes=").partition("-")[0])
                extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
                return self._answer(206, content[start:], {"Content-Range": extent})
            return self._answer(200, content, {})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = state.cut_after.pop(0) if state.cut_after else None
            self.wfile.write(body if cut is None else body[:cut])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def make_wheel(folder: Path, package: str, members: dict[str, bytes], piece: str | None = None) -> Wheel:
    """Write a wheel of that package, version 1.0, that would scream if it were imported; `piece` names a member."""
    stem = package.replace("-", "_")
    path = folder / f"{stem}-1.0-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}/__init__.py", "raise SystemExit('a carrier was imported')\n")
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(
            f"{stem}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{stem}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{stem}-1.0.dist-info/RECORD", "")
    content = path.read_bytes()
    size = len(members[piece]) if piece else len(content)
    return Wheel(package, "1.0", hashlib.sha256(content).hexdigest(), len(content), piece, size)


def pip_knows_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let pip find wheels in `folder` and nowhere else."""
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)


def no_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both hubs refuse connections."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("MODELSCOPE_DOMAIN", "http://127.0.0.1:9")
