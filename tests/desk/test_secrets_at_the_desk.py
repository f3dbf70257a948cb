"""A secret stands at the desk in the text itself, and nowhere else as a whole."""

import random
import string

from agent import check
from agent.check.frame import Finding, Looked
from agent.outlet import Outlet
from agent.tables import Level
from tests.desk.a_desk import Browser, a_waiting_piece

CHANCE = random.Random(7)
SECRET = "ghp_" + "".join(CHANCE.choice(string.ascii_letters + string.digits) for _ in range(36))
TEXT = f"Somebody left this here, {SECRET}, and went away. I do not know who it was.\n"
BESIDE = Finding(Level.NOTE, "loop", 0, 8, "It stands beside the secret.")
AROUND = Finding(Level.NOTE, "loop", 20, 80, "It holds the secret.")


class Loop:
    NAME, VERSION, ABOUT = "loops", "1", "Whatever a test says."


def flagged(outlet: Outlet, text: str = TEXT, *, title: str = "Found") -> int:
    """A piece that waits and was looked at, with two flags more: beside a secret, and around it."""
    revision, _ = a_waiting_piece(outlet, text, title=title)
    with outlet.database.write() as db:
        check.store(outlet, db, Loop, Looked([BESIDE, AROUND]), revision_id=revision, text=text)
    return revision


def shows_it(page: str) -> bool:
    return any(SECRET[at : at + 12] in page for at in range(len(SECRET) - 12))


def test_a_flag_shows_a_secret_without_its_middle_and_so_does_what_stands_beside_it(
    outlet: Outlet, ada: Browser
) -> None:
    revision = flagged(outlet)
    page = ada.get(f"/revisions/{revision}?with=flags&veil=off").text
    panel = page[page.index('class="flag"') :].split("</ol>")[0]
    assert "begins and ends" in panel
    assert not shows_it(panel)
    assert f"{SECRET[:4]}•" in panel
    assert "It stands beside the secret." in panel
    assert shows_it(ada.get(f"/revisions/{revision}/text").text), "it is the text that is judged"


def test_the_page_of_the_check_lists_no_secret_as_a_whole(outlet: Outlet, ada: Browser) -> None:
    flagged(outlet)
    page = ada.get("/checks/secrets?veil=off").text
    assert f"{SECRET[:4]}•" in page
    assert not shows_it(page)


def test_words_that_are_no_secret_are_left_as_they_are(outlet: Outlet, ada: Browser) -> None:
    revision = flagged(outlet, "The first line.\n\nAnd another one.\n", title=f"Of {SECRET}")
    words = ada.words(f"/revisions/{revision}?with=flags&veil=off")
    assert "The first line." in words
    assert "•" not in words
