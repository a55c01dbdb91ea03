"""Judges side by side, why they abstained, and what biases were measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.evaluation.tables import JUDGES, Scope, Standings
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import JudgeRow
from caibian.pipeline.report.words import Two, pair


@dataclass(frozen=True)
class Judge:
    """One judge's row."""

    name: str
    kind: str
    fitness: str  # fit | unfit | unmeasured | not_applicable
    struck: bool
    orders: int
    abstained: int
    first: Two
    with_experts: JudgeRow | None


def judges(standings: Standings, measured: Mapping[str, Any], against: Sequence[JudgeRow]) -> list[Judge]:
    """The judges that are no experts, struck ones last.

    Args:
        measured: judge -> its biases.
        against: judges held against the experts.
    """
    experts = {row.name: row for row in against}
    rows = []
    for voice in standings.voices:
        if voice.kind == "expert" or voice.together:
            continue
        whole = standings.of(voice, Scope())
        rule = voice.kind in ("reference", "checks")
        fitness = (
            "unfit"
            if voice.unfit
            else "fit"
            if voice.name in measured
            else "not_applicable"
            if rule
            else "unmeasured"
        )
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


def abstentions(standings: Standings) -> list[tuple[str, str, int]]:
    """(judge, reason, how often), experts included."""
    alone = [voice for voice in standings.voices if voice.name != JUDGES]
    counts = Counter(
        (ranking.judge, ranking.abstained or "no order")
        for voice in alone
        for ranking in voice.rankings
        if ranking.abstained or len(ranking.order) < 2
    )
    return [(judge, reason, n) for (judge, reason), n in counts.most_common()]
