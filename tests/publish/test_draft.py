"""A draft of the site: as it would look now, again after each change, and nothing published."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import func, select

from agent.errors import BadTemplate
from agent.outlet import Outlet
from agent.publish.draft import Draft, words_of
from agent.tables import Edition, LedgerEntry
from agent.testing import a_piece
from tests.editions import everything
from tests.publish.works import publish

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path, outlet: Outlet) -> Path:
    """A copy of site/, to be worked on."""
    return Path(shutil.copytree(outlet.site, tmp_path / "site"))


@pytest.fixture
def draft(tmp_path: Path, outlet: Outlet, site: Path) -> Draft:
    (tmp_path / "draft").mkdir()
    return Draft(replace(outlet, site=site), tmp_path / "draft")


def append(file: Path, words: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + words, encoding="utf-8")


def test_a_draft_shows_what_nobody_built_and_publishes_nothing(outlet: Outlet, draft: Draft) -> None:
    publish(outlet, a_piece(outlet, "It rained.\n\nThen it *stopped*."))
    assert draft.make()
    page = (draft.folder / "pieces/1.html").read_text(encoding="utf-8")
    assert "Then it <em>stopped</em>." in page
    assert "pieces/1.html" in (draft.folder / "index.html").read_text(encoding="utf-8")
    assert not (draft.folder / "manifest.json").exists()
    assert not outlet.settings.at(outlet.settings.public).exists()
    assert not (outlet.settings.folder / "edition.db").exists()
    with outlet.database.read() as db:
        assert [db.exec(select(func.count()).select_from(table)).one() for table in (Edition, LedgerEntry)] == [0, 0]


def test_it_is_made_anew_where_something_changed_and_only_there(outlet: Outlet, draft: Draft, site: Path) -> None:
    draft.make()
    assert not draft.make()
    append(site / "assets/style.css", "\np { color: red }\n")
    assert draft.make()
    assert (draft.folder / "assets/style.css").read_text(encoding="utf-8").endswith("p { color: red }\n")
    append(site / "templates/base.html", "<!-- mine -->")
    assert draft.make()
    assert "<!-- mine -->" in (draft.folder / "index.html").read_text(encoding="utf-8")
    publish(outlet, a_piece(outlet))
    assert draft.make()
    assert (draft.folder / "pieces/1.html").exists()
    (site / "assets/mark.svg").rename(site / "assets/sign.svg")
    assert draft.make()
    assert "assets/sign.svg" in everything(draft.folder)
    assert "assets/mark.svg" not in everything(draft.folder)


def test_what_a_mistake_left_half_made_does_not_stay(outlet: Outlet, draft: Draft, site: Path) -> None:
    publish(outlet, a_piece(outlet))
    draft.make()
    before = everything(draft.folder)
    page, last = site / "templates/list.html", site / "pages/index.html"
    was = page.read_text(encoding="utf-8"), last.read_text(encoding="utf-8")
    page.write_text(was[0].replace("{% block main %}", "{% block main %}An edit"), encoding="utf-8")
    (site / "pages/about.html").write_text("{% extends 'templates/base.html' %}", encoding="utf-8")
    last.write_text("{{ view.nothing.at_all }}", encoding="utf-8")
    with pytest.raises(BadTemplate):
        draft.make()
    assert b"An edit" in (draft.folder / "authors/opus.html").read_bytes()
    page.write_text(was[0], encoding="utf-8")
    last.write_text(was[1], encoding="utf-8")
    (site / "pages/about.html").unlink()
    assert draft.make()
    assert everything(draft.folder) == before


def test_a_mistake_in_a_template_is_named_with_its_place_and_tried_once(draft: Draft, site: Path) -> None:
    draft.make()
    before = everything(draft.folder)
    page = site / "pages/how.html"
    was = page.read_text(encoding="utf-8")
    page.write_text(was + "{% if %}", encoding="utf-8")
    with pytest.raises(BadTemplate) as fault:
        draft.make()
    assert words_of(fault.value).startswith(f"{page}:{was.count(chr(10)) + 1}: ")
    assert not draft.make(), "nothing changed since"
    page.write_text(was.replace("{% block main %}", "{% block main %}{{ view.nothing }}"), encoding="utf-8")
    with pytest.raises(BadTemplate) as fault:
        draft.make()
    assert str(page) in words_of(fault.value)
    assert "nothing" in words_of(fault.value)
    page.write_text(was, encoding="utf-8")
    assert draft.make()
    assert everything(draft.folder) == before
