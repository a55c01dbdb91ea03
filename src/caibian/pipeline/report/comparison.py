"""The comparison before/after as rows with verdicts: nothing is called better unless its interval says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from caibian.pipeline.report import confusion, numbers
from caibian.pipeline.report.words import Two, catalogue, listed, name, pair

SYSTEMS = ("before", "after")
_NOT_BASELINES = (*SYSTEMS, "reference")
_TRIVIAL = ("invalid_rate",)  # a baseline cannot give an invalid label: being ahead there says nothing
_MAIN = {"text": "rougeL", "label": "macro_f1"}  # the figure a card is judged by in one sentence
_LEAST_SHOWN = 0.0005  # of a main figure: a smaller difference stands on the page as 0.0


@dataclass(frozen=True)
class Value:
    """A number with its interval, any of them None where it was not given."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    sign: bool = False  # a difference
    n: int | None = None  # the rows it is over, where fewer than the card's

    def __str__(self) -> str:
        return numbers.scaled(self.value, self.unit, sign=self.sign)

    @property
    def interval(self) -> str:
        """`[low, high]`."""
        return numbers.interval(self.low, self.high, self.unit, sign=self.sign)

    @property
    def excludes_zero(self) -> bool:
        """Whether an interval is given and lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Cell:
    """One system's figure, and how it stands against the tuned model."""

    system: str
    value: Value
    wins: str | None = None  # for baselines: "surely" or "barely" better than the tuned model


@dataclass(frozen=True)
class Row:
    """One metric or check over all systems."""

    key: str
    label: Two
    unit: str
    better: str | None  # higher | lower | None
    cells: dict[str, Cell]
    difference: Value
    rivals: dict[str, Value] = field(default_factory=dict)  # other tuned models: the difference over them

    @property
    def verdict(self) -> str:
        """better | worse (intervals that exclude zero) | unclear | neutral."""
        if self.better is None:
            return "neutral"
        if not self.difference.excludes_zero or self.difference.value is None:
            return "unclear"
        return "better" if (self.difference.value > 0) == (self.better == "higher") else "worse"

    @property
    def baselines(self) -> list[Cell]:
        """The cells of the simple methods."""
        aside = {*_NOT_BASELINES, *self.rivals}
        return [cell for system, cell in self.cells.items() if system not in aside]

    @property
    def winners(self) -> list[Cell]:
        """The simple methods that score better than the tuned model, best first."""
        found = [cell for cell in self.baselines if cell.wins]
        return sorted(found, key=lambda c: c.value.value or 0.0, reverse=self.better == "higher")


@dataclass
class Card:
    """One task card's comparison."""

    id: str
    name: Two
    n: int
    kind: str
    metrics: list[Row]
    checks: list[Row]
    main: Row | None  # the metric the card is judged by
    trained_on: dict[str, int] = field(default_factory=dict)
    failures: dict[str, dict[str, int]] = field(default_factory=dict)
    confusion: list[confusion.Matrix] = field(default_factory=list)

    @property
    def systems(self) -> list[str]:
        """Every system of the metrics: before, after, then the baselines."""
        found = dict.fromkeys(system for row in self.metrics for system in row.cells)
        return [*SYSTEMS, *(system for system in found if system not in _NOT_BASELINES)]

    @property
    def ladder(self) -> list[Cell]:
        """All systems by the main metric, best first."""
        if self.main is None:
            return []
        cells = [cell for cell in self.main.cells.values() if cell.value.value is not None]
        return sorted(cells, key=lambda c: c.value.value or 0.0, reverse=self.main.better != "lower")


@dataclass(frozen=True)
class Rival:
    """Another tuned model, and how the tuned model does against it on the cards' main figures."""

    name: Two
    better: int  # cards on which the tuned model's figure is better, by chance or not
    sure: int  # of those with an interval that excludes zero
    behind: Two  # names of the cards on which it is worse with an interval that excludes zero


