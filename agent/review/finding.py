"""Search over every piece, whatever became of it: by words of the text and of what it says of itself, by author, by
number, by hash. What an author kept to itself, and drafts, are no pieces; what was erased is found no more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, func, select

from agent import archive
from agent.consent import lacks_of
from agent.queries import vetoed
from agent.record import Record, record_of, shown_title, text_of
from agent.review.belonging import load_words
from agent.review.going import down_of
from agent.review.waiting import form_of
from agent.tables import Author, Docket, Piece, Publication, Revision, Veto

A_PAGE = 20
NEWEST = 2**31 - 1
QUERY_AT_MOST = 200
NUMBER = re.compile(r"(?:(piece|revision)s?\s*)?#?\s*(\d{1,9})", re.ASCII | re.IGNORECASE)
HASH = re.compile(r"[0-9a-f]{8,64}", re.ASCII | re.IGNORECASE)


class State(StrEnum):
    """What became of a revision."""

    WAITING = "waits to be read"
    DECIDED = "decided, and waits for its moment"
    PUBLIC = "public"
    HELD_BACK = "held back"
    WITHDRAWN = "withdrawn"
    EARLIER = "its author has sent another text since"
    SAID_NO = "its author said no"


@dataclass(frozen=True)
class Found:
    """One revision that was found; `passage` is some of its text around a word that was asked for."""

    revision: int
    piece: int
    author: str
    byline: str
    kind: str
    form: str
    name: str
    at: datetime
    state: State
    passage: str


@dataclass(frozen=True)
class Results:
    """The newest that were found; `before` is the revision before which there are more, if there are."""

    rows: Sequence[Found]
    before: int | None


def find(db: Session, asked: str, *, before: int = NEWEST) -> Results:
    """What fits, newest first, from the one before a revision on. Raises Unfaithful."""
    asked = asked[:QUERY_AT_MOST].strip()
    named = _named(db, asked) if before == NEWEST else []
    ids = [each for each in _by_words(db, asked, before) if each not in named]
    shown = ids[:A_PAGE]
    more = shown[-1] if len(ids) > A_PAGE else None
    return Results(_shown(db, [*named, *shown], asked), more)


def _named(db: Session, asked: str) -> list[int]:
    """What a number or a hash names: it comes first."""
    if (match := NUMBER.fullmatch(asked)) is not None:
        kind, number = (match[1] or "").lower(), int(match[2])
        newest = select(func.max(Revision.id)).where(Revision.piece_id == number)
        own = select(Revision.id).where(Revision.id == number)
        found = [*(db.exec(newest) if kind != "revision" else []), *(db.exec(own) if kind != "piece" else [])]
        return list(dict.fromkeys(each for each in found if each is not None))
    if HASH.fullmatch(asked):
        begin, end = asked.lower(), asked.lower() + "g"
        hashes = [(col(name) >= begin) & (col(name) < end) for name in (Revision.record_sha256, Revision.text_sha256)]
        rows = [db.exec(select(Revision.id).where(has).limit(A_PAGE)).all() for has in hashes]
        return sorted({each for some in rows for each in some}, reverse=True)
    return []


def _by_words(db: Session, asked: str, before: int) -> list[int]:
    """Revisions in which each word stands, or whose author it names; newest first, one more than a page holds."""
    wanted = list(dict.fromkeys(archive.words_of(asked)))
    if not wanted:
        return []
    found = set(archive.newest_with(db, wanted, below=before, limit=A_PAGE + 1))
    authors = {a.id: set(archive.words_of(f"{a.slug} {a.byline}")) for a in db.exec(select(Author))}
    theirs = {author: frozenset(wanted) & words for author, words in authors.items()}
    for named in {words for words in theirs.values() if words}:
        ids = [author for author, words in theirs.items() if words >= named]
        rest = [word for word in wanted if word not in named]
        found |= set(_of_authors(db, ids, rest, before))
    return sorted(found, reverse=True)[: A_PAGE + 1]


def _of_authors(db: Session, authors: Sequence[int], words: Sequence[str], before: int) -> Sequence[int]:
    rows = select(Revision.id).join(Piece, col(Piece.id) == Revision.piece_id)
    rows = rows.where(col(Piece.author_id).in_(authors), col(Revision.id) < before)
    if words:
        rows = rows.where(col(Revision.id).in_(archive.with_words(db, words)))
    return db.exec(rows.order_by(col(Revision.id).desc()).limit(A_PAGE + 1)).all()


def _shown(db: Session, ids: Sequence[int], asked: str) -> list[Found]:
    rows = db.exec(
        select(Revision, Piece, Author)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .where(col(Revision.id).in_(ids))
    ).all()
    revisions = {revision.id: (revision, piece, author) for revision, piece, author in rows}
    kept = load_words(db, [revision for revision, _, _ in rows])
    states = _states(db, [revision for revision, _, _ in rows])
    found = []
    for each in ids:
        if each not in revisions:
            continue
        revision, piece, author = revisions[each]
        text, record = text_of(db, revision), record_of(db, revision)
        if text is not None and record is not None:
            found.append(_found(revision, piece, author, states[each], text, record, asked))
    del kept
    return found


def _found(  # noqa: PLR0917
    revision: Revision, piece: Piece, author: Author, state: State, text: str, record: Record, asked: str
) -> Found:
    return Found(
        revision=revision.id,
        piece=piece.id,
        author=author.slug,
        byline=author.byline,
        kind=piece.kind.value,
        form=form_of(record),
        name=shown_title(record.title, text),
        at=revision.at,
        state=state,
        passage=archive.passage(text, asked),
    )


def _states(db: Session, revisions: Sequence[Revision]) -> dict[int, State]:
    """What became of each of these revisions."""
    ids = [revision.id for revision in revisions]
    waits = select(Docket.revision_id, Docket.resolution_id).where(col(Docket.revision_id).in_(ids))
    docket = dict(db.exec(waits).all())
    public = set(db.exec(select(Publication.revision_id).where(col(Publication.revision_id).in_(ids))))
    held_back = set(db.exec(vetoed().where(col(Veto.revision_id).in_(ids))))
    waiting = [revision for revision in revisions if revision.id in docket]
    refused = {each for each, lack in lacks_of(db, waiting).items() if lack is not None and lack.is_no}
    down = down_of(db, revisions)

    def state(revision: Revision) -> State:
        if revision.id in down:
            return State.WITHDRAWN
        if revision.id in public:
            return State.PUBLIC
        if revision.id in refused:
            return State.SAID_NO
        if revision.id in docket:
            return State.WAITING if docket[revision.id] is None else State.DECIDED
        return State.HELD_BACK if revision.id in held_back else State.EARLIER

    return {revision.id: state(revision) for revision in revisions}
