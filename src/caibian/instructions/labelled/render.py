"""Rows as examples: instruction, input and output as the task card words them, in Arrow throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caibian.instructions.labelled.config import Wording
from caibian.instructions.labelled.rows import SPLITS, TRAIN, Rows, rank
from caibian.tasks import instruction, label_wording, variants
from caibian.tasks.prompt import field_prefix, filled


def render(rows: Rows, wording: Wording, seed: int, extra: Mapping[Any, Sequence[str]]) -> pa.Table:
    """The rows as a table of examples; columns that repeat themselves are dictionaries.

    In training each row gets one of the wordings, drawn by the seed and its place in the file, elsewhere the first of
    the dataset's own language (of English, if that alone is asked for).

    Args:
        wording: instructions in the language of the data, in English, or in both by halves.
        extra: language -> more wordings, beside those of the task card.
    """
    card, dataset = rows.card, rows.dataset
    languages: list[str] = [dataset.language] if wording != "english" else ["en"]
    if wording == "both" and dataset.language != "en":
        languages.append("en")
    texts: list[str] = []
    answers: list[list[str]] = []
    for language in languages:
        own = [instruction(card, language, k, rows.labels) for k in _fitting(rows, language)]
        own += [filled(card, text, language, rows.labels) for text in extra.get(language, ())]
        texts += own
        answers += [[label_wording(card, label, language) for label in rows.labels]] * len(own)
    drawn = (rank(seed, rows.number) % np.uint64(len(texts))).astype(np.int32)
    variant = np.where(rows.split == TRAIN, drawn, 0).astype(np.int32)
    if rows.output is not None:
        output = rows.output
    else:
        flat = list(dict.fromkeys(word for words in answers for word in words))
        place = np.array([[flat.index(word) for word in words] for words in answers], dtype=np.int32)
        output = pa.DictionaryArray.from_arrays(
            pa.array(place[variant, rows.label]), pa.array(flat, pa.large_string())
        ).cast(pa.large_string())
    count = len(rows)
    return pa.table(
        {
            "id": pc.binary_join_element_wise(
                pa.scalar(dataset.id), pa.array(rows.number).cast(pa.string()), pa.scalar("/")
            ),
            "instruction": pa.DictionaryArray.from_arrays(pa.array(variant), pa.array(texts, pa.string())),
            "input": _input(rows),
            "output": output,
            "card": _constant(card.id, count),
            "dataset": _constant(dataset.id, count),
            "language": _constant(dataset.language, count),
            "split": pa.DictionaryArray.from_arrays(pa.array(rows.split), pa.array(SPLITS, pa.string())),
            "labels": _constant("\n".join(rows.labels), count),
        }
    )


def _fitting(rows: Rows, language: str) -> list[int]:
    """The variants that speak of no label which the dataset does not know; all where there would be none."""
    others = [label for label in rows.card.output.labels if label not in rows.labels]
    words = [label_wording(rows.card, label, language) for label in others]
    plain = rows.card.instructions[language]  # type: ignore[index]
    fitting = [k for k, text in enumerate(plain) if not any(word in text for word in words)]
    return fitting or list(range(variants(rows.card, language)))


def _input(rows: Rows) -> pa.Array:
    most = rows.settings.max_input_chars
    fields = {
        name: column if most is None else pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(column, 0, most))
        for name, column in rows.fields.items()
    }
    if len(fields) == 1:
        return next(iter(fields.values()))
    columns = [
        pc.binary_join_element_wise(
            pa.scalar(field_prefix(rows.card, name, rows.dataset.language), pa.large_string()),
            fields[name],
            pa.scalar("", pa.large_string()),
        )
        for name in rows.card.input
        if name in fields
    ]
    return pc.binary_join_element_wise(*columns, pa.scalar("\n", pa.large_string()))


def _constant(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(count, dtype=np.int8)), pa.array([text], pa.string())
    )
