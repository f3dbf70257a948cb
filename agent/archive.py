"""The words of an author's own pieces, found again: the same answers on SQLite and PostgreSQL.

Words are folded here, and the databases only keep and compare them. The index is filled when a work is received, or
when its author searches, and emptied where something is erased. The desk finds everybody's pieces by it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from sqlalchemy import TextualSelect, bindparam, column, text
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from agent.outlet import Outlet
from agent.queries import is_erased
from agent.record import Record
from agent.tables import Blob, Erasure, Piece, Revision

WORD = 100
"""The most letters of a word that are looked at."""
WORDS = 500_000
"""The most bytes of one piece's words, each counted once: PostgreSQL takes a million at most."""
BESIDE = 90
"""How many characters are quoted on each side of a word that was found."""
AT_ONCE = 25
"""So many works are taken in in one go where many are missing."""
LOOKED_THROUGH = 1_000
EACH_ALONE = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
"""Ideographs and kana stand without a space between them, so each is a word of its own."""
UNPARTED = re.compile("[^ ]+")
ODD = "\0"
"""Stands for a character that is compared as no sign or as several; no word has it."""
PARTING = "\u2019\u2018\u201c\u201d\u2014\u2013\u2026"
"""Quotation marks, dashes and the like: all that many an English text has besides ASCII."""
SIGNS = 10_000
"""So many characters are kept in mind with what they are compared as."""


class Word(NamedTuple):
    """A word as it is compared, and the characters `start` to `end` of the text where it stands."""

    folded: str
    start: int
    end: int


def words_of(text: str) -> list[str]:
    """The words of a text, in order: runs of letters and digits, without case and diacritics."""
    plain = _compared(text)
    if ODD in plain:
        return [word.folded for word in _words(text)]
    words = plain.split()
    return words if max(map(len, words), default=0) <= WORD else [word[:WORD] for word in words]


def placed(text: str, first: int = 0, last: int | None = None) -> list[Word]:
    """The same words, each with where it stands; or those from the one on that has the number `first`, from 0, to the
    one before `last`."""
    return list(islice(_words(text), first, last))


def findable(record: Record, text: str) -> list[str]:
    """The words by which a piece is found, each once: of what it says of itself, and of its text."""
    room, found = WORDS, list[str]()
    for word in dict.fromkeys(words_of("\n".join([record.title, record.form, *record.tags, record.note, text]))):
        room -= len(word.encode()) + 1
        if room < 0:
            break
        found.append(word)
    return found


def search(db: Session, author_id: int, query: str, limit: int) -> list[Revision]:
    """The author's own pieces in which every word of the query stands, newest first: of each piece the
    newest revision that has them all. Fills the index first, so the session must be one that writes."""
    wanted = list(dict.fromkeys(words_of(query)))
    if not wanted:
        return []
    _fill(db, author_id)
    found = db.exec(_of(author_id).where(col(Revision.id).in_(_hits(db, wanted))).order_by(col(Revision.id).desc()))
    newest: dict[int, Revision] = {}
    for revision in found:
        newest.setdefault(revision.piece_id, revision)
    return list(newest.values())[:limit]


def with_words(db: Session, wanted: Sequence[str]) -> TextualSelect:
    """In a query, the revisions of everyone in which all these folded words stand, as far as the index knows them."""
    return _hits(db, wanted)


def newest_with(db: Session, wanted: Sequence[str], *, below: int, limit: int) -> list[int]:
    """The newest revisions of everyone in which all these folded words stand, from the one before `below` on."""
    if _is_sqlite(db):
        # Its index walks backwards by itself, and so ends as soon as it has enough.
        rows = (
            "SELECT rowid FROM archivewords WHERE archivewords MATCH :query AND rowid < :below "
            "ORDER BY rowid DESC LIMIT :most"
        )
    else:
        rows = (
            "SELECT revision_id FROM archivewords WHERE words @@ CAST(:query AS tsquery) AND revision_id < :below "
            "ORDER BY revision_id DESC LIMIT :most"
        )
    found = db.connection().execute(text(rows), {"query": _query(db, wanted), "below": below, "most": limit})
    return list(found.scalars())


