"""Cards out of YAML files, validated whole: every mistake of every file is reported at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from caibian.errors import ConfigError
from caibian.tasks.card import Pair, TaskCard
from caibian.tasks.checks import CHECKS
from caibian.tasks.labels import bare
from caibian.tasks.schema import unknown_keywords

PACKAGED = Path(__file__).parent / "cards"
RUBRIC_FILE = Path(__file__).parent / "rubric.yaml"
_KIND_OF_CHECK = {"label_valid": "label", "json_valid": "json"}


class _UniqueKeys(yaml.SafeLoader):
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
    """One card by id, out of `cards` or of the package.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    known = _packaged() if cards is None else cards
    if card_id not in known:
        raise ConfigError(f"no task card {card_id!r}; there are: {', '.join(sorted(known))}")
    return known[card_id]


@lru_cache(maxsize=1)
def general_rubric() -> dict[str, Pair]:
    """The dimensions of judgement that all cards share, by name, worded in both languages."""
    data = yaml.safe_load(RUBRIC_FILE.read_text(encoding="utf-8"))
    return {name: Pair.model_validate(pair) for name, pair in data.items()}


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
    found = [*loaded.problems(), *_check_problems(loaded), *_label_problems(loaded), *_rubric_problems(loaded)]
    if loaded.output.json_schema is not None:
        found += [("output", problem) for problem in unknown_keywords(loaded.output.json_schema)]
    problems += [f"{where}: {field}: {message}" for field, message in found]
    return loaded


def _check_problems(loaded: TaskCard) -> list[tuple[str, str]]:
    found = [
        ("checks", f"no check {name!r}; there are: {', '.join(sorted(CHECKS))}")
        for name in loaded.checks
        if name not in CHECKS
    ]
    found += [
        ("checks", f"{name} is for output.kind {kind}, this card's is {loaded.output.kind}")
        for name, kind in _KIND_OF_CHECK.items()
        if name in loaded.checks and loaded.output.kind != kind
    ]
    if len(set(loaded.checks)) < len(loaded.checks):
        found.append(("checks", "the same check stands twice"))
    return found


def _label_problems(loaded: TaskCard) -> list[tuple[str, str]]:
    """Labels that a reader of answers could not tell apart: one folded wording for two of them."""
    owner: dict[str, str] = {}
    found = []
    for label, wording in loaded.output.labels.items():
        for word in [label, *wording.all_words()]:
            folded = bare(word)
            if not folded:
                found.append((f"output.labels.{label}", f"{word!r} has no letters"))
            elif owner.setdefault(folded, label) != label:
                found.append((f"output.labels.{label}", f"{word!r} also means {owner[folded]}"))
    return found


def _rubric_problems(loaded: TaskCard) -> list[tuple[str, str]]:
    known = general_rubric()
    return [
        ("rubric.general", f"no general dimension {name!r}; there are: {', '.join(known)}")
        for name in loaded.rubric.general
        if name not in known
    ]
