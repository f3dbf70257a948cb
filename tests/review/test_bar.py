"""The bar: one reviewer can publish, a veto needs two, nobody decides alone to hold back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.review.bar import DECIDES, URGENT_LASTS, Decision, decide, has_lapsed, publishes_needed, waits_for
from agent.tables import Flag, Level, Review, Verdict, Withdrawal, WithdrawnBy
from agent.testing import NOON

LETTERS = {"p": Verdict.PUBLISH, "v": Verdict.VETO, "e": Verdict.ESCALATE}
NAMES = {"a": "ada", "b": "ben", "c": "cy", "d": "dan"}


def said(words: str) -> list[Review]:
    """`av bp`: Ada says veto, then Ben says publish."""
    return [a_review(NAMES[word[0]], LETTERS[word[1]]) for word in words.split()]


def a_review(reviewer: str, verdict: Verdict) -> Review:
    return Review(revision_id=1, record_sha256="", reviewer=reviewer, verdict=verdict, at=NOON)


def flags(*levels: Level) -> list[Flag]:
    facts = {"run_id": 1, "revision_id": 1, "check": "c", "category": "c", "start": 0, "end": 1, "quote": "", "why": ""}
    return [Flag(level=level, **facts) for level in levels]


@pytest.mark.parametrize(
    ("words", "plain", "with_stop"),
    [
        ("", Decision.WAITING, Decision.WAITING),
        ("ap", Decision.PUBLISHED, Decision.SECOND),
        ("ap bp", Decision.PUBLISHED, Decision.PUBLISHED),
        ("ap ap", Decision.PUBLISHED, Decision.SECOND),
        ("av", Decision.VETO_WAITS, Decision.VETO_WAITS),
        ("av av", Decision.VETO_WAITS, Decision.VETO_WAITS),
        ("av bv", Decision.VETOED, Decision.VETOED),
        ("av bp", Decision.PUBLISHED, Decision.VETO_WAITS),
        ("av bp cp", Decision.PUBLISHED, Decision.PUBLISHED),
        # Were there enough for a publication once a flag was gone, nobody decided that: a person does, not the check.
        ("av bp cv", Decision.VETOED, Decision.VETOED),
        ("ap bv", Decision.VETO_WAITS, Decision.VETO_WAITS),
        ("ap be", Decision.ESCALATED, Decision.ESCALATED),
        ("ap bv cp", Decision.PUBLISHED, Decision.PUBLISHED),
        ("ap be cp", Decision.PUBLISHED, Decision.PUBLISHED),
        ("av ap", Decision.PUBLISHED, Decision.SECOND),
        ("ae", Decision.ESCALATED, Decision.ESCALATED),
        ("ae bp", Decision.PUBLISHED, Decision.ESCALATED),
        ("ae bv", Decision.ESCALATED, Decision.ESCALATED),
        ("ae bv cv", Decision.VETOED, Decision.VETOED),
        ("av ae bv", Decision.ESCALATED, Decision.ESCALATED),
        ("av bv cp", Decision.VETOED, Decision.VETOED),
        ("ap bv cv", Decision.VETOED, Decision.VETOED),
    ],
)
def test_the_rule_over_all_reviews(words: str, plain: Decision, with_stop: Decision) -> None:
    assert decide(said(words), []) is plain
    assert decide(said(words), flags(Level.STOP)) is with_stop


@pytest.mark.parametrize(
    ("words", "plain", "with_stop"),
    [
        ("av bv", Decision.WAITING, Decision.WAITING),
        ("av bv ap", Decision.PUBLISHED, Decision.SECOND),
        ("av bv ap bp", Decision.PUBLISHED, Decision.PUBLISHED),
        ("av be cv", Decision.ESCALATED, Decision.ESCALATED),
        ("ap bv cv", Decision.SECOND, Decision.SECOND),
        ("ap bv cv dp", Decision.PUBLISHED, Decision.PUBLISHED),
        # What somebody said before a veto of their own does not count again.
        ("ap av bv", Decision.WAITING, Decision.WAITING),
        ("ap av bv cp", Decision.PUBLISHED, Decision.SECOND),
    ],
)
def test_an_overturned_veto_counts_no_more(words: str, plain: Decision, with_stop: Decision) -> None:
    assert decide(said(words), [], overturned=True) is plain
    assert decide(said(words), flags(Level.STOP), overturned=True) is with_stop


reviews = st.lists(
    st.builds(a_review, st.sampled_from(["ada", "ben", "cy", "dan"]), st.sampled_from(Verdict)), max_size=8
)
levels = st.lists(st.sampled_from(Level)).map(lambda found: flags(*found))


def holding(given: list[Review], verdict: Verdict) -> int:
    """How many reviewers' verdict that is: their latest, or their escalation once they gave one."""
    count = 0
    for reviewer in {review.reviewer for review in given}:
        mine = [review.verdict for review in given if review.reviewer == reviewer]
        count += (Verdict.ESCALATE if Verdict.ESCALATE in mine else mine[-1]) is verdict
    return count


