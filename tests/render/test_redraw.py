"""What is made of a text is kept with it at receipt; after an upgrade, all of it is made anew at once."""

from collections.abc import Iterable, Iterator

import pytest
from sqlmodel import col, select

from agent import pipeline
from agent.outlet import Outlet
from agent.render import Rendered, render, renderer
from agent.tables import Rendering
from tests.publish.works import a_work

TEXT = (
    "# Meer\n\nIch habe lange über das *Meer* nachgedacht[^1], das ich nie gesehen habe, und über die vielen Menschen, "
)
TEXT += "die mir davon erzählten, jeder nur nebenbei, und keiner von ihnen wusste es.\n\n[^1]: Sehr lange.\n"


def kept(outlet: Outlet) -> list[Rendering]:
    with outlet.database.read() as db:
        return list(db.exec(select(Rendering).order_by(col(Rendering.renderer))))


def test_a_text_is_kept_with_all_that_a_build_shows_of_it(outlet: Outlet) -> None:
    revision = a_work(outlet, TEXT, title="Meer")
    [row] = kept(outlet)
    assert (row.text_sha256, row.renderer) == (revision.text_sha256, renderer())
    made = render(TEXT)
    assert (row.html, row.plain, row.words) == (made.html, made.plain, made.words)
    assert (row.language, row.direction) == ("de", "ltr")
    assert row.opening == list(made.opening)
    assert row.opening[0] == {"tag": "h1", "text": "Meer"}


def test_what_another_renderer_drew_is_drawn_anew_each_text_once(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {f"Piece {number}.\n" for number in range(4)}
    sessions = [a_work(outlet, text, title="").session_id for text in sorted(texts)]
    asked: list[str] = []

    def counted(texts: Iterable[str]) -> Iterator[Rendered]:
        for text in texts:
            asked.append(text)
            yield render(text)

    monkeypatch.setattr("agent.pipeline.renderer", lambda: "next")
    monkeypatch.setattr("agent.pipeline.render_many", counted)
    monkeypatch.setattr("agent.pipeline.render", lambda text: pytest.fail("it was drawn already"))
    pipeline._redraw(outlet, sessions)
    for session in sessions:
        pipeline.receive(outlet, session)
    assert sorted(asked) == sorted(texts)
    assert [row.html for row in kept(outlet) if row.renderer == "next"] == [
        row.html for row in kept(outlet) if row.renderer == renderer()
    ]
    pipeline._redraw(outlet, sessions)
    assert len(asked) == 4
