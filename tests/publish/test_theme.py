"""A theme's files take the place of those of the same name; what replaces nothing is told."""

import os
from pathlib import Path

import jinja2
import pytest

from agent.errors import NoTheme
from agent.publish import theme


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return filled(tmp_path / "site", "templates/base.html", "pages/how.html", "assets/style.css", "words.yaml")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return filled(tmp_path / "mine", "pages/how.html", "assets/style.css")


def filled(folder: Path, *names: str) -> Path:
    """A folder with these files, each of which says where it is."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{folder.name}'s {name}")
    return folder


def test_without_a_theme_the_site_is_what_there_is(site: Path) -> None:
    assert theme.sources(site, None) == [site]
    assert theme.assets(site, None) == {"style.css": site / "assets/style.css"}
    assert theme.strangers(site, None) == []


def test_a_template_of_a_theme_comes_before_the_sites(site: Path, mine: Path) -> None:
    environment = jinja2.Environment(loader=theme.loader(site, mine), autoescape=True)
    assert environment.get_template("pages/how.html").render() == "mine's pages/how.html"
    assert environment.get_template("templates/base.html").render() == "site's templates/base.html"
    assert theme.found(site, mine, "pages/how.html") == mine / "pages/how.html"
    assert theme.found(site, mine, "words.yaml") == site / "words.yaml"


def test_a_template_that_comes_to_a_theme_later_or_leaves_it_is_seen(site: Path, mine: Path) -> None:
    environment = jinja2.Environment(loader=theme.loader(site, mine), autoescape=True)
    environment.get_template("templates/base.html")
    filled(mine, "templates/base.html")
    assert environment.get_template("templates/base.html").render() == "mine's templates/base.html"
    (mine / "templates/base.html").unlink()
    assert environment.get_template("templates/base.html").render() == "site's templates/base.html"


def test_assets_are_replaced_and_added(site: Path, mine: Path) -> None:
    filled(mine, "assets/fonts/mine.woff2", "assets/.hidden")
    assert theme.assets(site, mine) == {
        "fonts/mine.woff2": mine / "assets/fonts/mine.woff2",
        "style.css": mine / "assets/style.css",
    }


def test_what_replaces_nothing_is_named_and_makes_no_page(site: Path, mine: Path) -> None:
    filled(mine, "pages/hwo.html", "template/base.html", "assets/new.svg", "words.de.yaml", ".git/config")
    assert theme.strangers(site, mine) == ["pages/hwo.html", "template/base.html"]
    assert theme.pages(site, mine) == ["how.html"]


def test_every_file_of_both_has_a_say_in_how_the_site_looks(site: Path, mine: Path) -> None:
    assert set(theme.all_files(site, mine)) == {
        *(site / name for name in ("templates/base.html", "pages/how.html", "assets/style.css", "words.yaml")),
        *(mine / name for name in ("pages/how.html", "assets/style.css")),
    }


@pytest.mark.parametrize("ask", [theme.sources, theme.loader, theme.assets, theme.pages, theme.strangers])
def test_a_theme_that_is_no_folder_says_so(site: Path, tmp_path: Path, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(NoTheme, match=r"is no folder\. Mend `theme`"):
        ask(site, tmp_path / "nowhere")
    (tmp_path / "a file").touch()
    with pytest.raises(NoTheme, match=os.fspath(tmp_path / "a file")):
        ask(site, tmp_path / "a file")
