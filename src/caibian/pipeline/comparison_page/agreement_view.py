"""What `agreement.json` says, as rows: experts among themselves, expert by expert, judges against them, and disputes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.pipeline.comparison_page import naming
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.intervals import Axis, Mark, scale
from caibian.pipeline.report.words import Two, name, pair

COEFFICIENTS = ("alpha", "kendall_w", "kappa", "tau", "agreement")
_SHARES = ("agreement", "accuracy", "accuracy_in_place", "expert_accuracy")


@dataclass(frozen=True)
class Block:
    """The coefficients of some items."""

    label: Two
    whole: bool
    items: int
    raters: int
    values: list[tuple[str, Value]]
    chance_w: float | None


@dataclass(frozen=True)
class Rater:
    """One expert."""

    name: str
    items: int
    abstained: int
    seconds: float | None
    values: list[tuple[str, Value]]


@dataclass(frozen=True)
class JudgeRow:
    """One judge against the experts' majority, with what an expert reaches on the same items."""

    name: str
    kind: str
    items: int
    accuracy: Value
    ceiling: Value
    mark: Mark | None
    ceiling_mark: Mark | None
    axis: Axis
    verdict: str  # better | worse | unclear, against chance
    struck: bool


@dataclass(frozen=True)
class Dispute:
    """An item on which experts disagree."""

    example_id: str
    card: Two
    share: str
    orders: list[tuple[str, Two, str]]  # expert, order, comment


@dataclass(frozen=True)
class Agreement:
    """The whole section."""

    ranked: int
    shared: int
    blocks: list[Block]
    raters: list[Rater]
    judges: list[JudgeRow]
    disputes: list[Dispute]

    @property
    def alpha(self) -> Value | None:
        """Krippendorff's alpha over all items."""
        return next((value for key, value in self.blocks[0].values if key == "alpha"), None)


def agreement(found: Mapping[str, Any], unfit: Mapping[str, Sequence[str]]) -> Agreement | None:
    """The rows of `agreement.json`; None where no expert ranked."""
    if not found or not found["items"]["ranked"]:
        return None
    experts = found["experts"]
    blocks = [_block(name("cmp_agreement", "all"), True, experts["overall"])]
    if len(experts["languages"]) > 1:
        blocks += [_block(naming.language(key), True, one) for key, one in experts["languages"].items()]
    if len(experts["cards"]) > 1:
        blocks += [_block(naming.card(key), False, one) for key, one in experts["cards"].items()]
    return Agreement(
        ranked=found["items"]["ranked"],
        shared=found["items"]["shared"],
        blocks=blocks,
        raters=[_rater(key, one) for key, one in experts["raters"].items()],
        judges=_judges(found["judges"], unfit),
        disputes=[_dispute(one) for one in found["adjudicate"]],
    )


def interval(found: Any, unit: str) -> Value:
    """A `{value, low, high}` of a JSON file."""
    given = found if isinstance(found, dict) else {}
    middle, low, high = (numbers.finite(given.get(key)) for key in ("value", "low", "high"))
    return Value(middle, low, high, unit)


def _block(label: Two, whole: bool, one: Mapping[str, Any]) -> Block:
    values = [(key, interval(one.get(key), "rate" if key in _SHARES else "ratio")) for key in COEFFICIENTS]
    return Block(
        label, whole, one["items"], one["raters"], values, numbers.finite(one.get("kendall_w_chance"))
    )


def _rater(expert: str, one: Mapping[str, Any]) -> Rater:
    keys = ("agreement", "tau", "accuracy", "alpha_without")
    values = [(key, interval(one.get(key), "rate" if key in _SHARES else "ratio")) for key in keys]
    return Rater(expert, one["items"], one["abstained"], numbers.finite(one.get("seconds")), values)


def _judges(found: Mapping[str, Any], unfit: Mapping[str, Sequence[str]]) -> list[JudgeRow]:
    axis = scale([Value(0.5, None, None, "rate")], around=0.5)
    rows = []
    for judge, one in found.items():
        # In an expert's place, against the same votes: beside the majority of all experts a judge would look better than
        # an expert who is held against the others alone.
        held = "accuracy_in_place" if "accuracy_in_place" in one else "accuracy"
        accuracy, ceiling = (interval(one.get(key), "rate") for key in (held, "expert_accuracy"))
        if axis is None or accuracy.value is None:
            continue
        low, high = accuracy.low, accuracy.high
        verdict = (
            "better"
            if low is not None and low > 0.5
            else "worse"
            if high is not None and high < 0.5
            else "unclear"
        )
        rows.append(
            JudgeRow(judge, str(one.get("kind", "model")), one["items"], accuracy, ceiling, axis.mark(accuracy),
                     axis.mark(ceiling), axis, verdict, bool(unfit.get(judge)))
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row.struck, -(row.accuracy.value or 0.0)))


def _dispute(one: Mapping[str, Any]) -> Dispute:
    orders = [
        (
            str(order["rater"]),
            _chain([naming.system(str(system)) for system in order["order"]]),
            str(order.get("comment") or ""),
        )
        for order in one["orders"]
    ]
    return Dispute(
        example_id=str(one["example_id"]),
        card=naming.card(str(one["card"])) if one.get("card") else pair(""),
        share=numbers.scaled(numbers.finite(one.get("disagreement")), "rate"),
        orders=orders,
    )


def _chain(systems: Sequence[Two]) -> Two:
    return Two(lambda language: " > ".join(one.of(language) for one in systems))
