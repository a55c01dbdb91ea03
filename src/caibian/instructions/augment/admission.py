"""Whether a new example may be learnt from: its card's checks hold, its answer rests on its input, it is new."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from caibian.grounding import unsupported
from caibian.instructions.augment.jobs import Job
from caibian.instructions.removal import LEAK_TITLE, leaks
from caibian.records import Example
from caibian.similarity import fold
from caibian.tasks import run_checks


class Admission:
    """Refuses what is wrong or there already; remembers what it let in.

    Args:
        examples: all there are. A new one may be neither one of training once more, nor a held-out one.
    """

    def __init__(self, examples: Iterable[Example]) -> None:
        self._inputs: set[tuple[str, str]] = set()
        self._held_out: set[tuple[str, str]] = set()
        for one in examples:
            if one.split == "train":
                self._inputs.add((one.card, one.input))
            else:
                self._held_out.add((one.card, fold(one.input)))

    def refusal(self, job: Job, new: Example) -> str | None:
        """Why a new example is refused; None lets it in."""
        old = job.example
        if (new.input, new.output) == (old.input, old.output):
            return "unchanged"
        key = (new.card, new.input)
        if key in self._inputs:
            return "repeated"
        if (new.card, fold(new.input)) in self._held_out:
            return "held_out"
        for name, result in run_checks(job.card, new.output, new).items():
            if not result.passed:
                return f"fails_{name}"
        if job.card.output.kind != "label":
            if _unsupported(new.output, new.input, new.language) > _unsupported(
                old.output, old.input, old.language
            ):
                return "facts_not_in_input"
            if leaks(new.input, new.output, LEAK_TITLE) and not leaks(old.input, old.output, LEAK_TITLE):
                return "output_in_input"
        self._inputs.add(key)
        return None


@lru_cache(maxsize=256)
def _unsupported(output: str, text: str, language: str) -> int:
    """How many facts of an answer its input does not bear out; of a published answer there may be some."""
    return len(unsupported(output, text, language))
