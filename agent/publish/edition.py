"""The edition: everything the site holds -> a signed manifest -> the difference -> files in place.

`build` can be called at any time and any number of times: the same rows give the same bytes, and
only what differs is touched. A crash in the middle is finished by the next call. One build of a
publication runs at a time on one machine, and what the ledger does not hold yet is never shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock, Timeout
from sqlmodel import Session, col, func, select

from agent import keys
from agent.errors import NotBuilt
from agent.outlet import Outlet, Target
from agent.publish import ledger
from agent.publish.pages import pages
from agent.publish.view import SiteView, site_view
from agent.record import canonical, sha256
from agent.render import renderer
from agent.tables import (
    Appeal,
    Assent,
    Author,
    CheckRun,
    Confirmation,
    Consent,
    Edition,
    Erasure,
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

MANIFEST = "manifest.json"
FORMAT = 2
"""As that of the ledger's lines: who knows one knows the other."""
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
    Erasure,
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
OWNED = ("assets/", "pieces/", "years/")
"""Folders that are the outlet's alone: what does not belong there goes, whoever left it. A text that a
build put there before it died, and that was withdrawn since, is in no manifest."""
HALF_WRITTEN = ".part"
ORDER = ("assets/", "pieces/")
"""What others link to is in place before them; the manifest comes last."""


@dataclass(frozen=True)
class Plan:
    """What has to change, in order."""

    write: list[str]
    remove: list[str]


def state_of(outlet: Outlet, db: Session) -> str:
    """A name for the state of everything the site shows: another state, another name."""
    counts = [db.exec(select(func.count()).select_from(table)).one() for table in TELLS]
    ended = db.exec(select(func.count()).where(col(WritingSession.outcome).is_not(None))).one()
    authors = [
        [author.slug, author.byline, author.model_id, str(author.retired_on or ""), author.stand_in]
        for author in db.exec(select(Author).order_by(col(Author.id)))
    ]
    settings = outlet.settings
    shown = [settings.title, settings.address, settings.language, settings.demo, renderer()]
    source = [_stamp(path) for path in (*sorted(outlet.site.rglob("*")), outlet.prompts.folder / "grounds.md")]
    return sha256(canonical([counts, ended, authors, shown, source]))


def is_current(outlet: Outlet, db: Session) -> bool:
    """Whether every target holds the newest edition, and that shows the rows as they are."""
    edition = newest(db)
    if edition is None or edition.state != state_of(outlet, db):
        return False
    try:
        return all(sha256(target.read(MANIFEST) or b"") == edition.manifest_sha256 for target in outlet.targets)
    except OSError:  # A target that cannot be read is a thing for the build to say.
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
    return db.exec(select(Edition).order_by(col(Edition.id).desc())).first()


def build(outlet: Outlet) -> Edition:
    """Bring the ledger and every target to the state of the rows, and return the edition.

    Raises Unfaithful, and NotBuilt where another build does not end or the rows do not come to rest.
    """
    key = outlet.signing_key()
    try:
        with FileLock(outlet.settings.folder / LOCK, timeout=LOCK_SECONDS):
            return _build(outlet, key)
    except Timeout:
        reason = f"another build has held {LOCK} for {LOCK_SECONDS:.0f} seconds"
        raise NotBuilt(reason=reason) from None


def _build(outlet: Outlet, key: Ed25519PrivateKey) -> Edition:
    state, view = _one_state(outlet, keys.public_hex(key))
    files = pages(view, outlet.site)
    files[MANIFEST] = manifest(files, view, key)
    wanted = {path: sha256(data) for path, data in files.items()}
    written = removed = 0
    for target in outlet.targets:
        changes = plan(_ours(target), target.hashes(), wanted)
        apply(target, changes, files)
        written, removed = written + len(changes.write), removed + len(changes.remove)
    with outlet.database.write() as db:
        edition = newest(db)
        # Also where files had to be put back: each row is a time at which something changed in public.
        same = edition is not None and (edition.state, edition.manifest_sha256) == (state, wanted[MANIFEST])
        if edition is None or not same or written or removed:
            edition = Edition(
                state=state,
                manifest_sha256=wanted[MANIFEST],
                files=len(files),
                written=written,
                removed=removed,
                at=outlet.now(),
            )
            db.add(edition)
    outlet.log.info("edition built", action="edition", files=len(files), written=written, removed=removed)
    return edition


def _one_state(outlet: Outlet, public_key: str) -> tuple[str, SiteView]:
    """What the site shows and the name of that state, all read in one transaction, in which the ledger
    holds every event. Raises NotBuilt where rows come faster than the ledger can take them."""
    for _ in range(ATTEMPTS):
        ledger.append(outlet)
        with outlet.database.read() as db:
            if ledger.is_whole(db):
                return state_of(outlet, db), site_view(outlet, db, public_key)
    raise NotBuilt(reason=f"{ATTEMPTS} times in a row something happened that the ledger did not hold yet")


def manifest(files: Mapping[str, bytes], view: SiteView, key: Ed25519PrivateKey) -> bytes:
    """Path -> SHA-256 of every other file, with the ledger's head, signed. The same files give the
    same bytes: there is no date in it."""
    body: dict[str, Any] = {
        "v": FORMAT,
        "files": {path: sha256(data) for path, data in files.items()},
        "ledger": {"lines": len(view.lines), "head": view.head},
        "renderer": view.renderer,
        "public_key": view.public_key,
    }
    signed = body | {"signature": key.sign(canonical(body)).hex()}
    return (json.dumps(signed, indent=1, sort_keys=True) + "\n").encode()


def plan(ours: set[str], present: Mapping[str, str], wanted: Mapping[str, str]) -> Plan:
    """The difference between what is there and what is wanted. Removed is what an earlier edition put
    there (`ours`), what was left half written, and whatever stands in a folder of the outlet; other
    files are let be."""
    write = [path for path, digest in wanted.items() if present.get(path) != digest]
    remove = [
        path
        for path in present
        if path not in wanted and (path in ours or path.startswith(OWNED) or path.endswith(HALF_WRITTEN))
    ]
    return Plan(write=sorted(write, key=_rank), remove=sorted(remove))


def apply(target: Target, changes: Plan, files: Mapping[str, bytes]) -> None:
    """Put the changes in place: pages before what links to them, the manifest last."""
    for path in changes.write:
        if path != MANIFEST:
            target.write(path, files[path])
    for path in changes.remove:
        target.remove(path)
    if MANIFEST in changes.write:
        target.write(MANIFEST, files[MANIFEST])


def _rank(path: str) -> tuple[int, str]:
    if path == "index.html":
        return len(ORDER) + 1, path
    return next((rank for rank, start in enumerate(ORDER) if path.startswith(start)), len(ORDER)), path


def _ours(target: Target) -> set[str]:
    """The files of the edition that is there. One that cannot be read gives nothing away to remove."""
    try:
        return set(json.loads(target.read(MANIFEST) or b"{}").get("files", {})) | {MANIFEST}
    except (ValueError, AttributeError):
        return {MANIFEST}
