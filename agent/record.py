"""Bytes, hashes and the one canonical JSON that every hash covers."""

import hashlib
import json
import os
import re
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, SQLModel

from agent.errors import Unfaithful
from agent.tables import Blob, Call, Kind, Revision, Turn
from agent.unmarked import first_words, unmarked

FIRST_WORDS = 8


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8 unescaped: equal values give equal bytes.

    Text that is not valid Unicode (a lone surrogate) is escaped, as JSON can carry it.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def commitment(salt: bytes, digest: str) -> str:
    """What the ledger shows of a text that is not public: nothing can be guessed from it, and who is
    later given the salt (hex in the ledger) can check it. `digest` is a SHA-256 in hex."""
    return sha256(salt + digest.encode())


def keep(db: Session, data: bytes) -> Blob:
    """Store bytes exactly as they are, with a fresh salt."""
    return put(db, Blob(sha256=sha256(data), salt=os.urandom(16), data=data))


Row = TypeVar("Row", Blob, Turn, Call)


def put(db: Session, row: Row) -> Row:
    """Store a new row at once, and give it its key. Every turn stores several: this takes a third of what `db.add` and
    a flush do, which plan for rows that wait for each other. The session does not know the row, so what is changed
    in it later is not stored."""
    table = _table(type(row))
    values = {name: getattr(row, name) for name in table.columns.keys() if name != "id"}  # noqa: SIM118
    key = db.connection().execute(sa.insert(table), values).inserted_primary_key
    row.id = cast("tuple[int]", key)[0]
    return row


def _table(kind: type[SQLModel]) -> sa.Table:
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]
    return table


def is_broken(text: str) -> bool:
    """Whether a text holds half a character (a lone surrogate), which no UTF-8 can carry."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


class Record(BaseModel):
    """What a revision says of itself, all of it the author's own words. `text_sha256` is in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_sha256: str
    kind: Kind
    title: str = ""
    form: str = ""
    tags: list[str] = []
    note: str = ""
    continues: int | None = None
    """The piece of the same author that this one goes on from."""

    @property
    def bytes(self) -> bytes:
        """The canonical JSON that `record_sha256` covers. What continues no other piece says nothing of it, as the
        records did that are older than the question."""
        return canonical(self.model_dump(mode="json", exclude={"continues"} if self.continues is None else None))


def text_of(db: Session, revision: Revision) -> str | None:
    """The revision's text, checked against its hash; None where it was erased. Raises Unfaithful."""
    data = _checked(db, revision, revision.text_blob_id, revision.text_sha256)
    return None if data is None else data.decode()


def record_of(db: Session, revision: Revision) -> Record | None:
    """The revision's record, checked against its hash; None where it was erased. Raises Unfaithful."""
    data = _checked(db, revision, revision.record_blob_id, revision.record_sha256)
    if data is None:
        return None
    record = Record.model_validate_json(data)
    if record.text_sha256 != revision.text_sha256:
        raise Unfaithful(revision=revision.id, reason="its record speaks of another text")
    return record


def _checked(db: Session, revision: Revision, blob_id: int, digest: str) -> bytes | None:
    blob = db.get_one(Blob, blob_id)
    if blob.data is None:
        return None
    if sha256(blob.data) != digest:
        raise Unfaithful(revision=revision.id, reason=f"the bytes of blob {blob_id} are not those that were received")
    return blob.data


def shown_title(title: str, text: str) -> str:
    """What a piece is called where only its name stands: its title, or its first heading, or its
    first words. The author's words in each case."""
    if title.strip():
        return title.strip()
    if (heading := opening_heading(text)) is not None:
        return heading
    words = first_words(text, FIRST_WORDS + 1) or text.split()
    first = " ".join(words[:FIRST_WORDS])
    return (first.rstrip(",;:.") or first) + ("…" if len(words) > FIRST_WORDS else "")


def opening_heading(text: str) -> str | None:
    """The name that a text gives itself in its first line, if it does: a Markdown heading, a line
    that is bold from end to end, or a line that says "Title: ..."."""
    first = text.strip().split("\n", 1)[0].strip()
    match = re.fullmatch(
        r"#{1,6}\s+(?P<hash>.+?)(?:\s+#+)?|\*\*(?P<bold>[^*]+)\*\*:?|(?i:\**title:\**)\s*(?P<said>.{1,120})", first
    )
    if match is None:
        return None
    found = match["hash"] or match["bold"] or match["said"]
    said = unmarked(found, text)
    if match["said"] and first.startswith("*"):
        said = said.rstrip("*")  # "*Title: Rain*"
    return re.sub(r"(?i)^\W*title:", "", said).strip(' "“”') or None


def shows_title(title: str, text: str) -> bool:
    """Whether a title is printed above its text: not where the text opens with the very same words."""
    return bool(title.strip()) and letters(title) != letters(opening_heading(text) or "")


def letters(text: str) -> str:
    """A text's letters and digits alone, small: for comparing names."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
