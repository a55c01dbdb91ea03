"""`Comparison`: the same examples answered by several systems; what judges and experts rank, as one folder.

    FOLDER/comparison.json         what the systems are, and the hash of the examples
    FOLDER/examples.parquet        Examples
    FOLDER/answers/SYSTEM.parquet  Answers
    FOLDER/rankings/JUDGE.parquet  Rankings, one file a judge

Names of systems and judges become file names; the true name stands in the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caibian.errors import InputError
from caibian.files import write_json
from caibian.records import Answer, Example, Ranking, read_parquet, to_table, write_parquet

EMPTY = "(empty)"
"""The system that says nothing: a safeguard, for a judge that does not put it last has not read the answers."""

_FORMAT = 1  # of comparison.json


@dataclass(frozen=True)
class Comparison:
    """Examples with the answers of several systems. An answer that ended in an error is missing, not wrong."""

    name: str
    examples: tuple[Example, ...]
    answers: Mapping[str, Mapping[str, Answer]]  # system -> example id -> answer
    systems: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # system -> what stands behind it

    def items(self) -> Iterator[tuple[Example, dict[str, str]]]:
        """Each example with what its systems said; systems whose answer is missing or failed are left out."""
        for example in self.examples:
            said = {
                system: answers[example.id].text
                for system, answers in self.answers.items()
                if example.id in answers and answers[example.id].finish_reason != "error"
            }
            yield example, said

    def missing(self) -> dict[str, int]:
        """How many examples each system has no answer to."""
        said = [said for _, said in self.items()]
        return {system: sum(system not in one for one in said) for system in self.answers}


def digest(examples: Sequence[Example]) -> str:
    """SHA-256 over what the examples ask and expect, in their order: the name of a frozen set."""
    parts = (f"{e.id}\0{e.card}\0{e.language}\0{e.prompt}\0{e.output}" for e in examples)
    return hashlib.sha256("\x01".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def write_comparison(folder: Path, comparison: Comparison) -> None:
    """Write a comparison; rankings that lie in the folder stay. Each file is whole or absent."""
    write_parquet(folder / "examples.parquet", to_table(comparison.examples, Example))
    for system, answers in comparison.answers.items():
        rows = [answers[example.id] for example in comparison.examples if example.id in answers]
        write_parquet(folder / "answers" / f"{_file(system)}.parquet", to_table(rows, Answer))
    facts = {
        "format": _FORMAT,
        "name": comparison.name,
        "examples_sha256": digest(comparison.examples),
        "order": list(comparison.answers),  # of the systems; keys are sorted
        "systems": {system: dict(comparison.systems.get(system, {})) for system in comparison.answers},
    }
    write_json(folder / "comparison.json", facts)


def read_comparison(folder: Path) -> Comparison:
    """Read a comparison from its folder.

    Raises:
        InputError: no comparison there, a file is damaged, or the examples are not those that were frozen.
    """
    try:
        facts = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
        systems: dict[str, Any] = facts["systems"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder}: no comparison here (comparison.json: {error}); make one with caibian evaluate answer"
        ) from error
    examples = tuple(read_parquet(folder / "examples.parquet", Example))
    if (found := digest(examples)) != facts.get("examples_sha256"):
        raise InputError(
            f"{folder / 'examples.parquet'}: not the examples that were frozen (SHA-256 {found[:12]}…, "
            f"comparison.json says {str(facts.get('examples_sha256'))[:12]}…); restore the file"
        )
    answers = {
        system: {
            str(answer.example_id): answer
            for answer in read_parquet(folder / "answers" / f"{_file(system)}.parquet", Answer)
        }
        for system in sorted(systems, key=_place(facts.get("order")))
    }
    return Comparison(str(facts.get("name") or folder.name), examples, answers, systems)


def write_rankings(folder: Path, rankings: Sequence[Ranking]) -> None:
    """Write the rankings of one comparison, one file a judge; files of other judges stay."""
    by_judge: dict[str, list[Ranking]] = {}
    for ranking in rankings:
        by_judge.setdefault(ranking.judge, []).append(ranking)
    for judge, rows in by_judge.items():
        write_parquet(folder / "rankings" / f"{_file(judge)}.parquet", to_table(rows, Ranking))


def read_rankings(folder: Path) -> list[Ranking]:
    """All rankings of a comparison, judge by judge; none where nobody has ranked yet."""
    place = folder / "rankings"
    return read_parquet(place, Ranking) if place.is_dir() else []


def _place(order: object) -> Callable[[str], int]:
    places = {system: at for at, system in enumerate(order)} if isinstance(order, list) else {}
    return lambda system: places.get(system, len(places))


def _file(name: str) -> str:
    return (
        quote(name, safe=" ()+-_.@") if name not in (".", "..") else quote(name, safe="").replace(".", "%2E")
    )
