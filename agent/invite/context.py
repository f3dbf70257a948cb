"""What is laid beside an invitation: what has happened since, the author's notes, its earlier pieces, entries of
what it follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from agent import reading
from agent.fences import fenced, marked, one_line
from agent.invite.news import News
from agent.profiles import Profile
from agent.prompts import Prompt
from agent.record import Record, shown_title
from agent.tables import Arm, Blob, Entry, Feed, Following, Note, Piece, Revision, Strike, Wish

MOST_BYTES = 10_000
"""Of all that lies beside one invitation, whoever is invited."""
MOST_ENTRIES = 5
LOOKED_AT = 50
"""So many notes and pieces are looked at, the newest. An author with tools finds the others."""
TITLE_AT_MOST = 100
BYTES_A_TOKEN = 3
TOLD_AT_MOST = (1_000, 5, 2, 1)
"""News of each kind, where the ones before are too long."""


@dataclass(frozen=True)
class Beside:
    """One thing to lay beside an invitation, ready to be read. `quotes` are the blobs whose words stand in it."""

    kind: str
    source: str
    text: str
    title: str = ""
    quotes: frozenset[int] = frozenset()
    entry_id: int | None = None
    """Which entry it is, if it is one."""

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.text.encode())


Shelf = Mapping[Arm, Sequence[Beside]]
"""What there is for each arm, in the order in which an author with tools is given it."""


def shelf_of(db: Session, author_id: int, *, tools: bool, hosts: Sequence[str]) -> Shelf:
    """What there is to lay beside an invitation today. An author with tools is given the list of its pieces and
    the newest whole: it can open the others. `hosts` are those of the operator's allow-list."""
    return {
        Arm.NOTEBOOK: _notes(db, author_id),
        Arm.ARCHIVE: _listed(_pieces(db, author_id)) if tools else [piece.whole for piece in _pieces(db, author_id)],
        Arm.NEWS: [_entry(db, entry, hosts) for entry in reading.entries(db, author_id, MOST_ENTRIES)],
    }


def room_for(profile: Profile, words: int) -> int:
    """How many bytes may lie beside so many bytes of words and a reply of the greatest length."""
    return min((profile.context_tokens - profile.max_output_tokens) * BYTES_A_TOKEN - words, MOST_BYTES)


def since_block(since: Prompt, told: News, room: int, **facts: Any) -> Beside:
    """What has happened since, in words: all of it, or as much of the newest as there is room for."""
    text = ""
    for most in TOLD_AT_MOST:
        text = since.fill(news=told.newest(most), **facts)
        if len(text.encode()) <= room:
            break
    return Beside("since", "since", text, quotes=told.quotes)


def able(shelf: Shelf, room: int) -> frozenset[Arm]:
    """The arms for which anything fits. Minimal needs nothing."""
    return frozenset({Arm.MINIMAL, *(arm for arm, things in shelf.items() if _fitting(things, room))})


def lay(shelf: Shelf, arm: Arm, room: int, *, tools: bool) -> list[Beside]:
    """What lies beside an invitation of that arm, only whole things, as far as there is room.

    An author with tools is given what the arm is about, and finds the rest itself. One without is given
    all of it, shortest first; but what the arm is about comes before the others, and lies nearest to the
    invitation.
    """
    if arm is Arm.MINIMAL:
        return []
    if tools:
        return _fitting(shelf[arm], room)
    own = sorted(shelf[arm], key=lambda thing: thing.size)
    others = [thing for kind, things in shelf.items() if kind is not arm for thing in things]
    laid = _fitting([*own[:1], *sorted([*own[1:], *others], key=lambda thing: thing.size)], room)
    return sorted(laid, key=lambda thing: (thing in own, thing.size))


def _fitting(things: Sequence[Beside], room: int) -> list[Beside]:
    fitting: list[Beside] = []
    for thing in things:
        if thing.size <= room:
            fitting.append(thing)
            room -= thing.size
    return fitting


def _entry(db: Session, entry: Entry, hosts: Sequence[str]) -> Beside:
    """An entry. Where the author wished for it, its address is made of the author's words, and so may its title
    be: then only its host is told."""
    if (wished := _wished(db, entry)) is None:
        return Beside("entry", entry.link or entry.source, reading.fence(entry), entry.title, entry_id=entry.id)
    host = (urlsplit(wished).hostname or "").lower()
    # An author can choose the name of a subdomain. What is told is what the operator has listed.
    listed = [allowed for allowed in hosts if reading.is_allowed(host, [allowed])]
    return Beside("wished", max(listed, key=len, default=host), reading.fence(entry), entry_id=entry.id)


def _wished(db: Session, entry: Entry) -> str | None:
    """The address by which an author brought an entry here; None where the operator did."""
    if entry.wish_id is not None:
        return db.get_one(Wish, entry.wish_id).url
    ours = select(Following.id).where(Following.feed_id == entry.feed_id, col(Following.wish_id).is_(None))
    return None if db.exec(ours).first() is not None else db.get_one(Feed, entry.feed_id).url


def _notes(db: Session, author_id: int) -> list[Beside]:
    """The notes that hold, newest first."""
    rows = (
        select(Note, Blob.data)
        .select_from(Note)
        .join(Blob, col(Blob.id) == Note.blob_id)
        .where(Note.author_id == author_id, col(Blob.data).is_not(None))
        .where(col(Note.id).not_in(select(Strike.note_id)))
        .order_by(col(Note.number).desc())
        .limit(LOOKED_AT)
    )
    return [
        Beside(
            "note",
            "notebook",
            fenced("note", data.decode(), number=note.number, date=note.at.date()),
            quotes=frozenset({note.blob_id}),
        )
        for note, data in db.exec(rows)
        if data is not None
    ]


@dataclass(frozen=True)
class _Kept:
    """A piece whole, and its line in a list."""

    whole: Beside
    line: str


def _pieces(db: Session, author_id: int) -> list[_Kept]:
    """The newest revision of each piece that was not erased, newest first."""
    text, record = aliased(Blob), aliased(Blob)
    newest = (
        select(func.max(Revision.id)).join(Piece).where(Piece.author_id == author_id).group_by(col(Revision.piece_id))
    )
    rows = (
        select(Revision, text.data, record.data)
        .select_from(Revision)
        .join(text, col(text.id) == Revision.text_blob_id)
        .join(record, col(record.id) == Revision.record_blob_id)
        .where(col(Revision.id).in_(newest), col(text.data).is_not(None), col(record.data).is_not(None))
        .order_by(col(Revision.id).desc())
        .limit(LOOKED_AT)
    )
    return [_kept(revision, words.decode(), about) for revision, words, about in db.exec(rows) if words and about]


def _kept(revision: Revision, text: str, record: bytes) -> _Kept:
    title = one_line(shown_title(Record.model_validate_json(record).title, text), TITLE_AT_MOST)
    facts = {"number": revision.piece_id, "date": revision.at.date(), "title": title}
    quotes = frozenset({revision.text_blob_id, revision.record_blob_id})
    whole = Beside("piece", f"pieces/{revision.piece_id}", fenced("piece", text, **facts), quotes=quotes)
    return _Kept(whole, marked("piece", **facts))


def _listed(pieces: Sequence[_Kept]) -> list[Beside]:
    if not pieces:
        return []
    quotes = frozenset().union(*(piece.whole.quotes for piece in pieces))
    lines = "\n".join(piece.line for piece in pieces)
    return [Beside("piece", "archive", lines, quotes=quotes), pieces[0].whole]
