"""The list of pieces in one question, however many there are: the same on both databases as one by one."""

from agent.desk.shown.shelf import ERASED, State, held, shelved
from agent.outlet import Outlet
from agent.queries import withdrawal_of
from agent.review import actions
from agent.tables import Revision, WithdrawnBy
from agent.testing import MovableClock, a_session, tool_reply
from tests.review.a_desk_of_two import WHY, a_public_piece, publishes, rows

END = 2**31 - 1


def test_every_state_is_found_and_agrees_with_what_is_said_of_one_piece(both: Outlet) -> None:
    titles = ["public", "asked", "urgent", "confirmed", "returned", "by its author", "revised since", "erased"]
    made = {title: a_public_piece(both, f"{title}\n", title=title).piece_id for title in titles}

    def takes_down(title: str, by: WithdrawnBy = WithdrawnBy.STAFF) -> int:
        return actions.withdraw(both, made[title], "ada", by, ground="law", reason=WHY)  # type: ignore[arg-type]

    takes_down("asked")
    takes_down("returned", WithdrawnBy.URGENT)
    assert isinstance(both.now, MovableClock)
    both.now.forward(hours=73)
    actions.reinstate(both)
    takes_down("urgent", WithdrawnBy.URGENT)
    for title in ("confirmed", "revised since", "erased"):
        actions.confirm(both, takes_down(title), "ben", reason=WHY)
    actions.erase(both, made["erased"], "ada", second="ben", reason=WHY)
    revised = tool_reply("revise", piece=made["revised since"], text="Anew.\n", title="revised since")
    a_session(both, [tool_reply("withdraw", piece=made["by its author"]), revised, tool_reply("decline")])
    publishes(both, rows(both, Revision)[-1])
    actions.correct(both, made["public"], "ada", "It was the 13th.")

    with both.database.read() as db:
        found = {
            state: [row.name for row in shelved(db, author="", state=state, before=END, limit=50)] for state in State
        }
        everything = shelved(db, author="", state=None, before=END, limit=50)
        down = {row.name for row in everything if withdrawal_of(db, row.piece) is not None}
        alone = {row.name: held(both, db, row.piece) for row in everything}
    assert found == {
        State.PUBLIC: ["revised since", "returned", "asked", "public"],
        State.WAITS: ["urgent", "asked"],
        State.DOWN: ["by its author", "confirmed", "urgent"],
        State.ERASED: [ERASED],
    }
    assert down - {ERASED} == set(found[State.DOWN])
    assert everything[0].name == "revised since", "by its newest publication"
    assert len(everything) == len(titles)
    assert {row.name: row.notes for row in everything}["public"] == 1
    for row in everything:
        piece = alone[row.name]
        assert piece is not None
        assert piece.name == row.name
        assert (piece.waiting is not None) == (row.name in found[State.WAITS])


def test_the_next_page_goes_on_where_the_one_before_ended(both: Outlet) -> None:
    for number in range(3):
        a_public_piece(both, f"{number}\n", title=f"Door {number}", author="opus")
    with both.database.read() as db:
        first = shelved(db, author="opus", state=None, before=END, limit=2)
        rest = shelved(db, author="opus", state=None, before=first[-1].publication, limit=2)
        assert shelved(db, author="sonnet", state=None, before=END, limit=2) == []
    assert [row.name for row in [*first, *rest]] == ["Door 2", "Door 1", "Door 0"]
