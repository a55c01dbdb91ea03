"""`caibian evaluate panel-export` and `panel-import`: out to experts and back into the comparison."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from caibian.cli import application
from caibian.errors import InputError
from caibian.evaluation.comparison import read_rankings, write_comparison
from tests.evaluation.panels.support import comparison


def run(*arguments: object) -> Result:
    return CliRunner().invoke(application(), ["evaluate", *map(str, arguments)])


def fill(path: Path, orders: dict[str, str]) -> None:
    """What an expert does: write letters into the column `ranking`."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row | {"ranking": orders.get(row["item"], "")} for row in rows)


def test_experts_rank_in_a_spreadsheet_and_their_rankings_join_the_comparison(tmp_path: Path) -> None:
    folder, out = tmp_path / "c", tmp_path / "out"
    write_comparison(folder, comparison())
    result = run("panel-export", folder, "--to", "csv", "--out", out, "--rater", "lin", "--rater", "zhao")
    assert result.exit_code == 0, result.output
    assert not list(out.rglob("*key*"))  # the key stays with the organiser
    fill(out / "lin.csv", {"i0": "B > A > C", "i1": "A > C"})
    fill(out / "zhao.csv", {"i0": "C > A > B", "i1": "A > B > C"})
    files = [out / "lin.csv", out / "zhao.csv"]
    result = run(
        "panel-import", folder, *files, "--from", "csv", "--rater", "lin", "--rater", "zhao=Zhao Min"
    )
    assert result.exit_code == 0, result.output
    assert "3 rankings and 0 skipped items by 2 experts" in result.output
    assert "lin.csv, line 3: key missing: B" in result.output
    assert {(one.judge, one.example_id) for one in read_rankings(folder)} == {
        ("lin", "i0"),
        ("Zhao Min", "i0"),
        ("Zhao Min", "i1"),
    }
    fill(out / "lin.csv", {"i1": "C > A > B"})
    result = run("panel-import", folder, out / "lin.csv", "--from", "csv")
    assert len(read_rankings(folder)) == 4  # the earlier ranking of i0 stays
    assert "1 not ranked yet" in result.output


def test_a_second_export_keeps_its_letters_and_another_seed_does_not_overwrite_the_key(
    tmp_path: Path,
) -> None:
    write_comparison(tmp_path / "c", comparison())
    export = ("panel-export", tmp_path / "c", "--out", tmp_path / "out", "--to")
    assert run(*export, "label-studio").exit_code == 0
    assert run(*export, "argilla").exit_code == 0
    refused = run(*export, "csv", "--seed", 5)
    assert isinstance(refused.exception, InputError)
    with pytest.raises(InputError, match="the key of an earlier export"):
        raise refused.exception


def test_a_file_in_which_nothing_is_ranked_says_so(tmp_path: Path) -> None:
    write_comparison(tmp_path / "c", comparison())
    assert run("panel-export", tmp_path / "c", "--to", "csv", "--out", tmp_path / "out").exit_code == 0
    result = run("panel-import", tmp_path / "c", tmp_path / "out" / "ranking.csv", "--from", "csv")
    with pytest.raises(InputError, match="no item has been ranked yet"):
        raise result.exception or AssertionError(result.output)
