"""`Measured`: one figure of bias with its interval and the bar it is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from caibian.evaluation.bootstrap import Bootstrap, Floats, Interval, ratio

CONFIDENCE = 0.99
RESAMPLES = 2000
MIN_ITEMS = 20  # with fewer a resampled interval is too narrow to condemn by


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure; `low` and `high` are the ends of its 99 % interval, `least` and `most` what a fit judge may have."""

    name: str
    value: float | None  # None: it could not be measured, `note` says why
    low: float | None = None
    high: float | None = None
    n: int = 0  # observations
    items: int = 0
    method: str = ""  # wilson | cluster_bootstrap
    least: float | None = None
    most: float | None = None
    note: str = ""  # code of what a reader must know about it
    against: str = ""  # the judges it was compared with

    @property
    def beyond(self) -> bool:
        """Whether the whole interval lies beyond what a fit judge may have, over enough items to say so."""
        if self.low is None or self.high is None or self.items < MIN_ITEMS:
            return False
        return (self.most is not None and self.low > self.most) or (
            self.least is not None and self.high < self.least
        )

    def held(self, least: float | None = None, most: float | None = None) -> Measured:
        """The same figure, held against a bar."""
        return replace(self, least=least, most=most)

    def json(self) -> dict[str, Any]:
        """For a JSON file."""
        numbers = {k: getattr(self, k) for k in ("value", "low", "high", "least", "most")}
        return {
            **{k: None if number is None else round(number, 4) for k, number in numbers.items()},
            "n": self.n,
            "items": self.items,
            "method": self.method,
            "beyond": self.beyond,
            **({"note": self.note} if self.note else {}),
            **({"against": self.against} if self.against else {}),
        }


def not_measured(name: str, note: str) -> Measured:
    """A figure that these rankings cannot give."""
    return Measured(name, None, note=note)


def share(name: str, hits: Floats, of: Floats, seed: int) -> Measured:
    """Hits as a share, given both by item.

    Wilson's interval where no item has more than one observation. Else whole items are resampled; where that shows no
    spread, since all say the same, Wilson's interval over the items stands in, as if each were one observation.
    """
    hits, of = hits[of > 0], of[of > 0]
    if not len(of):
        return not_measured(name, "no_observations")
    n, items = int(of.sum()), len(of)
    if n == items:
        return _wilson(name, float(hits.sum()), n, items)
    found = resampled(hits, of, seed)
    if found.low == found.high:
        return replace(_wilson(name, found.value * items, items, items), n=n)
    return Measured(name, found.value, found.low, found.high, n, items, "cluster_bootstrap")


def difference(name: str, sums: Floats, of: Floats, seed: int) -> Measured:
    """A mean of differences, given by item; whole items are resampled."""
    sums, of = sums[of > 0], of[of > 0]
    if not len(of):
        return not_measured(name, "no_observations")
    found = resampled(sums, of, seed)
    return Measured(name, found.value, found.low, found.high, int(of.sum()), len(of), "cluster_bootstrap")


def resampled(sums: Floats, of: Floats, seed: int) -> Interval:
    """The ratio of two totals over items with its 99 % interval."""
    return bootstrap(len(of), seed).interval(ratio(sums, of))


_kept: dict[tuple[int, int], Bootstrap] = {}


def bootstrap(items: int, seed: int) -> Bootstrap:
    """Resamples of so many items; the last ones drawn are kept, since several figures are over the same items."""
    if (items, seed) not in _kept:
        if len(_kept) >= 8:
            _kept.clear()
        _kept[items, seed] = Bootstrap(items, resamples=RESAMPLES, confidence=CONFIDENCE, seed=seed)
    return _kept[items, seed]


def _wilson(name: str, hits: float, n: int, items: int) -> Measured:
    """Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927)."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    rate = hits / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * float(np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)))
    return Measured(name, rate, max(0.0, centre - reach), min(1.0, centre + reach), n, items, "wilson")
