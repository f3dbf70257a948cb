"""The verbs in their order, as durable workflows. This page is the product's story.

Workflows take ids only; each step first looks for its own row, so that it may be taken again at any point. No
workflow waits for a person: a sitting ends at check. What people decide stands in rows, and `sweep` turns rows
without work into work.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlmodel import Session, col, func, select

from agent import archive, check, fingerprints, invite, likeness, standstill, write
from agent.check.asked import asking
from agent.errors import AfterwordError, in_short
from agent.notices import building, sending, telling
from agent.outlet import Engine, Outlet
from agent.publish import delivery, edition
from agent.queries import is_erased, pause_of, rest_of, today_of
from agent.record import text_of
from agent.render import Rendered, render, render_many, renderer
from agent.review import actions, standing
from agent.tables import (
    Author,
    Blob,
    Cancellation,
    CheckRun,
    Docket,
    Edition,
    Invitation,
    OpenSlot,
    Rendering,
    Revision,
    Slot,
    WritingSession,
)
from agent.write import OVER, Held, Then, hindrance, usage

SITTING = "sitting.v1"
RECEIVE = "receive.v1"
PUBLISH = "publish.v1"
DELIVER = "deliver.v1"
TELL = "tell.v1"
JUDGE = "judge.v1"
PATIENCE_SECONDS = 60.0
NAP_SECONDS = 10.0
"""So often a sitting that waits looks whether somebody stopped it."""
REST = timedelta(seconds=60)
CLEAR_AGAIN = timedelta(hours=1)
ASK_PAUSES = (10.0, 60.0, 240.0)
"""Seconds before each further try to get an answer of the judge's. After the last it is "not checked"."""
LONGEST_ASK_PAUSE = 900.0
JUDGE_PARTS = 4
"""Works stand in so many lines before the judge; of each line one is asked about at a time."""
NIGHT = 3
"""From this hour on (UTC), once a day, what the judge did not answer is asked again."""


TRIES = 5
"""So often a step before a sitting is tried, a minute apart, before its slot is put aside and staff are told."""
STUCK_REST = timedelta(minutes=15)

AT_ONCE = 200
"""So many works are drawn anew in one transaction."""
LATE = 100
"""A work may become visible after others with greater ids; never after so many."""

T = TypeVar("T")


class Stuck(Exception):
    """A step fails again and again; the message says which, and why."""


@dataclass(frozen=True)
class Rest:
    """A sitting is left alone: until when, and why; or until so much may be used."""

    until: datetime
    reason: str
    needs: usage.Amount | None = None


