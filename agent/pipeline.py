"""The verbs in their order, as durable workflows. This page is the product's story.

Workflows take and return ids only; each step first looks for its own row. No workflow waits for a
person: a sitting ends at check. What people decide stands in rows, and `sweep` turns rows without
work into work.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from agent import check, invite, write
from agent.errors import AfterwordError
from agent.outlet import Engine, Outlet
from agent.publish import edition, ledger
from agent.queries import pause_of
from agent.record import text_of
from agent.render import RENDERER, Rendered, render
from agent.review import actions
from agent.tables import Author, CheckRun, Invitation, Rendering, Revision, Slot, WritingSession
from agent.write import usage

SITTING = "sitting.v1"
RECEIVE = "receive.v1"
PUBLISH = "publish.v1"
PATIENCE_SECONDS = 60.0


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
        self._asked_for: set[str] = set()
        self._newest_work: str | None = None

    def sitting(self, slot_id: int) -> None:
        """From a due slot to what came of it: a work, checked and waiting for people, or an author's no."""
        invitation = self._patiently(invite.invite, slot_id)
        session = self._patiently(write.open_session, invitation)
        try:
            # One paid call a step, stored before anything acts on it.
            while (pause := self._do(write.take_turn, session)) is not None:
                if pause:
                    self.engine.sleep(pause)
        except Exception as fault:
            self._patiently(write.fail, session, f"our own fault: {type(fault).__name__}: {fault}")
        self._patiently(receive, session)

    def receive(self, session_id: int) -> None:
        """What a sitting does last, for a sitting that was cut off before it."""
        self._patiently(receive, session_id)

    def publish(self) -> None:
        """From rows to the public site and its proof."""
        self._patiently(actions.reinstate)
        self._patiently(ledger.append)
        self._patiently(_build)

    def sweep(self) -> None:
        """Turn rows without work into work. Runs every few seconds, beside desk and command line."""
        actions.reinstate(self.outlet)
        with self.outlet.database.read() as db:
            sittings = self._sittings(db)
            orphans = _orphans(db)
            state, newest = edition.state_of(self.outlet, db), edition.newest(db)
        for author, slot in sittings:
            self._ask_for(SITTING, _work(author, slot), slot.id, partition=author.slug)
        for session_id in orphans:
            self._ask_for(RECEIVE, f"receive:{session_id}", session_id, partition="receive")
        if newest is None or newest.state != state:
            self._newest_work = f"publish:{state}"
            self._ask_for(PUBLISH, self._newest_work, partition="publish")

    def sit(self, slot_id: int) -> str | None:
        """Hold the sitting of one slot in this process, to its end. Returns why it has to wait, or None."""
        self.sweep()
        if (reason := self.held_back.get(slot_id)) is not None:
            return reason
        with self.outlet.database.read() as db:
            slot = db.get_one(Slot, slot_id)
            author = db.get_one(Author, slot.author_id)
        self.engine.wait(_work(author, slot))
        return None

    def bring_out(self) -> None:
        """Publish the state of the rows in this process, and wait until it is out."""
        self.sweep()
        if self._newest_work is not None:
            self.engine.wait(self._newest_work)

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
        able = []
        for slot, author, session_id in rows:
            reason = None if session_id else self._hindrance(db, author)
            if reason is None:
                able.append((author, slot))
                self.held_back.pop(slot.id, None)
            elif self.held_back.get(slot.id) != reason:
                self.held_back[slot.id] = reason
                self.outlet.log.warning(
                    "slot waits", action="held_back", author=author.slug, slot=slot.id, reason=reason
                )
        return able

    def _hindrance(self, db: Session, author: Author) -> str | None:
        """Why no sitting may begin now, in words; None where one may."""
        if (pause := pause_of(db, author.id)) is not None:
            return f"paused by {pause.actor}: {pause.reason}"
        try:
            settings = self.outlet.settings.author(author.slug)
            if not settings.profile.local:
                _ = settings.api_key
        except AfterwordError as error:
            return str(error)
        now = self.outlet.now()
        return usage.over_sessions(db, self.outlet.settings, author, now) or usage.over_cost(
            db, self.outlet.settings, now, None
        )

    def _ask_for(self, workflow: str, work: str, *ids: int, partition: str) -> None:
        if work in self._asked_for:
            return
        self._asked_for.add(work)
        self.engine.enqueue(workflow, work, *ids, partition=partition)
        if self.engine.failed(work):
            self.outlet.log.warning("work ended with a fault and is not repeated", action="work_failed", work=work)

    def _do(self, verb: Callable[..., Any], *ids: Any) -> Any:
        return self.engine.step(verb.__name__.strip("_"), partial(verb, self.outlet), *ids)

    def _patiently(self, verb: Callable[..., Any], *ids: Any) -> Any:
        """Do a step that costs nothing, again and again, until what stands in its way is mended."""
        while True:
            try:
                return self._do(verb, *ids)
            except Exception as fault:
                reason = str(fault) if isinstance(fault, AfterwordError) else f"{type(fault).__name__}: {fault}"
                self.outlet.log.warning(
                    "a step waits", action="step_waits", step=verb.__name__, ids=list(ids), reason=reason
                )
                self.engine.sleep(PATIENCE_SECONDS)


def _work(author: Author, slot: Slot) -> str:
    return f"sitting:{author.slug}:{slot.name}"


def receive(outlet: Outlet, session_id: int) -> None:
    """Render what a session submitted, once, and let the checks look at it."""
    with outlet.database.read() as db:
        revision = db.exec(select(Revision).where(Revision.session_id == session_id)).first()
        text = text_of(db, revision) if revision else None
    if revision is None:
        return
    if text is not None:
        _keep_rendering(outlet, revision, render(text))
    check.run_checks(outlet, revision.id)


def _keep_rendering(outlet: Outlet, revision: Revision, rendered: Rendered) -> None:
    with outlet.database.write() as db:
        if db.get(Rendering, (revision.text_sha256, RENDERER)) is None:
            db.add(
                Rendering(
                    text_sha256=revision.text_sha256,
                    renderer=RENDERER,
                    html=rendered.html,
                    removed=[{"what": part.what, "quote": part.quote} for part in rendered.removed],
                    at=outlet.now(),
                )
            )


def _orphans(db: Session) -> list[int]:
    """Sessions whose work no check has looked at."""
    unchecked = select(Revision.session_id).join(CheckRun, col(CheckRun.revision_id) == Revision.id, isouter=True)
    return list(db.exec(unchecked.where(col(CheckRun.id).is_(None))))


def _build(outlet: Outlet) -> int:
    return edition.build(outlet).id
