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
from caibian.records import Example, Ranking, read_parquet

_FILES = ("table", "judging", "agreement", "errors")
_MARKERS = ("comparison.json", "table.json")


@dataclass
class Evaluated:
    """One evaluation. What is not there is empty; what could not be read is named in `problems`."""

    folder: Path
    comparison: Comparison | None = None
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
    def examples(self) -> tuple[Example, ...]:
        """The items: those of the comparison, else those that a task evaluation wrote beside its table."""
        if self.comparison is not None:
            return self.comparison.examples
        file = self.folder / "items.parquet"
        return tuple(read_parquet(file, Example)) if file.is_file() else ()

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
        return {one.example.id: one.same for one in drawn if one.same}

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
    if found.comparison is None and not found.table:
        raise InputError("; ".join(found.problems) or f"{folder}: nothing in it could be read")
    return found


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
