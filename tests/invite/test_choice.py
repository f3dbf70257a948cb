"""Choosing is pure: the same arguments give the same answer for ever."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import app
from agent.errors import UnknownPrompt
from agent.invite.choice import RECENT, History, choose, choose_arm
from agent.prompts import Prompt, PromptShelf
from agent.tables import Arm

BARE = PromptShelf(app.bundled("prompts")).invitation("bare")
SEEDS = st.integers(0, 2**31)


def a_prompt(name: str, *arms: Arm, **front: object) -> Prompt:
    given = {"name": name, "arms": arms or (Arm.MINIMAL,), "fits": "any", "weight": 1.0}
    return replace(BARE, front=BARE.front.model_copy(update=given | front))


SHELF = [
    a_prompt("any", Arm.MINIMAL, Arm.NOTEBOOK),
    a_prompt("small", fits="small"),
    a_prompt("large", fits="large", weight=2),
    a_prompt("news", Arm.NEWS),
    a_prompt("look-back", Arm.ARCHIVE, weight=0.5),
    a_prompt("never", weight=0),
]
FULL = frozenset(Arm)


def test_a_seed_chooses_today_what_it_chose_on_the_first_day() -> None:
    history = History(used=("news",), arms=FULL)
    assert [(p.name, arm.value) for p, arm in (choose(SHELF, history, seed) for seed in range(8))] == [
        ("large", "minimal"),
        ("any", "notebook"),
        ("look-back", "archive"),
        ("any", "notebook"),
        ("any", "minimal"),
        ("large", "minimal"),
        ("large", "minimal"),
        ("large", "minimal"),
    ]


@given(seed=SEEDS, shelf=st.permutations(SHELF))
def test_the_order_of_the_files_does_not_matter(seed: int, shelf: list[Prompt]) -> None:
    history = History(arms=FULL)
    assert choose(shelf, history, seed) == choose(SHELF, history, seed)


def test_invitations_are_chosen_by_their_weight() -> None:
    shelf = [a_prompt("once"), a_prompt("twice", weight=2), a_prompt("never", weight=0)]
    counts = Counter(choose(shelf, History(), seed)[0].name for seed in range(3_000))
    assert counts["never"] == 0
    assert 1.7 < counts["twice"] / counts["once"] < 2.3


@given(
    seed=SEEDS,
    small=st.booleans(),
    arms=st.frozensets(st.sampled_from(Arm)),
    used=st.lists(st.sampled_from([prompt.name for prompt in SHELF]), max_size=6),
)
def test_nothing_is_chosen_that_does_not_fit_cannot_be_served_or_was_used_of_late(
    seed: int, small: bool, arms: frozenset[Arm], used: list[str]
) -> None:
    prompt, arm = choose(SHELF, History(tuple(used), arms, small), seed)
    assert prompt.front.fits in {"any", "small" if small else "large"}
    assert prompt.name != "never"
    assert arm in prompt.front.arms
    assert arm in {Arm.MINIMAL, *arms}
    could = {p.name for p in SHELF if p.front.fits != ("large" if small else "small") and p.front.weight}
    could = {p.name for p in SHELF if p.name in could and {*p.front.arms} & {Arm.MINIMAL, *arms}}
    left = next(left for recent in range(RECENT, -1, -1) if (left := could - set(used[:recent])))
    assert prompt.name in left


def test_two_invitations_take_turns() -> None:
    shelf, used = [a_prompt("one", weight=9), a_prompt("two")], list[str]()
    for seed in range(6):
        used.insert(0, choose(shelf, History(tuple(used)), seed)[0].name)
    assert all(first != then for first, then in pairwise(used))


def test_where_no_invitation_fits_it_is_an_error() -> None:
    with pytest.raises(UnknownPrompt, match="news"):
        choose([a_prompt("news", Arm.NEWS)], History(), 1)


def test_an_invitation_asked_for_by_name_has_no_arm_where_none_can_be_served() -> None:
    both = a_prompt("both", Arm.NEWS, Arm.NOTEBOOK, weight=0, fits="small")
    assert choose_arm(both, History(), 1) is None
    assert choose_arm(both, History(arms=frozenset({Arm.NEWS})), 1) is Arm.NEWS
