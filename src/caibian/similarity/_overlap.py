"""What an answer shares with a reference or a source: ROUGE, n-grams, the longest copied run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from caibian.similarity._shingles import fold
from caibian.text import ngrams, rouge_tokens

_ROUGE = ("rouge1", "rouge2", "rougeL")


class _Tokenizer:
    """Our tokens for rouge-score, whose own tokenizer drops everything that is not ASCII."""

    def tokenize(self, text: str) -> list[str]:
        return rouge_tokens(text)


@lru_cache(maxsize=1)
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(_ROUGE), tokenizer=_Tokenizer())


def rouge(prediction: str, reference: str) -> dict[str, float]:
    """F1 of ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004) by `rouge_tokens`, each from 0 to 1.

    Returns `{"rouge1": …, "rouge2": …, "rougeL": …}`. Two identical texts score 1, except that ROUGE-2 of a text
    of one token is 0: it has no pair.
    """
    scores = _scorer().score(reference, prediction)
    return {name: float(scores[name].fmeasure) for name in _ROUGE}


def ngram_overlap(text: str, source: str, n: int = 4) -> float:
    """The share of the text's distinct n-grams (of `rouge_tokens`) that stand in the source; 0 where it has none."""
    own = set(ngrams(rouge_tokens(text), n))
    return len(own & set(ngrams(rouge_tokens(source), n))) / len(own) if own else 0.0


def longest_common_substring(text: str, source: str) -> str:
    """The longest run of characters that stands in both texts, both folded (no spaces, punctuation, case)."""
    text, source = fold(text), fold(source)
    best, at = 0, 0
    for start in range(len(text)):
        # Only a run longer than the best so far is worth finding; `in` searches at C speed.
        while start + best < len(text) and text[start : start + best + 1] in source:
            best, at = best + 1, start
    return text[at : at + best]


def longest_common_substring_ratio(text: str, source: str) -> float:
    """The longest run that `text` copied from `source`, as a share of `text`; 0 where `text` is empty."""
    folded = fold(text)
    return len(longest_common_substring(text, source)) / len(folded) if folded else 0.0
