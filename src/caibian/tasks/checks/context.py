"""What a check is given and what it answers, and the table of all checks by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from caibian.tasks.card import TaskCard

Span = tuple[int, int]  # offsets in the answer, in characters: [start, end)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The verdict of one check: what is wrong, for people to read, and where in the answer it stands."""

    passed: bool
    detail: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at besides the answer."""

    card: TaskCard
    language: str  # of the input
    source: str = ""  # the text that facts must stand in
    instruction: str = ""
    published_at: datetime | None = None  # resolves 昨天 and dates without a year

    @property
    def answer_language(self) -> str:
        """The language that the answer must be in."""
        wanted = self.card.output.language
        return self.language if wanted == "same" else wanted


Check = Callable[[str, CheckContext], CheckResult]
CHECKS: dict[str, Check] = {}
PASSED = CheckResult(True)


def check(name: str) -> Callable[[Check], Check]:
    """Enter a function into `CHECKS` under the name that cards use."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def refused(what: str, *spans: Span) -> CheckResult:
    """A verdict against the answer."""
    return CheckResult(False, what, spans)