def unindexed(db: Session) -> int:
    """How many revisions stand in no index yet; those that were erased never do."""
    known = db.connection().execute(text(f"SELECT count(*) FROM {_keys(db)[0]}")).scalar_one()  # noqa: S608
    erased = select(func.count()).select_from(Revision).where(col(Revision.text_blob_id).in_(select(Erasure.blob_id)))
    whole = db.exec(select(func.count()).select_from(Revision)).one()
    return max(0, whole - db.exec(erased).one() - int(known))


def take_in(outlet: Outlet, author_id: int, revision: Revision) -> None:
    """Take in the words of a revision that was just received, once."""
    with outlet.database.read() as db:
        if _known(db, [revision.id]) or is_erased(db, revision):
            return
        words = _words_of(db, revision)
    with outlet.database.write(author_id) as db:
        _add(db, revision, words)


def catch_up(outlet: Outlet, since: int) -> int:
    """Take in some works that stand in no index yet, as after an upgrade, from the id after `since` on. Returns the id
    up to which there is nothing left to do. It takes a fraction of a second: there may be 100,000 to come."""
    with outlet.database.read() as db:
        ids = select(Revision.id).where(col(Revision.id) > since).order_by(col(Revision.id)).limit(LOOKED_THROUGH)
        looked_at = list(db.exec(ids))
        if not looked_at:
            return since
        missing = sorted(set(looked_at) - _known(db, looked_at))[:AT_ONCE]
        works = db.exec(select(Revision).where(col(Revision.id).in_(missing)).order_by(col(Revision.id))).all()
        read = [(work, _words_of(db, work)) for work in works if not is_erased(db, work)]
    if read:
        with outlet.database.write() as db:
            for work, words in read:
                _add(db, work, words)
    return looked_at[-1] if len(missing) < AT_ONCE else missing[-1]


def passage(text: str, query: str) -> str:
    """A short passage of a text around the first of its words that stands in the query, or its beginning."""
    wanted = set(words_of(query))
    first = next((word for word in _words(text) if word.folded in wanted), Word("", 0, 0))
    before, after = text[: first.start], text[first.end :]
    lead, tail = before[-BESIDE:], after[:BESIDE]
    # Cut between words, where there are several.
    lead = re.sub(r"^\S*\s", "", lead) if len(lead) < len(before) else lead
    tail = re.sub(r"\s\S*$", "", tail) if len(tail) < len(after) else tail
    words = " ".join(f"{lead}{text[first.start : first.end]}{tail}".split())
    return ("… " if len(lead) < len(before) else "") + words + (" …" if len(tail) < len(after) else "")


def put_in(db: Session, words: Mapping[int, Sequence[str]]) -> None:
    """Put the folded words of revisions, by id, into the index, where they are not yet."""
    if _is_sqlite(db):
        add = text("INSERT INTO archivewords (rowid, words) VALUES (:id, :words)")
    else:
        # Made of words, without the parser: it has rules of its own.
        add = text(
            "INSERT INTO archivewords (revision_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
        )
    rows = [{"id": each, "words": " ".join(some) if _is_sqlite(db) else list(some)} for each, some in words.items()]
    if rows:
        db.connection().execute(add, rows)


def forget(db: Session, revision_ids: Collection[int]) -> None:
    """Take revisions out of the index, in the transaction that erases them."""
    connection, ids = db.connection(), sorted(revision_ids)
    name = "rowid" if _is_sqlite(db) else "revision_id"
    gone = text(f"DELETE FROM archivewords WHERE {name} IN :ids").bindparams(bindparam("ids", ids, expanding=True))  # noqa: S608
    connection.execute(gone)
    if _is_sqlite(db):
        # A deleted row's words stand in the index until its parts are merged; secure_delete
        # overwrites the parts.
        connection.execute(text("INSERT INTO archivewords (archivewords) VALUES ('optimize')"))


def _words(text: str) -> Iterator[Word]:
    for match in UNPARTED.finditer(_compared(text)):
        start, end = match.span()
        if ODD not in match[0]:
            yield Word(match[0][:WORD], start, end)
            continue
        for word in _of_odd(text[start:end]):
            yield Word(word.folded, start + word.start, start + word.end)


