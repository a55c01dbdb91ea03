"""The key of a blind panel: which system stands under which letter. Experts never see it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caibian.errors import InputError
from caibian.evaluation.comparison import EMPTY, Comparison, digest
from caibian.files import write_json
from caibian.records import Example

_FORMAT = 1


@dataclass(frozen=True)
class Key:
    """The letters of every item with the system that each stands for, in the order shown."""

    comparison: str
    examples_sha256: str
    seed: int
    items: Mapping[str, Mapping[str, str]]  # example id -> letter -> system


@dataclass(frozen=True)
class Shown:
    """One item as experts see it: its answers under letters."""

    example: Example
    answers: Mapping[str, str]  # letter -> text


def draw_key(comparison: Comparison, *, seed: int = 0) -> Key:
    """Letters for the systems of each item, in an order drawn by a hash of seed, item and system.

    Adding an item or a system moves no other item's order of the rest. The empty answer is left out, and so are items
    with fewer than two answers.
    """

    def draw(example: str, system: str) -> str:
        return hashlib.sha256(f"{seed}\0{example}\0{system}".encode()).hexdigest()

    items = {}
    for example, said in comparison.items():
        systems = sorted(set(said) - {EMPTY}, key=lambda system: draw(example.id, system))
        if len(systems) > 1:
            items[example.id] = {letters(place): system for place, system in enumerate(systems)}
    return Key(comparison.name, digest(comparison.examples), seed, items)


def kept_key(path: Path, comparison: Comparison, *, seed: int = 0) -> Key:
    """The key at `path`, made where there is none yet: what is exported twice keeps its letters.

    Raises:
        InputError: the key there has other letters, by which rankings of an earlier export would be misread.
    """
    key = draw_key(comparison, seed=seed)
    if path.exists() and read_key(path, comparison) != key:
        raise InputError(
            f"{path}: the key of an earlier export, with other systems or another seed; rankings by its letters may "
            "still come back, so keep it and give another file with --key"
        )
    write_key(path, key)
    return key


def shown(comparison: Comparison, key: Key) -> list[Shown]:
    """The items of the key as experts see them."""
    return [
        Shown(example, {letter: said[system] for letter, system in key.items[example.id].items()})
        for example, said in comparison.items()
        if example.id in key.items
    ]


def letters(place: int) -> str:
    """A, B, … Z, AA, AB, … for 0, 1, …"""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def write_key(path: Path, key: Key) -> None:
    """Write the key. Keep it from the experts: with it, ranking is blind no more."""
    write_json(
        path,
        {
            "format": _FORMAT,
            "comparison": key.comparison,
            "examples_sha256": key.examples_sha256,
            "seed": key.seed,
            "items": {
                name: [[letter, system] for letter, system in of.items()] for name, of in key.items.items()
            },
        },
    )


def read_key(path: Path, comparison: Comparison | None = None) -> Key:
    """Read a key.

    comparison: where given, the key must be of these examples.

    Raises:
        InputError: there is no key, it is damaged, or it belongs to other examples.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        key = Key(
            str(facts["comparison"]),
            str(facts["examples_sha256"]),
            int(facts["seed"]),
            {
                name: {str(letter): str(system) for letter, system in pairs}
                for name, pairs in facts["items"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: no key of a panel ({error}); give the key.json that was written with the export"
        ) from error
    if comparison is not None and key.examples_sha256 != digest(comparison.examples):
        raise InputError(
            f"{path}: the key is of other examples (comparison {key.comparison}, SHA-256 "
            f"{key.examples_sha256[:12]}…); give the comparison that was exported"
        )
    return key
