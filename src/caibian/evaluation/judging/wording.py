"""What codes are called, in Chinese and English."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "wording.yaml"
Section = dict[str, dict[str, str]]  # code -> language -> words


@lru_cache(maxsize=1)
def wording() -> dict[str, Section]:
    """All sections: abstentions, figures, notes, verdicts, kinds."""
    loaded: dict[str, Section] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def called(section: str, code: str, language: str = "en") -> str:
    """What a code is called; an unknown one goes by itself."""
    return wording()[section].get(code, {}).get(language, code)
