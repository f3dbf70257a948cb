"""The verbs in their order, as durable workflows. This page is the product's story.

Workflows take and return ids only; each step first looks for its own row. No workflow waits for a
person: a sitting ends at check. What people decide stands in rows, and `sweep` turns rows without
work into work.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from agent import check, invite, write
from agent.errors import AfterwordError, StepFailed, in_short
from agent.outlet import Engine, Outlet
from agent.publish import edition
from agent.queries import is_erased, pause_of, rest_of, today_of
from agent.record import text_of
from agent.render import Rendered, render, renderer
from agent.review import actions, standing
from agent.tables import Author, Blob, CheckRun, Edition, Invitation, Rendering, Revision, Slot, WritingSession
from agent.write import HELD, OVER, usage

SITTING = "sitting.v1"
RECEIVE = "receive.v1"
PUBLISH = "publish.v1"
PATIENCE_SECONDS = 60.0
REST = timedelta(seconds=60)
CLEAR_AGAIN = timedelta(hours=1)


class Pipeline:
    """The workflows of one outlet on one engine."""

    def __init__(self, outlet: Outlet, engine: Engine) -> None:
        self.outlet = outlet
        self.engine = engine
        self.workflows: dict[str, Callable[..., None]] = {
            SITTING: self.sitting,
            RECEIVE: self.receive,
            PUBLISH: self.publish,
        }
        self.held_back: dict[int, str] = {}
        """Slots that wait, and why, in words."""
        self._works: dict[int, str] = {}
        self._rests: dict[int, datetime] = {}
        self._newest_edition: str | None = None
        self._clears_at: datetime | None = None

    def sitting(self, slot_id: int) -> None:
        """From a due slot to what came of it: a work, checked and waiting for people, or an author's no."""
        if self._patiently(_is_paused, slot_id):
            return  # Somebody paused, or the author went to rest, between the sweep and this: the sweep takes it up.
        invitation = self._patiently(invite.invite, slot_id)
        session = self._patiently(write.open_session, invitation)
        while (then := self._turn(session)) not in (OVER, HELD):
            if then:
                self.engine.sleep(float(then))
        if then == OVER:
            self._patiently(receive, session)
        else:
            # It may not go on for the time being. The sweep takes it up again after a rest.
            self._rests[slot_id] = self.outlet.now() + REST

    def receive(self, session_id: int) -> None:
        """What a sitting does last, for a sitting that was cut off before it."""
        self._patiently(receive, session_id)

    def publish(self) -> None:
        """From rows to the public site and its proof."""
        self._patiently(actions.reinstate)
        self._patiently(_build)

    def sweep(self) -> None:
        """Turn rows without work into work. Runs every few seconds, beside desk and command line."""
        actions.reinstate(self.outlet)
        _heed(self.outlet)
        self._clear()
        with self.outlet.database.read() as db:
            sittings = self._sittings(db)
            orphans = _orphans(db)
            current, newest = edition.is_current(self.outlet, db), edition.newest(db)
            work_of_edition = f"publish:{newest.id if newest else 0}:{edition.state_of(self.outlet, db)}"
        for author, slot in sittings:
            work = f"sitting:{author.slug}:{slot.name}"
            self._works[slot.id] = self.engine.enqueue(SITTING, work, slot.id, queue="sitting", partition=author.slug)
        for session_id in orphans:
            self.engine.enqueue(RECEIVE, f"receive:{session_id}", session_id, queue="edition", partition="receive")
        if not current:
            self._newest_edition = self.engine.enqueue(PUBLISH, work_of_edition, queue="edition", partition="publish")

    def _clear(self) -> None:
        """What the database could not forget after an erasure is tried again, and now and then once more."""
        now = self.outlet.now()
        with self.outlet.database.read() as db:
            left = actions.what_is_left(db)
        if left is None:
            self._clears_at = None
        elif self._clears_at is None or self._clears_at <= now:
            self._clears_at = now + CLEAR_AGAIN
            actions.clear(self.outlet)

    def sit(self, slot_id: int) -> str | None:
        """Hold the sitting of one slot in this process, to its end. Returns why it has to wait, or None."""
        self.sweep()
        if (reason := self.held_back.get(slot_id)) is not None:
            return reason
        self.engine.wait(self._works[slot_id])
        with self.outlet.database.read() as db:
            self._sittings(db)
        return self.held_back.get(slot_id)

    def bring_out(self) -> None:
        """Publish the state of the rows in this process, and wait until it is out."""
        self.sweep()
        if self._newest_edition is not None:
            self.engine.wait(self._newest_edition)

    def _sittings(self, db: Session) -> list[tuple[Author, Slot]]:
        """The slots that wait for a sitting and whose author may be called."""
        rows = db.exec(
            select(Slot, Author, WritingSession.id)
            .select_from(Slot)
            .join(Author, col(Author.id) == Slot.author_id)
            .join(Invitation, col(Invitation.slot_id) == Slot.id, isouter=True)
            .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
            .where(col(WritingSession.outcome).is_(None))
            .order_by(col(Slot.due_at))
        )
        able: list[tuple[Author, Slot]] = []
        begin: Counter[int] = Counter()
        for slot, author, session_id in rows:
            more = 0 if session_id else begin[author.id] + 1
            reason = self._hindrance(db, author, more)
            if reason is None and self._rests.get(slot.id, self.outlet.now()) > self.outlet.now():
                reason = "it was held back a moment ago"
            if reason is None:
                begin[author.id] = max(begin[author.id], more)
                able.append((author, slot))
                self.held_back.pop(slot.id, None)
            elif self.held_back.get(slot.id) != reason:
                self.held_back[slot.id] = reason
                self.outlet.log.warning(
                    "slot waits", action="held_back", author=author.slug, slot=slot.id, reason=reason
                )
        return able

    def _hindrance(self, db: Session, author: Author, more: int) -> str | None:
        """Why the author may not be called now, in words; None where it may. `more` is how many
        sessions would begin, this one included."""
        if (pause := pause_of(db, author.id)) is not None:
            return f"paused by {pause.actor}: {pause.reason}"
        # A sitting that is going on is not broken off by the rest that its author asks for in it.
        if more and (rest := rest_of(db, author.id, today_of(db, author.id, self.outlet.now()))) is not None:
            return f"{author.byline} wished not to be invited before {rest.until}"
        try:
            settings = self.outlet.settings.author(author.slug)
            if not settings.profile.local:
                _ = settings.api_key
        except AfterwordError as error:
            return str(error)
        now = self.outlet.now()
        return usage.over_sessions(db, self.outlet.settings, author, now, more=more) or usage.over_cost(
            db, self.outlet.settings, author, now, usage.least(settings.profile)
        )

    def _turn(self, session_id: int) -> float | str:
        """The next thing in a session. A passing fault of ours (a full disk, a lost database) is waited
        out like a crash; any other ends the session, in words."""
        try:
            then: float | str = self._do(take_turn, session_id)
        except StepFailed as fault:
            if not fault.passing:
                self._patiently(write.fail, session_id, f"our own fault: {fault}")
                return OVER
            self._say_that_it_waits("take_turn", [session_id], fault)
            return PATIENCE_SECONDS
        return then

    def _do(self, verb: Callable[..., Any], *ids: Any) -> Any:
        """One step. What goes wrong in it is a value to the engine, which keeps all that it is given,
        and gives the same again when the work is taken up."""
        done = self.engine.step(verb.__name__.strip("_"), partial(_tried, verb, self.outlet), *ids)
        if "fault" in done:
            raise StepFailed(reason=done["fault"], passing=done["passing"])
        return done["value"]

    def _patiently(self, verb: Callable[..., Any], *ids: Any) -> Any:
        """Do a step that costs nothing, again and again, until what stands in its way is mended."""
        while True:
            try:
                return self._do(verb, *ids)
            except StepFailed as fault:
                self._say_that_it_waits(verb.__name__.strip("_"), list(ids), fault)
                self.engine.sleep(PATIENCE_SECONDS)

    def _say_that_it_waits(self, step: str, ids: list[Any], fault: StepFailed) -> None:
        self.outlet.log.warning("a step waits", action="step_waits", step=step, ids=ids, reason=str(fault))


