"""What authors ask about their own standing, as the staff see it."""

from dataclasses import replace

from agent.outlet import Outlet
from agent.review import actions
from agent.tables import Revision
from agent.testing import a_session, tool_reply
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, author_says, publishes, rows


def test_the_page_says_what_its_author_asked_and_what_follows_from_it(ada: Browser, outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet, PLAIN)
    appealed = tool_reply("appeal", piece=vetoed.piece_id, words="It is only <weather>.")
    a_session(outlet, [appealed, tool_reply("decline")])
    page = f"/revisions/{vetoed.id}"
    assert "The author's appeal It is only <weather>. It waits for somebody who did not veto" in ada.words(page)
    assert "Appeals that wait for somebody who did not veto" in ada.words("/queue")
    assert "held back by ada, ben" in ada.words("/queue")
    three = replace(outlet, settings=outlet.settings.model_copy(update={"reviewers": ["ada", "ben", "dan"]}))
    actions.rule(three, 1, "dan", overturned=True, reason="It names nobody.")
    words, queue = ada.words(page), ada.words("/queue")
    assert "dan overturned the veto, so none is taken any more" in words
    assert "Your verdict" in words
    assert "Hold it back" not in words
    assert "Appeals that wait" not in queue
    assert "a veto of it was overturned" in queue
    a_session(outlet, [tool_reply("withdraw", piece=vetoed.piece_id), tool_reply("decline")])
    words = ada.words(page)
    assert "Its author withdrew it. Nothing is left to decide." in words
    assert "Your verdict" not in words
    assert "No piece waits to be read." in ada.words("/queue")


def test_the_queue_says_what_is_missing_of_the_authors_consent(ada: Browser, outlet: Outlet) -> None:
    a_waiting_piece(outlet)
    author_says(outlet, "ask")
    assert "not publishable: its author wishes to be asked each time, and has not said yes" in ada.words("/queue")
    author_says(outlet, "no", "new")
    assert "No piece waits to be read." in ada.words("/queue")


def test_a_later_revision_is_open_though_the_first_was_taken_down(ada: Browser, outlet: Outlet) -> None:
    public = a_public_piece(outlet, PLAIN)
    revised = tool_reply("revise", piece=public.piece_id, text="Without the name.\n")
    a_session(outlet, [tool_reply("withdraw", piece=public.piece_id), revised, tool_reply("decline")])
    assert "and withdrawn" in ada.words(f"/pieces/{public.piece_id}")
    assert "withdrawn" in ada.words("/queue")
    newest = public.id + 1
    assert "Your verdict" in ada.words(f"/revisions/{newest}")
    publishes(outlet, rows(outlet, Revision)[-1])
    words = ada.words(f"/pieces/{public.piece_id}")
    assert "and withdrawn" not in words
    assert "Asked for by its author" in words