class Pipeline:
    """The workflows of one outlet on one engine."""

    def __init__(self, outlet: Outlet, engine: Engine) -> None:
        self.outlet = outlet
        self.engine = engine
        self.workflows: dict[str, Callable[..., None]] = {
            SITTING: self.sitting,
            RECEIVE: self.receive,
            PUBLISH: self.publish,
            DELIVER: self.deliver,
            TELL: self.tell,
            JUDGE: self.judge,
        }
        self.held_back: dict[int, str] = {}
        """Slots that wait, and why, in words."""
        self._untold: list[standstill.Wait] = []
        self._said: dict[int, str] = {}
        """The kind of reason that the log gave last, by slot."""
        self._works: dict[int, str] = {}
        self._rests: dict[int, Rest] = {}
        """Sittings that were held, by slot."""
        self._done_to = 0
        """Works up to this id were found drawn and looked at: newer programs come with a new process."""
        self._likened_to = 0
        """Works up to this id have the sketch by which texts like them are found."""
        self._printed_to = fingerprints.Reached()
        """Works and entries up to these ids have the fingerprints by which copied passages are found."""
        self._found_to = 0
        """Works up to this id stand in the index of words."""
        self._asked_to = 0
        """Of the works that wait for people, everything was asked about those up to this id."""
        self._asked_as: list[tuple[str, str]] = []
        """What was asked of them, and in which version."""
        self._asked_again_on: date | None = None
        self._teller = telling.Teller(outlet)
        self._newest_edition: str | None = None
        self._clears_at: datetime | None = None

    def sitting(self, slot_id: int) -> None:
        """From a due slot to what came of it: a work, checked and waiting for people, or an author's no."""
        try:
            if self._patiently(_is_paused, slot_id, tries=TRIES):
                return  # Since the sweep, somebody paused or the author went to rest: the sweep takes it up.
            invitation = self._patiently(invite.invite, slot_id, tries=TRIES)
            session = self._patiently(write.open_session, invitation, tries=TRIES)
        except Stuck as stuck:
            self._rests[slot_id] = Rest(self.outlet.now() + STUCK_REST, str(stuck))
            return
        while (then := self._turn(session)) != OVER:
            if isinstance(then, Held):
                # The sweep takes it up again.
                self._rests[slot_id] = Rest(self.outlet.now() + REST, then.reason, then.needs)
                return
            if then:
                self.engine.sleep(min(then, NAP_SECONDS))
        self._patiently(receive, session)

    def receive(self, session_id: int) -> None:
        """What a sitting does last, for a sitting that was cut off before it."""
        self._patiently(receive, session_id)

    def publish(self) -> None:
        """From rows to the public site and its proof."""
        self._patiently(actions.reinstate)
        self._patiently(actions.carry_out)
        self._patiently(_build, self._done_to)

    def deliver(self, target: str) -> None:
        """From the public folder to one more place."""
        self._patiently(_deliver, target)

    def tell(self, way: str) -> None:
        """From rows to staff, by one way of telling them. What cannot be sent is asked for again by the sweep."""
        try:
            while self.engine.step(sending.send_next, self.outlet, way) is not None:
                pass
        except SQLAlchemyError as fault:
            self._say_that_it_waits(sending.send_next, way, fault)

    def judge(self, revision_id: int, since: str = "") -> None:
        """From a work that the checks have looked at to what the judge says of it. What it did not answer before the
        moment `since` is asked once more. Nothing else waits for this."""
        again = datetime.fromisoformat(since) if since else None
        for pause in (*ASK_PAUSES, None):
            wait: float | None = 0.0
            while wait == 0.0:
                try:
                    wait = self._patiently(asking.ask_next, revision_id, again, pause is None, tries=TRIES)
                except Stuck:
                    return  # The sweep asks for it again.
            if wait is None or pause is None:
                return
            self.engine.sleep(min(max(wait, pause), LONGEST_ASK_PAUSE))

    def sweep(self) -> None:
        """Turn rows without work into work. Runs every few seconds, beside desk and command line."""
        actions.reinstate(self.outlet)
        _heed(self.outlet)
        actions.carry_out(self.outlet)
        self._clear()
        self._ask()
        self._likened_to = likeness.catch_up(self.outlet, self._likened_to)
        self._printed_to = fingerprints.catch_up(self.outlet, self._printed_to)
        self._found_to = archive.catch_up(self.outlet, self._found_to)
        with self.outlet.database.read() as db:
            sittings = self._sittings(db)
            behind, newest_work = (
                _behind(self.outlet, db, self._done_to),
                db.exec(select(func.max(Revision.id))).one() or 0,
            )
            current, newest = edition.is_current(self.outlet, db), edition.newest(db)
            work_of_edition = f"publish:{newest.id if newest else 0}:{edition.state_of(self.outlet, db)}"
            due = delivery.due(self.outlet, db) if current and newest is not None else {}
        self._tell()
        for author, slot in sittings:
            work = f"sitting:{author.slug}:{slot.name}"
            self._works[slot.id] = self.engine.enqueue(SITTING, work, slot.id, queue="sitting", partition=author.slug)
        if not behind.sessions:
            self._done_to = max(self._done_to, newest_work - LATE)
        for session_id in behind.sessions:
            self.engine.enqueue(RECEIVE, f"receive:{session_id}", session_id, queue="edition", partition="receive")
        if not current or edition.is_unfinished(self.outlet):
            self._newest_edition = self.engine.enqueue(PUBLISH, work_of_edition, queue="edition", partition="publish")
        for target, times in due.items():
            work = f"deliver:{target}:{newest.id if newest else 0}:{times}"
            self.engine.enqueue(DELIVER, work, target, queue="delivery", partition=target)
        for way, work in self._to_tell():
            self.engine.enqueue(TELL, work, way, queue="telling", partition=way)

    def _ask(self) -> None:
        """Lay before the judge what it has not seen, and at night what it did not answer. Where there is none, that is
        written down here and now. That something stands in its way holds up no other work."""
        try:
            for revision_id in self._to_ask():
                if asking.refuse(self.outlet, revision_id):
                    self._enqueue_judge(revision_id)
            for revision_id in self._to_ask_again():
                self._enqueue_judge(revision_id, self.outlet.now().isoformat())
        except Exception as fault:
            self._say_that_it_waits(asking.waiting, fault)

    def _enqueue_judge(self, revision_id: int, *since: str) -> None:
        part = str(revision_id % JUDGE_PARTS)
        self.engine.enqueue(JUDGE, f"judge:{revision_id}", revision_id, *since, queue="judging", partition=part)

    def _to_ask(self) -> list[int]:
        asked_as = [(each.NAME, each.VERSION) for each in asking.asking(self.outlet)]
        if asked_as != self._asked_as:
            self._asked_as, self._asked_to = asked_as, 0
        with self.outlet.database.read() as db:
            newest_work = db.exec(select(func.max(Revision.id))).one() or 0
            found = asking.waiting(self.outlet, db, self._asked_to)
        if not found:
            self._asked_to = max(self._asked_to, newest_work - LATE)
        return found

    def _to_ask_again(self) -> list[int]:
        now = self.outlet.now()
        if self.outlet.judge is None or now.hour < NIGHT or self._asked_again_on == now.date():
            return []
        self._asked_again_on = now.date()
        with self.outlet.database.read() as db:
            return asking.unanswered(self.outlet, db)

    def _to_tell(self) -> list[sending.Due]:
        """What staff are to be told now. That something stands in its way holds up no other work."""
        if not self.outlet.channels:
            return []
        try:
            self._teller.look()
            with self.outlet.database.read() as db:
                return sending.due(self.outlet, db)
        except Exception as fault:
            self._say_that_it_waits(sending.due, fault)
            return []

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
        self._tell()
        return self.held_back.get(slot_id)

    def bring_out(self) -> None:
        """Publish the state of the rows in this process, and wait until it is out."""
        self.sweep()
        if self._newest_edition is not None:
            self.engine.wait(self._newest_edition)
        with self.outlet.database.read() as db:
            due = delivery.due(self.outlet, db)
        for target in due:
            self.deliver(target)

    def _sittings(self, db: Session) -> list[tuple[Author, Slot]]:
        """The slots that wait for a sitting and whose author may be called."""
        left = list(db.exec(select(OpenSlot.slot_id)))
        rows = db.exec(
            select(Slot, Author, WritingSession.id, Cancellation.id)
            .select_from(Slot)
            .join(Author, col(Author.id) == Slot.author_id)
            .join(Invitation, col(Invitation.slot_id) == Slot.id, isouter=True)
            .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
            .join(Cancellation, col(Cancellation.session_id) == WritingSession.id, isouter=True)
            .where(col(Slot.id).in_(left), col(WritingSession.outcome).is_(None))
            .order_by(col(Slot.due_at))
        )
        able: list[tuple[Author, Slot]] = []
        begin: Counter[int] = Counter()
        spent: dict[int, str] = {}
        """By author: why a sitting that goes on can make no further call. None is begun beside it."""
        for slot, author, session_id, cancelled in rows:
            more = 0 if session_id else begin[author.id] + 1
            # To end what somebody stopped takes no call, so nothing stands in its way.
            reason = None if cancelled else self._hindrance(db, author, slot.id, session_id, more)
            if reason is None and more and author.id in spent:
                reason = spent[author.id]
            if reason is None:
                begin[author.id] = max(begin[author.id], more)
                able.append((author, slot))
                self.held_back.pop(slot.id, None)
                continue
            if session_id and (rest := self._rests.get(slot.id)) is not None and rest.needs is not None:
                spent[author.id] = reason
            if (before := self.held_back.get(slot.id)) != reason:
                self.held_back[slot.id] = reason
                if before is None or standstill.kind_of(before) != standstill.kind_of(reason):
                    self._untold.append(standstill.Wait(slot.id, author.slug, reason))
        return able

    def _tell(self) -> None:
        """Tell staff which slots wait, and why: each kind of reason once, not with every amount in it."""
        if not self._untold:
            return
        standstill.tell(self.outlet, self._untold)
        for slot, author, reason in self._untold:
            if self._said.get(slot) != (kind := standstill.kind_of(reason)):
                self._said[slot] = kind
                self.outlet.log.warning("slot waits", action="held_back", author=author, slot=slot, reason=reason)
        self._untold.clear()

    def _hindrance(self, db: Session, author: Author, slot_id: int, session_id: int | None, more: int) -> str | None:
        """Why a sitting may not be held now, in words; None where it may."""
        now = self.outlet.now()
        reason = hindrance(self.outlet, db, author, session_id=session_id, more=more)
        if (rest := self._rests.get(slot_id)) is None or reason is not None:
            return reason
        if rest.needs is not None:
            reason = usage.over_caps(db, self.outlet.settings, author, now, rest.needs, session_id=session_id)
        elif rest.until > now:
            reason = rest.reason
        if reason is None:
            del self._rests[slot_id]
        return reason

    def _turn(self, session_id: int) -> Then:
        """The next thing in a session. A passing fault of ours (a full disk, a lost database) is waited
        out like a crash; any other ends the session, in words."""
        try:
            return self.engine.step(take_turn, self.outlet, session_id)
        except Exception as fault:
            if not _passes(fault):
                self._patiently(write.fail, session_id, f"our own fault: {in_short(fault)}")
                return OVER
            self._say_that_it_waits(take_turn, session_id, fault)
            return PATIENCE_SECONDS

    def _patiently(self, verb: Callable[..., T], *ids: Any, tries: int | None = None) -> T:
        """Do a step that costs nothing, again and again, until what stands in its way is mended. Raises Stuck after so
        many `tries`, or where no further one could help."""
        for done in count(1):
            try:
                return self.engine.step(verb, self.outlet, *ids)
            except Exception as fault:
                self._say_that_it_waits(verb, *ids, fault)
                if tries is not None and (done >= tries or not _passes(fault)):
                    raise Stuck(standstill.stuck(_name(verb), in_short(fault))) from fault
                self.engine.sleep(PATIENCE_SECONDS)
        raise AssertionError("there is no last number")

    def _say_that_it_waits(self, verb: Callable[..., Any], *ids: Any) -> None:
        *about, fault = ids
        reason = in_short(fault)
        if verb is _build:
            with suppress(SQLAlchemyError):
                building.note(self.outlet, reason)
        self.outlet.log.warning("a step waits", action="step_waits", step=_name(verb), ids=about, reason=reason)


