"""`caibian evaluate agreement`: what a person sees, and what lies in the folder afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caibian.cli import application
from caibian.errors import EmptyResult
from caibian.evaluation.comparison import Comparison, write_comparison, write_rankings
from caibian.records import Answer, Ranking
from tests.evaluation.agreement.test_report import SYSTEMS, example, given_by


def comparison(folder: Path) -> Path:
    examples = tuple(example(item) for item in range(3))
    answers = {name: {one.id: Answer("said", name, one.id) for one in examples} for name in SYSTEMS}
    write_comparison(folder, Comparison("tiny", examples, answers))
    return folder


def test_agreement_is_printed_and_written_beside_the_rankings(tmp_path: Path) -> None:
    folder = comparison(tmp_path / "c")
    rankings = [given_by(name, item, "ABCDE") for item in range(3) for name in ("lin", "zhao")]
    write_rankings(folder, [*rankings, Ranking("i0", "qwen", tuple("EDCBA"))])
    result = CliRunner().invoke(application(), ["evaluate", "agreement", str(folder), "--resamples", "100"])
    assert result.exit_code == 0, result.output
    assert "lin" in result.output
    assert "Judges and experts" in result.output
    written = json.loads((folder / "agreement.json").read_text())
    assert written["experts"]["overall"]["alpha"]["value"] == 1
    assert written["judges"]["qwen"]["accuracy"]["value"] == 0


def test_a_comparison_that_nobody_ranked_says_who_could(tmp_path: Path) -> None:
    result = CliRunner().invoke(application(), ["evaluate", "agreement", str(comparison(tmp_path / "c"))])
    assert isinstance(result.exception, EmptyResult)
    with pytest.raises(EmptyResult, match="nobody has ranked yet"):
        raise result.exception
