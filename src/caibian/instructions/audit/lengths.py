"""How long examples are, in characters: quantiles and histograms by card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.summary import quantiles

_PER_DECADE = 8  # bins between a length and ten times that: each is a third longer than the one before
_DECADES = 5  # up to 100,000 characters; longer texts share the last bin
EDGES = [round(10 ** (k / _PER_DECADE), 4) for k in range(_PER_DECADE * _DECADES + 1)]


def lengths(columns: Columns) -> dict[str, Any]:
    """Lengths of prompts (instruction, blank line and input) and of outputs, of all splits together.

    `edges` are the bounds of the bins: a length from `edges[k]` to below `edges[k + 1]` counts in bin k, nothing and 1 in
    the first, what is beyond the last edge in the last.
    """
    sides = {"prompt": columns.prompt_characters, "output": columns.output_characters}
    return {
        "edges": EDGES,
        "all": {side: _distribution(values) for side, values in sides.items()},
        "cards": [
            {
                "card": name,
                **{side: _distribution(values[columns.card == code]) for side, values in sides.items()},
            }
            for code, name in enumerate(columns.cards)
        ],
    }


def _distribution(values: NDArray[np.int32]) -> dict[str, Any]:
    place = np.searchsorted(EDGES, values, side="right") - 1
    histogram = np.bincount(np.clip(place, 0, len(EDGES) - 2), minlength=len(EDGES) - 1)
    return {
        "quantiles": quantiles(values.tolist()),
        "mean": round(float(values.mean()), 1),
        "histogram": histogram.tolist(),
    }
