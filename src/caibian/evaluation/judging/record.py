"""`judging.json`: what is known of every judge of a comparison, entered judge by judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from caibian.files import write_json

FILE = "judging.json"
FORMAT = 1


def entries(folder: Path) -> dict[str, Any]:
    """The judges that `judging.json` holds; a damaged file costs their counts, never their rankings."""
    try:
        judges = json.loads((folder / FILE).read_text(encoding="utf-8"))["judges"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return judges if isinstance(judges, dict) else {}


def enter(folder: Path, name: str, entry: dict[str, Any]) -> None:
    """Write one judge's entry; those of the others stay."""
    write_json(folder / FILE, {"format": FORMAT, "judges": {**entries(folder), name: entry}})
