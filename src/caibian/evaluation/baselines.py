"""Simple methods that a tuned model has to beat; each answers every test input of a card."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from caibian.text import sentences

LABEL_BASELINES = ("random", "majority", "tfidf")
TEXT_BASELINES = ("first_sentence", "first_sentence_cut")

# Characters and pairs of them, balanced classes (macro-F1 is what it is compared in). On 5,355 labelled news
# stories cut to 300 characters, tested on 999 others, macro-F1 was .667 to .691 for balanced classes over
# n-grams of up to 2, 3 and 4 and C of 1, 3, 10 and 30; .578 to .655 without balancing.
_TFIDF_NGRAMS = (1, 2)
_TFIDF_C = 10.0
_TFIDF_MAX_FEATURES = 200_000  # bounds memory on long articles; rarer n-grams carry next to nothing


def first_sentence(text: str, language: str, max_chars: int | None = None) -> str:
    """The first sentence of `text`, cut to `max_chars` characters (Chinese: spaces do not count)."""
    found = next((sentence.strip() for sentence in sentences(text, language) if sentence.strip()), "")
    if max_chars is None:
        return found
    end = room = 0
    while end < len(found) and (room := room + _weight(found[end], language)) <= max_chars:
        end += 1
    return found[:end].rstrip()


def _weight(character: str, language: str) -> int:
    """What one character adds to a length, as the cards' `length` check counts it."""
    return 0 if language == "zh" and character.isspace() else 1


def majority(train_labels: Sequence[str], items: int) -> list[str]:
    """The commonest training label for every item; the first in order among equals."""
    counts = Counter(train_labels)
    best = min(counts, key=lambda label: (-counts[label], label))
    return [best] * items


def random_labels(labels: Sequence[str], items: int, seed: int) -> list[str]:
    """A label drawn evenly for every item."""
    draw = random.Random(seed)
    return [draw.choice(list(labels)) for _ in range(items)]


def tfidf(train_texts: Sequence[str], train_labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Labels by logistic regression over TF-IDF character n-grams; constant where training has one label."""
    if len(set(train_labels)) == 1:
        return [train_labels[0]] * len(texts)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(
            analyzer="char", ngram_range=_TFIDF_NGRAMS, sublinear_tf=True, max_features=_TFIDF_MAX_FEATURES
        ),
        LogisticRegression(C=_TFIDF_C, class_weight="balanced", max_iter=2000),
    )
    model.fit(list(train_texts), list(train_labels))
    return [str(label) for label in model.predict(list(texts))]


def label_baselines(
    train_texts: Sequence[str],
    train_labels: Sequence[str],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
) -> dict[str, list[str]]:
    """What `random`, `majority` and `tfidf` answer to `texts`; the latter two only where there is training data."""
    answers = {"random": random_labels(labels, len(texts), seed)}
    if train_labels:
        answers["majority"] = majority(train_labels, len(texts))
        answers["tfidf"] = tfidf(train_texts, train_labels, texts)
    return answers


def first_sentences(
    texts: Sequence[str], languages: Sequence[str], limits: Mapping[str, int]
) -> dict[str, list[str]]:
    """The first sentence of each text as it is, and cut to its language's limit where there are limits."""
    pairs = list(zip(texts, languages, strict=True))
    answers = {"first_sentence": [first_sentence(text, language) for text, language in pairs]}
    if limits:
        answers["first_sentence_cut"] = [
            first_sentence(text, language, limits.get(language)) for text, language in pairs
        ]
    return answers
