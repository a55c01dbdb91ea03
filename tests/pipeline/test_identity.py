"""A stage's folder is named by what its result depends on: not by less, and not by more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from caibian.pipeline import identity
from tests.support import ROOT

_PRINT = """
from caibian.pipeline.identity import code_version
from caibian.pipeline.stages import STAGES
for name, stage in STAGES.items():
    print(name, code_version(stage))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that a test may change."""
    target = tmp_path_factory.mktemp("source") / "caibian"
    return shutil.copytree(ROOT / "src" / "caibian", target, ignore=shutil.ignore_patterns("__pycache__"))


def versions(source: Path) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT],
        env={**os.environ, "PYTHONPATH": str(source.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


def changed(source: Path, file: str, old: str, new: str) -> set[str]:
    """The stages whose code version an edit of `file` changes."""
    path = source / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = versions(source)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        after = versions(source)
    finally:
        path.write_text(text, encoding="utf-8")
    return {stage for stage in before if before[stage] != after[stage]}


def test_a_comment_a_docstring_or_how_progress_is_shown_redoes_nothing(source: Path) -> None:
    assert changed(source, "records.py", "from __future__", "# a remark\n\nfrom __future__") == set()
    assert changed(source, "files.py", '"""Atomic writes', '"""Whole writes') == set()
    assert changed(source, "progress.py", "bar_width=24", "bar_width=30") == set()


def test_code_below_all_stages_redoes_all(source: Path) -> None:
    assert changed(source, "records.py", 'SPLITS: tuple[Split, ...] = ("train"', 'SPLITS: tuple[Split, ...] = ("trian"') == {
        "corpus",
        "instructions",
        "training",
        "evaluation",
        "export",
    }  # fmt: skip


def test_code_of_one_stage_redoes_that_stage_alone(source: Path) -> None:
    assert changed(source, "training/config.py", "4e-4", "5e-4") == {"training"}


def test_a_card_is_code_of_the_stages_that_read_cards(source: Path) -> None:
    redone = changed(source, "tasks/cards/headlines.yaml", "headline.news", "headline.story")
    assert {"instructions", "evaluation"} <= redone
    assert "corpus" not in redone


def test_a_folder_of_inputs_counts_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text("one", encoding="utf-8")
    first = identity.content_hash(folder)
    (folder / "a.txt").write_text("two", encoding="utf-8")
    second = identity.content_hash(folder)
    (folder / "a.txt").rename(folder / "b.txt")
    third = identity.content_hash(folder)
    assert len({first, second, third}) == 3


def test_differences_are_told_in_words() -> None:
    old = {"settings": {"a": {"b": 1}}, "seed": 1, "weights": None, "inputs": {"corpus": "x"}, "code": "1"}
    new = {"settings": {"a": {"b": 2}}, "seed": 2, "weights": {}, "inputs": {"corpus": "y"}, "code": "2"}
    assert identity.differences(old, new, "training") == [
        "training.a.b: 1 -> 2",
        "seed: 1 -> 2",
        "other weights",
        "corpus changed",
        "the code of the stage changed",
    ]
    assert identity.differences(new, new, "training") == []
