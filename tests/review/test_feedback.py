"""What reviewers say of flags, and what it tells of the checks."""

import pytest
from sqlmodel import col, select

from agent.errors import Refused, UnknownUser
from agent.noise import Precision, is_noisy, noisy, precision
from agent.outlet import Outlet
from agent.review import actions
from agent.review.feedback import judge, judged_by
from agent.tables import CheckRun, Feedback, Flag, Level, Says
from agent.testing import a_piece
from tests.desk.a_desk import HOSTILE
from tests.review.a_desk_of_two import rows

REAL, FALSE, WITHIN = Says.REAL, Says.FALSE, Says.WITHIN


def flags(outlet: Outlet, number: int = 1) -> list[int]:
    """So many flags of one check on a new piece, beside those that it has."""
    revision = a_piece(outlet, HOSTILE)
    with outlet.database.write() as db:
        run = db.exec(
            select(CheckRun).where(CheckRun.revision_id == revision.id, col(CheckRun.check) == "markup")
        ).one()
        made = [
            Flag(
                run_id=run.id,
                revision_id=revision.id,
                check="markup",
                level=Level.NOTE,
                category="a test",
                start=0,
                end=1,
                quote="A",
                why="A test.",
            )
            for _ in range(number)
        ]
        db.add_all(made)
        db.flush()
        return [flag.id for flag in made]


def of_markup(outlet: Outlet) -> Precision:
    with outlet.database.read() as db:
        [found] = [found for (check, _), found in precision(db).items() if check == "markup"]
    return found


def test_the_latest_of_each_reviewer_holds_and_the_others_stay(outlet: Outlet) -> None:
    [flag] = flags(outlet)
    judge(outlet, flag, "ada", FALSE)
    judge(outlet, flag, "ada", REAL)
    judge(outlet, flag, "ada", REAL)
    with outlet.database.read() as db:
        assert judged_by(db, [flag], "ada") == {flag: REAL}
        assert judged_by(db, [flag], "ben") == {}
    assert [row.says for row in rows(outlet, Feedback)] == [FALSE, REAL]


def test_who_is_no_reviewer_and_what_is_no_flag_are_refused(outlet: Outlet) -> None:
    [flag] = flags(outlet)
    with pytest.raises(UnknownUser, match="cy"):
        judge(outlet, flag, "cy", REAL)
    with pytest.raises(Refused, match="no flag 999"):
        judge(outlet, 999, "ada", REAL)
    assert rows(outlet, Feedback) == []


def test_of_what_was_erased_nothing_is_said(outlet: Outlet) -> None:
    [flag] = flags(outlet)
    actions.erase(outlet, 1, "ada", second="ben", reason="A court has said so.")
    with pytest.raises(Refused, match="erased"):
        judge(outlet, flag, "ada", REAL)


def test_a_flag_counts_once_with_what_most_say_and_a_draw_is_for_the_check(both: Outlet) -> None:
    said = [
        {"ada": REAL},
        {"ada": FALSE, "ben": FALSE},
        {"ada": REAL, "ben": FALSE},
        {"ada": WITHIN, "ben": FALSE},
        {"ada": WITHIN},
        {},
    ]
    for flag, each in zip(flags(both, len(said)), said, strict=True):
        for reviewer, says in each.items():
            judge(both, flag, reviewer, WITHIN if says is FALSE else FALSE)  # changed at once
            judge(both, flag, reviewer, says)
    found = of_markup(both)
    assert (found.real, found.false, found.within) == (2, 1, 2)
    assert (found.share.k, found.share.n) == (2, 5)


def test_precision_is_told_of_a_period_and_of_an_author_alone(outlet: Outlet) -> None:
    [flag] = flags(outlet)
    judge(outlet, flag, "ada", REAL)
    with outlet.database.read() as db:
        assert len(precision(db, since=outlet.now())) == 1
        assert len(precision(db, author=1)) == 1
        assert precision(db, until=outlet.now()) == {}
        assert precision(db, author=2) == {}


def judged(real: int, false: int, within: int = 0, *, judges: int = 2, works: int = 5) -> Precision:
    return Precision("markup", "1", real, false, within, judges, works)


@pytest.mark.parametrize(
    ("real", "wrong", "noisy"),
    [(0, 19, False), (0, 20, True), (0, 40, True), (3, 17, False), (3, 97, True), (30, 30, False)],
)
def test_a_check_is_noisy_when_even_the_upper_end_is_low(real: int, wrong: int, noisy: bool) -> None:
    assert is_noisy(judged(real, wrong)) is noisy
    assert is_noisy(judged(real, 0, wrong)) is noisy


def test_a_check_of_what_is_grave_may_be_wrong_more_often() -> None:
    found = judged(10, 90)
    assert is_noisy(found)
    assert not is_noisy(found, below=0.05)


@pytest.mark.parametrize(("judges", "works", "noisy"), [(1, 100, False), (2, 4, False), (2, 5, True)])
def test_neither_one_person_nor_a_few_works_make_a_check_noisy(judges: int, works: int, noisy: bool) -> None:
    assert is_noisy(judged(0, 100, judges=judges, works=works)) is noisy


def test_one_reviewer_cannot_talk_a_check_down_nor_two_by_one_text(both: Outlet) -> None:
    def loud() -> set[tuple[str, str]]:
        with both.database.read() as db:
            return noisy(db)

    for flag in flags(both, 30):
        judge(both, flag, "ada", FALSE)
        judge(both, flag, "ben", FALSE)
    assert (of_markup(both).judges, of_markup(both).works) == (2, 1)
    assert loud() == set()
    for _ in range(3):
        for flag in flags(both, 1):
            judge(both, flag, "ada", FALSE)
    assert loud() == set(), "of four works"
    for flag in flags(both, 1):
        judge(both, flag, "ada", FALSE)
    assert (of_markup(both).judges, of_markup(both).works) == (2, 5)
    assert {check for check, _ in loud()} == {"markup"}


def test_by_one_reviewer_alone_no_check_becomes_quiet(outlet: Outlet) -> None:
    for _ in range(6):
        for flag in flags(outlet, 5):
            judge(outlet, flag, "ada", FALSE)
    assert (of_markup(outlet).judges, of_markup(outlet).works) == (1, 6)
    with outlet.database.read() as db:
        assert noisy(db) == set()
