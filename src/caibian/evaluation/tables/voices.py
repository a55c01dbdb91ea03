"""Whose orders count together: the experts as one, the fit model judges as one, and every judge alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from caibian.evaluation.strength import Same
from caibian.evaluation.tables.standings import Standing, standing
from caibian.records import Example, Ranking

EXPERTS, JUDGES = "(experts)", "(judges)"
KINDS = ("expert", "model", "reference", "checks")
"""Kinds of judges, the one whose word weighs most first."""


@dataclass(frozen=True)
class Voice:
    """One judge, or several whose rankings are counted together."""

    name: str  # a judge's, or EXPERTS or JUDGES
    kind: str
    judges: tuple[str, ...]
    rankings: tuple[Ranking, ...]
    unfit: tuple[str, ...] = ()  # why it must not be believed; empty where it may

    @property
    def together(self) -> bool:
        """Whether it stands for several judges."""
        return self.name in (EXPERTS, JUDGES)

    @property
    def abstained(self) -> int:
        """How many of its rankings are abstentions."""
        return sum(bool(ranking.abstained) or len(ranking.order) < 2 for ranking in self.rankings)


def voices(rankings: Iterable[Ranking], unfit: Mapping[str, Sequence[str]] | None = None) -> list[Voice]:
    """The voices in some rankings, the weightiest kind first; single experts are heard only together.

    Args:
        unfit: judge -> the measured biases beyond their limit; such a judge is no part of JUDGES.
    """
    unfit = unfit or {}
    by_judge: dict[tuple[str, str], list[Ranking]] = {}
    for ranking in rankings:
        kind = ranking.kind if ranking.kind in KINDS else "model"
        by_judge.setdefault((kind, ranking.judge), []).append(ranking)
    found = []
    for kind in KINDS:
        alone = [
            Voice(judge, kind, (judge,), tuple(rows), tuple(unfit.get(judge, ())))
            for (k, judge), rows in sorted(by_judge.items())
            if k == kind
        ]
        fit = [voice for voice in alone if not voice.unfit]
        if kind == "expert":
            found += [_together(EXPERTS, alone)] if alone else []
            continue
        if kind == "model" and len(fit) > 1:
            found.append(_together(JUDGES, fit))
        found += sorted(alone, key=lambda voice: bool(voice.unfit))
    return found


def _together(name: str, parts: Sequence[Voice]) -> Voice:
    return Voice(
        name,
        parts[0].kind,
        tuple(voice.name for voice in parts),
        tuple(ranking for voice in parts for ranking in voice.rankings),
    )


@dataclass(frozen=True)
class Scope:
    """A part of the examples: all of them, one language, or one card in one language."""

    language: str | None = None
    card: str | None = None


@dataclass
class Standings:
    """What every voice says of every scope; None where it ranked nothing there."""

    voices: list[Voice]
    scopes: list[Scope]  # all, then each language followed by its cards
    found: dict[tuple[str, Scope], Standing] = field(default_factory=dict)

    def of(self, voice: Voice, scope: Scope) -> Standing | None:
        """The standing that one voice gives one scope."""
        return self.found.get((voice.name, scope))

    @property
    def languages(self) -> list[str]:
        """The languages of the examples."""
        return list(dict.fromkeys(scope.language for scope in self.scopes if scope.language))

    @property
    def heard(self) -> list[Voice]:
        """The voices that may be believed and that ordered something."""
        return [voice for voice in self.voices if not voice.unfit and (voice.name, Scope()) in self.found]


def standings(
    examples: Sequence[Example], rankings: Iterable[Ranking], systems: Sequence[str],
    unfit: Mapping[str, Sequence[str]] | None = None, same: Same | None = None,
    *, resamples: int = 2000, seed: int = 0,
) -> Standings:  # fmt: skip
    """Every voice's standing over all examples, over each language, and over each card in each language.

    Args:
        unfit: judge -> the measured biases beyond their limit.
        same: systems whose answers were one and the same, as `caibian.evaluation.strength.verdicts` takes it.
    """
    parts = {example.id: (example.language, example.card) for example in examples}
    scopes = [Scope()]
    for language in dict.fromkeys(example.language for example in examples):
        scopes.append(Scope(language))
        cards = dict.fromkeys(example.card for example in examples if example.language == language)
        scopes += [Scope(language, card) for card in cards]
    result = Standings(voices(rankings, unfit), scopes)
    for voice in result.voices:
        buckets: dict[Scope, list[Ranking]] = {}
        for ranking in voice.rankings:
            if (part := parts.get(ranking.example_id)) is not None:
                for scope in (Scope(), Scope(part[0]), Scope(*part)):
                    buckets.setdefault(scope, []).append(ranking)
        for scope in scopes:
            if scope in buckets:
                one = standing(buckets[scope], systems, same, resamples=resamples, seed=seed)
                if one is not None:
                    result.found[voice.name, scope] = one
    return result
