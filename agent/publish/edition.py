"""The edition: the rows -> what changed since the last one -> files in place and a signed manifest.

`build` can be called at any time and any number of times: the same rows give the same bytes, and only what differs is
made and touched. A crash in the middle is finished by the next call. One build of a publication runs at a time on one
machine, and what the ledger does not hold yet is never shown. `full` makes everything anew and holds it against what
was there.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock, Timeout
from sqlmodel import Session, col, func, select

from agent import keys
from agent.errors import NotBuilt, NotTheSame
from agent.outlet import Outlet
from agent.publish import ledger, manifest, theme
from agent.publish.building import OWNED, Building
from agent.publish.manifest import MANIFEST
from agent.publish.published import read_manifest
from agent.publish.second import Made, carried, carry, second_step
from agent.publish.store import Store
from agent.publish.targets.folder import Folder
from agent.publish.view import stand_ins
from agent.record import canonical, sha256
from agent.render import renderer
from agent.tables import (
    Appeal,
    Assent,
    Author,
    CheckRun,
    Confirmation,
    Consent,
    Correction,
    Edition,
    Erasure,
    Head,
    Invitation,
    LedgerEntry,
    PromptVersion,
    Publication,
    Reinstatement,
    Review,
    Revision,
    Ruling,
    Veto,
    Withdrawal,
    WritingSession,
)

STORE = "edition.db"
LOCK = "edition.lock"
LOCK_SECONDS = 300.0
"""So long one build waits for another; each takes seconds."""
ATTEMPTS = 5
"""So often a build begins anew when rows were added under its hands."""
TELLS = (
    Appeal,
    Assent,
    CheckRun,
    Confirmation,
    Consent,
    Correction,
    Erasure,
    Head,
    Invitation,
    LedgerEntry,
    PromptVersion,
    Publication,
    Reinstatement,
    Review,
    Revision,
    Ruling,
    Veto,
    Withdrawal,
    WritingSession,
)
"""Rows that only grow and show on the site: their counts name its state."""
UNFINISHED, YES = "unfinished", "yes"
"""What a build says of itself in the store while it goes on."""
_COUNTS = sa.select(
    *(select(func.count()).select_from(table).scalar_subquery() for table in TELLS),
    select(func.count()).where(col(WritingSession.outcome).is_(None)).scalar_subquery(),
)
SHOWN_AT_MOST = 5
"""So many files that differ are named."""


def state_of(outlet: Outlet, db: Session) -> str:
    """A name for the state of everything the site shows: another state, another name."""
    counts = list(db.connection().execute(_COUNTS).one())
    authors = [
        [author.slug, author.byline, author.model_id, str(author.retired_on or ""), author.stand_in]
        for author in db.exec(select(Author).order_by(col(Author.id)))
    ]
    return sha256(canonical([counts, authors, style_of(outlet, db)]))


def style_of(outlet: Outlet, db: Session) -> str:
    """A name for everything that every page shows besides its own rows: where it changes, all are made anew."""
    settings = outlet.settings
    overlay = settings.at(settings.theme) if settings.theme else None
    source = [_stamp(path) for path in (*theme.all_files(outlet.site, overlay), outlet.prompts.folder / "grounds.md")]
    shown = [settings.title, settings.address, settings.language, settings.demo, settings.hub, renderer()]
    shown += [stand_ins(db), keys.public_hex(outlet.signing_key())]
    return sha256(canonical([manifest.FORMAT, shown, source]))


def is_current(outlet: Outlet, db: Session) -> bool:
    """Whether the public folder holds the newest edition, and that shows the rows as they are."""
    edition = newest(db)
    if edition is None or edition.state != state_of(outlet, db):
        return False
    try:
        return sha256(_folder(outlet).read(MANIFEST) or b"") == edition.manifest_sha256
    except OSError:  # A folder that cannot be read is a thing for the build to say.
        return False


def _stamp(path: Path) -> tuple[str, int, int]:
    """Enough of a file to see that it was changed: its name, size and time."""
    try:
        stat = path.stat()
    except OSError:
        return path.name, 0, 0
    return path.name, stat.st_size, stat.st_mtime_ns


def newest(db: Session) -> Edition | None:
    """The edition that was applied last."""
    return db.exec(select(Edition).order_by(col(Edition.id).desc()).limit(1)).first()


def build(outlet: Outlet, *, full: bool = False, extras: bool = True) -> Edition:
    """Bring the ledger and the public folder to the state of the rows, and return the edition.

    With `full` everything is made anew; without `extras`, cards, search, ZIP and EPUB are left for the next build.
    Raises Unfaithful; NotBuilt where another build does not end or the rows do not come to rest; NotTheSame where an
    edition that was made in steps is not what making it at once gives, and mends it.
    """
    key = outlet.signing_key()
    try:
        with FileLock(outlet.settings.folder / LOCK, timeout=LOCK_SECONDS):
            with outlet.database.read() as db:
                edition = newest(db)
                if edition is not None and not full and is_current(outlet, db) and not _is_unfinished(outlet):
                    return edition
            return _build(outlet, key, full=full, extras=extras)
    except Timeout:
        reason = f"another build has held {LOCK} for {LOCK_SECONDS:.0f} seconds"
        raise NotBuilt(reason=reason) from None


def _build(outlet: Outlet, key: Ed25519PrivateKey, *, full: bool, extras: bool) -> Edition:
    with _one_state(outlet, key) as db, _store(outlet) as store:
        state, style = state_of(outlet, db), style_of(outlet, db)
        folder = _folder(outlet)
        # Held against what was made in steps, if that is of the same state.
        before = store.all_files() if full and store.get("state") == state else {}
        anew = full or store.get("style") != style or store.get("manifest") != sha256(folder.read(MANIFEST) or b"")
        # What is behind a link is elsewhere, and not in the folder any more.
        anew = anew or any((folder.root / name.rstrip("/")).is_symlink() for name in OWNED)
        unfinished = store.get(UNFINISHED)
        # A build that died left files of which the store does not know.
        died = unfinished == YES
        is_kept = died and not full and store.get("style") == style
        anew = anew or died
        ours = set(read_manifest(folder.read).files) if anew else set()
        with _place(folder, everything=anew) as place:
            is_first = place.root != folder.root
            store.keep(UNFINISHED, YES)
            store.commit()
            building = Building(outlet, db, store, place, keys.public_hex(key))
            building.is_read = not is_first
            if anew:
                there = {} if is_first else place.hashes()
                building.present = there.get
                made = carried(store, there) if is_kept else Made()
                store.empty()
                store.keep(UNFINISHED, YES)
                carry(building, made)
            building.look(everything=anew)
            building.make()
            building.take_away()
            if anew:
                building.tidy(ours)
            digest = building.sign(key)
            store.keep("style", style)
            if extras:
                # Until here its files are those of the edition before.
                second_step(outlet, building, anew=anew or bool(unfinished))
                digest = building.sign(key)
        store.keep(UNFINISHED, "" if extras else "its second step")
        store.keep("state", state)
        files = store.all_files() if before else {}
        differ = sorted(path for path in before.keys() | files.keys() if before.get(path) != files.get(path))
        number = store.number("SELECT count(*) FROM file") + len(store.keys("part:")) + 1
        store.commit()
    edition = _edition(outlet, state, digest, number, building)
    outlet.log.info("edition built", action="edition", files=number, written=building.written, removed=building.removed)
    if differ:
        raise NotTheSame(count=len(differ), files=", ".join(differ[:SHOWN_AT_MOST]))
    return edition


def _edition(outlet: Outlet, state: str, digest: str, files: int, building: Building) -> Edition:
    with outlet.database.write() as db:
        edition = newest(db)
        # Also where files had to be put back: each row is a time at which something changed in public.
        same = edition is not None and (edition.state, edition.manifest_sha256) == (state, digest)
        if edition is None or not same or building.written or building.removed:
            edition = Edition(
                state=state,
                manifest_sha256=digest,
                files=files,
                written=building.written,
                removed=building.removed,
                at=outlet.now(),
            )
            db.add(edition)
    return edition


def _folder(outlet: Outlet) -> Folder:
    return Folder(outlet.settings.at(outlet.settings.public))


def _is_unfinished(outlet: Outlet) -> bool:
    with _store(outlet) as store:
        return bool(store.get(UNFINISHED))


@contextmanager
def _store(outlet: Outlet) -> Iterator[Store]:
    store = Store(outlet.settings.folder / STORE)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _place(folder: Folder, *, everything: bool) -> Iterator[Folder]:
    """Where to build: the folder itself, or for a first edition one beside it that takes its place once it is whole."""
    root = folder.root
    if not everything:
        yield folder
        return
    if root.is_symlink() or (root.exists() and any(root.iterdir())):
        yield Folder(root, sync=False)
        return
    half = root.with_name(f".{root.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    yield Folder(half, sync=False)
    os.replace(half, root)


@contextmanager
def _one_state(outlet: Outlet, key: Ed25519PrivateKey) -> Iterator[Session]:
    """One transaction in which the ledger holds every event, and its head is signed and dated. Raises NotBuilt where
    rows come faster than the ledger can take them."""
    for _ in range(ATTEMPTS):
        ledger.append(outlet)
        _date_head(outlet, key)
        with outlet.database.read() as db:
            if ledger.is_whole(db):
                yield db
                return
    raise NotBuilt(reason=f"{ATTEMPTS} times in a row something happened that the ledger did not hold yet")


def _date_head(outlet: Outlet, key: Ed25519PrivateKey) -> None:
    """Sign how far the ledger goes now, if it goes further than the last time."""
    with outlet.database.write() as db:
        lines, head = db.exec(ledger.NEWEST).first() or (0, "")
        dated = db.exec(select(func.max(Head.lines))).one() or 0
        if lines > dated:
            now = outlet.now()
            db.add(
                Head(
                    lines=lines,
                    head=head,
                    public_key=keys.public_hex(key),
                    signature=manifest.signed_head(lines, head, now, key),
                    at=now,
                )
            )
