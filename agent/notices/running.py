"""What waits for those who keep the outlet running: wishes, authors that cannot be called, budgets, checks, staff."""

from sqlmodel import Session, col, select

from agent.check import ERASED
from agent.notices.judge import is_of_the_judge
from agent.notices.kind import Kind, has, named, shortened
from agent.notices.matter import ADMINISTRATORS, KEEPERS, REVIEWERS, Matter
from agent.outlet import Outlet
from agent.queries import own_pause_of
from agent.standstill import HELD_BACK, is_stuck
from agent.tables import (
    Appointment,
    AuditEvent,
    Author,
    CheckRun,
    Pause,
    Revision,
    User,
    Want,
    Wish,
    WishAnswer,
)

CAPS = tuple(f"max_{kind}_per_{span}" for kind in ("cost", "tokens") for span in ("session", "day", "month"))
FOR_SOMEBODY = ("No API key", "its price is unknown")
"""So reasons begin that no time mends."""


def _wish(outlet: Outlet, db: Session, wish_id: int) -> Matter | None:
    wish = db.get(Wish, wish_id)
    if wish is None or has(db, select(WishAnswer.id).where(WishAnswer.wish_id == wish_id)):
        return None
    byline = db.get_one(Author, wish.author_id).byline
    what = "A question" if wish.want is Want.WORD else f"A wish for a {wish.want.value}"
    return Matter(
        f"wish:{wish_id}",
        f"{what} of {byline} waits for an answer",
        "The answer that you give is read by the author with its next invitation.",
        "wishes",
        wish.at,
        REVIEWERS | KEEPERS,
    )


def _lapsed(outlet: Outlet, db: Session, pause_id: int) -> Matter | None:
    """An author that the outlet paused by itself: its endpoint knows it no more, or does not let it be called."""
    pause = db.get(Pause, pause_id)
    if pause is None or pause.author_id is None:
        return None
    holds = own_pause_of(db, pause.author_id)
    if holds is None or holds.id != pause_id:
        return None
    author = db.get_one(Author, pause.author_id)
    return Matter(
        f"lapsed:{pause_id}",
        f"{author.byline} cannot be called, and is paused",
        f"{shortened(pause.reason)}\n\nNothing is lost: its invitation is unspent. Its endpoint is asked again each "
        "day, and once it answers, the author goes on by itself.",
        f"authors/{author.slug}",
        pause.at,
        KEEPERS,
    )


def _held(outlet: Outlet, db: Session, event_id: int) -> Matter | None:
    """A slot that waits for money, or for a fault of ours to be mended."""
    event = db.get(AuditEvent, event_id)
    slug = event.subject.rpartition(" of ")[2] if event is not None else ""
    if event is None or not any(author.name == slug for author in outlet.settings.authors):
        return None
    byline, cap = outlet.settings.author(slug).byline, event.reason.split(" ", 1)[0]
    place = f"authors/{slug}"
    if cap in CAPS:
        span = "%Y-%m-%d" if cap.endswith("_day") else "%Y-%m"
        subject = f"A budget is reached: {byline} waits"
        words = f"{shortened(event.reason)}\n\nNo call is made until then, and nothing is lost."
        return Matter(f"budget:{slug}:{cap}:{event.at:{span}}", subject, words, place, event.at, KEEPERS)
    if not is_stuck(event.reason) and not event.reason.startswith(FOR_SOMEBODY):
        return None  # It passes by itself, or somebody wished it so.
    words = f"{shortened(event.reason)}\n\nOnce that is mended, it goes on by itself."
    return Matter(f"held:{event_id}", f"{byline} waits for somebody", words, place, event.at, KEEPERS)


def _check(outlet: Outlet, db: Session, run_id: int) -> Matter | None:
    """A check that could not look; told once a day for each."""
    run = db.get(CheckRun, run_id)
    if run is None or run.fault in ("", ERASED) or is_of_the_judge(run.fault):
        return None
    piece = db.get_one(Revision, run.revision_id).piece_id
    return Matter(
        f"check:{run.check}:{run.version}:{run.at:%Y-%m-%d}",
        f'The check "{run.check}" does not look',
        f"It could not look at {named(db, piece)}: {shortened(run.fault)} Further ones of today are not told. What "
        "it did not look at is shown as not checked, never as clear.",
        f"revisions/{run.revision_id}",
        run.at,
        KEEPERS,
    )


def _appointment(outlet: Outlet, db: Session, appointment_id: int) -> Matter | None:
    made = db.get(Appointment, appointment_id)
    if made is None:
        return None
    name = db.get_one(User, made.user_id).name
    roles = ", ".join(made.roles) or "no role any more"
    return Matter(
        f"staff:{appointment_id}",
        f"{name}: {roles}",
        f"{made.actor} has said what {name} may do from now on: {roles}.",
        "users",
        made.at,
        ADMINISTRATORS,
        frozenset({made.actor}),
    )


KINDS = (
    Kind("wish", REVIEWERS | KEEPERS, Wish.id, Wish.at, lambda: select(Wish.id), _wish),
    Kind(
        "lapsed",
        KEEPERS,
        Pause.id,
        Pause.at,
        lambda: select(Pause.id).where(col(Pause.paused), Pause.actor == "outlet"),
        _lapsed,
    ),
    Kind(
        "held",
        KEEPERS,
        AuditEvent.id,
        AuditEvent.at,
        lambda: select(AuditEvent.id).where(AuditEvent.action == HELD_BACK),
        _held,
    ),
    Kind(
        "check",
        KEEPERS,
        CheckRun.id,
        CheckRun.at,
        lambda: select(CheckRun.id).where(CheckRun.fault != "", CheckRun.fault != ERASED),
        _check,
    ),
    Kind("staff", ADMINISTRATORS, Appointment.id, Appointment.at, lambda: select(Appointment.id), _appointment),
)
