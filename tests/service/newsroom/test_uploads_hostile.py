"""Uploads that mean harm, to a house that really runs: what they cost in memory, and what is left of them on the disk."""

from __future__ import annotations

import io
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from benchmarks.load.house import House
from benchmarks.load.people import STORY
from caibian.api.articles import MOST_UPLOAD_BYTES

_MOST_MB = 250  # that all processes of the house together may take beyond what they had
_GB = 1 << 30
_PIECE = b"a" * (1 << 20)
_BOUNDARY = "edge"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    engine = {"name": "one", "model": "scripted:好"}
    with House(tmp_path_factory.mktemp("house"), [engine]) as made:
        _upload(made, ("first.txt", f"图书馆\n\n{STORY}第一".encode()))  # what is loaded once is loaded
        yield made


def _upload(house: House, *files: tuple[str, bytes]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {house.keys['reporter']}"}
    sent = [("files", (name, content, "application/octet-stream")) for name, content in files]
    answer = httpx.post(
        f"{house.url}/v1/articles/files", files=sent, headers=headers, trust_env=False, timeout=120
    )
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


@contextmanager
def _frugal(house: House) -> Iterator[None]:
    """Fails if the house's processes, those that it starts meanwhile among them, ever take more than they may."""
    ended, peak = threading.Event(), [0]

    def size() -> int:
        found = 0
        for process in house.processes():
            try:
                found += process.memory_info().rss
            except psutil.Error:
                continue
        return found

    def watch() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], size())

    before = size()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    assert (peak[0] - before) / 1e6 < _MOST_MB


def _zip(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def _bomb() -> bytes:
    """A gigabyte in a megabyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("story.txt", "w") as entry:
        for _ in range(_GB // len(_PIECE)):
            entry.write(_PIECE)
    return made.getvalue()


def test_bombs_and_what_is_no_article_are_left_out_and_what_is_good_among_them_is_kept(house: House) -> None:
    bomb = _bomb()
    assert len(bomb) < _GB / 500
    with _frugal(house):
        said = _upload(
            house,
            ("bomb.zip", bomb),
            ("nested.zip", _zip(**{"inner.zip": bomb})),
            ("programme.exe", b"MZ\x90\x00" + bytes(1000)),
            ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(1000)),
            ("noise.txt", bytes(range(256)) * 40),
            ("good.txt", f"图书馆\n\n{STORY}第二".encode()),
        )
    assert len(said["added"]) == 1
    dropped = {one["name"].split("/")[0].split(":")[0]: one["reason"] for one in said["dropped"]}
    assert {"bomb.zip", "nested.zip", "programme.exe", "picture.pdf", "noise.txt"} <= dropped.keys()


def test_names_that_lead_out_of_their_folder_write_nothing_there(house: House, tmp_path: Path) -> None:
    before = _files(house.folder)
    names = ("../../../out.txt", "/tmp/caibian-out.txt", "..\\..\\out.txt", "a/../../out2.txt")
    within = _zip(**{name: f"图书馆\n\n{STORY}{name}".encode() for name in names})
    said = _upload(
        house, ("names.zip", within), *((name, f"馆\n\n{STORY}，{name}".encode()) for name in names)
    )
    assert len(said["added"]) + len(said["dropped"]) >= len(names)
    assert _files(house.folder) == before
    assert not list(house.folder.parent.rglob("out*.txt"))
    assert not Path("/tmp/caibian-out.txt").exists()


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_gigabyte_is_refused_without_being_held_or_kept(house: House, declared: bool) -> None:
    with _frugal(house):
        status, sent = _send_gigabyte(house, declared)
    assert status == 413
    assert sent < (20 << 20 if declared else MOST_UPLOAD_BYTES + (64 << 20))
    # Whoever comes next is served.
    assert _upload(house, (f"after {declared}.txt", f"馆\n\n{STORY}{declared}".encode()))["added"]


def _send_gigabyte(house: House, declared: bool) -> tuple[int, int]:
    """The status of the answer, and how many bytes were taken before it came."""
    place = urlsplit(house.url)
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="big.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    ).encode()
    lines = [
        "POST /v1/articles/files HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: Bearer {house.keys['reporter']}",
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}",
        f"Content-Length: {_GB + len(head)}" if declared else "Transfer-Encoding: chunked",
    ]
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        connection.settimeout(0.0)
        sent, waiting, answer = 0, bytearray(_framed(head, declared)), b""
        until = time.monotonic() + 60
        while b"\r\n\r\n" not in answer and time.monotonic() < until:
            try:
                answer += connection.recv(1 << 16)
            except BlockingIOError:
                pass
            except ConnectionError:
                break
            if sent < _GB:
                try:
                    taken = connection.send(waiting)
                    sent += taken
                    del waiting[:taken]
                    if not waiting:
                        waiting += _framed(_PIECE, declared)
                except BlockingIOError:
                    time.sleep(0.002)
                except ConnectionError:
                    pass  # it has heard enough; its answer may still be there
        assert answer.startswith(b"HTTP/1.1 "), answer[:100]
        return int(answer[9:12]), sent


def _framed(content: bytes, declared: bool) -> bytes:
    return content if declared else b"%x\r\n%s\r\n" % (len(content), content)
