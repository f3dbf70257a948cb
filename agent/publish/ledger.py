"""The public ledger, and the only appender to it.

`append` derives the events that the rows tell of and the chain does not hold yet, and adds them in
one transaction. Sequence and previous hash are unique, so two appenders cannot fork the chain.

A line is canonical JSON: `v` (format version), `seq` (from 1), `prev` (hash of the line before; 64
zeros at first), `at` (UTC), `event` (the word), `key` (unique), `data`, and `hash`: the SHA-256 of
the line without it. Text that is not public appears only as a salted commitment; when a piece is
published its salt is shown, so that anyone can check what was committed at receipt.

A session may bring several works: the line of its outcome holds a commitment to each, in their order,
and `work` in other lines says which of them is meant, from 1. In format 1 there was one, and no `work`.

A new word is no new format, as long as the other lines mean what they meant: `corrected` tells of a note that
the staff set beside a work (`words_sha256` covers its UTF-8 bytes), and the line of its erasure names the note and not
the piece, of which nothing is gone. `undone:7` tells that `verdict:7` counts no more, since its reviewer took it back
or another one sent it back: what came of it is told by other lines, as ever. Who does not know a word may pass it over.

A veto's line has a ground if the text was decided about when the line was written, so that of a first veto mostly has
none: the second reviewer might read it there. The line of the veto that decided has that on which it stands.
"""

from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.publish.events import Event, events, missing
from agent.record import canonical, sha256
from agent.tables import LedgerEntry

FORMAT = 2
GENESIS = "0" * 64
ATTEMPTS = 5


NEWEST = select(LedgerEntry.sequence, LedgerEntry.hash).order_by(col(LedgerEntry.sequence).desc()).limit(1)


def append(outlet: Outlet) -> int:
    """Add what the ledger does not hold yet, and return how many lines that were."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with outlet.database.write() as db:
                added = _append(db, outlet.now())
        except IntegrityError:
            # Another appender was quicker; what it wrote is there now, so look again.
            if attempt == ATTEMPTS:
                raise
        else:
            if added:
                outlet.log.info("ledger grew", action="ledger", lines=added)
            return added
    raise AssertionError("unreachable")


def is_whole(db: Session) -> bool:
    """Whether the chain holds every event that the rows of this transaction tell of."""
    return not missing(db)


def line_of(sequence: int, previous: str, event: Event) -> tuple[str, str]:
    """The line of an event as it is published, and its hash (hex)."""
    body = {
        "v": FORMAT,
        "seq": sequence,
        "prev": previous,
        "at": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "event": event.word,
        "key": event.key,
        "data": event.data,
    }
    digest = sha256(canonical(body))
    return canonical(body | {"hash": digest}).decode(), digest


def _append(db: Session, now: datetime) -> int:
    last = db.exec(NEWEST).first()
    sequence, previous = last or (0, GENESIS)
    untold = sorted(events(db), key=lambda event: (event.at, event.order, event.number))
    for event in untold:
        sequence += 1
        line, digest = line_of(sequence, previous, event)
        db.add(LedgerEntry(sequence=sequence, event=event.key, previous=previous, hash=digest, line=line, at=now))
        previous = digest
    db.flush()
    return len(untold)
