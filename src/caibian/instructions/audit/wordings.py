"""How varied the instructions are: how many there are, how evenly they are used, how much they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.rows import Examples
from caibian.instructions.labelled.rows import TRAIN, rank
from caibian.similarity import minhash_signatures
from caibian.text import ngrams, rouge_tokens

_LOOKED_AT = 300  # wordings of a card that are read, drawn by the seed: 45,000 pairs
_SHINGLE = 3  # characters; instructions are short
_EACH = 400  # characters of a wording that are shown


def wordings(examples: Examples, columns: Columns, seed: int) -> list[dict[str, Any]]:
    """The instructions of each card's training examples, the card with most examples first. Held-out examples are asked in
    one wording on purpose.

    `effective` is the number of equally frequent wordings that would be as varied (the exponential of the entropy).
    `distinct_1` and `distinct_2` are the shares of different words and word pairs (Chinese: characters) among all of the
    wordings (Li et al. 2016), `jaccard` is the mean similarity of two of them by MinHash over their three-character
    shingles; these three are over at most 300 wordings a card.
    """
    training = np.flatnonzero(columns.split == TRAIN)
    order = training[np.lexsort((columns.instruction[training], columns.card[training]))]
    card, wording = columns.card[order], columns.instruction[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (card[1:] != card[:-1]) | (wording[1:] != wording[:-1])
    if not len(order):
        return []
    first = np.minimum.reduceat(order, np.flatnonzero(begins))  # of each wording of each card
    uses = np.diff(np.append(np.flatnonzero(begins), len(order)))
    of_card = columns.card[first]
    lines = []
    for code, name in enumerate(columns.cards):
        own = np.flatnonzero(of_card == code)
        if not len(own):
            continue
        looked_at = own[np.argsort(rank(seed, first[own]), kind="stable")][:_LOOKED_AT]
        looked_at = looked_at[np.argsort(-uses[looked_at], kind="stable")]
        texts = examples.column("instruction", first[looked_at])
        lines.append(
            {
                "card": name,
                "examples": int(uses[own].sum()),
                "wordings": len(own),
                "effective": _effective(uses[own]),
                "looked_at": len(texts),
                **{f"distinct_{n}": _distinct(texts, n) for n in (1, 2)},
                "jaccard": _likeness(texts),
                "most_used": [
                    {"text": text[:_EACH], "examples": int(count)}
                    for text, count in zip(texts[:5], uses[looked_at][:5], strict=True)
                ],
            }
        )
    return sorted(lines, key=lambda line: (-line["examples"], line["card"]))


def _effective(uses: NDArray[np.int64]) -> float:
    shares = uses / uses.sum()
    return round(float(np.exp(-(shares * np.log(shares)).sum())), 2)


def _distinct(texts: Sequence[str], n: int) -> float | None:
    """Different n-grams as a share of all; None where no text has one."""
    grams = [gram for text in texts for gram in ngrams(rouge_tokens(text), n)]
    return round(len(set(grams)) / len(grams), 4) if grams else None


def _likeness(texts: Sequence[str]) -> float | None:
    """The mean estimated Jaccard similarity of all pairs; None for a single text."""
    if len(texts) < 2:
        return None
    signatures = minhash_signatures(texts, size=_SHINGLE)
    alike = sum(
        float((signatures[k] == signatures[k + 1 :]).mean(axis=1).sum()) for k in range(len(texts) - 1)
    )
    return round(alike / (len(texts) * (len(texts) - 1) / 2), 4)
