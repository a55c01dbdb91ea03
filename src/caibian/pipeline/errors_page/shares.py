"""Shares and their intervals as the pages of errors and of safety show them."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any

import jinja2

from caibian.pipeline.report import frame, numbers
from caibian.pipeline.report.words import Two, catalogue, name, pair

STYLE = Path(__file__).with_name("templates") / "shares.css"


def environment(templates: Path) -> jinja2.Environment:
    """The template engine of a page, which knows shares and the names of systems."""
    made = frame.environment(templates)
    made.globals |= {
        "system_name": system_name,
        "percent": percent,
        "ends": ends,
        "points": points,
        "heat": heat,
    }
    return made


def system_name(system: str) -> Two:
    """What people call a system: `before` and `after` by the report's words, any other as it is."""
    return name("systems", system) if system in catalogue()["systems"] else pair(system)


def percent(interval: Mapping[str, Any]) -> str:
    """A share: `12.3%`."""
    return numbers.scaled(interval["value"], "percent")


def ends(interval: Mapping[str, Any], *, sign: bool = False) -> str:
    """The ends of its interval: `[10.1, 14.9]`."""
    return numbers.interval(interval["low"], interval["high"], "percent", sign=sign)


def points(interval: Mapping[str, Any]) -> str:
    """A difference of shares in points: `+2.1`."""
    return numbers.scaled(interval["value"], "percent", sign=True)


def heat(share: float | None) -> float:
    """How strong a share's colour is: its root, so that rare causes are seen beside frequent ones."""
    return round(sqrt(share or 0.0), 4)
