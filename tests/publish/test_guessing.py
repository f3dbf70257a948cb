"""What is private cannot be guessed from what is public: no hash of it stands there without a salt, and no word of
an author that nobody has reviewed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from agent import reading
from agent.outlet import FeedEntry, Outlet
from agent.publish import edition, ledger
from agent.publish.verify import verify
from agent.queries import author_called, transcript_sha256
from agent.record import canonical, commitment, sha256
from agent.review import actions, wishes
from agent.tables import Blob, ContextBlock, Piece, Revision, Turn, Wish, WritingSession
from agent.testing import FakeFeeds, a_session, an_author, an_outlet, text_reply, tool_reply
from agent.write.ending import Work
from tests.publish.in_public import unpacked
from tests.publish.test_ledger import told
from tests.publish.works import WHY, a_sitting, an_interview, bring_out, publish, revisions_of, take_back

pytestmark = pytest.mark.slow

NOTE = "Ada frightens me"
SAID = "Ada-Lovelace-beats-her-dog"
HEX = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{2}){16,}(?![0-9a-f])")


def hexes(public: Path) -> set[str]:
    """Every hash and every salt that a stranger has."""
    return {found.decode() for file in public.rglob("*") if file.is_file() for found in HEX.findall(unpacked(file))}


def guesses(digest: str, known: set[str]) -> set[str]:
    """What somebody who guessed right would look for: the hash itself, and the hash under every salt there is."""
    return {digest, *(commitment(bytes.fromhex(salt), digest) for salt in known)}


def test_whoever_guesses_a_private_note_is_told_by_nothing_that_it_was_right(outlet: Outlet) -> None:
    reply = text_reply(f"It rained.\n\nNOTE: {NOTE}\n")
    [by_words] = revisions_of(outlet, a_session(outlet, [reply], author="sonnet"))
    [by_form] = revisions_of(
        outlet,
        a_session(outlet, [tool_reply("write_note", text=NOTE), tool_reply("submit", title="", text="It shone.")]),
    )
    for revision in (by_words, by_form):
        publish(outlet, revision)
    a_session(outlet, [tool_reply("keep_private", text=NOTE)])
    a_session(outlet, [text_reply("DECLINE")], author="sonnet", prompt="notebook")
    an_interview(outlet, NOTE)
    public = bring_out(outlet)
    assert verify(public).problems == []
    known = hexes(public)
    with outlet.database.read() as db:
        kept = {blob.sha256: blob.data or b"" for blob in db.exec(select(Blob))}
        transcripts = {transcript_sha256(db, session) for session in db.exec(select(WritingSession.id))}
        shown = {sha for r in db.exec(select(Revision)) for sha in (r.text_sha256, r.record_sha256)}
    assert shown <= known, "what is public is found, so what is not would be"
    assert commitments_of(by_words, outlet) <= known
    private = {sha for sha, data in kept.items() if NOTE in data.decode()}
    assert sha256(NOTE.encode()) in private
    words = (NOTE, f"{NOTE}\n", f"NOTE: {NOTE}", f"NOTE: {NOTE}\n", f"\nNOTE: {NOTE}\n")
    private |= {sha256(word.encode()) for word in words} | transcripts | {sha256(canonical(word)) for word in words}
    for digest in private:
        assert not guesses(digest, known) & known


def commitments_of(revision: Revision, outlet: Outlet) -> set[str]:
    """What a stranger finds with the salts that are public, where it knows the text."""
    with outlet.database.read() as db:
        salt = db.get_one(Blob, revision.record_blob_id).salt or b""
    return {salt.hex(), commitment(salt, revision.record_sha256)}


def test_who_is_given_the_salt_can_check_the_transcript_and_an_erasure_changes_no_line_and_no_page(
    outlet: Outlet,
) -> None:
    session = a_sitting(outlet, Work("It rained.\n", title="Rain"), Work("It snowed.\n", title="Snow"))
    for revision in revisions_of(outlet, session):
        publish(outlet, revision)
    public = bring_out(outlet)
    with outlet.database.read() as db:
        first = db.exec(select(Turn).where(Turn.session_id == session).order_by(col(Turn.number)).offset(1)).first()
        assert first is not None
        promised = commitment(db.get_one(Blob, first.blob_id).salt or b"", transcript_sha256(db, session))
        paths = db.exec(select(Piece.id)).all()
    assert [line["transcript_commitment"] for line in told(outlet, "published")] == [promised] * 2
    before = (public / f"pieces/{paths[0]}.html").read_bytes()
    assert promised.encode() in before
    lines = (public / "ledger.jsonl").read_bytes()
    take_back(outlet, paths[1])
    actions.erase(outlet, paths[1], "ada", second="ben", reason=WHY)
    with outlet.database.read() as db:
        assert db.get_one(Blob, first.blob_id).salt is None, "the salt went with the words"
    bring_out(outlet)
    assert (public / "ledger.jsonl").read_bytes().startswith(lines)
    assert promised.encode() in (public / f"pieces/{paths[0]}.html").read_bytes()
    assert verify(public).problems == []


PAGE, FEED = f"https://{SAID}.example.org/page?q={SAID}", f"https://example.org/{SAID}.xml"
ASKED = f"https://other.example/{SAID}"


def what_stands_there(url: str) -> list[FeedEntry]:
    """A place that repeats what it was asked for."""
    return [FeedEntry(source=SAID, title=f"Results for {SAID}", link=f"{url}#1", text=f"{SAID}?", published=None)]


def test_the_address_of_what_an_author_asked_to_read_tells_its_host_and_no_word_of_the_author(tmp_path: Path) -> None:
    outlet = an_outlet(tmp_path, authors=[an_author("opus", bounds={"hosts": ["example.org"]})])
    a_session(
        outlet,
        [
            tool_reply("ask_for_page", url=PAGE, why="To read it."),
            tool_reply("follow_feed", url=FEED, why="To read it."),
            tool_reply("ask_for_page", url=ASKED, why="To read it."),
            tool_reply("decline"),
        ],
    )
    with outlet.database.read() as db:
        by_hand = db.exec(select(Wish.id).where(Wish.url == ASKED)).one()
    wishes.answer(outlet, by_hand, "ada", granted=True, words="Gladly.")
    with outlet.database.read() as db:
        there = {url: what_stands_there(url) for url in db.exec(select(Wish.url))}
    outlet = replace(outlet, feeds=FakeFeeds(there))
    [revision] = revisions_of(
        outlet, a_session(outlet, [tool_reply("submit", title="", text="I read.")], prompt="reading")
    )
    publish(outlet, revision)
    public = bring_out(outlet)
    context = told(outlet, "invited")[1]["context"]
    wished = [one for one in context if one["kind"] == "wished"]
    assert sorted(one["host"] for one in wished) == ["example.org", "example.org", "other.example"]
    assert {*map(frozenset, wished)} == {frozenset({"kind", "host", "commitment"})}
    for file in public.rglob("*"):
        assert not file.is_file() or SAID.lower() not in unpacked(file).decode(errors="replace").lower(), file
    known = hexes(public)
    with outlet.database.read() as db:
        blocks = db.exec(select(ContextBlock).where(ContextBlock.kind == "wished")).all()
        salts = {block.sha256: db.get_one(Blob, block.blob_id).salt or b"" for block in blocks}
    assert {one["commitment"] for one in wished} == {commitment(salt, digest) for digest, salt in salts.items()}
    assert all(SAID.lower() not in f"{block.source}{block.title}".lower() for block in blocks)
    assert not {guess for block in blocks for guess in guesses(block.sha256, known)} & known
    assert [len(blocks), len({one["commitment"] for one in wished})] == [3, 3]


@pytest.mark.parametrize("first", ["wish", "file"])
def test_a_feed_that_the_operator_has_named_is_told_whole_whoever_else_wished_for_it(
    outlet: Outlet, first: str
) -> None:
    url = "https://news.example/feed"
    a_session(outlet, [tool_reply("follow_feed", url=url, why="To read."), tool_reply("decline")])
    with outlet.database.write() as db:
        opus, sonnet = author_called(db, "opus"), author_called(db, "sonnet")
        assert opus is not None
        assert sonnet is not None
        follows = [(opus.id, 1), (sonnet.id, None)]
        for author, wish in follows if first == "wish" else follows[::-1]:
            reading.follow(db, author, url, now=outlet.now(), wish_id=wish)
    entry = FeedEntry(source="The News", title="Rain", link="https://news.example/rain", text="...", published=None)
    outlet = replace(outlet, feeds=FakeFeeds({url: [entry]}))
    a_session(outlet, [tool_reply("decline")], prompt="reading")
    ledger.append(outlet)
    edition.build(outlet)
    entries = [one for one in told(outlet, "invited")[1]["context"] if one["kind"] != "since"]
    assert entries == [{"kind": "entry", "source": entry.link, "sha256": sha256(reading.fence(entry).encode())}]
