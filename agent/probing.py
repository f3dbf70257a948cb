"""Once a day, the endpoint of each author that the outlet itself paused is asked whether it answers again.

The outlet paused, so the outlet may resume: the slot that waits is then taken up by itself. What a person paused is
never lifted here. Nothing is paid for a question, and each author is asked by one process alone, once a day, however
often these start: each asking is claimed by a row first.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from sqlmodel import Session, col, select

from agent.errors import NoCredit, in_short
from agent.outlet import Outlet
from agent.queries import author_called, own_pause_of
from agent.tables import AuditEvent, Author, Pause

LOOK_SECONDS = 300.0
"""How often it is looked whether somebody is to be asked about; how often each is asked is a matter of EVERY."""
EVERY = timedelta(days=1)
PROBING, PROBED, RETURNED = "probing", "probed", "returned"


class Answer(Protocol):
    """What an endpoint answered, in words, and whether that shows that it can be called."""

    @property
    def words(self) -> str: ...
    @property
    def is_sure(self) -> bool: ...


def probe(outlet: Outlet, ask: Callable[[str], Answer], *, stopped: Callable[[], bool] = lambda: False) -> list[str]:
    """Ask about every author that is due, by its slug, and resume those that answer; return their slugs. `ask`
    raises where the endpoint does not answer as it should. Once it is `stopped`, no further one is asked."""
    returned = []
    for settings in outlet.settings.authors:
        if not stopped() and (pause := _claimed(outlet, settings.name)) is not None:
            words, is_sure = _asked(ask, settings.name)
            if _kept(outlet, settings.name, pause, words, is_sure=is_sure):
                returned.append(settings.name)
    return returned


def last_asked(db: Session, slug: str, pause: Pause) -> AuditEvent | None:
    """What came of the last asking since an author was paused."""
    said = select(AuditEvent).where(AuditEvent.action == PROBED, AuditEvent.subject == _subject(slug))
    return db.exec(said.where(col(AuditEvent.at) >= pause.at).order_by(col(AuditEvent.id).desc())).first()


def _claimed(outlet: Outlet, slug: str) -> Pause | None:
    """The pause that is to be asked about now, claimed for this process; None where it is not to be."""
    with outlet.database.read() as db:
        if _due(outlet, db, slug) is None:
            return None
    with outlet.database.write() as db:
        pause = _due(outlet, db, slug)
        if pause is not None:
            db.add(_event(outlet, PROBING, slug, "its endpoint is asked whether it answers again"))
        return pause


def _due(outlet: Outlet, db: Session, slug: str) -> Pause | None:
    """The outlet's own pause of an author that is a day old, or was last asked about a day ago. While everyone is
    paused, nothing is asked of the world."""
    author = author_called(db, slug)
    if author is None or own_pause_of(db, None) is not None or (pause := _own(db, author)) is None:
        return None
    claims = select(AuditEvent.at).where(AuditEvent.action == PROBING, AuditEvent.subject == _subject(slug))
    last = db.exec(claims.order_by(col(AuditEvent.id).desc())).first()
    since = max(pause.at, last) if last is not None else pause.at
    return pause if since <= outlet.now() - EVERY else None


def _own(db: Session, author: Author) -> Pause | None:
    """The pause of an author that holds now, where the outlet alone has paused it since it was last resumed."""
    pause = own_pause_of(db, author.id)
    rows = db.exec(select(Pause).where(Pause.author_id == author.id).order_by(col(Pause.id).desc()))
    for row in rows:
        if not row.paused:
            break
        if row.actor != "outlet":
            return None  # A person paused it, too: what came after that does not lift it.
    return pause


def _asked(ask: Callable[[str], Answer], slug: str) -> tuple[str, bool]:
    try:
        answer = ask(slug)
    except Exception as error:  # Whatever it is, the author stays paused, and the next one is asked.
        return in_short(error), False
    return (answer.words, True) if answer.is_sure else (f"perhaps lapsed: {answer.words}", False)


def _kept(outlet: Outlet, slug: str, pause: Pause, words: str, *, is_sure: bool) -> bool:
    """Keep what was answered, and resume the author where that is sure and nobody else changed the pause since."""
    with outlet.database.write() as db:
        author = author_called(db, slug)
        now_holds = _own(db, author) if author is not None else None
        is_back = is_sure and now_holds is not None and now_holds.id == pause.id
        if is_back:
            reason = words + _of_credit(pause)
            db.add(Pause(author_id=pause.author_id, paused=False, actor="outlet", reason=reason, at=outlet.now()))
        db.add(_event(outlet, RETURNED if is_back else PROBED, slug, words))
    say = outlet.log.info if is_back else outlet.log.warning
    say("asked again", action=RETURNED if is_back else PROBED, author=slug, reason=words)
    return is_back


def _of_credit(pause: Pause) -> str:
    """No question that is free shows whether there is credit."""
    return "; whether there is credit again, its next call shows" if NoCredit.SAYS in pause.reason else ""


def _event(outlet: Outlet, action: str, slug: str, reason: str) -> AuditEvent:
    return AuditEvent(actor="outlet", action=action, subject=_subject(slug), reason=reason, at=outlet.now())


def _subject(slug: str) -> str:
    return f"author {slug}"
