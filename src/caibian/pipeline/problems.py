"""pydantic's complaints as one line each that a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "tuple": "a list",
    "path": "a path",
}
_BOUNDS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}
_LONGEST_VALUE = 60  # characters of a wrong value that a message repeats


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a recipe: where, and what."""

    path: tuple[str | int, ...]
    what: str

    @property
    def dotted(self) -> str:
        """The YAML path as people write it: `training.lora.rank`."""
        return ".".join(map(str, self.path))

    def __str__(self) -> str:
        return f"{self.dotted}: {self.what}" if self.path else self.what


def of_validation(
    error: ValidationError, model: type[BaseModel], data: Any, prefix: Sequence[str]
) -> list[Problem]:
    """Every complaint of one pydantic validation of `data` as `model`, one Problem for each place.

    A value that fits no member of a union is one problem whose text joins what each member wants.
    """
    found: dict[tuple[str | int, ...], list[str]] = {}
    for detail in error.errors(include_url=False):
        path = _path_in_data(detail["loc"], data, detail["type"])
        wanted = found.setdefault((*prefix, *path), [])
        what = _sentence(detail, model, path)
        if what not in wanted:
            wanted.append(what)
    return [Problem(path, _join(texts)) for path, texts in found.items()]


def unknown_key(path: Sequence[str | int], known: Sequence[str]) -> Problem:
    """The complaint about a key that nothing reads, with the nearest key that something reads."""
    near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
    return Problem(tuple(path), f"unknown key; {hint}")


def _join(texts: list[str]) -> str:
    """`must be a list, got 3` and `must be "all", got 3` become `must be a list or "all", got 3`."""
    if len(texts) > 1 and all(t.startswith("must be ") and ", got " in t for t in texts):
        wants = [t.removeprefix("must be ").rpartition(", got ")[0] for t in texts]
        return f"must be {' or '.join(wants)}, got {texts[0].rpartition(', got ')[2]}"
    return "; or ".join(texts)


def _path_in_data(location: tuple[str | int, ...], data: Any, kind: str) -> tuple[str | int, ...]:
    """pydantic's location without the names of union members, which are no part of the YAML path."""
    path: list[str | int] = []
    here = data
    for position, part in enumerate(location):
        in_mapping = isinstance(here, dict) and part in here
        in_list = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if in_mapping or in_list:
            here = here[part]
        elif not (kind == "missing" and position == len(location) - 1):
            continue
        path.append(part)
    return tuple(path)


def _sentence(detail: Any, model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    kind, context, value = detail["type"], detail.get("ctx") or {}, detail.get("input")
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return unknown_key(path, _fields_at(model, path[:-1])).what
    if kind in _BOUNDS:
        bound = next(iter(context.values()))
        return f"must be {_BOUNDS[kind]} {_number(bound)}, got {_show(value)}"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}, got {_show(value)}"
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    stem = kind.partition("_")[0]
    if stem in _KINDS and kind.rpartition("_")[2] in ("type", "parsing", "float", "size"):
        return f"must be {_KINDS[stem]}, got {_show(value)}"
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, got {_show(value)}"


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that the settings know at `path`; those of every member where a union stands there."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        inner = [
            n for m in models if part in m.model_fields for n in _models_in(m.model_fields[part].annotation)
        ]
        models = inner or models  # a key of a plain mapping (`dict[str, Settings]`) is no field
    return sorted({name for m in models for name in m.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for argument in getattr(annotation, "__args__", ()) for m in _models_in(argument)]


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _show(value: Any) -> str:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
