"""Why an engine gives no answer, in errors that say whether to come back."""

from __future__ import annotations

from caibian.errors import CaibianError


class Busy(CaibianError):
    """Too many requests wait already; `retry_after` seconds are worth waiting."""

    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineDown(CaibianError):
    """No engine is there to answer now; `retry_after` seconds are worth waiting."""

    def __init__(self, message: str, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overdue(CaibianError):
    """No engine finished within the deadline."""


class UnknownModel(CaibianError):
    """The house has no engine of this name."""