@dataclass
class Comparison:
    """All cards, and what they come to."""

    cards: list[Card]
    confidence: str

    def _mains(self, verdict: str) -> list[Card]:
        return [card for card in self.cards if card.main and card.main.verdict == verdict]

    @property
    def better(self) -> int:
        """Cards whose main figure moved the right way, by chance or not, by as much as the page can show."""
        moves = [(card.main.difference.value or 0.0, card.main.better) for card in self.cards if card.main]
        return sum(
            abs(value) >= _LEAST_SHOWN and (value > 0) == (better == "higher") for value, better in moves
        )

    @property
    def sure(self) -> int:
        """Cards whose main figure is better with an interval that excludes zero."""
        return len(self._mains("better"))

    @property
    def worse(self) -> Two:
        """Names of the cards whose main figure is worse with an interval that excludes zero."""
        return listed([card.name for card in self._mains("worse")])

    @property
    def rivals(self) -> list[Rival]:
        """The other tuned models of the table."""
        rows = [(card, card.main) for card in self.cards if card.main]
        systems = dict.fromkeys(system for _, row in rows for system in row.rivals)
        found = []
        for system in systems:
            over = [(card, row.rivals[system], row.better) for card, row in rows if system in row.rivals]
            ahead = [(value.value or 0.0) * (-1 if better == "lower" else 1) for _, value, better in over]
            clear = [value.excludes_zero for _, value, _ in over]
            behind = [
                card.name
                for (card, _, _), move, sure in zip(over, ahead, clear, strict=True)
                if sure and move < 0
            ]
            found.append(
                Rival(
                    name("systems", system),
                    better=sum(move >= _LEAST_SHOWN for move in ahead),
                    sure=sum(sure and move > 0 for move, sure in zip(ahead, clear, strict=True)),
                    behind=listed(behind),
                )
            )
        return found

    @property
    def beaten(self) -> Two:
        """Names of the cards on whose main figure a simple method scores better than the tuned model."""
        return listed([card.name for card in self.cards if card.main and card.main.winners])


def compare(table: Mapping[str, Any] | None) -> Comparison | None:
    """The rows of `table.json`; None where it holds no card."""
    rivals = {str(system) for system in (table or {}).get("models") or ()} - {*SYSTEMS}
    cards = [_card(card, rivals) for card in (table or {}).get("cards") or () if isinstance(card, dict)]
    if not cards or table is None:
        return None
    share = numbers.finite(table.get("confidence"))
    return Comparison(cards, numbers.significant(100 * (0.95 if share is None else share)))


def _card(data: Mapping[str, Any], rivals: Collection[str]) -> Card:
    kind = str(data.get("kind", "text"))
    metrics = [_row(row, "metrics", str(row["metric"]), rivals) for row in data.get("metrics") or ()]
    checks = [_row(row, "checks", str(row["check"]), rivals) for row in data.get("checks") or ()]
    by_key = {row.key: row for row in metrics}
    judged = [row for row in metrics if row.better]
    baselines = data.get("baselines") or {}
    return Card(
        id=str(data.get("card", "")),
        name=pair(data.get("name"), str(data.get("card", ""))),
        n=int(data.get("n") or 0),
        kind=kind,
        metrics=metrics,
        checks=checks,
        main=by_key.get(_MAIN.get(kind, "")) or (judged[0] if judged else None),
        trained_on={
            system: int(note["trained_on"])
            for system, note in baselines.items()
            if isinstance(note, dict) and note.get("trained_on")
        },
        failures={system: dict(kinds) for system, kinds in (data.get("answers") or {}).items()},
        confusion=[
            confusion.matrix(system, str(data.get("card")), data["confusion"][system])
            for system in SYSTEMS
            if system in (data.get("confusion") or {})
        ],
    )


def _row(data: Mapping[str, Any], section: str, key: str, rivals: Collection[str]) -> Row:
    wording = catalogue()[section].get(key, {})
    # Checks are shares of answers; a metric the catalogue does not know is shown as it is.
    unit = wording.get("unit") or ("percent" if section == "checks" else "raw")
    better = data.get("better", "higher")
    if key == "share_with_number":
        better = None  # how many answers hold a number is neither good nor bad
    values = {system: _value(value, unit) for system, value in (data.get("values") or {}).items()}
    after = values.get("after")
    over = data.get("over") or {}
    return Row(
        key=key,
        label=name(section, key),
        unit=unit,
        better=better,
        cells={
            system: Cell(system, value, _wins(value, after, over.get(system), better))
            if system not in {*_NOT_BASELINES, *rivals} and key not in _TRIVIAL
            else Cell(system, value)
            for system, value in values.items()
        },
        difference=_value(data.get("difference"), unit, sign=True),
        rivals={system: _value(over[system], unit, sign=True) for system in over if system in rivals},
    )


def _value(data: Any, unit: str, *, sign: bool = False) -> Value:
    numbers_of = data if isinstance(data, dict) else {}
    value, low, high = (numbers.finite(numbers_of.get(key)) for key in ("value", "low", "high"))
    n = numbers.finite(numbers_of.get("n"))
    return Value(value, low, high, unit, sign, None if n is None else int(n))


def _wins(value: Value, after: Value | None, over: Any, better: str | None) -> str | None:
    """Whether a baseline scores better than the tuned model; surely where the paired interval says so."""
    if better is None or after is None or value.value is None or after.value is None:
        return None
    if value.value == after.value or (value.value > after.value) != (better == "higher"):
        return None
    return "surely" if _value(over, value.unit).excludes_zero else "barely"