def _compared(text: str) -> str:
    """A text in which every character is the one sign that it is compared as, or ODD."""
    if not text.isascii():
        # A text that has no others is then gone through in a fraction of the time.
        for sign in PARTING:
            text = text.replace(sign, " ")
    return text.translate(_SIGNS)


def _of_odd(text: str) -> Iterator[Word]:
    """The words of a stretch in which some characters are compared as none, or as several."""
    letters, start, end = "", 0, 0
    for at, character in enumerate(text):
        for sign in _folded(character):
            if sign == " " or EACH_ALONE.match(sign):
                if letters:
                    yield Word(letters[:WORD], start, end)
                letters = ""
                if sign != " ":
                    yield Word(sign, at, at + 1)
                continue
            if not letters:
                start = at
            letters, end = letters + sign, at + 1
    if letters:
        yield Word(letters[:WORD], start, end)


@lru_cache(maxsize=SIGNS)
def _folded(character: str) -> str:
    """What a character is compared as: letters, digits and the vowel signs of some scripts; a space for
    what parts two words; nothing for a diacritic and for what is not seen."""
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kinds = [(sign, unicodedata.category(sign)) for sign in small]
    return "".join(
        sign if kind[0] in "LNM" else " " for sign, kind in kinds if kind != "Cf" and not unicodedata.combining(sign)
    )


class _Signs(dict[int, str]):
    """For each character (its number) the one sign that it is compared as, or ODD: looked up as a text is gone
    through."""

    def __missing__(self, number: int) -> str:
        folded = _folded(chr(number))
        sign = folded if len(folded) == 1 and not EACH_ALONE.match(folded) else ODD
        if len(self) < SIGNS:
            self[number] = sign
        return sign


_SIGNS = _Signs()


def _fill(db: Session, author_id: int) -> None:
    """Take in whatever of the author's stands in no index yet. What is erased never does."""
    table, key = _keys(db)
    known = text(f"SELECT {key} AS id FROM {table}")  # noqa: S608
    missing = _of(author_id).where(col(Revision.id).not_in(known.columns(column("id"))))
    put_in(db, {revision.id: _words_of(db, revision) for revision in db.exec(missing).all()})


def _add(db: Session, revision: Revision, words: Sequence[str]) -> None:
    # It may have been taken in, or erased, since it was read.
    if not _known(db, [revision.id]) and not is_erased(db, revision):
        put_in(db, {revision.id: words})


def _known(db: Session, ids: Sequence[int]) -> set[int]:
    """Those of these revisions that stand in the index."""
    table, key = _keys(db)
    rows = text(f"SELECT {key} FROM {table} WHERE {key} IN :ids").bindparams(bindparam("ids", ids, expanding=True))  # noqa: S608
    return set(db.connection().execute(rows).scalars())


def _keys(db: Session) -> tuple[str, str]:
    """Where the numbers of the revisions in the index stand without their words: table and column."""
    return ("archivewords_docsize", "id") if _is_sqlite(db) else ("archivewords", "revision_id")


def _words_of(db: Session, revision: Revision) -> list[str]:
    said, record = (db.get_one(Blob, blob).data or b"" for blob in (revision.text_blob_id, revision.record_blob_id))
    return findable(Record.model_validate_json(record), said.decode())


def _hits(db: Session, wanted: Sequence[str]) -> TextualSelect:
    """The revisions of everyone in which all these words stand. Folded words hold no quotes."""
    if _is_sqlite(db):
        hits = text("SELECT rowid AS id FROM archivewords WHERE archivewords MATCH :query")
    else:
        hits = text("SELECT revision_id AS id FROM archivewords WHERE words @@ CAST(:query AS tsquery)")
    return hits.bindparams(query=_query(db, wanted)).columns(column("id"))


def _query(db: Session, wanted: Sequence[str]) -> str:
    return " ".join(f'"{word}"' for word in wanted) if _is_sqlite(db) else " & ".join(f"'{word}'" for word in wanted)


def _of(author_id: int) -> SelectOfScalar[Revision]:
    """The author's own revisions that were not erased."""
    here = select(Blob.id).where(col(Blob.data).is_not(None))
    rows = select(Revision).join(Piece).where(Piece.author_id == author_id)
    return rows.where(col(Revision.text_blob_id).in_(here), col(Revision.record_blob_id).in_(here))


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
