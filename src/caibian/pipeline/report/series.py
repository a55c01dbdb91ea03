"""Two series drawn from a training history: its loss without the noise, and its speed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from caibian.pipeline.report import numbers

_SMOOTH_SHARE = 0.05  # of all steps, on either side: what the running mean looks at
_LEAST_STEPS = 3  # on either side, where a run is short


def speeds(entries: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], float]]:
    """Tokens per second up to each logged step, as a running median over five: one slow step is no trend."""
    timed = [e for e in entries if numbers.finite(e.get("seconds")) and numbers.finite(e.get("tokens"))]
    found = [
        (now, (now["tokens"] - before["tokens"]) / (now["seconds"] - before["seconds"]))
        for before, now in pairwise(timed)
        if now["seconds"] > before["seconds"] and now["tokens"] > before["tokens"]
    ]
    values = [speed for _, speed in found]
    return [(entry, float(np.median(values[max(0, i - 2) : i + 3]))) for i, (entry, _) in enumerate(found)]


def smooth(values: Sequence[float]) -> list[float]:
    """Centred running mean whose weights fall off like a triangle; it does not lag behind the curve."""
    reach = max(_LEAST_STEPS, round(_SMOOTH_SHARE * len(values)))
    weights = np.concatenate([np.arange(1, reach + 2), np.arange(reach, 0, -1)]).astype(float)
    total = np.convolve(values, weights)[reach : reach + len(values)]
    return list(total / np.convolve(np.ones(len(values)), weights)[reach : reach + len(values)])
