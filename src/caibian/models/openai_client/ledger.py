"""What remote answers cost: one line of JSON a call, and sums."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """What a server charges for a million tokens, in `currency`."""

    prompt: float = 0.0
    completion: float = 0.0
    currency: str = "USD"

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The price of one call."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / _MILLION


@dataclass(slots=True)
class Totals:
    """Sums over the calls of one model object. Cached answers cost nothing and count no tokens."""

    calls: int = 0
    cached: int = 0
    failed: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    currency: str = "USD"


class Ledger:
    """Counts calls and writes each paid one as a line of JSON to `path`, if given. Holds no texts and no keys."""

    def __init__(self, prices: Prices, path: Path | None = None) -> None:
        self.prices = prices
        self._totals = Totals(currency=prices.currency)
        self._path = path
        self._lock = threading.Lock()

    def paid(self, model: str, url: str, usage: Mapping[str, Any], seconds: float) -> None:
        """Note an answer that came from the server."""
        prompt, completion = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        cost = self.prices.cost(prompt, completion)
        with self._lock:
            self._totals.calls += 1
            self._totals.prompt_tokens += prompt
            self._totals.completion_tokens += completion
            self._totals.cost += cost
            if self._path is None:
                return
            line = {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "url": url,
                "model": model,
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "cost": cost,
                "currency": self.prices.currency,
                "seconds": round(seconds, 3),
            }
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One write of one line in append mode: several processes may share the file.
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    def note(self, *, cached: int = 0, failed: int = 0, retries: int = 0) -> None:
        """Count what cost nothing."""
        with self._lock:
            self._totals.cached += cached
            self._totals.failed += failed
            self._totals.retries += retries

    def summary(self) -> dict[str, Any]:
        """The sums so far."""
        with self._lock:
            return asdict(self._totals)
