"""The edition: the rows -> what changed since the last one -> files in place and a signed manifest.

`build` can be called at any time and any number of times: the same rows give the same bytes, and only what differs is
made and touched. A crash in the middle is finished by the next call. One build of a publication runs at a time on one
machine, and what the ledger does not hold yet is never shown. `full` makes everything anew and holds it against what
was there.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock, Timeout
from sqlmodel import Session, col, func, select

from agent import keys
from agent.errors import NotAFolder, NotBuilt, NotTheSame, OtherKey
from agent.outlet import Outlet
from agent.publish import ledger, manifest, theme
from agent.publish.building import OWNED, Building
from agent.publish.manifest import MANIFEST
from agent.publish.published import read_manifest
from agent.publish.second import Made, carried, carry, second_step
from agent.publish.store import Store, glance
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
    Undo,
    Veto,
    Withdrawal,
    WritingSession,
)

STORE = "edition.db"
LOCK = "edition.lock"
LOCK_SECONDS = 300.0
"""So long one build waits for another, which takes seconds, but for a whole site of very many pieces."""
GARBAGE = 50_000
"""So many new objects before the next search for garbage."""
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
    Undo,
    Veto,
    Withdrawal,
    WritingSession,
)
"""Rows that only grow and show on the site: their counts name its state."""
UNFINISHED, YES, SECOND_STEP = "unfinished", "yes", "its second step"
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
    head = list(db.exec(ledger.NEWEST).first() or ())
    return sha256(canonical([counts, head, authors, style_of(outlet, db)]))


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


def _stamp(path: Path) -> tuple[str, str]:
    """A file's name and the SHA-256 of what it holds, so that another machine comes to the same."""
    try:
        stat = path.stat()
        return path.name, _hash(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    except OSError:
        return path.name, ""


@lru_cache(maxsize=1024)
def _hash(path: Path, *seen: int) -> str:
    """Read once, as long as the disk says that nothing changed."""
    del seen
    return sha256(path.read_bytes())


def amiss(outlet: Outlet) -> dict[str, str]:
    """What is not as the edition that stands in the public folder has it: path -> what became of it, in words."""
    folder = _folder(outlet)
    there, wanted = folder.hashes(), read_manifest(folder.read).files
    found = dict.fromkeys(wanted.keys() - there.keys(), "was missing, and is put back")
    found |= {
        path: "was changed, and is put right" for path in wanted.keys() & there.keys() if there[path] != wanted[path]
    }
    others = (
        path for path in there.keys() - wanted.keys() if path != MANIFEST and not path.startswith(manifest.FOLDER)
    )
    for path in others if wanted else ():
        found[path] = "belongs to no edition" + (
            ", and goes" if path.startswith(OWNED) else "; nobody but you can say whether it may stay"
        )
    return dict(sorted(found.items()))


def public_folder(outlet: Outlet) -> Path:
    """Where the site lies, or is to lie. Raises NotAFolder where that cannot be."""
    root = outlet.settings.at(outlet.settings.public)
    there = next(path for path in (root, *root.parents) if os.path.lexists(path))
    if not there.is_dir():
        raise NotAFolder(path=there, public=root)
    return root


def newest(db: Session) -> Edition | None:
    """The edition that was applied last."""
    return db.exec(select(Edition).order_by(col(Edition.id).desc()).limit(1)).first()


def build(outlet: Outlet, *, full: bool = False, extras: bool = True) -> Edition:
    """Bring the ledger and the public folder to the state of the rows, and return the edition.

    With `full` everything is made anew; without `extras`, cards, search, ZIP and EPUB are left for the next build.
    Raises Unfaithful; NotAFolder; NotBuilt where another build does not end or the rows do not come to rest; NotTheSame
    where an edition that was made in steps is not what making it at once gives, and mends it.
    """
    key = outlet.signing_key()
    public_folder(outlet)
    try:
        with FileLock(outlet.settings.folder / LOCK, timeout=LOCK_SECONDS):
            with outlet.database.read() as db:
                edition = newest(db)
                if edition is not None and not full and is_current(outlet, db) and not is_unfinished(outlet):
                    return edition
            return _build(outlet, key, full=full, extras=extras)
    except Timeout:
        reason = f"another build is under way, and has been for {LOCK_SECONDS:.0f} seconds"
        raise NotBuilt(reason=reason) from None


def _build(outlet: Outlet, key: Ed25519PrivateKey, *, full: bool, extras: bool) -> Edition:
    with _one_state(outlet, key) as db, _store(outlet) as store:
        state = state_of(outlet, db)
        # Held against what was made in steps, if that is of the same state.
        before = store.all_files() if full and store.get("state") == state else {}
        building, begins_anew = _first_step(outlet, db, store, key, full=full)
        edition = _edition(outlet, state, building)
        if extras:
            # Until here its files are those of the edition before, but for what a text that went had left in them. If
            # this fails, all else is out and can be delivered; the next build takes it up.
            second_step(outlet, building, anew=begins_anew)
            building.sign(key)
            store.keep(UNFINISHED, "")
        store.keep("state", state)
        files = store.all_files() if before else {}
        differ = sorted(path for path in before.keys() | files.keys() if before.get(path) != files.get(path))
        store.commit()
        edition = _edition(outlet, state, building)
    outlet.log.info(
        "edition built", action="edition", files=edition.files, written=building.written, removed=building.removed
    )
    if differ:
        raise NotTheSame(count=len(differ), files=", ".join(differ[:SHOWN_AT_MOST]))
    return edition


def _first_step(
    outlet: Outlet, db: Session, store: Store, key: Ed25519PrivateKey, *, full: bool
) -> tuple[Building, bool]:
    """Pages, lists, feeds, ledger and manifest: everything but cards, search, ZIP and EPUB. Returns what built it, and
    whether the second step has to look at all of its files."""
    style, folder = style_of(outlet, db), _folder(outlet)
    unfinished = store.get(UNFINISHED)
    # A build that died left files of which the store does not know.
    died = unfinished == YES
    is_other = store.get("style") != style or not _is_its_history(outlet, db, store)
    anew = full or died or is_other or store.get("manifest") != sha256(folder.read(MANIFEST) or b"")
    # What is behind a link is elsewhere, and not in the folder any more.
    anew = anew or any((folder.root / name.rstrip("/")).is_symlink() for name in OWNED)
    is_kept = died and not full and not is_other
    ours = set(read_manifest(folder.read).files) if anew else set()
    with _seldom_swept(), _place(folder, everything=anew) as place:
        is_first = place.root != folder.root
        store.begin(UNFINISHED, YES)
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
        if anew and not is_first:  # In a folder that was made just now lies nothing else.
            building.tidy(ours)
        building.sign(key)
    building.folder = folder
    store.keep("style", style)
    store.keep(UNFINISHED, SECOND_STEP)
    store.commit()
    return building, anew or bool(unfinished)


def _is_its_history(outlet: Outlet, db: Session, store: Store) -> bool:
    """Whether the store was made from this ledger, as far as that went then: not where the rows are those of a backup
    and were gone on with."""
    lines, head = int(store.get("lines") or 0), store.get("head")
    held = db.exec(select(LedgerEntry.hash).where(LedgerEntry.sequence == lines)).first()
    newest = db.exec(select(func.max(Head.id))).one() or 0
    if (held or "") == head and int(store.get("heads") or 0) <= newest:
        return True
    reason = f"its line {lines} is not the one that was published"
    outlet.log.warning("another ledger", action="ledger_changed", reason=reason)
    return False


def _edition(outlet: Outlet, state: str, building: Building) -> Edition:
    """Keep that the public folder holds this now."""
    digest = building.store.get("manifest")
    with outlet.database.write() as db:
        edition = newest(db)
        # Also where files had to be put back: each row is a time at which something changed in public.
        same = edition is not None and (edition.state, edition.manifest_sha256) == (state, digest)
        if edition is None or not same:
            edition = Edition(
                state=state,
                manifest_sha256=digest,
                files=building.number(),
                written=building.written,
                removed=building.removed,
                at=outlet.now(),
            )
            db.add(edition)
    return edition


def _folder(outlet: Outlet) -> Folder:
    return Folder(outlet.settings.at(outlet.settings.public))


def is_unfinished(outlet: Outlet) -> bool:
    """Whether the last build has something left to do: it died, or its second step failed."""
    return bool(glance(outlet.settings.folder / STORE, UNFINISHED))


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
    if root.is_symlink() or (root.exists() and not _is_taken_away(root)):
        yield Folder(root, sync=False)
        return
    half = root.with_name(f".{root.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    yield Folder(half, sync=False)
    os.replace(half, root)


def _is_taken_away(root: Path) -> bool:
    """Take an empty folder away. Where that cannot be, because it holds something or is a place of its own (a volume),
    nothing else can take its place."""
    try:
        root.rmdir()
    except OSError:
        return False
    return True


@contextmanager
def _seldom_swept() -> Iterator[None]:
    """Python looks for garbage seldom: ten thousand pages are many objects, and hardly one of them is garbage. Saves a
    fifteenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], GARBAGE), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
        dated = db.exec(select(Head.lines, Head.public_key).order_by(col(Head.id).desc()).limit(1)).first()
        if dated is not None and dated[1] != keys.public_hex(key):
            raise OtherKey(file=outlet.settings.at(outlet.settings.signing_key), key=dated[1])
        if lines > (dated[0] if dated else 0):
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
