"""Who wins, as the page shows it: a grid of verdicts, interval charts, matrices of win rates, and shares of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caibian.evaluation.bootstrap import Interval
from caibian.evaluation.strength import standings as strengths_of
from caibian.evaluation.tables import Duel, Scope, Standing, Standings, Voice
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import interval
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.intervals import Axis, Mark, scale
from caibian.pipeline.report.words import Two

DRAW = 0.5
_RESAMPLES = 500  # of the fitted strengths: enough for the ends of an interval to be steady in two digits


@dataclass(frozen=True)
class Cell:
    """One voice's verdict on one part of the items."""

    leader: Two
    level: Two | None  # those that cannot be told from the leader; None where the leader is ahead of all
    decided: bool  # whether the leader is ahead of anybody
    behind: Two | None
    n: int


@dataclass(frozen=True)
class GridRow:
    """One part of the items and what each voice says of it."""

    label: Two
    whole: bool  # all items, or all of a language
    cells: list[Cell | None]


@dataclass(frozen=True)
class Line:
    """One system's rate in one part of the items."""

    system: Two
    value: Value
    mark: Mark | None
    kind: str  # better | worse | unclear, against a draw


@dataclass(frozen=True)
class Group:
    """One part of the items in an interval chart."""

    label: Two
    whole: bool
    n: int
    lines: list[Line]


@dataclass(frozen=True)
class Pair:
    """One pair of systems in one part of the items."""

    scope: Two
    first: Two
    second: Two
    value: Value
    kind: str
    n: int


@dataclass(frozen=True)
class Strengths:
    """The systems on one scale (Plackett-Luce)."""

    axis: Axis
    lines: list[tuple[Two, Value, Mark | None]]


@dataclass(frozen=True)
class Heard:
    """Everything that one voice says."""

    voice: Voice
    label: Two
    groups: list[Group]
    axis: Axis
    pairs: list[Pair]
    columns: list[Two]
    matrix: list[tuple[Two, list[tuple[Value, float, str] | None]]]  # rate, its strength of colour, kind
    places: list[tuple[Two, Value, list[tuple[float, str]]]]  # system, mean rank, (width, share)
    strengths: Strengths | None


def grid(standings: Standings) -> list[GridRow]:
    """The verdict of every voice on every part of the items."""
    return [
        GridRow(
            naming.scope(scope),
            scope.card is None,
            [_cell(standings.of(voice, scope)) for voice in standings.voices],
        )
        for scope in shown(standings)
    ]


def shown(standings: Standings) -> list[Scope]:
    """The parts worth a row: with one language, all of it is all items; with one card too."""
    scopes = standings.scopes
    if len(standings.languages) == 1:
        scopes = [scope for scope in scopes if scope != Scope(standings.languages[0])]
    return scopes[:1] if sum(scope.card is not None for scope in scopes) == 1 else scopes


def heard(standings: Standings, voice: Voice, systems: Sequence[str], seed: int) -> Heard | None:
    """One voice's charts and tables; None where it ordered nothing."""
    whole = standings.of(voice, Scope())
    axis = scale([Value(DRAW, None, None, "rate")], around=DRAW)
    if whole is None or axis is None:
        return None
    found = [(scope, one) for scope in shown(standings) if (one := standings.of(voice, scope))]
    return Heard(
        voice=voice,
        label=naming.voice(voice),
        groups=[_group(scope, one, axis) for scope, one in found],
        axis=axis,
        pairs=[pair for scope, one in found for pair in _pairs(scope, one)],
        columns=[naming.system(system) for system in whole.systems],
        matrix=[(naming.system(row), [_shade(whole, row, column) for column in whole.systems]) for row in whole.systems],
        places=[_places(whole, system) for system in whole.systems],
        strengths=_strengths(voice, systems, seed),
    )  # fmt: skip


def value(found: Interval, unit: str = "rate") -> Value:
    """An interval as the page writes it."""
    middle, low, high = (numbers.finite(end) for end in (found.value, found.low, found.high))
    return Value(middle, low, high, unit)


def kind(found: Interval) -> str:
    """How a rate stands against a draw."""
    return "better" if found.low > DRAW else "worse" if found.high < DRAW else "unclear"


def _cell(one: Standing | None) -> Cell | None:
    if one is None:
        return None
    verdict = one.verdict()
    behind = [duel.second for duel in verdict.behind]
    return Cell(
        leader=naming.system(verdict.leader),
        level=naming.systems(verdict.level) if verdict.level else None,
        decided=bool(behind),
        behind=naming.systems(behind) if behind else None,
        n=one.items,
    )


def _group(scope: Scope, one: Standing, axis: Axis) -> Group:
    lines = [
        Line(naming.system(system), value(rate), axis.mark(value(rate)), kind(rate))
        for system in one.systems
        for rate in (one.share[system],)
    ]
    return Group(naming.scope(scope), scope.card is None, one.items, lines)


def _pairs(scope: Scope, one: Standing) -> list[Pair]:
    order: Sequence[str] = one.systems
    duels: list[Duel] = [
        one.duels[first, second]
        for k, first in enumerate(order)
        for second in order[k + 1 :]
        if (first, second) in one.duels
    ]
    return [
        Pair(naming.scope(scope), naming.system(duel.first), naming.system(duel.second), value(duel.rate), kind(duel.rate), duel.n)
        for duel in duels
    ]  # fmt: skip


def _shade(one: Standing, row: str, column: str) -> tuple[Value, float, str] | None:
    duel = one.duels.get((row, column))
    if duel is None:
        return None
    return value(duel.rate), round(abs(duel.rate.value - DRAW) / DRAW, 3), kind(duel.rate)


def _strengths(voice: Voice, systems: Sequence[str], seed: int) -> Strengths | None:
    fitted = strengths_of(voice.rankings, systems, resamples=_RESAMPLES, seed=seed)["systems"]
    values = [(system, interval(fitted[system]["plackett_luce"], "ratio")) for system in systems]
    values = [(system, value) for system, value in values if value.value is not None]
    axis = scale([value for _, value in values], signed=True)
    if axis is None:
        return None
    order = sorted(values, key=lambda item: -(item[1].value or 0.0))
    return Strengths(axis, [(naming.system(system), value, axis.mark(value)) for system, value in order])


def _places(one: Standing, system: str) -> tuple[Two, Value, list[tuple[float, str]]]:
    shares = [(round(100 * share, 2), numbers.scaled(share, "rate")) for share in one.places[system]]
    return naming.system(system), value(one.rank[system], "ratio"), shares[: len(one.systems)]
