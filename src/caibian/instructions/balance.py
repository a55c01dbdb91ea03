"""Shares of labels in training: how a limit is divided among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import Field

Balance = Literal["none", "sqrt", "equal"] | Annotated[float, Field(ge=0, le=1)]
Kind = TypeVar("Kind", str, int)

_POWER = {"none": 1.0, "sqrt": 0.5, "equal": 0.0}


def power_of(balance: Balance) -> float:
    """The power of a label's count that its share goes by: 1 keeps the shares, 0 makes them even."""
    return _POWER[balance] if isinstance(balance, str) else balance


def filled(counts: Mapping[Kind, int], weights: Mapping[Kind, float], most: int) -> dict[Kind, int]:
    """Shares of `most` by weight, none above its count, the rest shared again (water-filling); largest remainders."""
    quota: dict[Kind, float] = {}
    open_labels = set(counts)
    room = float(min(most, sum(counts.values())))
    while open_labels:
        total = sum(weights[label] for label in open_labels)
        full = {label for label in open_labels if room * weights[label] / total >= counts[label]}
        if not full:
            quota.update({label: room * weights[label] / total for label in open_labels})
            break
        for label in full:
            quota[label] = counts[label]
            room -= counts[label]
        open_labels -= full
    whole = {label: int(share) for label, share in quota.items()}
    left = min(most, sum(counts.values())) - sum(whole.values())
    by_remainder: Callable[[Kind], tuple[float, Kind]] = lambda label: (whole[label] - quota[label], label)  # noqa: E731
    for label in sorted(quota, key=by_remainder)[:left]:
        whole[label] += 1
    return whole
