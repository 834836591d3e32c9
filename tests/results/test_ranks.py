"""Spearman's rank correlation, against scipy and by hand."""

import numpy as np
import pytest
from scipy import stats

from resnet_demo.results.ranks import average_ranks, spearman, with_first


@pytest.mark.parametrize("levels", [2, 5, 1000])
@pytest.mark.parametrize("shape", [(2,), (7, 7), (3, 5, 4)])
def test_it_equals_scipys_with_and_without_ties(levels, shape):
    random = np.random.default_rng(levels)
    a = random.integers(0, levels, shape).astype(np.float32)
    b = (a + random.integers(0, levels, shape)).astype(np.float32)
    a.flat[0], a.flat[1] = 0, levels  # never constant
    b.flat[0], b.flat[1] = levels, 0
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b, axis=None).statistic, abs=1e-12)


def test_equal_values_share_the_mean_of_their_ranks():
    assert average_ranks([3, 1, 3, 0, 3]).tolist() == [3, 1, 3, 0, 3]
    assert average_ranks([[2, 2, 7], [5, 1, 3]]).tolist() == [[0.5, 0.5, 2], [2, 0, 1]]


def test_any_growing_function_keeps_it_at_one_and_any_falling_one_at_minus_one():
    a = np.random.default_rng(0).normal(size=50)
    assert spearman(a, np.exp(3 * a)) == pytest.approx(1, abs=1e-15)
    assert spearman(a, -(a**3)) == pytest.approx(-1, abs=1e-15)


def test_by_hand():
    """Ranks 0 1 2 3 and 1 0 3 2: rho = 1 - 6 * 4 / (4 * 15) = 0.6."""
    assert spearman([1, 2, 3, 4], [20, 10, 40, 30]) == pytest.approx(0.6, abs=1e-15)


@pytest.mark.parametrize("a", [[1, 1, 1], [0, np.nan, 2], [0, np.inf, 2]], ids=["constant", "not a number", "infinite"])
def test_there_is_none_where_there_is_no_order(a):
    assert spearman(a, [1, 2, 3]) is None
    assert spearman([1, 2, 3], a) is None


@pytest.mark.parametrize("few", [[], [4]])
def test_there_is_none_of_fewer_than_two_values(few):
    assert spearman(few, few) is None


def test_arrays_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(6,\)"):
        spearman(np.zeros((2, 3)), np.zeros(6))


def test_many_against_the_first_are_what_each_is_alone():
    random = np.random.default_rng(0)
    arrays = random.normal(size=(5, 6, 7)).astype(np.float32)
    arrays[1] = arrays[1].clip(0)  # ties
    arrays[2], arrays[3, 0, 0] = 1, np.nan
    expected = [stats.spearmanr(arrays[0], each, axis=None).statistic for each in (arrays[1], arrays[4])]
    many, constant, unfinished, last = with_first(arrays)
    assert [many, last] == pytest.approx(expected, abs=1e-12)
    assert constant is None and unfinished is None
    assert with_first(arrays[2:]) == [None, None]
