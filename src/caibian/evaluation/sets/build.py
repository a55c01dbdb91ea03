"""Building a set: read, refuse, clean of training data, draw, freeze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.sets.candidates import (
    CATEGORIES,
    Candidate,
    Drops,
    Source,
    read_candidates,
    worked_examples,
)
from caibian.evaluation.sets.contamination import contaminated, near_duplicates, training_sources
from caibian.evaluation.sets.draw import draw
from caibian.evaluation.sets.store import EvaluationSet
from caibian.instructions.labelled.leaks import NGRAM, THRESHOLD
from caibian.progress import Progress
from caibian.tasks import TaskCard, load_cards


def build_set(
    sources: Sequence[Path],
    *,
    per_category: int = 100,
    seed: int = 0,
    training: Sequence[Path] = (),
    tokens: int = NGRAM,
    use_worked_examples: bool = False,
    cards: Mapping[str, TaskCard] | None = None,
    progress: Progress | None = None,
) -> EvaluationSet:
    """Draw a test set from Parquet files of Examples: about `per_category` items of each category of task cards.

    Only rows of the split test are taken. Left out, and counted by category and reason, are examples of unknown cards,
    without reference or prompt, repeated ones, those that stand in `training` (the same input, a near-duplicate, or a
    run of 13 tokens in common with an input or an answer), and near-duplicates of an item already drawn. The same
    inputs and seed give the same set.

    Args:
        training: Parquet files of examples that the systems to be compared may have learnt from.
        tokens: in a row that an item may not have in common with training; words, in Chinese characters.
        use_worked_examples: cards without any example in the sources bring their own good example.
        cards: task cards by id; by default those of the package.

    Raises:
        InputError: a file is not what it should be.
        EmptyResult: nothing was left; the message counts why.
    """
    if per_category < 1:
        raise ConfigError(f"per_category: must be at least 1, got {per_category}")
    progress = progress or Progress("silent")
    cards = load_cards() if cards is None else cards
    drops = Drops()
    with progress.task("Reading"):
        candidates, files = read_candidates(sources, cards, drops, seed=seed, wanted=per_category)
        learnt = training_sources(training)
        if use_worked_examples:
            there = {one.card for one in candidates}
            candidates += worked_examples([card for name, card in cards.items() if name not in there], seed)
    clean = _clean(candidates, learnt, tokens, drops, progress)
    fits = _Fresh(clean, drops)
    drawn = draw(clean, per_category, seed=seed, fits=fits)
    _count_rest(clean, drawn, fits, drops)
    items = [one for category in CATEGORIES for one in sorted(drawn[category], key=_place)]
    if not items:
        raise EmptyResult(
            f"no example is left for the set: {_worded(drops.total()) or 'the sources hold none'}"
        )
    manifest = {
        "seed": seed,
        "per_category": per_category,
        "worked_examples": use_worked_examples,
        "thresholds": {"near_duplicate": THRESHOLD, "tokens_in_a_row": tokens},
        "counts": _counts(items),
        "shortages": _shortages(drawn, per_category, drops, candidates, cards),
        "dropped": drops.total(),
        "dropped_by_category": {name: drops.of(name) for name in CATEGORIES if drops.of(name)},
        "sources": [one.json() for one in files],
        "training": [one.json() for one in learnt],
    }
    return EvaluationSet(tuple(one.example for one in items), manifest)


class _Fresh:
    """Whether a candidate is no near-duplicate of one that was taken before."""

    def __init__(self, candidates: Sequence[Candidate], drops: Drops) -> None:
        clusters = near_duplicates([one.text for one in candidates])
        self._cluster = {one.example.id: cluster for one, cluster in zip(candidates, clusters, strict=True)}
        self._taken: set[int] = set()
        self.refused: set[str] = set()
        self._drops = drops

    def __call__(self, one: Candidate) -> bool:
        cluster = self._cluster[one.example.id]
        if cluster in self._taken:
            self.refused.add(one.example.id)
            self._drops.add(one.category, "near_duplicate_in_set")
            return False
        self._taken.add(cluster)
        return True


def _clean(
    candidates: Sequence[Candidate], learnt: Sequence[Source], tokens: int, drops: Drops, progress: Progress
) -> list[Candidate]:
    """The candidates that training data do not hold; each other one is counted under the first reason that hits it."""
    if not learnt:
        return list(candidates)
    texts, references = [one.text for one in candidates], [one.reference for one in candidates]
    with progress.task("Comparing with training data", total=sum(one.rows for one in learnt)) as task:
        hits = contaminated(texts, references, learnt, tokens=tokens, task=task)
    kept = []
    for place, one in enumerate(candidates):
        reason = next((reason for reason, hit in hits.items() if hit[place]), None)
        if reason is None:
            kept.append(one)
        else:
            drops.add(one.category, reason)
    return kept


def _count_rest(
    clean: Sequence[Candidate], drawn: Mapping[str, Sequence[Candidate]], fits: _Fresh, drops: Drops
) -> None:
    """Count what was simply not needed."""
    ids = {one.example.id for items in drawn.values() for one in items} | fits.refused
    for one in clean:
        if one.example.id not in ids:
            drops.add(one.category, "not_drawn")


def _place(one: Candidate) -> tuple[str, str, str, str]:
    return one.example.card, one.example.language, one.example.dataset, one.example.id


def _counts(items: Sequence[Candidate]) -> dict[str, Any]:
    def by(of: Callable[[Candidate], str]) -> dict[str, int]:
        return dict(sorted(Counter(map(of, items)).items()))

    categories = by(lambda one: one.category)
    return {
        "items": len(items),
        "categories": {name: categories.get(name, 0) for name in CATEGORIES},
        "cards": by(lambda one: one.example.card),
        "languages": by(lambda one: one.example.language),
        "datasets": by(lambda one: one.example.dataset),
    }


def _shortages(
    drawn: Mapping[str, Sequence[Candidate]],
    wanted: int,
    drops: Drops,
    candidates: Sequence[Candidate],
    cards: Mapping[str, TaskCard],
) -> dict[str, Any]:
    """For each category that has not enough: how many are missing, what was left out, which cards had nothing."""
    there = {one.card for one in candidates}
    found = {}
    for category in CATEGORIES:
        if (got := len(drawn[category])) < wanted:
            own = [name for name, card in cards.items() if card.category == category]
            found[category] = {
                "missing": wanted - got,
                "left_out": drops.of(category),
                "cards": len(own),
                "cards_without_examples": sorted(set(own) - there),
            }
    return found


def _worded(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in reasons.items())