def _tried(verb: Callable[..., Any], outlet: Outlet, *ids: Any) -> dict[str, Any]:
    try:
        return {"value": verb(outlet, *ids)}
    except Exception as fault:
        passing = (
            not fault.permanent if isinstance(fault, AfterwordError) else isinstance(fault, SQLAlchemyError | OSError)
        )
        return {"fault": in_short(fault), "passing": passing}


def take_turn(outlet: Outlet, session_id: int) -> float | str:
    """The next thing in a session; what its author asked about its own standing takes effect at once."""
    then: float | str = write.take_turn(outlet, session_id)
    _heed(outlet)
    return then


def _heed(outlet: Outlet) -> None:
    """What stands in its way is no fault of the sitting, nor of any other work: it is tried again and again."""
    try:
        standing.heed(outlet)
    except Exception as fault:
        outlet.log.warning("requests wait", action="step_waits", step="heed", reason=in_short(fault))


def receive(outlet: Outlet, session_id: int) -> None:
    """Render what a session submitted, once, and let the checks look at it."""
    with outlet.database.read() as db:
        submitted = db.exec(select(Revision).where(Revision.session_id == session_id).order_by(col(Revision.id)))
        texts = [(revision, text_of(db, revision)) for revision in submitted]
    for revision, text in texts:
        if text is not None:
            _keep_rendering(outlet, revision, render(text))
        check.run_checks(outlet, revision.id)


