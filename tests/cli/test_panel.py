"""`caibian panel` as a newcomer uses it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path

import httpx
import pytest

from caibian.cli import main
from caibian.evaluation.comparison import EMPTY, Comparison, read_rankings, write_comparison, write_rankings
from caibian.records import Answer, Example, Ranking
from caibian.storage import Database, open_database
from caibian.storage.accounts import log_in
from caibian.storage.assignments import listing, rank, skip
from caibian.storage.overviews import find_panel
from caibian.storage.standing import standing
from caibian.storage.work import Work
from tests.storage.conftest import _light_hashes  # noqa: F401  (a fixture)

_PASSWORD = re.compile(r"^  (\S+)  ([a-z0-9]{4}(?:-[a-z0-9]{4}){3})", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A comparison of two systems and the empty one over eight examples, one of them answered by one system alone."""
    monkeypatch.chdir(tmp_path)
    examples = tuple(
        Example(f"e{n}", "拟一个标题。", f"第{n}篇", "", "headline.news", "demo", "zh", "test")
        for n in range(8)
    )
    answers = {
        system: {one.id: Answer(f"{system} {one.id}", system, one.id) for one in examples}
        for system in ("base", "tuned", EMPTY)
    }
    answers["base"]["e7"] = Answer("", "base", "e7", finish_reason="error", error="timeout")
    write_comparison(tmp_path / "spring", Comparison("spring", examples, answers))
    return tmp_path / "spring"


def _opened() -> AbstractContextManager[Database]:
    return closing(open_database("panel.db"))


def _run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["panel", *arguments])
    said = capsys.readouterr()
    assert (caught.value.code or 0) == code, said
    return said.out + said.err


def test_from_a_comparison_to_rankings_in_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _run(capsys, "create", "spring", "--experts", "张三,李四", "--share", "1", "--seed", "3")
    assert [name for name, _ in _PASSWORD.findall(said)] == ["张三", "李四", "organiser"]
    assert "7 of 7 items, 2 systems, 2 experts with 7 items each" in said
    assert "left out: 1 items with fewer than two answers" in said
    database = open_database("panel.db")
    panel = find_panel(database, None)
    for name, password in _PASSWORD.findall(said)[:2]:
        _, account = log_in(database, name, password)
        rows = listing(database, account, panel.id)
        skip(database, account, rows[0].id, "other", "", 0)
        for row in rows[1:]:
            rank(database, account, row.id, Work(("B", "A"), seconds=20), 0)
    assert standing(database, panel.id).systems == ["base", "tuned"]  # experts need not rank the empty answer
    assert "张三: 6 ranked, 1 skipped, 0 left of 7, 20 s an item" in _run(capsys, "status")
    assert "12 rankings and 2 skipped items of 2 experts" in _run(capsys, "export", "spring")
    given = read_rankings(folder)
    assert sorted({row.judge for row in given}) == ["张三", "李四"]
    assert {row.kind for row in given} == {"expert"}
    assert all(row.order == row.shown[::-1] for row in given if row.order)
    assert "14 in place of earlier ones" in _run(capsys, "export", "spring")
    assert read_rankings(folder) == given
    said = _run(capsys, "export", "spring", "--format", "csv", "--out", "sheets")
    assert "张三.csv" in said
    assert "base" not in Path("sheets/张三.csv").read_text(encoding="utf-8-sig").partition("\n")[0]
    said = _run(capsys, "import", "spring", "sheets/张三.csv", "--format", "csv")
    assert "6 rankings and 1 skipped items by 1 experts, 7 in place of earlier ones" in said
    assert [row.order for row in read_rankings(folder)] == [row.order for row in given]
    _run(capsys, "export", "spring", "--format", "label-studio", "--out", "ls")
    assert Path("ls/tasks.json").exists()
    database.close()


def test_passwords_are_made_once_and_accounts_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = dict(_PASSWORD.findall(_run(capsys, "create", "spring", "--experts", "a,b")))
    again = _run(capsys, "create", "spring", "--experts", "b", "--experts", "c", "--name", "two")
    assert [name for name, _ in _PASSWORD.findall(again)] == ["c"]
    with _opened() as database:
        assert log_in(database, "a", first["a"])
        new = _run(capsys, "password", "a").split()[1]
        assert log_in(database, "a", new)
    assert "disabled" in _run(capsys, "disable", "a")
    assert "a: it is disabled" in _run(capsys, "add-expert", "a", "--panel", "two", code=1).replace(
        "account ", ""
    )
    assert "enabled" in _run(capsys, "disable", "a", "--undo")


def test_an_expert_takes_over_from_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(capsys, "create", "spring", "--experts", "a,b", "--share", "1")
    assert "No item lacks an expert: each has 2" in _run(capsys, "add-expert", "c")
    assert "d: 7 items" in _run(capsys, "add-expert", "d", "--instead-of", "a")
    assert "closed" in _run(capsys, "close")
    assert "it is closed" in _run(capsys, "add-expert", "e", code=1)
    assert "open again" in _run(capsys, "close", "--undo")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create", "nowhere", "--experts", "a"], "no comparison here"),
        (["create", "spring", "--experts", ","], "--experts: name at least one"),
        (["create", "spring", "--experts", "a", "--share", "0"], "--share 0: more than 0"),
        (["create", "spring", "--experts", "a,organiser"], "cannot be an expert"),
        (["create", "spring", "--experts", "a", "--language", "fr"], "--language fr"),
        (["create", "spring", "--experts", "a", "--db", "mysql://u:pw@h/d"], "postgresql://USER@HOST/NAME"),
        (["status"], "no such file"),
        (["serve"], "no such file"),
        (["export", "spring", "--format", "csv"], "needs --out"),
    ],
)
def test_what_is_wrong_is_said_before_any_account_is_made(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    said = _run(capsys, *arguments, code=1)
    assert says in said
    assert not _PASSWORD.search(said)
    assert ":pw@" not in said


def test_rankings_go_into_the_right_comparison_and_over_no_judge(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    password = _PASSWORD.findall(_run(capsys, "create", "spring", "--experts", "a", "--per-item", "1"))[0][1]
    assert "nothing has been ranked" in _run(capsys, "export", "spring", code=1)
    with _opened() as database:
        _, account = log_in(database, "a", password)
        panel = find_panel(database, None)
        rank(database, account, listing(database, account, panel.id)[0].id, Work(("A", "B")), 0)
    write_rankings(folder, [Ranking("e0", "a", ("base", "tuned"))])
    assert "a is a judge of kind model" in _run(capsys, "export", "spring", code=1)
    other = (Example("x", "i", "", "", "headline.news", "d", "zh", "test"),)
    write_comparison(Path("autumn"), Comparison("autumn", other, {"base": {}, "tuned": {}}))
    assert "no panel made from its examples" in _run(capsys, "export", "autumn", code=1)
    assert "made from other examples" in _run(capsys, "export", "autumn", "--panel", "spring", code=1)


def test_serve_starts_both_says_where_and_stops_both_on_ctrl_c(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(capsys, "create", "spring", "--experts", "a")
    process = subprocess.Popen(
        [sys.executable, "-m", "caibian", "panel", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "Stop with Ctrl-C" in line:
                break
        pages, api = re.findall(r"http://\S+", said)
        assert httpx.get(f"{api}/health", trust_env=False, timeout=60).json() == {"status": "ok"}
        assert httpx.get(pages, trust_env=False, timeout=60, follow_redirects=True).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        for address in (pages, f"{api}/health"):
            with pytest.raises(httpx.ConnectError):
                httpx.get(address, trust_env=False, timeout=60)
    finally:
        process.kill()
        process.wait()
