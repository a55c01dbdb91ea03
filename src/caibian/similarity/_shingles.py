"""Character shingles of folded text: the same story differs not by case, width, spaces or punctuation."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SHINGLE = (
    5  # characters; unrelated Chinese news then share under 1 % of shingles, and one changed word costs few
)

_BMP = 0x10000
_DROPPED = (
    "PZC"  # Unicode categories punctuation, separator and other: they differ between copies of one story
)
# An odd 64-bit multiplier (Knuth's MMIX generator) for the rolling polynomial hash modulo 2**64, and the final
# mixing of splitmix64 (Steele et al. 2014), without which neighbouring shingles would hash to near values.
_MULTIPLIER = np.uint64(6364136223846793005)
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint32]:
    """Code point → folded code point (half width, lower case), 0 for those that are dropped; the BMP only."""
    table = np.arange(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        if len(folded) == 1:
            table[code] = ord(folded)
            character = folded
        if unicodedata.category(character)[0] in _DROPPED:
            table[code] = 0
    return table


def _fold(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    inside = codes < _BMP
    if inside.all():
        return _table()[codes]
    return np.where(inside, _table()[np.where(inside, codes, 0)], codes)


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def fold(text: str) -> str:
    """The text as shingles see it: half width, lower case, without spaces and punctuation."""
    folded = _fold(_codes(text))
    return folded[folded != 0].tobytes().decode("utf-32-le", "surrogatepass")


def shingles(text: str, size: int = SHINGLE) -> set[str]:
    """All runs of `size` characters of the folded text; a shorter text is one shingle, an empty one none."""
    folded = fold(text)
    if not folded:
        return set()
    return {folded[start : start + size] for start in range(max(1, len(folded) - size + 1))}


def jaccard(first: str, second: str, size: int = SHINGLE) -> float:
    """Shared shingles as a share of all shingles of two texts; 0 where both are empty."""
    left, right = shingles(first, size), shingles(second, size)
    return len(left & right) / len(left | right) if left or right else 0.0


def shingle_hashes(
    texts: Sequence[str], size: int = SHINGLE
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """64-bit hashes of the shingles of many texts, computed over all of them at once.

    Returns one flat array of hashes and, of length `len(texts) + 1`, the offsets at which each text begins.
    """
    flat, lengths = folded_codes(texts)
    hashes, position, remaining = rolled(flat, lengths, size)
    starts = (remaining >= size) | (position == 0)
    per_text = np.maximum(lengths - size + 1, np.minimum(lengths, 1))
    offsets = np.concatenate(([0], np.cumsum(per_text))).astype(np.uint64)
    return hashes[starts], offsets


def rolled(
    codes: NDArray[np.uint64], lengths: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """For every place of texts laid end to end: the hash of the run of `size` codes that begins there (codes beyond
    the text's end count as 0), the place in its text, and how many codes its text still has from there on."""
    hashes = np.zeros(len(codes), dtype=np.uint64)
    position = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    remaining = np.repeat(lengths, lengths) - position
    with np.errstate(over="ignore"):
        for step in range(size):
            ahead = np.zeros_like(codes)
            ahead[: max(0, len(codes) - step)] = codes[step:]
            hashes = hashes * _MULTIPLIER + np.where(remaining > step, ahead, np.uint64(0))
        for shift, factor in _MIX:
            hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
        hashes ^= hashes >> np.uint64(31)
    return hashes, position, remaining


def folded_codes(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The folded characters of many texts laid end to end, as numbers from 1, and the length of each text."""
    codes = _codes("".join(texts))
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    folded = _fold(codes)
    kept = folded != 0
    # Where each text ends after dropping: the number of kept characters before its old end.
    counts = np.concatenate(([0], np.cumsum(kept)))
    bounds = np.concatenate(([0], counts[ends])) if len(texts) else np.zeros(1, dtype=np.int64)
    return folded[kept].astype(np.uint64) + np.uint64(1), np.diff(bounds)