@given(reviews, levels)
def test_each_final_verdict_has_its_people_behind_it_and_says_what_it_decides(
    given: list[Review], found: list[Flag]
) -> None:
    match decide(given, found):
        case Decision.PUBLISHED:
            assert holding(given, Verdict.PUBLISH) >= publishes_needed(found)
            assert holding(given, Verdict.VETO) < 2
            assert given[-1].verdict is Verdict.PUBLISH
        case Decision.VETOED:
            assert holding(given, Verdict.VETO) >= 2
        case stands:
            assert stands is waits_for(given)
            assert holding(given, Verdict.VETO) < 2


@given(reviews, levels, levels)
def test_a_flag_that_comes_or_goes_decides_nothing(given: list[Review], one: list[Flag], other: list[Flag]) -> None:
    assert not waits_for(given).is_final
    before, after = decide(given, one), decide(given, other)
    if after.is_final and after is not before:
        assert DECIDES[given[-1].verdict] is after, "what its last reviewer said, and had confirmed"
    if given and given[-1].verdict is Verdict.ESCALATE:
        assert before is after


@given(st.lists(st.sampled_from(Verdict), max_size=8), levels)
def test_one_person_alone_never_vetoes(verdicts: list[Verdict], found: list[Flag]) -> None:
    assert decide([a_review("ada", verdict) for verdict in verdicts], found) is not Decision.VETOED


@given(reviews, st.lists(st.sampled_from([Level.NOTE, Level.LOOK])))
def test_only_a_stop_flag_changes_the_bar_and_no_flag_publishes_or_vetoes(
    given: list[Review], mild: list[Level]
) -> None:
    assert decide(given, flags(*mild)) is decide(given, [])
    assert not decide([], flags(*mild, Level.STOP)).is_final


@given(reviews, levels)
def test_it_does_not_matter_who_somebody_is(given: list[Review], found: list[Flag]) -> None:
    others = {"ada": "dan", "ben": "cy", "cy": "ada", "dan": "ben"}
    assert decide([a_review(others[r.reviewer], r.verdict) for r in given], found) is decide(given, found)


@pytest.mark.parametrize(
    ("by", "confirmed", "after", "lapsed"),
    [
        (WithdrawnBy.URGENT, False, URGENT_LASTS - timedelta(seconds=1), False),
        (WithdrawnBy.URGENT, False, URGENT_LASTS, True),
        (WithdrawnBy.URGENT, True, URGENT_LASTS * 2, False),
        (WithdrawnBy.STAFF, False, URGENT_LASTS * 2, False),
        (WithdrawnBy.AUTHOR, False, URGENT_LASTS * 2, False),
    ],
)
def test_what_one_person_took_down_ends_after_72_hours(
    by: WithdrawnBy, confirmed: bool, after: timedelta, lapsed: bool
) -> None:
    withdrawal = Withdrawal(piece_id=1, by=by, actor="ada", ground="law", reason="", at=NOON)
    assert timedelta(hours=72) == URGENT_LASTS
    assert has_lapsed(withdrawal, confirmed=confirmed, now=NOON + after) is lapsed
