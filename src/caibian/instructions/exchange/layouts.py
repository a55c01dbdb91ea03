"""One example as the JSON object of a layout, with our own columns beside it or without."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from caibian.records import Example

Layout = Literal["alpaca", "sharegpt", "messages"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

# Our columns are strings in every row: a loader that reads a file by blocks (HF `datasets`) takes the types of the
# first block for all, and stumbles over a list that is empty there and holds texts later. What is a list or may be
# missing therefore goes, as JSON, into one column of our name; tools that do not know it leave it aside.
OURS = ("id", "card", "dataset", "language", "split")
CARRIED = "caibian"

_CONVERT: dict[Layout, Callable[[Example], dict[str, Any]]] = {
    "alpaca": Example.alpaca,
    "sharegpt": Example.sharegpt,
    "messages": lambda example: {"messages": example.messages(with_output=True)},
}


def record(example: Example, layout: Layout, *, keep_ours: bool = False) -> dict[str, Any]:
    """The example as a JSON object.

    layout: `alpaca` (instruction, input, output), `sharegpt` (conversations) or `messages` (chat turns).
    keep_ours: also id, card, dataset, language and split, and a column `caibian` with the rest, so that `restored`
        gives the same example back. Services that refuse unknown keys want it without.
    """
    made = _CONVERT[layout](example)
    if keep_ours:
        made |= {name: getattr(example, name) for name in OURS}
        made[CARRIED] = json.dumps(
            {
                "instruction_characters": len(example.instruction),  # where a chat turn divides
                "source_ids": example.source_ids,
                "source_text": example.source_text,
                "labels": example.labels,
            },
            ensure_ascii=False,
        )
    return made


def carried(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Our columns of a record as fields of an Example, and `instruction_characters`; None where they are not there,
    or not whole."""
    if not isinstance(text := record.get(CARRIED), str):
        return None
    try:
        rest = json.loads(text)
        fields = {
            "source_ids": tuple(rest["source_ids"]),
            "source_text": rest["source_text"],
            "labels": tuple(rest["labels"]),
            "instruction_characters": int(rest["instruction_characters"]),
        }
    except (ValueError, KeyError, TypeError):
        return None
    named = {name: record.get(name) for name in OURS}
    texts = [*named.values(), *fields["source_ids"], *fields["labels"]]
    if not all(isinstance(one, str) for one in texts) or not isinstance(rest["source_text"], str | None):
        return None
    return {**named, **fields}


def divided(prompt: str, characters: int) -> tuple[str, str]:
    """Instruction and input of a user's turn that `Example.prompt` made; the whole as instruction where it was
    changed since."""
    instruction, rest = prompt[:characters], prompt[characters:]
    if characters < 0 or (rest and not rest.startswith("\n\n")):
        return prompt, ""
    return instruction, rest[2:]