def _name(verb: Callable[..., Any]) -> str:
    return verb.__name__.strip("_")


def _passes(fault: Exception) -> bool:
    """Whether a fault may be gone the next time: a full disk, a lost database. What a row may not hold stays so."""
    if isinstance(fault, AfterwordError):
        return not fault.permanent
    return isinstance(fault, SQLAlchemyError | OSError) and not isinstance(fault, DataError | ProgrammingError)


def take_turn(outlet: Outlet, session_id: int) -> Then:
    """The next thing in a session; what its author asked about its own standing takes effect at once."""
    then = write.take_turn(outlet, session_id)
    if not then or then == OVER:
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
        author_id = db.get_one(WritingSession, session_id).author_id
        drawn = {revision.id for revision, _ in texts if _is_drawn(db, revision)}
        unsettled = set(db.exec(select(Revision.id).where(Revision.session_id == session_id, _is_to_be_checked())))
    fingerprints.take_in(outlet, author_id, session_id, texts)
    for revision, text in texts:
        if text is not None and revision.id not in drawn:
            _keep_rendering(outlet, author_id, revision, render(text))
        if text is not None:
            likeness.take_in(outlet, author_id, revision, text)
            archive.take_in(outlet, author_id, revision)
        if revision.id in unsettled:
            check.run_checks(outlet, revision.id)


