"""`Evaluated`: everything that lies in the folder of a comparison or a task evaluation, read as far as it can be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caibian.errors import InputError
from caibian.evaluation.comparison import Comparison, read_comparison
from caibian.evaluation.judging.lineup import lineups
from caibian.evaluation.strength import Same
from caibian.records import Answer, Example, Ranking, read_parquet

_FILES = ("table", "judging", "agreement", "errors")
_MARKERS = ("comparison.json", "table.json")


@dataclass
class Evaluated:
    """One evaluation. What is not there is empty; what could not be read is named in `problems`."""

    folder: Path
    comparison: Comparison | None = None
    asked: Comparison | None = None  # the items and answers of a task evaluation, in the same shape
    rankings: list[Ranking] = field(default_factory=list)
    table: Mapping[str, Any] = field(default_factory=dict)  # of a task evaluation
    judging: Mapping[str, Any] = field(default_factory=dict)
    agreement: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What a person calls it."""
        said = self.comparison.name if self.comparison else self.table.get("name")
        return str(said or self.folder.resolve().name)

    @property
    def answered(self) -> Comparison | None:
        """The items with what every system said: of the comparison, else of the task evaluation."""
        return self.comparison or self.asked

    @property
    def examples(self) -> tuple[Example, ...]:
        """The items of the comparison or of the task evaluation."""
        return self.answered.examples if self.answered else ()

    @property
    def unfit(self) -> dict[str, tuple[str, ...]]:
        """Judge -> the codes of its biases beyond their bars, of the judges found unfit."""
        measured = {judge: one.get("bias") or {} for judge, one in self.judges.items()}
        return {
            judge: tuple(map(str, bias.get("reasons") or ("unfit",)))
            for judge, bias in measured.items()
            if bias.get("fit") is False
        }

    def same(self, seed: int) -> Same:
        """Which systems gave one and the same answer, as the judges' rankings mean it."""
        if self.comparison is None:
            return {}
        drawn = lineups(self.comparison, self.systems, int(self.judging.get("seed", seed)))
        return {one.example.id: one.alike for one in drawn if one.same}

    @property
    def judges(self) -> dict[str, Mapping[str, Any]]:
        """What `judging.json` says of each judge."""
        found = self.judging.get("judges")
        return (
            {k: one for k, one in found.items() if isinstance(one, dict)} if isinstance(found, dict) else {}
        )

    @property
    def systems(self) -> list[str]:
        """The systems compared, in the order of the folder's own list."""
        return list(self.comparison.answers) if self.comparison else []


def read_evaluated(folder: Path) -> Evaluated:
    """Read the folder of a comparison, of a task evaluation, or of both.

    Raises:
        InputError: there is neither; a damaged file is a problem noted, as long as something is left to show.
    """
    if not any((folder / marker).is_file() for marker in _MARKERS):
        raise InputError(
            f"{folder}: neither a comparison (comparison.json) nor a task evaluation (table.json); "
            "make one with caibian evaluate answer or caibian evaluate tasks"
        )
    found = Evaluated(folder)
    if (folder / "comparison.json").is_file():
        try:
            found.comparison = read_comparison(folder)
        except InputError as error:
            found.problems.append(str(error))
        _read_rankings(found)
    for name in _FILES:
        _read_json(found, name)
    if found.table and "datasets" not in found.table:
        found.table = {}  # the table of a run's evaluation stage has a page of its own
        found.problems.append("table.json: that of a run; its page: caibian report RUN")
    if found.comparison is None and not found.table:
        raise InputError(f"{folder}: {'; '.join(found.problems) or 'nothing in it could be read'}")
    if found.table and (folder / "items.parquet").is_file():
        _read_answers(found)
    return found


def _read_answers(found: Evaluated) -> None:
    """The answers of a task evaluation; a damaged file costs its own system."""
    try:
        examples = tuple(read_parquet(found.folder / "items.parquet", Example))
    except InputError as error:
        found.problems.append(str(error))
        return
    answers: dict[str, dict[str, Answer]] = {}
    for system in found.table.get("systems") or ():
        try:
            rows = read_parquet(found.folder / "answers" / f"{system}.parquet", Answer)
        except InputError as error:
            found.problems.append(str(error))
        else:
            answers[system] = {str(row.example_id): row for row in rows}
    found.asked = Comparison(found.name, examples, answers, found.table["systems"])


def _read_rankings(found: Evaluated) -> None:
    """Every judge's file by itself, so that a damaged one costs no other."""
    for file in sorted((found.folder / "rankings").glob("*.parquet")):
        try:
            found.rankings += read_parquet(file, Ranking)
        except (InputError, TypeError, ValueError) as error:
            found.problems.append(f"rankings/{file.name}: {str(error).splitlines()[0]}")


def _read_json(found: Evaluated, name: str) -> None:
    path = found.folder / f"{name}.json"
    if not path.is_file():
        return
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        found.problems.append(f"{path.name}: {str(error).splitlines()[0]}")
        return
    if isinstance(value, dict):
        setattr(found, name, value)
    else:
        found.problems.append(f"{path.name}: holds a {type(value).__name__}, not an object")
