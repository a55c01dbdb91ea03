"""Examples as the JSON lines that other tools train on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from caibian.files import atomic_path
from caibian.records import Example

Layout = Literal["alpaca", "sharegpt", "messages"]
_LAYOUTS: dict[str, Callable[[Example], dict[str, Any]]] = {
    "alpaca": Example.alpaca,
    "sharegpt": Example.sharegpt,
    "messages": lambda example: {"messages": example.messages(with_output=True)},
}


def write_jsonl(path: Path, examples: Sequence[Example], layout: Layout = "messages") -> None:
    """Write examples as one JSON object a line, atomically.

    layout: `alpaca` (instruction, input, output), `sharegpt` (conversations) or `messages` (chat turns).
    """
    convert = _LAYOUTS[layout]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for example in examples:
            stream.write(json.dumps(convert(example), ensure_ascii=False) + "\n")
