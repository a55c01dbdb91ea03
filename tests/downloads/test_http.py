from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from caibian.downloads import HUGGING_FACE, MODELSCOPE, Digest, HubFile, Wanted, fetch
from caibian.errors import DownloadError, WrongHash
from caibian.progress import Progress
from tests.downloads.origins import FileServer, no_hubs, serving

CONTENT = random.Random(7).randbytes(300_000)
QUIET = Progress("silent")
HUB = HubFile(HUGGING_FACE, "org/name", "file.bin")
OTHER_HUB = HubFile(MODELSCOPE, "org/name", "file.bin")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    no_hubs(monkeypatch)
    with serving({"/org/name/resolve/main/file.bin": CONTENT}) as state:
        monkeypatch.setenv("HF_ENDPOINT", state.endpoint)
        yield state


def wanted(folder: Path, content: bytes = CONTENT) -> Wanted:
    return Wanted("test", folder / "file.bin", len(content), Digest(hashlib.sha256(content).hexdigest()))


def test_a_file_arrives_whole_and_nothing_else_stays(server: FileServer, tmp_path: Path) -> None:
    arrival = fetch(wanted(tmp_path / "new"), [HUB], QUIET)
    assert arrival.path.read_bytes() == CONTENT
    assert arrival.origin == "Hugging Face"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["file.bin"]


def test_a_file_that_is_there_is_not_fetched_again(server: FileServer, tmp_path: Path) -> None:
    fetch(wanted(tmp_path), [HUB], QUIET)
    asked = len(server.asked)
    assert fetch(wanted(tmp_path), [HUB], QUIET).origin is None
    assert len(server.asked) == asked


def test_a_kept_part_is_continued_from_its_last_byte(server: FileServer, tmp_path: Path) -> None:
    wanted(tmp_path).part.write_bytes(CONTENT[:123_456])
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert server.asked == [("/org/name/resolve/main/file.bin", "bytes=123456-")]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_is_taken_from_the_start(server: FileServer, tmp_path: Path) -> None:
    server.ranges = False
    wanted(tmp_path).part.write_bytes(CONTENT[:1000])
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_broken_connection_is_resumed_within_the_same_call(server: FileServer, tmp_path: Path) -> None:
    server.cut_after = [100_000, 50_000]
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert [wish for _, wish in server.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_half_a_file_is_kept_when_the_connection_stays_broken(server: FileServer, tmp_path: Path) -> None:
    server.cut_after = [100_000] + [0] * 20
    with pytest.raises(DownloadError, match="are kept; run the same command to go on") as caught:
        fetch(wanted(tmp_path), [HUB], QUIET)
    assert not isinstance(caught.value, WrongHash)
    assert [file.name for file in tmp_path.iterdir()] == [wanted(tmp_path).part.name]
    server.cut_after = []
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert server.asked[-1][1] == "bytes=100000-"
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server: FileServer, tmp_path: Path) -> None:
    server.busy = 2
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert len(server.asked) == 3


def test_wrong_bytes_are_an_error_and_leave_nothing(server: FileServer, tmp_path: Path) -> None:
    server.files["/org/name/resolve/main/file.bin"] = CONTENT[:-1] + b"!"
    with pytest.raises(WrongHash, match="Hugging Face: what arrived does not have the promised sha256"):
        fetch(wanted(tmp_path / "new" / "deep"), [HUB], QUIET)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_part_of_other_content_is_thrown_away_and_the_file_still_arrives(
    server: FileServer, tmp_path: Path
) -> None:
    wanted(tmp_path).part.write_bytes(b"x" * 1000)
    fetch(wanted(tmp_path), [HUB], QUIET)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_file_of_another_size_is_refused_before_it_is_downloaded(
    server: FileServer, tmp_path: Path
) -> None:
    server.files["/org/name/resolve/main/file.bin"] = b"<html>please log in to the wireless network</html>"
    with pytest.raises(DownloadError, match="serves a file of 50 bytes where 300,000 are promised"):
        fetch(wanted(tmp_path / "new"), [HUB], QUIET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trouble", ["missing", "wrong", "refused"])
def test_the_next_origin_delivers_where_the_first_cannot(
    trouble: str, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"/models/org/name/resolve/master/file.bin": CONTENT}) as second:
        monkeypatch.setenv("MODELSCOPE_DOMAIN", second.endpoint)
        if trouble == "missing":
            server.files.clear()
        elif trouble == "wrong":
            server.files["/org/name/resolve/main/file.bin"] = bytes(len(CONTENT))
        else:
            monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        assert fetch(wanted(tmp_path), [HUB, OTHER_HUB], QUIET).origin == "ModelScope"
    assert [file.name for file in tmp_path.iterdir()] == ["file.bin"]


def test_the_second_origin_goes_on_where_the_first_broke_off(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.cut_after = [100_000] + [0] * 20
    with serving({"/models/org/name/resolve/master/file.bin": CONTENT}) as second:
        monkeypatch.setenv("MODELSCOPE_DOMAIN", second.endpoint)
        fetch(wanted(tmp_path), [HUB, OTHER_HUB], QUIET)
        assert [wish for _, wish in second.asked] == ["bytes=100000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_without_a_network_the_error_names_every_origin_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_hubs(monkeypatch)
    with pytest.raises(DownloadError, match=r"(?s)Hugging Face: not reachable.*ModelScope: not reachable"):
        fetch(wanted(tmp_path / "new"), [HUB, OTHER_HUB], QUIET)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_hub_is_asked_once_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_hubs(monkeypatch)
    for expected in (r"refused", r"found out earlier"):
        with pytest.raises(DownloadError, match=expected):
            fetch(wanted(tmp_path), [HUB], QUIET)


def test_a_user_who_wants_no_hub_is_obeyed(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        fetch(wanted(tmp_path), [HUB], QUIET)
    assert server.asked == []
