"""Shares, kappa and spreads against published figures, and what must hold of all of them."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.review.calibration import Spread, Why, kappa, rank, spread
from agent.shares import Share


def pairs(table: list[list[int]]) -> dict[tuple[str, str], int]:
    """A square table of counts, its first rater down and its second across."""
    return {(str(a), str(b)): number for a, row in enumerate(table) for b, number in enumerate(row)}


@pytest.mark.parametrize(
    ("table", "published", "digits"),
    [
        # The manual of SAS, PROC FREQ: two dermatologists, 88 patients.
        ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], [0.3449, 0.2030, 0.4868, 0.0724], 4),
        # Statalist, 10 December 2009: the analytical interval of Stata's kapci, 1,932 users.
        ([[1395, 118], [261, 158]], [0.3411969, 0.2896668, 0.3927271, 0.0262914], 7),
    ],
)
def test_kappa_and_its_interval_are_those_that_others_published(
    table: list[list[int]], published: list[float], digits: int
) -> None:
    found = kappa(pairs(table))
    numbers = (found.value, found.low, found.high, found.error)
    assert [round(number, digits) for number in numbers if number is not None] == published


def test_kappa_leaves_out_what_chance_gives() -> None:
    # Cohen's own kind of example: 35 of 50 agree, of which chance gives 25.
    assert kappa(pairs([[20, 5], [10, 15]])).value == pytest.approx(0.4)
    assert kappa(pairs([[25, 25], [25, 25]])).value == pytest.approx(0)
    assert kappa(pairs([[0, 10], [10, 0]])).value == pytest.approx(-1)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([[0, 0], [0, 0]], Why.NONE),
        ([[5, 1], [1, 2]], Why.FEW),
        ([[30, 0], [0, 0]], Why.ONE_WORD),
        ([[27, 3], [0, 0]], Why.ONE_WORD),
        ([[27, 0], [3, 0]], Why.ONE_WORD),
    ],
)
def test_where_there_is_no_kappa_it_is_said_why(table: list[list[int]], why: Why) -> None:
    found = kappa(pairs(table))
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)


def test_perfect_agreement_has_a_kappa_and_no_interval_of_no_width() -> None:
    found = kappa(pairs([[27, 0], [0, 3]]))
    assert (found.value, found.low, found.high, found.why) == (1.0, None, None, Why.PERFECT)
    assert found.agreement.low < 0.9


@given(st.lists(st.integers(0, 40), min_size=9, max_size=9))
def test_kappa_stays_between_its_bounds_and_does_not_mind_who_is_first(counts: list[int]) -> None:
    table = pairs([counts[:3], counts[3:6], counts[6:]])
    found, turned = kappa(table), kappa({(b, a): number for (a, b), number in table.items()})
    assert found.why is turned.why
    if found.value is not None and turned.value is not None:
        assert found.value == pytest.approx(turned.value)
        assert found.error == pytest.approx(turned.error)
    if found.low is not None and found.high is not None and found.value is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1


def test_a_wilson_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    found = {(k, n): (round(Share(k, n).low, 4), round(Share(k, n).high, 4)) for k, n in published}
    assert found == published


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(k: int, rest: int) -> None:
    share = Share(k, k + rest)
    assert 0 <= share.low <= share.high <= 1
    assert share.value is None or share.low <= share.value <= share.high
    assert share.low < share.high


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, 0, 1)


def test_a_spread_is_made_of_the_numbers_themselves() -> None:
    assert spread([]) is None
    assert spread([7]) == Spread(1, 7, 7, 7, 7)
    assert spread([4, 1, 3, 2]) == Spread(4, 1, 2, 3, 4)
    assert spread(range(1, 101)) == Spread(100, 25, 50, 75, 90)


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_half_are_at_most_the_middle(numbers: list[int]) -> None:
    found = spread(numbers)
    assert found is not None
    assert found.middle == statistics.median_low(numbers)
    assert sum(number <= found.most for number in numbers) >= 0.9 * len(numbers)
    assert found.low <= found.middle <= found.high <= found.most


@given(st.integers(1, 10_000))
def test_a_rank_is_what_the_database_reckons_in_whole_numbers(n: int) -> None:
    assert [rank(share, n) for share in (0.25, 0.5, 0.75, 0.9)] == [
        (n * hundredth + 99) // 100 for hundredth in (25, 50, 75, 90)
    ]
