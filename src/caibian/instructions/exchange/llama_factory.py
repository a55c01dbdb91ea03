"""`dataset_info.json` of LLaMA-Factory: what it says of a data file, and what a data file of ours makes it say.

Source: hiyouga/LLaMA-Factory, `data/README.md` and `src/llamafactory/data/parser.py`. A description that has `tags`
but leaves some out has none for these in older versions, so all are written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from caibian.errors import ConfigError, InputError
from caibian.instructions.exchange.turns import ROLES, Role, Shape

INFO = "dataset_info.json"
Formatting = Literal["alpaca", "sharegpt"]

_COLUMNS: dict[Formatting, dict[str, str]] = {
    "alpaca": {"prompt": "instruction", "query": "input", "response": "output"},
    "sharegpt": {"messages": "conversations"},
}
_TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
_ROLE_OF_TAG: dict[str, Role] = {"user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
_READABLE = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Described:
    """A data file that a `dataset_info.json` describes, and how to read it."""

    name: str
    path: Path
    shape: Shape


def described(file: str, formatting: Formatting) -> dict[str, Any]:
    """The entry for a file that `export_llama_factory` writes."""
    entry: dict[str, Any] = {
        "file_name": file,
        "formatting": formatting,
        "columns": dict(_COLUMNS[formatting]),
    }
    if formatting == "sharegpt":
        entry["tags"] = dict(_TAGS)
    return entry


def datasets(folder: Path, names: Sequence[str] = ()) -> tuple[list[Described], dict[str, str]]:
    """The files of a folder that hold examples, and why each of its other datasets is left out.

    Args:
        names: only these datasets; empty: all whose files are in the folder.

    Raises:
        InputError: there is no `dataset_info.json`, or it is broken.
        ConfigError: a name that it does not describe; one that is named but cannot be read.
    """
    path = folder / INFO
    try:
        info = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not isinstance(info, dict):
        raise InputError(f"{path}: must hold an object of datasets, holds {type(info).__name__}")
    if unknown := [name for name in names if name not in info]:
        raise ConfigError(f"{path}: describes no dataset {unknown[0]!r}; it has: {', '.join(info)}")
    found, left = [], {}
    for name in names or info:
        one = _describe(name, info[name], folder)
        if isinstance(one, Described):
            found.append(one)
        elif names:
            raise ConfigError(f"{path}: {name}: {one}")
        else:
            left[name] = one
    return found, left


def _describe(name: str, entry: Any, folder: Path) -> Described | str:
    """How to read one dataset, or why it cannot be read."""
    if not isinstance(entry, dict):
        return f"must be an object, is {type(entry).__name__}"
    file, formatting = entry.get("file_name"), entry.get("formatting", "alpaca")
    if not isinstance(file, str):
        return "is on a hub or made by a script, not a file of the folder"
    if entry.get("ranking"):
        return "holds preferences between answers, not examples"
    if formatting not in _COLUMNS:
        return f"formatting: must be alpaca or sharegpt, got {formatting!r}"
    columns, tags = entry.get("columns") or {}, entry.get("tags") or {}
    named = (
        (*columns.values(), *tags.values()) if isinstance(columns, dict) and isinstance(tags, dict) else (0,)
    )
    if not all(isinstance(one, str) or one is None for one in named):
        return "columns and tags: must be objects of texts"
    if "kto_tag" in columns:
        return "holds verdicts on answers (kto_tag), not examples"
    if formatting == "alpaca" and columns and not columns.get("response"):
        return "has no column of answers: texts to go on training with, not examples"
    path = folder / file
    if not path.is_file():
        return f"its file {file} is not in the folder"
    if path.suffix.lower() not in _READABLE:
        return f"its file {file} is neither JSON nor JSON lines"
    return Described(name, path, _shape(formatting, columns, tags))


def _shape(formatting: Formatting, columns: dict[str, str], tags: dict[str, str]) -> Shape:
    if formatting == "alpaca":
        usual = Shape("alpaca")
        if not columns:
            return usual
        return Shape(
            "alpaca",
            instruction=columns.get("prompt") or usual.instruction,
            input=columns.get("query") or "",
            output=columns["response"],
            system=columns.get("system") or "",
            history=columns.get("history") or "",
        )
    words = {**_TAGS, **{key: word for key, word in tags.items() if word}}
    return Shape(
        "chat",
        turns=columns.get("messages") or "conversations",
        system=columns.get("system") or "",
        role=(words["role_tag"],),
        content=(words["content_tag"],),
        roles={**ROLES, **{words[tag]: role for tag, role in _ROLE_OF_TAG.items()}},
    )
