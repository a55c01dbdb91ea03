"""`examine`: every figure of bias of one judge, and whether it is fit to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caibian.evaluation.judging.bias.length import Lengths, equal_length, longer_wins
from caibian.evaluation.judging.bias.measured import MIN_ITEMS, Measured
from caibian.evaluation.judging.bias.others import Others
from caibian.evaluation.judging.bias.own import self_preference
from caibian.evaluation.judging.bias.seating import empty_not_last, first_by_seat, first_seat, reversal
from caibian.evaluation.judging.bias.sheet import sheet
from caibian.evaluation.strength import Same, verdicts
from caibian.records import Ranking

# Who is asked first. Rules come last: they are fair, but they see little.
_FAIR_OF_LENGTH = ("expert", "reference")  # a model judge may itself love length
_FAIR_OF_OWN = ("expert", "model", "reference", "checks")
_TWO_FIGURES = ("longer_wins", "longer_wins_excess")


@dataclass(frozen=True)
class Examined:
    """What came of examining one judge.

    fit: None where it ranked too few items for any figure to speak.
    reasons: names of the figures that are beyond their bars.
    """

    fit: bool | None
    reasons: tuple[str, ...]
    figures: dict[str, Measured]
    first_by_seat: list[float]
    equal_length: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "fit": self.fit,
            "reasons": list(self.reasons),
            "figures": {name: figure.json() for name, figure in self.figures.items()},
            "first_by_seat": self.first_by_seat,
            "equal_length": self.equal_length,
        }


def examine(
    rankings: Sequence[Ranking],
    systems: Sequence[str],
    *,
    lengths: Lengths,
    others: Sequence[Ranking] = (),
    own: str | None = None,
    same: Same | None = None,
    seed: int = 0,
) -> Examined:
    """Measure the bias of the judge that gave `rankings`.

    lengths: characters of each answer. others: rankings of the same items by other judges, experts and rules.
    own: the system that is this judge itself. same: systems whose answers were shown as one.
    """
    seen = sheet(rankings, systems)
    shown = verdicts(rankings, systems)  # of answers
    meant = verdicts(rankings, systems, same) if same else shown  # of systems
    beside = Others(others, systems, same)
    found = [
        first_seat(seen, seed),
        *reversal(seen, seed),
        *longer_wins(shown, lengths, beside.first(*_FAIR_OF_LENGTH), seed),
        self_preference(meant, own, beside.first(*_FAIR_OF_OWN), seed),
        empty_not_last(seen, seed),
    ]
    figures = {figure.name: figure for figure in found}
    reasons = _reasons(figures)
    enough = max((figure.items for figure in found), default=0) >= MIN_ITEMS
    return Examined(
        fit=not reasons if enough else None,
        reasons=reasons,
        figures=figures,
        first_by_seat=first_by_seat(seen),
        equal_length=equal_length(meant, lengths, seed),
    )


def _reasons(figures: dict[str, Measured]) -> tuple[str, ...]:
    beyond = [name for name, figure in figures.items() if figure.beyond]
    plain, excess = (figures[name] for name in _TWO_FIGURES)
    # Longer answers may be the better ones: whoever can say so is heard before the judge is condemned.
    if plain.beyond and (excess.value is None or excess.items < MIN_ITEMS or excess.beyond):
        return tuple(beyond)
    return tuple(name for name in beyond if name not in _TWO_FIGURES)
