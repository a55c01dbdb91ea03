"""Orders and proportions: what is taken, in which order, and always the same by the seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.mix import MixSettings, places
from caibian.instructions.writing import joined, write_examples
from caibian.records import Example, read_parquet, to_table


def example(number: int, dataset: str, language: str = "zh", card: str = "headline.news") -> Example:
    return Example(
        id=f"{dataset}/{number}",
        instruction="拟标题",
        input="字" * (number % 7 + 1),
        output="题",
        card=card,
        dataset=dataset,
        language=language,
        split="train",
        source_ids=(f"a{number}", "b") if number % 2 else (),
        source_text="原文" if number % 3 else None,
        labels=("x", "y") if number % 2 else (),
    )


EXAMPLES = [
    *(example(n, "bbb", "en", "lead.news") for n in range(10)),
    *(example(n, "aaa", "zh", "sentiment.news") for n in range(40)),
    *(example(n, "ccc", "ar") for n in range(150)),
]
TABLE = joined([to_table(EXAMPLES, Example)])


def taken(settings: MixSettings, seed: int = 1, general: frozenset[str] = frozenset()) -> list[Example]:
    return [EXAMPLES[place] for place in places(TABLE, settings, seed, general)]


def counts(chosen: list[Example]) -> Counter[str]:
    return Counter(one.dataset for one in chosen)


def test_a_shuffle_takes_each_once_and_the_seed_decides() -> None:
    first = taken(MixSettings())
    assert sorted(one.id for one in first) == sorted(one.id for one in EXAMPLES)
    assert first == taken(MixSettings())
    assert first != taken(MixSettings(), seed=2)
    assert len(counts(first[:40])) == 3


def test_orders_group_by_dataset_language_and_task_and_shuffle_within() -> None:
    for order, key in (("alphabetical", "dataset"), ("language", "language"), ("task", "card")):
        names = [getattr(one, key) for one in taken(MixSettings.model_validate({"order": order}))]
        assert names == sorted(names)
    ids = [one.id for one in taken(MixSettings(order="alphabetical")) if one.dataset == "aaa"]
    assert ids != sorted(ids, key=lambda name: int(name.partition("/")[2]))


def test_a_curriculum_begins_with_the_short() -> None:
    lengths = [len(one.input) + len(one.output) for one in taken(MixSettings(order="short_first"))]
    assert lengths == sorted(lengths)


def test_general_data_gets_its_share_and_the_side_that_is_too_large_gives_way() -> None:
    found = counts(taken(MixSettings(general_share=0.2), general=frozenset({"aaa"})))
    assert found["aaa"] == 40
    assert found["bbb"] + found["ccc"] == 160
    found = counts(taken(MixSettings(general_share=0.5), general=frozenset({"aaa"})))
    assert found["aaa"] == 40
    assert found["bbb"] + found["ccc"] == 40


def test_temperature_moves_shares_toward_even_and_never_repeats() -> None:
    plain = counts(taken(MixSettings(temperature=1)))
    assert plain == {"aaa": 40, "bbb": 10, "ccc": 150}
    warm = counts(taken(MixSettings(temperature=2, total=60)))
    assert sum(warm.values()) == 60
    assert warm["ccc"] / warm["aaa"] == pytest.approx((150 / 40) ** 0.5, rel=0.15)
    assert warm["aaa"] / warm["bbb"] == pytest.approx((40 / 10) ** 0.5, rel=0.15)
    warm = counts(taken(MixSettings(temperature=2, total=100)))
    assert sum(warm.values()) == 100
    assert warm["bbb"] == 10  # its share would be more than it has
    assert warm["ccc"] / warm["aaa"] == pytest.approx((150 / 40) ** 0.5, rel=0.15)


@given(
    st.sampled_from(["shuffle", "alphabetical", "language", "task", "short_first"]),
    st.none() | st.floats(0.05, 0.95),
    st.none() | st.floats(1, 20),
    st.none() | st.integers(1, 400),
    st.integers(0, 2**31),
)
def test_no_mixture_repeats_or_invents_an_example(
    order: str, share: float | None, temperature: float | None, total: int | None, seed: int
) -> None:
    settings = MixSettings.model_validate(
        {"order": order, "general_share": share, "temperature": temperature, "total": total}
    )
    chosen = places(TABLE, settings, seed, frozenset({"aaa"})).tolist()
    assert len(set(chosen)) == len(chosen) <= min(total or 200, 200)
    assert all(0 <= place < 200 for place in chosen)


def test_what_is_written_is_read_back_whole_and_in_order(tmp_path: Path) -> None:
    chosen = places(TABLE, MixSettings(), 5)
    write_examples(tmp_path / "a.parquet", TABLE, chosen)
    assert read_parquet(tmp_path / "a.parquet", Example) == [EXAMPLES[place] for place in chosen]
    write_examples(tmp_path / "b.parquet", TABLE, chosen)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    write_examples(tmp_path / "none.parquet", TABLE.slice(0, 0), chosen[:0])
    assert read_parquet(tmp_path / "none.parquet", Example) == []


def test_tables_of_two_makings_are_joined(tmp_path: Path) -> None:
    other = TABLE.slice(0, 3).set_column(
        TABLE.column_names.index("dataset"),
        "dataset",
        pa.chunked_array([pa.array(["new"] * 3).dictionary_encode()]),
    )
    whole = joined([TABLE, other])
    assert whole.num_rows == 203
    assert whole["dataset"].cast(pa.string()).to_pylist()[-3:] == ["new"] * 3
