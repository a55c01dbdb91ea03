"""Sessions: tokens stay on the server, readable by its user alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from caibian.api.wire import Me, Session
from caibian.workbench import sessions
from caibian.workbench.sessions import Sessions

ME = Me(name="mei", display="梅", role="expert")


def test_a_session_outlives_a_restart_and_ends_with_its_logout(tmp_path: Path) -> None:
    number = Sessions(tmp_path).open(Session(token="secret", me=ME))
    again = Sessions(tmp_path)
    visitor = again.find(number)
    assert visitor is not None
    assert (visitor.token, visitor.me) == ("secret", ME)
    again.close(number)
    assert Sessions(tmp_path).find(number) is None


def test_what_lies_on_the_disk_opens_no_session_and_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    number = Sessions(tmp_path / "kept").open(Session(token="secret", me=ME))
    [file] = (tmp_path / "kept").iterdir()
    assert number not in file.name + file.read_text(encoding="utf-8")
    assert Sessions(tmp_path / "kept").find(file.stem) is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Sessions(tmp_path)
    number = kept.open(Session(token="secret", me=ME))
    later = sessions.time.time() + sessions.LIFETIME + 1
    monkeypatch.setattr(sessions.time, "time", lambda: later)
    assert kept.find(number) is None
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_no_session_and_no_error(tmp_path: Path) -> None:
    kept = Sessions(tmp_path)
    number = kept.open(Session(token="secret", me=ME))
    [file] = tmp_path.iterdir()
    file.write_text("{", encoding="utf-8")
    assert Sessions(tmp_path).find(number) is None
