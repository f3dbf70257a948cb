"""Bringing the edition of the public folder to the targets, and knowing which of them lack it.

A target that fails keeps the edition before, and is tried again: after a minute, then two, four, up to a quarter of an
hour. What went wrong stands in rows, so that staff are told and a new process goes on where the last one was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlmodel import Session, col, select

from agent.errors import AfterwordError, TargetError, in_short
from agent.outlet import Brought, Outlet, Target
from agent.publish.manifest import MANIFEST
from agent.tables import AuditEvent, Delivery, Edition

FAILED = "delivery_failed"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
"""A text that was taken down must not stand elsewhere for longer than this for want of a try."""
NEWER_ONES = 2
"""So often one try begins again because the folder came to hold a newer edition."""


@dataclass(frozen=True)
class Trouble:
    """A target that could not be brought the newest edition: since when, how often, why at last, and when it is tried
    again."""

    target: str
    since: datetime
    times: int
    reason: str
    again_at: datetime


def label(target: Target) -> str:
    """What a target is called in rows: by its name and place, so that another place is another target."""
    return f"{target.name} ({target.place})"


def undelivered(outlet: Outlet, db: Session) -> list[str]:
    """The names of the targets that lack the newest edition."""
    edition = db.exec(select(Edition).order_by(col(Edition.id).desc()).limit(1)).first()
    if edition is None:
        return []
    return [target.name for target in outlet.targets if _held(db, target) != edition.manifest_sha256]


def due(outlet: Outlet, db: Session) -> dict[str, int]:
    """Those of them that may be tried now, none that failed a moment ago: name -> how often it has failed so far."""
    failed = {trouble.target: trouble for trouble in troubles(outlet, db)}
    tries = {name: failed[name].times if name in failed else 0 for name in undelivered(outlet, db)}
    return {name: times for name, times in tries.items() if not times or failed[name].again_at <= outlet.now()}


def troubles(outlet: Outlet, db: Session) -> list[Trouble]:
    """What is wrong with targets that lack the newest edition."""
    lacking = set(undelivered(outlet, db))
    found = []
    for target in outlet.targets:
        if target.name in lacking and (failures := _failures(db, target)):
            last = failures[-1]
            wait = min(FIRST_WAIT * 2 ** min(len(failures) - 1, 10), LONGEST_WAIT)
            found.append(Trouble(target.name, failures[0].at, len(failures), last.reason, last.at + wait))
    return found


def deliver(outlet: Outlet, manifest_sha256: str, *, names: Sequence[str] | None = None) -> dict[str, str]:
    """Bring what the public folder holds to each target that lacks the edition of this manifest, or to those of them
    that are named. What goes wrong is logged, kept for staff and returned, in words by target; it is not raised."""
    failed = {}
    for target in outlet.targets:
        with outlet.database.read() as db:
            is_there = _held(db, target) == manifest_sha256
        if is_there or (names is not None and target.name not in names):
            continue
        if (reason := _deliver(outlet, target)) is not None:
            failed[target.name] = reason
    return failed


def _deliver(outlet: Outlet, target: Target) -> str | None:
    """Bring it to one target, unless another process is at it. Returns why it failed."""
    settings = outlet.settings
    own = settings.folder / "targets"
    try:
        own.mkdir(exist_ok=True)
        with FileLock(own / f"{target.name}.lock", timeout=0):
            brought = _bring(target, settings.at(settings.public))
    except Timeout:
        return None
    except (AfterwordError, OSError) as fault:
        reason = in_short(fault)
        with outlet.database.write() as db:
            db.add(AuditEvent(actor="outlet", action=FAILED, subject=label(target), reason=reason, at=outlet.now()))
        outlet.log.warning("a target lacks the edition", action=FAILED, target=target.name, reason=reason)
        return reason
    with outlet.database.write() as db:
        db.add(
            Delivery(
                target=label(target),
                manifest_sha256=brought.manifest_sha256,
                written=brought.written,
                removed=brought.removed,
                at=outlet.now(),
            )
        )
    outlet.log.info(
        "edition delivered",
        action="delivered",
        target=target.name,
        written=brought.written,
        removed=brought.removed,
    )
    return None


def _bring(target: Target, folder: Path) -> Brought:
    """Bring it what the folder holds. Where a build puts a newer edition there meanwhile, that one is brought."""
    for _ in range(NEWER_ONES):
        before = _manifest(folder)
        try:
            return target.bring(folder)
        except TargetError:
            if _manifest(folder) == before:
                raise
    return target.bring(folder)


def _manifest(folder: Path) -> bytes | None:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        return None


def _newest(db: Session, target: Target) -> Delivery | None:
    rows = select(Delivery).where(Delivery.target == label(target))
    return db.exec(rows.order_by(col(Delivery.id).desc()).limit(1)).first()


def _held(db: Session, target: Target) -> str | None:
    newest = _newest(db, target)
    return newest.manifest_sha256 if newest else None


def _failures(db: Session, target: Target) -> list[AuditEvent]:
    """The failures since it was last brought something, the latest last."""
    failures = select(AuditEvent).where(AuditEvent.action == FAILED, AuditEvent.subject == label(target))
    if (newest := _newest(db, target)) is not None:
        failures = failures.where(col(AuditEvent.at) > newest.at)
    return list(db.exec(failures.order_by(col(AuditEvent.id))))
