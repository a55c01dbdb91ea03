"""The answer in one sentence for each language, and the limits in as many as it takes."""

from __future__ import annotations

from dataclasses import dataclass

from caibian.evaluation.tables import Duel, Scope, Standing, Standings, Voice
from caibian.pipeline.comparison_page import naming, wins
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, listed, plain


@dataclass(frozen=True)
class Answer:
    """What the weightiest voice that may be believed says of one language."""

    language: Two
    verdict: Two
    source: Two
    decided: bool


def answers(standings: Standings) -> list[Answer]:
    """One answer for each language that anybody who may be believed has ranked."""
    found = []
    for language in standings.languages:
        scope = Scope(language)
        for voice in standings.heard:  # the weightiest first
            if (one := standings.of(voice, scope)) is not None:
                found.append(_answer(language, voice, one))
                break
    return found


def _answer(language: str, voice: Voice, one: Standing) -> Answer:
    verdict = one.verdict()
    leader = naming.system(verdict.leader)
    if not verdict.behind:
        systems = naming.systems(one.systems)
        clearest = max(one.duels.values(), key=lambda duel: duel.rate.low)
        sentence = said(
            "cmp_answer.level", all=systems
        ), said("cmp_answer.nearest", first=naming.system(clearest.first), duel=_duel(clearest))  # fmt: skip
        text = joined(*sentence)
    else:
        behind = listed([_duel(duel) for duel in verdict.behind])
        if verdict.level:
            text = said("cmp_answer.some", leader=leader, behind=behind, level=naming.systems(verdict.level))
        else:
            text = said("cmp_answer.all", leader=leader, behind=behind)
    source = said("cmp_answer.source", voice=naming.by(voice), n=numbers.count(one.items))
    return Answer(naming.language(language), text, source, bool(verdict.behind))


def _duel(duel: Duel) -> Two:
    rate = wins.value(duel.rate)
    return said("cmp_answer.duel", second=naming.system(duel.second), rate=str(rate), interval=rate.interval)


def said(key: str, **values: object) -> Two:
    """A wording of the catalogue in both languages, as plain text."""
    return Two(lambda language: plain(key, language, **values))


def joined(*parts: Two) -> Two:
    """Sentences one after another: Chinese needs no space between them."""
    return Two(lambda language: {"en": " ", "zh": ""}[language].join(part.of(language) for part in parts))
