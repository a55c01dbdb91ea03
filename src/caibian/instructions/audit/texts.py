"""The text by which two examples are the same or leak: what was given, without the names of its fields."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caibian.errors import ConfigError
from caibian.tasks import TaskCard, card
from caibian.tasks.prompt import field_prefix

COLUMNS = ("instruction", "input", "card", "language")  # that `compared` looks at
Digests = NDArray[np.uint64]


@lru_cache(maxsize=1024)
def known_card(card_id: str) -> TaskCard | None:
    """A packaged task card; None where there is none of this id, as for a house's own."""
    try:
        return card(card_id)
    except ConfigError:
        return None


def compared(table: pa.Table) -> list[str]:
    """The texts of some examples as they are compared with each other.

    That is the input; names of fields at the heads of its lines (`标题：`) are taken off, since all examples of a card
    share them. An example without input is its instruction.

    Args:
        table: the columns COLUMNS.
    """
    columns = (table[name].to_pylist() for name in COLUMNS)
    texts = []
    for instruction, text, card_id, language in zip(*columns, strict=True):
        prefixes = _prefixes(card_id, language)
        bare = (prefixes.sub("", text) if prefixes else text).strip()
        texts.append(bare or instruction.strip())
    return texts


@lru_cache(maxsize=1024)
def _prefixes(card_id: str, language: str) -> re.Pattern[str] | None:
    """The names of a card's fields at the heads of lines; None where the card shows no names."""
    of = known_card(card_id)
    if of is None or len(of.input) < 2:
        return None
    names = sorted({field_prefix(of, name, language) for name in of.input}, key=len, reverse=True)
    return re.compile(f"^(?:{'|'.join(map(re.escape, names))})", re.MULTILINE)


def digest(text: str) -> int:
    """64 bits of a text's BLAKE2b: of a million texts two agree by chance once in 37 million audits."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def digests(column: pa.ChunkedArray) -> Digests:
    """`digest` of each text of a column; each different text is hashed once."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    own = np.array([digest(text) for text in encoded.dictionary.to_pylist()], dtype=np.uint64)
    return own[encoded.indices.to_numpy()] if len(own) else np.empty(0, dtype=np.uint64)
