"""Which drafts become examples: one side of the split for each story, each headline once, labels balanced, limits."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from caibian.instructions.balance import Balance, filled, power_of
from caibian.instructions.prose import fold
from caibian.instructions.story import Draft
from caibian.instructions.titles import clean_title
from caibian.records import Article
from caibian.similarity import near_duplicate_clusters

Kind = TypeVar("Kind", bound=Hashable)

_WINS = {
    "test": 0,
    "validation": 1,
    "train": 2,
}  # who keeps a story that stands on two sides: the held-out one
_TITLE_SHINGLE = 2  # characters: headlines are short


def rank(seed: int, key: str) -> int:
    """A number that looks drawn but depends on nothing other than seed and key: draws survive added rows."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8], "big")


def misplaced(articles: Sequence[Article], similarity: float) -> set[str]:
    """Ids of articles whose story (cluster or nearly the same headline) also stands in a split that wins over theirs:
    test over validation over train. The corpus stage prevents them; this is the proof."""
    titles = [clean_title(article.title or "") for article in articles]
    by_title = near_duplicate_clusters(titles, similarity, size=_TITLE_SHINGLE)
    groups: dict[tuple[str, object], list[Article]] = defaultdict(list)
    for article, title, cluster in zip(articles, titles, by_title, strict=True):
        if title:
            groups["title", cluster].append(article)
            groups["same title", fold(title)].append(article)
        if article.cluster:
            groups["cluster", article.cluster].append(article)
    found: set[str] = set()
    for group in groups.values():
        winner = min(_WINS[str(article.split)] for article in group)
        found.update(article.id for article in group if _WINS[str(article.split)] != winner)
    return found


def drawn(articles: Sequence[Article], seed: int) -> list[Article]:
    """The articles in the order in which they are drawn: held-out splits first, so that of two examples with one
    headline the held-out one stays; within a split by seed and id."""
    return sorted(articles, key=lambda one: (_WINS[str(one.split)], rank(seed, one.id)))


def keys(draft: Draft) -> set[str]:
    """What no two examples of a card may share: the input and, where it is a text, the output."""
    found = {f"input {fold(draft.input)}"}
    if draft.label is None:
        found.add(f"output {fold(draft.output)}")
    return found


def balanced(drafts: Sequence[Draft], balance: Balance, most: int | None) -> list[Draft]:
    """Drafts of one split, at most `most`, labels in proportion to their count to the power that `balance` names.

    The order decides who stays. With `most`, a label that has too few leaves its room to the others; without, the
    proportions hold exactly and the scarcest label sets the size.
    """
    counts = Counter(draft.label or "" for draft in drafts)
    power = power_of(balance)
    if power == 1 or len(counts) < 2:
        return list(drafts[:most])
    weights = {label: count**power for label, count in counts.items()}
    quota = _exact(counts, weights) if most is None else filled(counts, weights, most)
    return _first(drafts, [draft.label or "" for draft in drafts], quota)


def with_numbers(drafts: Sequence[Draft], share: float | None, most: int | None) -> list[Draft]:
    """Text drafts of one split, at most `most`, of which at least `share` hold a number in their output, as far as
    there are such. Of those without, the ones whose input has a number to show go first; else the order decides who
    stays, and is kept."""
    if share is None:
        return list(drafts[:most])
    from caibian.grounding import find_numbers

    def kind(one: Draft) -> str:
        if find_numbers(one.output, one.language):
            return "shown"
        return "dropped" if find_numbers(one.input, one.language) else "none there"

    room = len(drafts) if most is None else min(most, len(drafts))
    kinds = [kind(one) for one in drafts]
    shown = kinds.count("shown")
    plain = min(len(drafts) - shown, int(room * (1 - share)), int(shown * (1 - share) / share))
    none_there = min(kinds.count("none there"), plain)
    quota = {"shown": room - plain, "none there": none_there, "dropped": plain - none_there}
    return _first(drafts, kinds, quota)


def _first(drafts: Sequence[Draft], kinds: Sequence[Kind], quota: Mapping[Kind, int]) -> list[Draft]:
    """The first drafts of each kind, as many as its quota, in their order."""
    left = dict(quota)
    kept = []
    for one, kind in zip(drafts, kinds, strict=True):
        if left[kind] > 0:
            left[kind] -= 1
            kept.append(one)
    return kept


def _exact(counts: Mapping[str, int], weights: Mapping[str, float]) -> dict[str, int]:
    scale = min(counts[label] / weights[label] for label in counts)
    return {label: round(scale * weights[label]) for label in counts}
