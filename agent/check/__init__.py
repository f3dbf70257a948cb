"""What a careful editor would notice. Flags never publish and never veto.

    frame.py         what a check is handed and gives back
    markup.py        what the renderer kept from readers
    degeneration.py  loops, broken-off texts, stray turns of a chat; loops.py does the counting

A new check is a new file beside these and one name in CHECKS.
"""

import traceback
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session, select

from agent.check import degeneration, markup
from agent.check.frame import Check, Finding, Subject
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.record import record_of, text_of
from agent.render import CONTROLS, Removed, Rendered, render, renderer
from agent.tables import CheckRun, Flag, Piece, Rendering, Revision

CHECKS: Sequence[Check] = (markup, degeneration)

ERASED = "its text was erased"


def run_checks(outlet: Outlet, revision_id: int) -> None:
    """Run every check that has not looked at this revision in its present version, and store what each found.

    A check that breaks is stored as "not checked" and stops no other. Raises Unfaithful where the
    stored bytes are not those that were received.
    """
    with outlet.database.read() as db:
        revision = db.get_one(Revision, revision_id)
        subject, author_id = _subject(db, revision), db.get_one(Piece, revision.piece_id).author_id
        done = _done(db, revision_id)
    looked = [
        (check, *(look(check, subject) if subject else ([], ERASED)))
        for check in CHECKS
        if (check.NAME, check.VERSION) not in done
    ]
    # All at once, so that nobody can give a verdict between the first check and the last.
    with outlet.database.write(author_id) as db:
        done = _done(db, revision_id)
        if is_erased(db, db.get_one(Revision, revision_id)):
            # Meanwhile: what was found would quote it.
            looked = [(check, [], ERASED) for check, _, _ in looked]
        for check, findings, fault in looked:
            if (check.NAME, check.VERSION) not in done:
                run = _store(db, outlet, revision_id, check, fault)
                db.add_all(_flag(run, found, subject.text if subject else "") for found in findings)
    for check, findings, fault in looked:
        facts = {"revision": revision_id, "check": check.NAME}
        if fault:
            outlet.log.warning("not checked", action="not_checked", reason=fault, **facts)
        else:
            outlet.log.info("checked", action="checked", flags=len(findings), **facts)


def look(check: Check, subject: Subject) -> tuple[list[Finding], str]:
    """Return what the check found, and an empty reason; or nothing, and why it did not really look."""
    try:
        findings = check.check(subject)
    except Exception as fault:  # A broken check must not hide, and must not keep the others from looking.
        # Not the fault's own words: they may quote the text.
        where = traceback.extract_tb(fault.__traceback__)[-1]
        return [], f"it broke ({type(fault).__name__} at {Path(where.filename).name}:{where.lineno})"
    length = len(subject.text)
    for found in findings:
        if not (0 <= found.start < found.end <= length or found.start == found.end == length == 0):
            return [], f"it pointed at characters {found.start} to {found.end} of a text that has {length}"
    return findings, ""


def _subject(db: Session, revision: Revision) -> Subject | None:
    """The revision as checks see it; None where it was erased."""
    text, record = text_of(db, revision), record_of(db, revision)
    if text is None or record is None:
        return None
    kept = db.get(Rendering, (revision.text_sha256, renderer()))
    rendered = Rendered(kept.html, tuple(Removed(**part) for part in kept.removed)) if kept else render(text)
    return Subject(text, record.title, revision.stop_reason, rendered, revision.with_form)


def _done(db: Session, revision_id: int) -> set[tuple[str, str]]:
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision_id))
    return {(run.check, run.version) for run in runs}


def _store(db: Session, outlet: Outlet, revision_id: int, check: Check, fault: str) -> CheckRun:
    run = CheckRun(revision_id=revision_id, check=check.NAME, version=check.VERSION, fault=fault, at=outlet.now())
    db.add(run)
    db.flush()
    return run


def _flag(run: CheckRun, found: Finding, text: str) -> Flag:
    return Flag(
        run_id=run.id,
        revision_id=run.revision_id,
        check=run.check,
        level=found.level,
        category=found.category,
        start=found.start,
        end=found.end,
        # PostgreSQL keeps no zero character; the span says which characters these really are.
        quote=CONTROLS.sub("\ufffd", text[found.start : found.end]),
        why=found.why,
    )
