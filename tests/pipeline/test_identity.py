"""A stage's folder is named by what its result depends on: not by less, and not by more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from caibian.pipeline import identity
from caibian.pipeline.stages import STAGES
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


@pytest.fixture(scope="module")
def unchanged(source: Path) -> dict[str, str]:
    return versions(source)


Edit = tuple[str, str, str]  # file, old text, new text


@pytest.fixture
def redone(source: Path, unchanged: dict[str, str]) -> Callable[..., set[str]]:
    """The stages whose code version some edits change."""

    def edit(*edits: Edit) -> set[str]:
        originals = {file: (source / file).read_text(encoding="utf-8") for file, _, _ in edits}
        try:
            for file, old, new in edits:
                assert old in originals[file], f"{file} no longer holds {old!r}"
                (source / file).write_text(originals[file].replace(old, new, 1), encoding="utf-8")
            after = versions(source)
        finally:
            for file, text in originals.items():
                (source / file).write_text(text, encoding="utf-8")
        return {stage for stage in unchanged if unchanged[stage] != after[stage]}

    return edit


def test_a_comment_a_docstring_or_how_progress_is_shown_redoes_nothing(
    redone: Callable[..., set[str]],
) -> None:
    assert redone(
        ("records.py", "from __future__", "# a remark\n\nfrom __future__"),
        ("files.py", '"""Atomic writes', '"""Whole writes'),
        ("progress.py", "bar_width=24", "bar_width=30"),
    ) == set()  # fmt: skip


def test_code_below_all_stages_redoes_all(redone: Callable[..., set[str]]) -> None:
    assert redone(("records.py", '= ("train", "validation"', '= ("training", "validation"')) == set(STAGES)


def test_code_of_one_stage_redoes_that_stage_alone(redone: Callable[..., set[str]]) -> None:
    assert redone(("training/config.py", "4e-4", "5e-4")) == {"training"}


def test_a_card_is_code_of_the_stages_that_read_cards(redone: Callable[..., set[str]]) -> None:
    stages = redone(("tasks/cards/headlines.yaml", "headline.news", "headline.story"))
    assert {"instructions", "evaluation"} <= stages
    assert "corpus" not in stages


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