def _is_paused(outlet: Outlet, slot_id: int) -> bool:
    """Whether a sitting has to wait: somebody paused, or its author went to rest before it began."""
    with outlet.database.read() as db:
        author_id = db.get_one(Slot, slot_id).author_id
        stopped = select(Cancellation.id).join(WritingSession).join(Invitation)
        if db.exec(stopped.where(Invitation.slot_id == slot_id)).first() is not None:
            return False  # What is left is to end it.
        if pause_of(db, author_id) is not None:
            return True
        if rest_of(db, author_id, today_of(db, author_id, outlet.now())) is None:
            return False
        begun = select(WritingSession.id).join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        return db.exec(begun.where(Invitation.slot_id == slot_id)).first() is None


def _keep_rendering(outlet: Outlet, author_id: int, revision: Revision, rendered: Rendered) -> None:
    with outlet.database.write(author_id) as db:
        _keep(outlet, db, revision, rendered)


def _keep(outlet: Outlet, db: Session, revision: Revision, rendered: Rendered) -> None:
    if is_erased(db, revision) or _is_drawn(db, revision):
        return  # Since it was read.
    # Two authors may have written the same, and be here at the same moment.
    with suppress(IntegrityError), db.begin_nested():
        db.add(
            Rendering(
                text_sha256=revision.text_sha256,
                renderer=renderer(),
                html=rendered.html,
                removed=[{"what": part.what, "quote": part.quote} for part in rendered.removed],
                language=rendered.language,
                direction=rendered.direction,
                words=rendered.words,
                opening=list(rendered.opening),
                plain=rendered.plain,
                at=outlet.now(),
            )
        )


