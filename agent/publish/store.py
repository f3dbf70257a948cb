"""What the last edition was made of: a local file beside the rows, made from them and worth nothing by itself.

It says what is in the public folder and what stands on each list, so that the next edition makes only what changed.
Deleted, it is made anew, by an edition that makes everything. Erased words do not stay in it (`secure_delete`).
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.publish.leaf import Leaf, Place
from agent.publish.view import InvitationView

UNSETTLED = ("in progress", "waiting for review", "kept back")
"""States that change without a line of the ledger, of an invitation or of one work among several."""
SCHEMA = """
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE leaf (
  piece INTEGER PRIMARY KEY, first INTEGER NOT NULL, listed INTEGER NOT NULL, public INTEGER NOT NULL,
  about INTEGER, kind TEXT NOT NULL, answers INTEGER, invitation INTEGER NOT NULL, continues INTEGER, series INTEGER,
  demo INTEGER NOT NULL, corrected INTEGER NOT NULL,
  changed TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL, key TEXT NOT NULL, card TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE INDEX leaf_first ON leaf (listed, first);
CREATE INDEX leaf_changed ON leaf (public, changed, first);
CREATE INDEX leaf_about ON leaf (about) WHERE about IS NOT NULL;
CREATE INDEX leaf_answers ON leaf (answers) WHERE answers IS NOT NULL;
CREATE INDEX leaf_series ON leaf (series) WHERE series IS NOT NULL;
CREATE INDEX leaf_demo ON leaf (demo) WHERE demo = 1;
CREATE INDEX leaf_continues ON leaf (continues) WHERE continues IS NOT NULL;
CREATE INDEX leaf_corrected ON leaf (corrected) WHERE corrected = 1;
CREATE TABLE place (
  kind TEXT NOT NULL, key TEXT NOT NULL, first INTEGER NOT NULL, piece INTEGER NOT NULL, listed INTEGER NOT NULL,
  PRIMARY KEY (kind, key, first)
) WITHOUT ROWID;
CREATE TABLE fold (
  invitation INTEGER PRIMARY KEY, month TEXT NOT NULL, state TEXT NOT NULL, told TEXT NOT NULL,
  unsettled INTEGER NOT NULL
);
CREATE INDEX fold_month ON fold (month, invitation, state);
CREATE INDEX fold_unsettled ON fold (unsettled) WHERE unsettled;
CREATE TABLE line (
  invitation INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (invitation, sequence)
) WITHOUT ROWID;
CREATE TABLE came (
  sha TEXT NOT NULL, word TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (sha, word)
) WITHOUT ROWID;
CREATE TABLE tally (
  name TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, year)
) WITHOUT ROWID;
CREATE TABLE file (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, part TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX file_part ON file (part);
"""
LEAF = (
    "piece, first, listed, public, about, kind, answers, invitation, continues, demo, corrected, changed, at, author, "
    "key, card, data"
)
PUT_LEAF = (
    f"INSERT INTO leaf ({LEAF}) VALUES ({', '.join('?' for _ in LEAF.split(', '))}) ON CONFLICT (piece) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in LEAF.split(", ")[1:])
)
VERSION = 3
LOCK_SECONDS = 30.0
_JSON = json.JSONEncoder(ensure_ascii=False)
READ_AT_MOST = 20_000
"""So many leaves are remembered."""
ASKED_AT_ONCE = 500
FILES_AT_ONCE = 1000
NAMED = "named"
"""Stands beside the outcomes: so often an operator named these words."""


def glance(path: Path, name: str) -> str:
    """A word that was kept, without standing in a build's way; empty where there is none, or no store."""
    if not path.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            row = db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
    except sqlite3.DatabaseError:  # The build will say, or make it anew.
        return ""
    return row[0] if row else ""


def _version(db: sqlite3.Connection) -> int | None:
    """Which version of ours a file is; None where it is no database at all. What passes, such as a lock, is raised."""
    try:
        found: int = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return None
        raise
    return found


class Store:
    """One file of it, open for one build. Nothing is kept before `commit`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = self._open()
        self._read: dict[int, Leaf] = {}
        self._files: dict[str, tuple[str, str]] = {}
        """Hash and part of files that are put down soon, many at once."""

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_SECONDS)
        try:
            if (version := _version(db)) != VERSION:
                if version is None or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    db.close()
                    for end in ("", "-wal", "-shm"):
                        self.path.with_name(self.path.name + end).unlink(missing_ok=True)
                    db = sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_SECONDS)
                db.executescript(SCHEMA)
                db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
        except BaseException:
            db.close()
            raise
        return db

    def begin(self, name: str, value: str) -> None:
        """Keep a word that outlasts a power cut, before anything else is done."""
        self.commit()
        self.db.execute("COMMIT")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("BEGIN IMMEDIATE")
        self.keep(name, value)
        self.db.execute("COMMIT")
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep everything up to here, and go on."""
        self._put_down()
        self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Forget what was not committed."""
        self.db.close()

    def empty(self) -> None:
        """Begin anew."""
        for table in ("kept", "leaf", "place", "fold", "line", "came", "tally", "file"):
            self.db.execute(f"DELETE FROM {table}")
        self._read.clear()
        self._files.clear()

    # What was kept

    def get(self, name: str) -> str:
        """A word that was kept; empty where there is none."""
        row = self.db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def keep(self, name: str, value: str) -> None:
        """Keep a word."""
        self.db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def keep_all(self, values: Mapping[str, str]) -> None:
        """Keep words by their names; an empty one is forgotten."""
        for name, value in values.items():
            if value:
                self.keep(name, value)
            else:
                self.db.execute("DELETE FROM kept WHERE name = ?", (name,))

    def keys(self, start: str) -> dict[str, str]:
        """All that is kept under names that begin so."""
        rows = self.db.execute("SELECT name, value FROM kept WHERE substr(name, 1, ?) = ?", (len(start), start))
        return {name.removeprefix(start): value for name, value in rows}

    def keep_keys(self, start: str, values: dict[str, str]) -> None:
        """Keep these under names that begin so, and no others."""
        self.db.execute("DELETE FROM kept WHERE substr(name, 1, ?) = ?", (len(start), start))
        self.db.executemany("INSERT INTO kept VALUES (?, ?)", [(start + name, value) for name, value in values.items()])

    # Pieces

    def put_leaf(self, leaf: Leaf) -> None:
        """Keep what lists show of a piece."""
        row = (
            leaf.piece,
            leaf.first,
            leaf.is_listed,
            not leaf.gone,
            leaf.about,
            leaf.kind,
            leaf.answers,
            leaf.invitation,
            leaf.continues,
            leaf.by_demo and not leaf.gone,
            leaf.corrected,
            leaf.changed_at.isoformat(),
            leaf.published_at.isoformat(),
            leaf.author.slug,
            leaf.key,
            leaf.card,
            _JSON.encode(leaf.as_data()),
        )
        self.db.execute(PUT_LEAF, row)
        self._read[leaf.piece] = leaf

    def put_series(self, piece: int, series: int | None) -> None:
        """Keep to which series a piece belongs."""
        self.db.execute("UPDATE leaf SET series = ? WHERE piece = ?", (series, piece))

    def put_places(self, leaf: Leaf, places: Iterable[Place]) -> None:
        """Give a piece its places in lists."""
        rows = [(*place, leaf.first, leaf.piece, leaf.is_read_in(place)) for place in places]
        self.db.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?)", rows)

    def drop_places(self, leaf: Leaf, places: Iterable[Place]) -> None:
        """Take places away from it."""
        self.db.executemany(
            "DELETE FROM place WHERE kind = ? AND key = ? AND first = ?", [(*place, leaf.first) for place in places]
        )

    def leaves(self, where: str, given: Collection[Any] = (), limit: int = -1) -> list[Leaf]:
        """The leaves that fulfil a condition, which may end in an order."""
        rows = self.db.execute(f"SELECT piece, data FROM leaf WHERE {where} LIMIT {limit}", tuple(given))
        return [self._leaf(piece, data) for piece, data in rows]

    def _leaf(self, piece: int, data: str) -> Leaf:
        if (leaf := self._read.get(piece)) is None:
            if len(self._read) >= READ_AT_MOST:
                self._read.clear()
            leaf = self._read[piece] = Leaf.of_data(json.loads(data))
        return leaf

    def leaf(self, piece: int) -> Leaf:
        """The leaf of a piece that is or was public."""
        return self.of([piece])[piece]

    def of(self, pieces: Collection[int]) -> dict[int, Leaf]:
        """The leaves of those of these pieces that are or were public."""
        found = {piece: self._read[piece] for piece in pieces if piece in self._read}
        for some in _batches([piece for piece in pieces if piece not in found]):
            marks = ", ".join("?" * len(some))
            found |= {leaf.piece: leaf for leaf in self.leaves(f"piece IN ({marks})", some)}
        return found

    def beside(self, leaf: Leaf, *, later: bool) -> Leaf | None:
        """The nearest piece that lists show, among those that became public later or earlier."""
        sign, order = (">", "ASC") if later else ("<", "DESC")
        found = self.leaves(f"listed = 1 AND first {sign} ? ORDER BY first {order}", [leaf.first], 1)
        return found[0] if found else None

    def about(self, piece: int) -> list[Leaf]:
        """The afterwords and statements that are about a piece, in the order in which they became public."""
        return self.leaves("about = ? ORDER BY first", [piece])

    def under(self, pieces: Collection[int]) -> dict[int, int]:
        """How many afterwords can be read under each of these pieces, where there are any."""
        found: dict[int, int] = {}
        for some in _batches(list(pieces)):
            marks = ", ".join("?" * len(some))
            found |= dict(
                self.db.execute(
                    f"SELECT about, count(*) FROM leaf WHERE about IN ({marks}) AND kind = 'postscript' AND public "
                    "GROUP BY about",
                    some,
                )
            )
        return found

    def statements(self, invitations: Collection[int]) -> dict[int, list[Leaf]]:
        """The statements about vetoes of what came of these invitations, the first to become public first."""
        found: dict[int, list[Leaf]] = defaultdict(list)
        for some in _batches(list(invitations)):
            marks = ", ".join("?" * len(some))
            for leaf in self.leaves(f"answers IN ({marks}) ORDER BY first", some):
                found[leaf.answers or 0].append(leaf)
        return found

    def series_of(self, piece: int) -> int | None:
        """The series in which a piece has a part."""
        found = self.numbers("SELECT series FROM leaf WHERE piece = ? AND series IS NOT NULL", [piece])
        return found[0] if found else None

    def fed(self, place: Place | None, most: int) -> list[int]:
        """The pieces in a feed, the newest first. Afterwords and statements stand in the site's and their author's."""
        if place is None:
            newest = "SELECT piece FROM leaf WHERE public = 1 ORDER BY changed DESC, first DESC LIMIT ?"
            return self.numbers(newest, [most])
        return self.numbers(
            "SELECT piece FROM place WHERE kind = ? AND key = ? AND listed ORDER BY first DESC LIMIT ?", (*place, most)
        )

    # Lists

    def place_of(self, place: Place, first: int) -> int:
        """How many places of a list lie before the one of this piece."""
        return self.number("SELECT count(*) FROM place WHERE kind = ? AND key = ? AND first < ?", (*place, first))

    def length(self, place: Place) -> int:
        """How many places a list has, read or not."""
        return self.number("SELECT count(*) FROM place WHERE kind = ? AND key = ?", place)

    def readable(self, place: Place) -> int:
        """How many of its pieces can be read."""
        return self.number("SELECT count(*) FROM place WHERE kind = ? AND key = ? AND listed", place)

    def on(self, place: Place, start: int, number: int) -> list[Leaf]:
        """The leaves that can be read among `number` places from `start` (0 is the oldest), oldest first."""
        rows = self.db.execute(
            "SELECT piece, listed FROM place WHERE kind = ? AND key = ? ORDER BY first LIMIT ? OFFSET ?",
            (*place, number, start),
        )
        wanted = [piece for piece, listed in rows if listed]
        found = self.of(wanted)
        return [found[piece] for piece in wanted]

    def ends(self, place: Place) -> list[Leaf]:
        """The oldest and the newest of a list that can be read; none where none can."""
        found = []
        for order in ("ASC", "DESC"):
            found += self.numbers(
                f"SELECT piece FROM place WHERE kind = ? AND key = ? AND listed ORDER BY first {order} LIMIT 1", place
            )
        return [self.leaf(piece) for piece in found]

    def places(self, kind: str) -> list[tuple[Place, int]]:
        """All lists of a kind on which something can be read, in order, each with how much."""
        rows = self.db.execute("SELECT key, sum(listed) FROM place WHERE kind = ? GROUP BY key ORDER BY key", (kind,))
        return [((kind, key), number) for key, number in rows if number]

    # Invitations and lines

    def put_folds(self, invitations: Collection[InvitationView]) -> None:
        """Keep what came of these invitations, for totals."""
        came: Counter[tuple[str, str]] = Counter()
        rows = []
        for invitation in invitations:
            told = [[sha, invitation.outcome or "in progress"] for sha in invitation.prompts]
            told += [[sha, NAMED] for sha in invitation.named]
            came.update((sha, word) for sha, word in told)
            states = {invitation.state, *(work.fate.state for work in invitation.works)}
            unsettled = not states.isdisjoint(UNSETTLED)
            rows.append((invitation.id, f"{invitation.at:%Y-%m}", invitation.state, json.dumps(told), unsettled))
        for some in _batches([invitation.id for invitation in invitations]):
            marks = ", ".join("?" * len(some))
            for (before,) in self.db.execute(f"SELECT told FROM fold WHERE invitation IN ({marks})", some):
                came.subtract((sha, word) for sha, word in json.loads(before))
        self.db.executemany(
            "INSERT INTO came VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
            [(sha, word, number) for (sha, word), number in came.items() if number],
        )
        self.db.executemany("INSERT OR REPLACE INTO fold VALUES (?, ?, ?, ?, ?)", rows)

    def unsettled(self) -> list[int]:
        """Invitations of which something else may come without a line of the ledger."""
        return self.numbers("SELECT invitation FROM fold WHERE unsettled")

    def came(self) -> dict[str, dict[str, int]]:
        """By the hash of a prompt version: how often each outcome came of it, and how often it was named (NAMED)."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for sha, word, number in self.db.execute("SELECT sha, word, number FROM came WHERE number ORDER BY sha, word"):
            found[sha][word] = number
        return dict(found)

    def put_lines(self, lines: Iterable[tuple[int, int | None]]) -> None:
        """Keep which invitation a line of the ledger names, if it names one."""
        rows = [(invitation, sequence) for sequence, invitation in lines if invitation is not None]
        self.db.executemany("INSERT OR IGNORE INTO line VALUES (?, ?)", rows)

    def lines_of(self, invitations: Collection[int]) -> dict[int, list[int]]:
        """The lines that name each of these invitations."""
        found: dict[int, list[int]] = defaultdict(list)
        for some in _batches(list(invitations)):
            marks = ", ".join("?" * len(some))
            for invitation, sequence in self.db.execute(
                f"SELECT invitation, sequence FROM line WHERE invitation IN ({marks}) ORDER BY invitation, sequence",
                some,
            ):
                found[invitation].append(sequence)
        return found

    def put_counts(self, counts: Mapping[tuple[str, int], int]) -> None:
        """Add to how often what was decided, by name and year."""
        self.db.executemany(
            "INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
            [(*key, number) for key, number in counts.items()],
        )

    def counts(self) -> dict[tuple[str, int], int]:
        """How often what was decided, as far as the ledger was read."""
        return {(name, year): number for name, year, number in self.db.execute("SELECT name, year, number FROM tally")}

    def number(self, question: str, given: Collection[Any] = ()) -> int:
        """The one number that answers a question."""
        return self.numbers(question, given)[0]

    def numbers(self, question: str, given: Collection[Any] = ()) -> list[int]:
        """The first column of an answer."""
        return [number for (number, *_) in self.db.execute(question, tuple(given))]

    def rows(self, question: str, given: Collection[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of an answer."""
        return iter(self.db.execute(question, tuple(given)))

    # Files

    def sha256_of(self, path: str) -> str | None:
        """The hash of a file of the edition, if it is one."""
        if path in self._files:
            return self._files[path][0]
        row = self.db.execute("SELECT sha256 FROM file WHERE path = ?", (path,)).fetchone()
        return row[0] if row else None

    def put_file(self, path: str, sha256: str, part: str) -> None:
        """Keep a file's hash."""
        self._files[path] = (sha256, part)
        if len(self._files) >= FILES_AT_ONCE:
            self._put_down()

    def _put_down(self) -> None:
        rows = [(path, *file) for path, file in self._files.items()]
        self._files.clear()
        self.db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", rows)

    def drop_file(self, path: str) -> None:
        """It is no part of the edition any more."""
        self._files.pop(path, None)
        self.db.execute("DELETE FROM file WHERE path = ?", (path,))

    def files(self, part: str) -> dict[str, str]:
        """Path -> SHA-256 of the files of one part of the manifest."""
        self._put_down()
        return dict(self.db.execute("SELECT path, sha256 FROM file WHERE part = ? ORDER BY path", (part,)))

    def paths(self, start: str) -> list[str]:
        """The files below a folder ("pieces/"), in order."""
        self._put_down()
        rows = self.db.execute(
            "SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path", (start, start[:-1] + "0")
        )
        return [path for (path,) in rows]

    def texts(self, path: str) -> list[str]:
        """The raw files of a piece ("pieces/3"): those of its text and of the texts before it."""
        self._put_down()
        rows = self.db.execute("SELECT path FROM file WHERE path > ? AND path < ?", (f"{path}.", f"{path}/"))
        return [path for (path,) in rows if path.endswith((".md", ".json"))]

    def all_places(self) -> list[Place]:
        """Every list."""
        return [(kind, key) for kind, key in self.db.execute("SELECT DISTINCT kind, key FROM place")]

    def number_of_files(self) -> int:
        """How many files there are, those of the manifest not counted."""
        self._put_down()
        return self.number("SELECT count(*) FROM file")

    def all_files(self) -> dict[str, str]:
        """Path -> SHA-256 of every file."""
        self._put_down()
        return dict(self.db.execute("SELECT path, sha256 FROM file"))


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    """So many at a time as one question may name."""
    for start in range(0, len(numbers), ASKED_AT_ONCE):
        yield numbers[start : start + ASKED_AT_ONCE]
