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
    megabytes: float | None = None
    prompts: int | None = None  # where fewer than for the rest


def checks(
    verification: Mapping[str, Any], megabytes: Mapping[str, Any] | None
) -> tuple[list[Check], Check | None]:
    """The checks of `verification.json`, and its negative control; `megabytes` are the files' sizes by name."""
    rows = [_check(row, megabytes or {}) for row in verification["checks"]]
    control = verification.get("negative_control")
    return rows, _check(control, {}) if control else None


def _check(row: Mapping[str, Any], megabytes: Mapping[str, Any]) -> Check:
    drift = numbers.finite(row.get("mean_abs_dlogprob"))
    tolerance = numbers.finite(row.get("tolerance"))
    end = _AXIS_ROOM * max(drift or 0.0, tolerance or 0.0) or 1.0
    passed = row.get("passed")
    if "failed_as_it_must" in row:
        passed = not row["failed_as_it_must"]
    artefact = str(row.get("artefact") or row.get("what") or "")
    prompts = numbers.finite(row.get("prompts"))
    return Check(
        artefact=artefact,
        base=str(row.get("base") or ""),
        drift=drift,
        tolerance=tolerance,
        agreement=numbers.finite(row.get("first10_agreement")),
        passed=passed if isinstance(passed, bool) else None,
        drift_at=100 * (drift or 0.0) / end,
        tolerance_at=100 * (tolerance or 0.0) / end,
        megabytes=numbers.finite(megabytes.get(artefact)),
        prompts=None if prompts is None else int(prompts),
    )
