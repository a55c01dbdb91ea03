"""Judges side by side, why they abstained, and what biases were measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caibian.evaluation.judging.wording import called, wording
from caibian.evaluation.tables import JUDGES, Scope, Standings
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import JudgeRow, interval
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.words import Two, name, pair

_FITNESS = {True: "fit", False: "unfit", None: "too_few"}
# In the order in which they are read: `longer_wins` condemns only together with what follows it.
_FIGURES = (
    "first_seat", "decided_by_seat", "flips", "wavering", "longer_wins", "longer_wins_excess", "self_preference",
    "empty_not_last",
)  # fmt: skip
_DIFFERENCES = ("longer_wins_excess", "self_preference")  # figures that are a difference of two shares


@dataclass(frozen=True)
class BiasCell:
    """One figure of one judge."""

    value: Value
    items: int
    beyond: bool
    note: Two | None  # what a reader must know about it, or why it could not be measured


@dataclass(frozen=True)
class BiasRow:
    """One figure of bias of every judge."""

    label: Two
    limit: str  # what a fit judge may have
    cells: list[BiasCell | None]


@dataclass(frozen=True)
class Judge:
    """One judge's row."""

    name: str
    kind: str
    fitness: str  # fit | unfit | too_few | unmeasured | not_applicable
    struck: bool
    orders: int
    abstained: int
    first: Two
    with_experts: JudgeRow | None


def judges(standings: Standings, measured: Mapping[str, Any], against: Sequence[JudgeRow]) -> list[Judge]:
    """The judges that are no experts, struck ones last.

    Args:
        measured: judge -> its entry of `judging.json`.
        against: judges held against the experts.
    """
    experts = {row.name: row for row in against}
    rows = []
    for voice in standings.voices:
        if voice.kind == "expert" or voice.together:
            continue
        whole = standings.of(voice, Scope())
        rule = voice.kind in ("reference", "checks")
        bias = (measured.get(voice.name) or {}).get("bias") or {}
        fitness = _FITNESS[bias["fit"]] if "fit" in bias else "not_applicable" if rule else "unmeasured"
        rows.append(
            Judge(
                name=voice.name,
                kind=voice.kind,
                fitness=fitness,
                struck=bool(voice.unfit),
                orders=len(voice.rankings) - voice.abstained,
                abstained=voice.abstained,
                first=naming.system(whole.verdict().leader) if whole else pair("–"),
                with_experts=experts.get(voice.name),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: row.struck)


def bias(measured: Mapping[str, Any]) -> tuple[list[str], list[BiasRow]]:
    """The judges measured, and each figure of bias over them."""
    found = {
        judge: one["bias"]["figures"]
        for judge, one in measured.items()
        if one.get("bias") and one["bias"].get("figures")
    }
    there = {code for figures in found.values() for code in figures}
    codes = [code for code in _FIGURES if code in there] + sorted(there - {*_FIGURES})
    return [*found], [
        BiasRow(
            worded("figures", code),
            next((text for one in found.values() if code in one and (text := _limit(one[code]))), ""),
            [_bias_cell(code, one[code]) if code in one else None for one in found.values()],
        )
        for code in codes
    ]


def worded(section: str, code: str) -> Two:
    """What a code of the judging is called."""
    return Two(lambda language: called(section, code, language))


def _bias_cell(code: str, one: Mapping[str, Any]) -> BiasCell:
    value = replace(interval(one, "rate"), sign=code in _DIFFERENCES)
    note = worded("notes", str(one["note"])) if one.get("note") else None
    return BiasCell(value, int(one.get("items") or 0), bool(one.get("beyond")), note)


def _limit(one: Mapping[str, Any]) -> str:
    least, most = (numbers.finite(one.get(key)) for key in ("least", "most"))
    if least is not None and most is not None:
        return f"{numbers.scaled(least, 'rate')} – {numbers.scaled(most, 'rate')}"
    if most is not None:
        return f"≤ {numbers.scaled(most, 'rate')}"
    return "" if least is None else f"≥ {numbers.scaled(least, 'rate')}"


def abstentions(standings: Standings) -> list[tuple[str, Two, int]]:
    """(judge, reason, how often), experts included."""
    alone = [voice for voice in standings.voices if voice.name != JUDGES]
    counts = Counter(
        (ranking.judge, ranking.abstained or "no_order")
        for voice in alone
        for ranking in voice.rankings
        if ranking.abstained or len(ranking.order) < 2
    )
    return [(judge, _reason(reason), n) for (judge, reason), n in counts.most_common()]


def _reason(code: str) -> Two:
    """A judge's reason in the words of the judging, an expert's in those of the panel."""
    return worded("abstentions", code) if code in wording()["abstentions"] else name("cmp_skip", code)
