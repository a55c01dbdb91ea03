"""The export's verification: how far each file is from the model as it was trained, against what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caibian.pipeline.report import numbers

_AXIS_ROOM = 1.25  # the axis of a bar ends this far beyond the larger of drift and tolerance


@dataclass(frozen=True)
class Check:
    """One exported file, or the control that must fail; bar positions in per cent."""

    artefact: str
    base: str
    drift: float | None
    tolerance: float | None
    agreement: float | None
    passed: bool | None
    drift_at: float
    tolerance_at: float
    size: float | None


def checks(verification: Mapping[str, Any]) -> tuple[list[Check], Check | None]:
    """The checks of `verification.json`, and its negative control."""
    rows = [_check(row) for row in verification.get("checks") or () if isinstance(row, dict)]
    control = verification.get("negative_control")
    return rows, _check(control) if isinstance(control, dict) and control else None


def _check(row: Mapping[str, Any]) -> Check:
    drift = numbers.finite(row.get("mean_abs_dlogprob"))
    tolerance = numbers.finite(row.get("tolerance"))
    end = _AXIS_ROOM * max(drift or 0.0, tolerance or 0.0) or 1.0
    passed = row.get("passed")
    return Check(
        artefact=str(row.get("artefact") or row.get("what") or ""),
        base=str(row.get("base") or ""),
        drift=drift,
        tolerance=tolerance,
        agreement=numbers.finite(row.get("first10_agreement")),
        passed=passed if isinstance(passed, bool) else None,
        drift_at=100 * (drift or 0.0) / end,
        tolerance_at=100 * (tolerance or 0.0) / end,
        size=numbers.finite(row.get("bytes")),
    )
