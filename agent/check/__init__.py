"""What a careful editor would notice. Flags never publish and never veto.

    catalogue.py   every check there is: one file each
    frame.py       what a check is handed and gives back
    gathering.py   gathers that from the rows
    worker.py      runs checks in a process of its own (apart.py, serving.py), ended at its limit
    soundness.py   sees whether what they give back can be kept
    asked/         what somebody else is asked: a judge, by one policy each, and the servers that links name
    every.py       all of them by name and version, with what is asked of somebody else
    again.py       lets them look at old works again; changes.py says what changed
    scoring/       how good they are

What a check rests on stands in rooms beside it: reading/ for all, broken/ for degeneration, claims/ for company, named/
for people, form/ for markup, linked/ for links, quoted/ for quotations, credentials/ for secrets, particulars/ for
personal data.

A new check is a new file beside these and one name in the catalogue.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, select

from agent import noise
from agent.check import worker
from agent.check.catalogue import CHECKS
from agent.check.frame import Check, Finding, Looked, Named, Subject
from agent.check.gathering import subject_of
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.render import CONTROLS
from agent.tables import CheckRun, Flag, Piece, Revision, ShadowFlag

__all__ = ["CHECKS", "ERASED", "run_checks"]

ERASED = "its text was erased"


def run_checks(outlet: Outlet, revision_id: int, *, again: bool = False) -> None:
    """Run every check that has not looked at this revision in its present version, and store what each found.

    A check that breaks is stored as "not checked" and stops no other; `again` lets those that did not really look try
    once more. Raises Unfaithful where the stored bytes are not those that were received.
    """
    with outlet.database.read() as db:
        revision = db.get_one(Revision, revision_id)
        author_id = db.get_one(Piece, revision.piece_id).author_id
        due = _due(outlet, db, revision_id, again=again)
        subject = subject_of(outlet, db, revision) if due else None
        loud = noise.noisy(db)
    if not due:
        return
    found = _looked(outlet, due, subject)
    # All at once, so that nobody can give a verdict between the first check and the last.
    with outlet.database.write(author_id) as db:
        if is_erased(db, db.get_one(Revision, revision_id)):
            # Meanwhile: what was found would quote it.
            found = {name: Looked(fault=ERASED) for name in found}
        for check in _due(outlet, db, revision_id, again=again):
            if (looked := found.get(check.NAME)) is not None:
                text, is_noisy = subject.text if subject else "", (check.NAME, check.VERSION) in loud
                store(outlet, db, check, looked, revision_id=revision_id, text=text, is_noisy=is_noisy)
    for check in due:
        _log(outlet, revision_id, check, found[check.NAME])


def store(
    outlet: Outlet, db: Session, check: Named, looked: Looked, *, revision_id: int, text: str, is_noisy: bool = False
) -> CheckRun:
    """Keep what came of one look at a text: a run, and a flag for each finding. A noisy check speaks more quietly."""
    shadow = check.NAME in outlet.settings.checks.shadow
    run = CheckRun(
        revision_id=revision_id,
        check=check.NAME,
        version=check.VERSION,
        fault=looked.fault,
        seconds=looked.seconds,
        shadow=shadow,
        at=outlet.now(),
    )
    db.add(run)
    db.flush()
    for finding in looked.findings:
        facts, level = _facts(run, finding, text), noise.QUIETER[finding.level]
        if is_noisy and not shadow and level is not finding.level:
            facts |= {"level": level, "said": finding.level}
        db.add(ShadowFlag(**facts) if shadow else Flag(**facts))
    return run


def _looked(outlet: Outlet, checks: Sequence[Check], subject: Subject | None) -> Mapping[str, Looked]:
    if subject is None:
        return {check.NAME: Looked(fault=ERASED) for check in checks}
    done = worker.look([check.check for check in checks], subject, seconds=outlet.settings.checks.seconds)
    return {check.NAME: looked for check, looked in zip(checks, done, strict=True)}


def _due(outlet: Outlet, db: Session, revision_id: int, *, again: bool) -> list[Check]:
    """The checks that have something left to do: a shadow's look is none, once it is to be seen."""
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision_id)).all()
    shadow = outlet.settings.checks.shadow
    done = {
        (run.check, run.version)
        for run in runs
        if not (again and run.fault and run.fault != ERASED) and (not run.shadow or run.check in shadow)
    }
    return [check for check in CHECKS if (check.NAME, check.VERSION) not in done]


def _log(outlet: Outlet, revision_id: int, check: Check, looked: Looked) -> None:
    facts = {"revision": revision_id, "check": check.NAME}
    if looked.fault:
        outlet.log.warning("not checked", action="not_checked", reason=looked.fault, **facts)
    else:
        outlet.log.info("checked", action="checked", flags=len(looked.findings), **facts)


def _facts(run: CheckRun, found: Finding, text: str) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "revision_id": run.revision_id,
        "check": run.check,
        "level": found.level,
        "category": found.category,
        "start": found.start,
        "end": found.end,
        # PostgreSQL keeps no zero character; the span says which characters these really are.
        "quote": CONTROLS.sub("\ufffd", text[found.start : found.end]),
        "why": found.why,
        "ground": found.ground,
        "evidence": {name: CONTROLS.sub("\ufffd", words) for name, words in found.evidence.items() if words},
    }
