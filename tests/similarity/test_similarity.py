"""What users of `caibian.similarity` rely on."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian import similarity
from caibian.similarity._shingles import shingle_hashes

chinese = st.text(alphabet="中国新闻报道经济社会体育，。 2023A", max_size=60)


def story(seed: int, characters: int = 400) -> str:
    """A random text of common characters: two seeds share next to nothing."""
    rng = random.Random(seed)
    return "".join(chr(rng.randrange(0x4E00, 0x4E00 + 2000)) for _ in range(characters))


@given(st.text(alphabet="中国新闻", min_size=2, max_size=40))
def test_identical_chinese_texts_have_a_rouge_of_one(text: str) -> None:
    assert similarity.rouge(text, text) == {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}


@pytest.mark.parametrize("text", ["प्रधानमंत्री ने कहा", "قال الرئيس اليوم", "The bank agreed"])
def test_identical_texts_of_other_scripts_have_a_rouge_of_one(text: str) -> None:
    assert similarity.rouge(text, text)["rougeL"] == 1.0


def test_rouge_of_a_worked_example() -> None:
    # Prediction 中国经济 (4), reference 中国的经济增长 (7): 4 shared characters, pairs 中国 and 经济 of 3 and 6.
    scores = similarity.rouge("中国经济", "中国的经济增长")
    assert scores["rouge1"] == pytest.approx(2 * 4 / 11)
    assert scores["rouge2"] == pytest.approx(2 * 2 / 9)
    assert scores["rougeL"] == pytest.approx(2 * 4 / 11)
    assert similarity.rouge("", "中国")["rouge1"] == 0.0


@given(chinese, st.integers(1, 6))
def test_hashes_are_one_per_shingle_and_equal_only_for_equal_shingles(text: str, size: int) -> None:
    hashes, offsets = shingle_hashes([text, "", text], size)
    assert offsets.tolist() == [0, len(hashes) // 2, len(hashes) // 2, len(hashes)]
    own = hashes[: len(hashes) // 2]
    assert np.array_equal(own, hashes[len(hashes) // 2 :])
    assert len(set(own.tolist())) == len(similarity.shingles(text, size))


@given(st.lists(chinese, max_size=6))
def test_a_signature_does_not_depend_on_the_texts_beside_it(texts: list[str]) -> None:
    together = similarity.minhash_signatures(texts)
    assert together.shape == (len(texts), 128)
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, similarity.minhash_signatures([text])[0])


def test_the_estimate_is_near_the_true_similarity() -> None:
    base = story(1)
    for kept in (400, 360, 300, 200):
        other = base[:kept] + story(2, 400 - kept)
        left, right = similarity.minhash_signatures([base, other])
        assert (left == right).mean() == pytest.approx(similarity.jaccard(base, other), abs=0.13)  # 3 sigma


def test_near_duplicates_are_clustered_and_others_are_not() -> None:
    base = story(1)
    texts = [
        story(2),
        base,
        story(3),
        f"（{base[:200]}，\n{base[200:]}）",  # punctuation and spacing only
        base[:380] + story(4, 10),  # a new ending
        base[:200] + story(5, 200),  # half another story
    ]
    assert similarity.near_duplicate_clusters(texts) == [0, 1, 2, 1, 1, 5]


def test_a_chain_of_near_duplicates_is_one_cluster() -> None:
    base = story(1, 400)
    chain = [base[shift : shift + 300] for shift in (0, 15, 30, 45, 60)]
    assert similarity.jaccard(chain[0], chain[4]) < 0.8
    assert similarity.near_duplicate_clusters(chain) == [0] * 5


def test_texts_without_letters_stay_alone() -> None:
    assert similarity.near_duplicate_clusters(["", "…", "。！", "中国"]) == [0, 1, 2, 3]


def test_many_copies_are_one_cluster_whatever_their_order() -> None:
    texts = [story(i % 7) for i in range(700)]
    clusters = similarity.near_duplicate_clusters(texts)
    assert clusters == [i % 7 for i in range(700)]


def test_no_texts_have_no_clusters() -> None:
    assert similarity.near_duplicate_clusters([]) == []


def test_a_threshold_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        similarity.near_duplicate_clusters(["a"], threshold=0)


def test_pairs_at_the_threshold_are_found() -> None:
    """At a similarity just above the threshold, banding itself loses next to nothing."""
    pairs, found = 100, 0
    for seed in range(pairs):
        base = story(seed, 500)
        other = base[:470] + story(seed + 1000, 30)  # Jaccard about .88
        found += len(set(similarity.near_duplicate_clusters([base, other], 0.8))) == 1
    assert found >= 95


def test_ngram_overlap_is_the_copied_share() -> None:
    assert similarity.ngram_overlap("中国经济增长", "今年中国经济增长较快", 2) == 1.0
    assert similarity.ngram_overlap("中国经济", "美国体育", 2) == 0.0
    assert similarity.ngram_overlap("中国经济", "中国体育", 2) == pytest.approx(1 / 3)
    assert similarity.ngram_overlap("中", "中国", 2) == 0.0


def test_longest_common_substring_ignores_spaces_and_punctuation() -> None:
    assert similarity.longest_common_substring("他说：“中国，经济”好", "关于中国经济的报道") == "中国经济"
    assert similarity.longest_common_substring_ratio("中国经济好吗", "关于中国经济的报道") == pytest.approx(
        4 / 6
    )
    assert similarity.longest_common_substring_ratio("", "中国") == 0.0


@given(chinese, chinese)
def test_longest_common_substring_stands_in_both(left: str, right: str) -> None:
    run = similarity.longest_common_substring(left, right)
    left, right = similarity.fold(left), similarity.fold(right)
    assert run in left
    assert run in right
    longer = {left[i : i + len(run) + 1] for i in range(len(left) - len(run))}
    assert not any(piece in right for piece in longer)
