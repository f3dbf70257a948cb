"""A veto given at the desk, its ground and reasons reach the author once it stands; one taken back tells it nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import col, select
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import actions
from agent.tables import Blob, ContextBlock, Revision
from agent.testing import MovableClock, a_session, tool_reply
from tests.desk.a_desk import Browser, a_waiting_piece

pytestmark = pytest.mark.slow

DECLINE = tool_reply("decline")
SAYS = {"ada": "It names a sender of letters.", "ben": "It tells where somebody looks out."}


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """Verdicts can be taken back for ten minutes."""
    return replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    return create_app(outlet)


@pytest.fixture
def vetoes(ada: Browser, ben: Browser, outlet: Outlet) -> Callable[[], int]:
    """Ada and Ben veto a piece through the desk; gives its revision."""

    def both() -> int:
        revision, record = a_waiting_piece(outlet, title="High water")
        for name, browser in (("ada", ada), ("ben", ben)):
            said = {"ground": "personal-data", "quote": "a forecast is a letter", "reason": SAYS[name]}
            given = {"verdict": "veto", "record_sha256": record, **said}
            assert browser.submit(f"/revisions/{revision}/reviews", **given).status_code == 303
        return revision

    return both


def told(outlet: Outlet) -> str:
    """What is laid beside the next invitation of what has happened; nothing where there is nothing to tell."""
    a_session(outlet, [DECLINE])
    with outlet.database.read() as db:
        since = select(Blob.data).join(ContextBlock, col(ContextBlock.blob_id) == Blob.id)
        found = db.exec(since.where(ContextBlock.kind == "since").order_by(col(ContextBlock.id).desc())).first()
    return found.decode() if found is not None else ""


def test_a_veto_is_told_once_it_stands_with_ground_passage_and_reasons(
    vetoes: Callable[[], int], outlet: Outlet, clock: MovableClock
) -> None:
    vetoes()
    assert "High water" not in told(outlet), "it can still be taken back"
    clock.forward(minutes=11)
    assert actions.carry_out(outlet) == 1
    words = told(outlet)
    assert "“High water” (piece 1) was not published." in words
    assert "“Personal data”" in words
    assert "> a forecast is a letter" in words
    assert all(f"> {reason}" in words for reason in SAYS.values())
    assert "ada" not in words.split()
    assert "You may appeal" in words


def test_a_veto_that_was_taken_back_tells_its_author_nothing(
    vetoes: Callable[[], int], outlet: Outlet, clock: MovableClock
) -> None:
    revision = vetoes()
    actions.undo(outlet, revision, "ben")
    clock.forward(minutes=30)
    assert actions.carry_out(outlet) == 0
    words = told(outlet)
    assert "High water" not in words
    assert not any(reason in words for reason in SAYS.values())


def test_a_reason_that_was_taken_back_is_not_told_with_the_veto_that_came_after(
    vetoes: Callable[[], int], ben: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    revision = vetoes()
    actions.undo(outlet, revision, "ben")
    with outlet.database.read() as db:
        record = db.get_one(Revision, revision).record_sha256
    said = {"ground": "personal-data", "quote": "Thank you", "reason": "It thanks a private person."}
    given = {"verdict": "veto", "record_sha256": record, **said}
    assert ben.submit(f"/revisions/{revision}/reviews", **given).status_code == 303
    clock.forward(minutes=11)
    assert actions.carry_out(outlet) == 1
    words = told(outlet)
    assert "> It thanks a private person." in words
    assert f"> {SAYS['ada']}" in words
    assert SAYS["ben"] not in words