def _is_paused(outlet: Outlet, slot_id: int) -> bool:
    """Whether a sitting has to wait: somebody paused, or its author went to rest before it began."""
    with outlet.database.read() as db:
        author_id = db.get_one(Slot, slot_id).author_id
        if pause_of(db, author_id) is not None:
            return True
        if rest_of(db, author_id, today_of(db, author_id, outlet.now())) is None:
            return False
        begun = select(WritingSession.id).join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        return db.exec(begun.where(Invitation.slot_id == slot_id)).first() is None


def _keep_rendering(outlet: Outlet, revision: Revision, rendered: Rendered) -> None:
    with outlet.database.write() as db:
        if is_erased(db, revision):
            return  # Since it was read.
        if db.get(Rendering, (revision.text_sha256, renderer())) is None:
            db.add(
                Rendering(
                    text_sha256=revision.text_sha256,
                    renderer=renderer(),
                    html=rendered.html,
                    removed=[{"what": part.what, "quote": part.quote} for part in rendered.removed],
                    at=outlet.now(),
                )
            )


def _orphans(db: Session) -> list[int]:
    """Sessions whose work was not rendered by this renderer, or not looked at by each check as it is now."""
    sessions: set[int] = set()
    texts = select(Blob.id).where(col(Blob.data).is_not(None))
    drawn = select(Rendering.text_sha256).where(Rendering.renderer == renderer())
    sessions |= set(
        db.exec(
            select(Revision.session_id).where(
                col(Revision.text_blob_id).in_(texts), col(Revision.text_sha256).not_in(drawn)
            )
        )
    )
    for looker in check.CHECKS:
        looked = select(CheckRun.revision_id).where(CheckRun.check == looker.NAME, CheckRun.version == looker.VERSION)
        sessions |= set(db.exec(select(Revision.session_id).where(col(Revision.id).not_in(looked))))
    return sorted(sessions)


def build(outlet: Outlet) -> Edition:
    """Build the site from the rows, once these are up to it: what an author asked for a moment ago is in this
    edition, and a text that an older version of the renderer drew is drawn anew."""
    _heed(outlet)
    with outlet.database.read() as db:
        behind = _orphans(db)
    for session_id in behind:
        receive(outlet, session_id)
    return edition.build(outlet)


def _build(outlet: Outlet) -> int:
    return build(outlet).id
