"""Long n-grams of many texts at once, to find test material in training data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caibian.similarity._shingles import folded_codes, rolled
from caibian.text import language_of

_SAMPLE = 200  # characters looked at to tell whether a text is Chinese
_WORD_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd: no power of it loses a bit


def ngram_hashes(texts: Sequence[str], n: int = 13) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """64-bit hashes of the n-grams of many texts, and the number of the text that each is of.

    Tokens are words, in Chinese characters; case, width and punctuation do not count. A text of fewer than n tokens
    has none. Hashes are the same in every call, so that texts may come in parts. The length of 13 is that of Brown
    et al. 2020 (GPT-3), appendix C.
    """
    chinese = np.fromiter(
        (language_of(text[:_SAMPLE]) in ("zh", "ja") for text in texts), dtype=bool, count=len(texts)
    )
    own = np.arange(len(texts))
    hashes: list[NDArray[np.uint64]] = []
    owners: list[NDArray[np.int64]] = []
    for those, make in ((own[chinese], _character_ngrams), (own[~chinese], _word_ngrams)):
        if len(those):
            found, owner = make([texts[i] for i in those.tolist()], n)
            hashes.append(found)
            owners.append(those[owner])
    if not hashes:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    return np.concatenate(hashes), np.concatenate(owners)


def _character_ngrams(texts: Sequence[str], n: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    return _whole(*folded_codes(texts), n)


def _word_ngrams(texts: Sequence[str], n: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    folded = pc.utf8_lower(pa.array(texts, pa.large_string()))
    spaced = pc.utf8_trim_whitespace(pc.replace_substring_regex(folded, r"[^\p{L}\p{M}\p{N}]+", " "))
    words = pc.split_pattern(spaced, " ")
    lengths = pc.list_value_length(words).to_numpy().astype(np.int64)
    encoded = pc.dictionary_encode(words.flatten())
    return _whole(_word_codes(encoded.dictionary.to_pylist())[encoded.indices.to_numpy()], lengths, n)


def _word_codes(words: Sequence[str]) -> NDArray[np.uint64]:
    """A 64-bit number for each word, a polynomial in its bytes; those of characters are below 2**21."""
    spelt = [word.encode() for word in words]
    lengths = np.fromiter(map(len, spelt), dtype=np.int64, count=len(spelt))
    ends = np.cumsum(lengths)
    data = np.frombuffer(b"".join(spelt), dtype=np.uint8).astype(np.uint64) + np.uint64(1)
    powers = np.cumprod(np.full(int(lengths.max(initial=0)) + 1, _WORD_BASE))
    place = np.arange(len(data)) - np.repeat(ends - lengths, lengths)
    sums = np.concatenate(([np.uint64(0)], np.cumsum(data * powers[place])))
    return np.asarray(sums[ends] - sums[ends - lengths])


def _whole(
    codes: NDArray[np.uint64], lengths: NDArray[np.int64], n: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The runs of n codes that end inside their text."""
    hashes, _, remaining = rolled(codes, lengths, n)
    inside = remaining >= n
    return hashes[inside], np.repeat(np.arange(len(lengths)), lengths)[inside]
