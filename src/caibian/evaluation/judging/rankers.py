"""Rankers without a model: one compares with the published text, one runs the card's checks and looks facts up.

They are labelled for what they are, rules, wherever their rankings appear. They see no style, no news value and no
sense; they are there so that a laptop can rank, and as a yardstick that has no seats, no length and no vanity to it.

**Ties.** A rule often cannot tell two answers apart, and an order has no ties. No pair is invented: an item gets as many
orders (`repeat`) as its largest tie has answers, each with one member of every tie, in turn, so that every answer is
ranked against those that differ from it and never against those that do not. Where all are tied the rule abstains.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from caibian.evaluation.checks import passed, source_of
from caibian.evaluation.figures import chrf_score, chrf_statistics
from caibian.evaluation.judging.lineup import Lineup
from caibian.grounding import KINDS, Source, find, unsupported
from caibian.progress import Progress
from caibian.records import Example, Ranking
from caibian.similarity import rouge
from caibian.tasks import TaskCard, card, extract

Scorer = Callable[[TaskCard, Example, str], float]
_EQUAL = 1e-9


def likeness(one: TaskCard, example: Example, answer: str) -> float:
    """How like the published text an answer is: the mean of chrF and ROUGE-L; for a label whether it is the label."""
    if one.output.kind == "label":
        return float(extract(one, answer, example.language) == extract(one, example.output, example.language))
    chrf = float(np.squeeze(chrf_score(chrf_statistics([answer], [example.output]))))
    return (chrf + rouge(answer, example.output)["rougeL"]) / 2


def soundness(one: TaskCard, example: Example, answer: str) -> float:
    """What can be checked of an answer: the mean of three shares, each from 0 to 1.

    The card's checks that it passes (length, lines, format, language …); of the facts that the published text holds
    (numbers, dates, names, quotes) those that it keeps; of its own facts those that the source bears out. For a label
    only the first.
    """
    if not answer.strip():
        return 0.0
    outcomes = passed(one, answer, example)
    parts = [sum(outcomes.values()) / len(outcomes)]
    if one.output.kind != "label":
        parts += [*_kept(example, answer), _borne_out(example, answer)]
    return sum(parts) / len(parts)


def _kept(example: Example, answer: str) -> list[float]:
    """The share of the published text's facts that an answer holds; nothing where that text has none."""
    wanted = find(example.output, example.language, kinds=KINDS)
    if not wanted:
        return []
    lost = unsupported(example.output, Source(answer, example.language), example.language, kinds=KINDS)
    return [1 - len(lost) / len(wanted)]


def _borne_out(example: Example, answer: str) -> float:
    own = find(answer, example.language, kinds=KINDS)
    if not own:
        return 1.0
    wrong = unsupported(
        answer, Source.of(source_of(example), example.language), example.language, kinds=KINDS
    )
    return 1 - len(wrong) / len(own)


RANKERS: dict[str, Scorer] = {"reference": likeness, "checks": soundness}


def rank_by_rule(
    rule: str, given: Sequence[Lineup], progress: Progress, cards: Mapping[str, TaskCard] | None = None
) -> list[Ranking]:
    """The rankings of a rule (`reference` or `checks`) over every lineup that has two different answers."""
    scorer = RANKERS[rule]
    found: list[Ranking] = []
    with progress.task(f"Ranking, {rule}", total=len(given)) as task:
        for one in given:
            task.advance()
            if len(one.answers) < 2:
                continue
            began = time.perf_counter()
            known = (cards or {}).get(one.example.card) or card(one.example.card)
            scores = {system: scorer(known, one.example, text) for system, text in one.answers.items()}
            orders = untied(scores)
            seconds = round(time.perf_counter() - began, 4)
            shared = {"example_id": one.example.id, "judge": rule, "kind": rule, "seconds": seconds}
            if not orders:
                found.append(Ranking(order=(), abstained="all_tied", **shared))  # type: ignore[arg-type]
            found += [Ranking(order=order, repeat=k, **shared) for k, order in enumerate(orders)]  # type: ignore[arg-type]
    return found


def untied(scores: Mapping[str, float]) -> list[tuple[str, ...]]:
    """Orders, highest score first, that between them rank every system and no two of one score; none if all are tied."""
    groups: list[list[str]] = []
    last = np.inf
    for system in sorted(scores, key=lambda name: (-scores[name], name)):
        if last - scores[system] > _EQUAL:
            groups.append([])
        groups[-1].append(system)
        last = scores[system]
    if len(groups) < 2:
        return []
    return [tuple(group[k % len(group)] for group in groups) for k in range(max(map(len, groups)))]
