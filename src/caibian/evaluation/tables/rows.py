"""`Row`: one figure of an evaluation, tidy: one line of a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

from caibian.evaluation.bootstrap import Interval
from caibian.evaluation.tables.standings import Standing
from caibian.evaluation.tables.voices import Scope, Standings, Voice


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. What does not apply is empty."""

    system: str
    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None  # items behind it
    dataset: str = ""
    card: str = ""
    language: str = ""
    over: str = ""  # the system that a win rate is over, or that a difference is to
    judge: str = ""  # who ranked: a judge, (experts), (judges)
    judge_kind: str = ""
    judge_unfit: str = ""  # the biases beyond their limits; such a figure is not to be believed
    source: str = ""  # of a published figure
    comparable: str = ""  # yes | no: whether a published figure may stand beside ours


def ranked_rows(standings: Standings) -> list[Row]:
    """The figures of all rankings: win rates over all other systems and over each, and mean ranks."""
    return [
        row
        for voice in standings.voices
        for scope in standings.scopes
        if (one := standings.of(voice, scope)) is not None
        for row in _standing_rows(voice, scope, one)
    ]


def _standing_rows(voice: Voice, scope: Scope, one: Standing) -> Iterator[Row]:
    def row(system: str, metric: str, found: Interval, n: int, over: str = "") -> Row:
        return Row(
            system, metric, *ends(found), n=n, card=scope.card or "", language=scope.language or "", over=over,
            judge=voice.name, judge_kind=voice.kind, judge_unfit=" ".join(voice.unfit),
        )  # fmt: skip

    for system in one.systems:
        yield row(system, "win_rate", one.share[system], one.items)
        yield row(system, "mean_rank", one.rank[system], one.items)
        for other in one.systems:
            if (duel := one.duels.get((system, other))) is not None:
                yield row(system, "win_rate", duel.rate, duel.n, over=other)


def ends(found: Interval) -> tuple[float | None, float | None, float | None]:
    """Value, low and high, None where undefined, with as many places as a file needs."""
    numbers = (found.value, found.low, found.high)
    middle, low, high = (None if math.isnan(number) else round(float(number), 6) for number in numbers)
    return middle, low, high


def as_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV with a head line; cells that a spreadsheet would run as a formula begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)  # with the line ends of RFC 4180: the module quotes a lone \\r only with them
    names = [one.name for one in fields(Row)]
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(value) for value in asdict(row).values()])
    return out.getvalue()


def _cell(value: object) -> object:
    # OWASP, CSV Injection: names of systems and judges come from outside.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return "" if value is None else value
