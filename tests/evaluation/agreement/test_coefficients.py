"""Alpha and W equal published worked examples, and the plain definitions on random tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare

from caibian.evaluation.agreement import kendall_w, krippendorff_alpha

_ = np.nan

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units, data
# missing; his results are .743 (nominal), .815 (ordinal) and .849 (interval).
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]

# Numerical Algorithms Group, Library Manual, routine G08DAF, example program (data of Siegel, Nonparametric Statistics
# for the Behavioral Sciences, 1956, chapter 9): three orders of ten objects with ties, W = 0.828.
NAG = [
    [1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10],
    [2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5],
    [2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10],
]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_krippendorffs_worked_example(level: str, published: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF, level) == pytest.approx(published, abs=0.0005)  # type: ignore[arg-type]


def test_w_is_that_of_the_nag_librarys_worked_example_with_ties() -> None:
    assert kendall_w(NAG) == pytest.approx(0.828, abs=0.0005)


tables = st.integers(2, 5).flatmap(
    lambda raters: st.lists(
        st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, _]), min_size=raters, max_size=raters),
        min_size=1,
        max_size=12,
    )
)


def by_definition(table: np.ndarray, level: str) -> float:
    """Alpha from pairs of values one by one: Krippendorff 2004, formula of observed and expected disagreement."""
    units = [unit[~np.isnan(unit)] for unit in table.T]
    units = [unit for unit in units if len(unit) > 1]
    values = np.concatenate(units) if units else np.empty(0)

    def distance(a: float, b: float) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = ((values >= low) & (values <= high)).sum()
        return float((between - ((values == a).sum() + (values == b).sum()) / 2) ** 2) if a != b else 0.0

    n = len(values)
    observed = sum(distance(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit) / max(n, 1)
    expected = sum(distance(a, b) for a in values for b in values) / max(n * (n - 1), 1)
    return 1 - observed / expected if expected else np.nan


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_equals_its_definition_and_never_passes_one(units: list[list[float]], level: str) -> None:
    table = np.array(units).T
    alpha = krippendorff_alpha(table, level)  # type: ignore[arg-type]
    assert alpha == pytest.approx(by_definition(table, level), nan_ok=True)
    assert np.isnan(alpha) or alpha <= 1 + 1e-12


@settings(max_examples=30, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_alpha_does_not_know_who_the_raters_are(units: list[list[float]], random: object) -> None:
    table = np.array(units).T
    shuffled = table[np.random.default_rng(random.getrandbits(32)).permutation(len(table))]  # type: ignore[attr-defined]
    assert krippendorff_alpha(shuffled) == pytest.approx(krippendorff_alpha(table), nan_ok=True)


def test_alpha_of_raters_who_agree_on_different_values_is_one_and_of_one_value_undefined() -> None:
    assert krippendorff_alpha([[1, 2, 3], [1, 2, 3]]) == 1
    assert np.isnan(krippendorff_alpha([[2, 2], [2, 2]]))
    assert np.isnan(krippendorff_alpha([[1, _], [_, 2]]))


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 6), st.integers(3, 6), st.integers(0, 10_000))
def test_w_is_friedmans_statistic_over_its_largest_value(raters: int, objects: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 4, size=(raters, objects)).astype(float)
    if all(len(set(row)) == 1 for row in scores):
        return
    statistic = friedmanchisquare(*scores.T).statistic
    assert kendall_w(scores) == pytest.approx(statistic / (raters * (objects - 1)))
    assert 0 <= kendall_w(scores) <= 1 + 1e-12


def test_w_of_one_rater_or_of_raters_who_tie_all_is_undefined_and_gaps_are_refused() -> None:
    assert np.isnan(kendall_w([[1, 2, 3]]))
    assert np.isnan(kendall_w([[1, 1], [2, 2]]))
    with pytest.raises(ValueError, match="whole table"):
        kendall_w([[1, np.nan], [1, 2]])
    with pytest.raises(ValueError, match="level"):
        krippendorff_alpha([[1, 2], [1, 3]], "ratio")  # type: ignore[arg-type]
