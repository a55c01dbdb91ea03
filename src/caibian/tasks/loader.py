"""Cards out of YAML files, validated whole: every mistake of every file is reported at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from caibian.errors import ConfigError
from caibian.tasks.card import NARROWED, TaskCard
from caibian.tasks.consistency import inconsistencies

PACKAGED = Path(__file__).parent / "cards"


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C ten times faster, where PyYAML has it


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """YAML that refuses a key written twice; PyYAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_cards(*extra: Path) -> dict[str, TaskCard]:
    """All cards by id: those of the package, and those of more YAML files or folders of them.

    A file is a list of cards.

    Raises:
        ConfigError: any card is wrong; one line for each mistake: `file: card id: field: what`.
    """
    if not extra:
        return dict(_packaged())
    return _load([PACKAGED, *extra])


def card(card_id: str, cards: dict[str, TaskCard] | None = None) -> TaskCard:
    """One card by id, out of `cards` or of the package; of a narrowed card's id, the whole card.

    Raises:
        ConfigError: there is none; the message names the nearest ones.
    """
    known = _packaged() if cards is None else cards
    card_id = card_id.partition(NARROWED)[0]
    if card_id not in known:
        near = get_close_matches(card_id, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "caibian tasks list shows them"
        raise ConfigError(f"no task card {card_id!r}; {hint}")
    return known[card_id]


@lru_cache(maxsize=1)
def _packaged() -> dict[str, TaskCard]:
    return _load([PACKAGED])


def _load(places: Sequence[Path]) -> dict[str, TaskCard]:
    problems: list[str] = []
    cards: dict[str, TaskCard] = {}
    home: dict[str, str] = {}
    for file in _files(places, problems):
        for position, data in enumerate(_entries(file, problems)):
            where = f"{file.name}: card {_name(data, position)}"
            loaded = _card(data, where, problems)
            if loaded is None:
                continue
            if loaded.id in cards:
                problems.append(f"{where}: id: stands already in {home[loaded.id]}")
            cards[loaded.id], home[loaded.id] = loaded, file.name
    if problems:
        raise ConfigError("task cards: {} to mend\n  {}".format(len(problems), "\n  ".join(problems)))
    return dict(sorted(cards.items()))


def _files(places: Sequence[Path], problems: list[str]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        found = sorted(place.glob("**/*.yaml")) if place.is_dir() else [place] if place.is_file() else []
        if not found:
            problems.append(f"{place}: no YAML file there")
        files += found
    return files


def _entries(file: Path, problems: list[str]) -> list[Any]:
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), _UniqueKeys)
    except UnicodeDecodeError as error:
        problems.append(f"{file.name}: is not UTF-8 ({error.reason} at byte {error.start})")
    except yaml.YAMLError as error:
        problems.append(f"{file.name}: {' '.join(str(error).split())}")
    else:
        if isinstance(data, list):
            return data
        problems.append(f"{file.name}: must be a list of cards (`- id: …`)")
    return []


def _name(data: Any, position: int) -> str:
    return str(data["id"]) if isinstance(data, dict) and data.get("id") else f"number {position + 1}"


def _card(data: Any, where: str, problems: list[str]) -> TaskCard | None:
    try:
        loaded = TaskCard.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            place = ".".join(str(part) for part in detail["loc"]) or "card"
            message = detail["msg"].removeprefix("Value error, ")
            given = detail["input"]
            shown = f", got {given!r}" if isinstance(given, str | int | float | None) else ""
            problems.append(f"{where}: {place}: {message}{shown}")
        return None
    problems += [f"{where}: {field}: {message}" for field, message in inconsistencies(loaded)]
    return loaded