def _is_drawn(db: Session, revision: Revision) -> bool:
    return db.get(Rendering, (revision.text_sha256, renderer())) is not None


def _redraw(outlet: Outlet, sessions: Collection[int]) -> None:
    """Render what these sessions submitted and this renderer did not draw yet: all of it, after an upgrade."""
    waiting: deque[Revision] = deque()

    def texts() -> Iterator[str]:
        for some in _batches(sessions):
            with outlet.database.read() as db:
                submitted = db.exec(select(Revision).where(col(Revision.session_id).in_(some))).all()
                found = [(revision, text_of(db, revision)) for revision in submitted if not _is_drawn(db, revision)]
            for revision, text in found:
                if text is not None:
                    waiting.append(revision)
                    yield text

    drawn = render_many(texts())
    while some := list(islice(drawn, AT_ONCE)):
        with outlet.database.write() as db:
            for rendered in some:
                _keep(outlet, db, waiting.popleft(), rendered)


@dataclass(frozen=True)
class Behind:
    """Sessions with something left to do: whose work this renderer did not draw, or not each check looked at as it is
    now, while it waits for people."""

    drawing: list[int]
    looking: list[int]

    @property
    def sessions(self) -> list[int]:
        """All of them."""
        return sorted({*self.drawing, *self.looking})


def _behind(outlet: Outlet, db: Session, since: int = 0) -> Behind:
    """What is left to do of the works with a greater id than `since`. A look in shadow is none, once it is to be
    seen."""
    drawn = select(Rendering.text_sha256).where(
        Rendering.text_sha256 == Revision.text_sha256, Rendering.renderer == renderer()
    )
    works = select(Revision.session_id).where(col(Revision.id) > since).order_by(col(Revision.id))
    is_there = select(Blob.id).where(Blob.id == Revision.text_blob_id, col(Blob.data).is_not(None))
    looking: set[int] = set()
    for looker in check.CHECKS:
        looked = select(CheckRun.id).where(
            CheckRun.revision_id == Revision.id, CheckRun.check == looker.NAME, CheckRun.version == looker.VERSION
        )
        if looker.NAME not in outlet.settings.checks.shadow:
            looked = looked.where(~col(CheckRun.shadow))
        looking |= set(db.exec(works.where(~looked.exists(), _is_to_be_checked())))
    drawing = db.exec(works.where(~drawn.exists(), is_there.exists()))
    return Behind(sorted(set(drawing)), sorted(looking))


def _is_to_be_checked() -> ColumnElement[bool]:
    """In a query over revisions: it waits for people, or no check has looked at it at all. What is decided is looked
    at again by a newer check when somebody asks for that: `afterword check --again`."""
    waits = select(Docket.revision_id).where(Docket.revision_id == Revision.id)
    looked = select(CheckRun.id).where(CheckRun.revision_id == Revision.id)
    return waits.exists() | ~looked.exists()


def _batches(sessions: Collection[int]) -> Iterator[list[int]]:
    ordered = list(sessions)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def build(outlet: Outlet, *, since: int = 0, full: bool = False, extras: bool = True) -> Edition:
    """Build the site from the rows, once these are up to it: what an author asked for a moment ago is in this
    edition, and a text that an older version of the renderer drew is drawn anew. Without `extras`, the second step is
    left for the next build; `full` makes everything anew. Works up to the id `since` are drawn and checked."""
    _heed(outlet)
    with outlet.database.read() as db:
        behind = _behind(outlet, db, since)
    _redraw(outlet, behind.drawing)
    for session_id in behind.looking:
        receive(outlet, session_id)
    # After the checks: what a new one says may ask for a second reviewer.
    actions.carry_out(outlet)
    return edition.build(outlet, full=full, extras=extras)


def _build(outlet: Outlet, since: int) -> int:
    return build(outlet, since=since).id


def _deliver(outlet: Outlet, target: str) -> None:
    """One try: what goes wrong at the target stands in rows, and the sweep asks for the next."""
    with outlet.database.read() as db:
        newest = edition.newest(db)
    if newest is not None:
        delivery.deliver(outlet, newest.manifest_sha256, names=[target])
