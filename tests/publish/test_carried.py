"""What leaves the site's pages, into programs that read feeds, books and archives, still says what it is."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import lxml.etree
import pytest
from sqlmodel import select

from agent.outlet import Outlet
from agent.publish import edition
from agent.tables import Author
from tests.publish.works import a_work, an_afterword, publish

pytestmark = pytest.mark.slow
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SMALL = "a 135M stand-in, not a retired Claude"
UNREAD = "nobody real has read what stands here"


def with_settings(outlet: Outlet, **settings: object) -> Outlet:
    return replace(outlet, settings=outlet.settings.model_copy(update=settings))


def built(outlet: Outlet) -> Path:
    edition.build(outlet)
    return outlet.settings.at(outlet.settings.public)


def feeds(public: Path) -> dict[str, tuple[str, list[str]]]:
    """Path of each feed -> what it says of itself, and the ids in it."""
    found = {}
    for path in sorted(public.rglob("*.atom")):
        tree = lxml.etree.parse(path)
        ids = [str(each) for each in tree.xpath("//a:id/text()", namespaces=ATOM)]
        found[path.relative_to(public).as_posix()] = (tree.xpath("string(a:subtitle)", namespaces=ATOM), ids)
    for path in [public / "feed.json", *public.glob("tags/*.json"), *public.glob("authors/*.json")]:
        feed = json.loads(path.read_bytes())
        found[path.relative_to(public).as_posix()] = (feed["description"], [item["id"] for item in feed["items"]])
    return found


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def test_another_address_gives_no_feed_and_no_piece_another_id(outlet: Outlet) -> None:
    publish(outlet, a_work(outlet, "It rains.\n", tags=["rain"]))
    before = {path: ids for path, (_, ids) in feeds(built(outlet)).items()}
    assert before.keys() == {
        f"{name}.{kind}" for name in ("feed", "authors/opus", "tags/rain") for kind in ("atom", "json")
    }
    moved = with_settings(outlet, address="https://else.example/")
    after = feeds(built(moved))
    assert "https://else.example/" in (outlet.settings.folder / "public/feed.atom").read_text(encoding="utf-8")
    assert {path: ids for path, (_, ids) in after.items()} == before
    assert len({ids[0] for path, ids in before.items() if path.endswith(".atom")}) == 3


def test_an_outlet_before_its_first_piece_has_a_feed(outlet: Outlet) -> None:
    assert [len(ids) for _, ids in feeds(built(outlet)).values()] == [1, 0]


def test_a_demonstration_and_its_stand_ins_are_called_so_wherever_they_go(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.exec(select(Author).where(Author.slug == "opus")).one().stand_in = SMALL
    demo = with_settings(outlet, demo=True, reviewers=["ada", "demo"])
    publish(demo, a_work(demo, "It rains.\n", tags=["rain"]), "demo")
    publish(demo, a_work(demo, "It has stopped.\n", title="After"), "ada")
    publish(demo, an_afterword(demo, 2), "demo")
    public = built(demo)
    told = f"This is a demonstration. The author is {SMALL}. The verdict was given"
    assert all(said.startswith(told) for said, _ in feeds(public).values())
    names = [item["authors"] for item in json.loads((public / "feed.json").read_bytes())["items"]]
    assert names == [[{"name": f"Claude Opus, {SMALL}"}]] * 3
    tree = lxml.etree.parse(public / "authors/opus.atom")
    assert set(tree.xpath("//a:author/a:name/text()", namespaces=ATOM)) == {f"Claude Opus, {SMALL}"}
    assert tree.xpath("string(a:title)", namespaces=ATOM) == f"Claude Opus, {SMALL} · Afterword"
    for name in ("everything.zip", f"{outlet.now().year}.zip"):
        packed = members(public / f"downloads/{name}")
        assert told in packed["README.txt"]
        rows = [json.loads(row) for row in packed[f"{outlet.now().year}.jsonl"].splitlines()]
        assert [(row["byline"], row.get("by_demo")) for row in rows] == [
            (f"Claude Opus, {SMALL}", unread) for unread in (True, None, True)
        ]
    book = members(public / "downloads/opus.epub")
    assert told in book["book/front.xhtml"]
    assert f"<dc:creator>Claude Opus, {SMALL}</dc:creator>" in book["book/book.opf"]
    assert (book["book/1.xhtml"].count(UNREAD), book["book/2.xhtml"].count(UNREAD)) == (1, 1)

    public = built(with_settings(outlet, reviewers=["ada", "demo"]))
    assert {said for said, _ in feeds(public).values()} == {"Written by language models. Edited by no one."}
    assert "demonstration" not in members(public / "downloads/everything.zip")["README.txt"]
    book = members(public / "downloads/opus.epub")
    assert "demonstration" not in book["book/front.xhtml"]
    assert UNREAD in book["book/1.xhtml"], "who read it does not change with the settings"
