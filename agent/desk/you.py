"""One's own sessions, password, second factor, tokens and manner of reading."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from agent.desk.door import cookies
from agent.desk.door.login import Form, Staff, Who, attempt_of, gate_of, wait_in_words
from agent.desk.pages import Here, Id, page
from agent.errors import Refused
from agent.notices.listeners import choose
from agent.outlet import Outlet
from agent.staff import begin_session, codes, end_session, people, sessions_of, tokens
from agent.staff.admission import Admitted, attempted
from agent.staff.devices import new_device
from agent.staff.passwords import PASSWORD_AT_LEAST, PASSWORD_AT_MOST, must_be_good, set_password
from agent.tables import DeskSession, Hears, User

T = TypeVar("T")
WRONG = "That is not your password."
WRONG_WITH_CODE = "That is not your password; or the code is not of this moment, or was used already."
HEARS = {
    Hears.AT_ONCE.value: "At once, and once a day what still waits",
    Hears.DIGEST.value: "Once a day what waits",
    Hears.NOTHING.value: "Nothing",
}
"""What each way to be told is called."""
JUST = timedelta(minutes=10)
LONG_AGO = "You came in by your company's directory a while ago. Sign out, come in anew, and do it within ten minutes."
TWICE = "The two passwords differ. Type the same one twice."

router = APIRouter()
SessionId = Annotated[str, InPath(pattern="^[0-9a-f]{64}$")]


@router.get("/you")
def show(request: Request, outlet: Here, who: Who) -> Response:
    """Show what somebody is signed in with, and what is theirs to choose."""
    return _page(request, outlet, who, stored=request.query_params.get("stored", ""))


@router.post("/you/password")
def password(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """A new password; every other session ends, and this one has a new token."""
    new, now = given.get("new", ""), outlet.now()

    def change(db: Session, user: User) -> Admitted:
        set_password(db, user.name, new, now, actor=user.name)
        where = {"address": attempt_of(request, "", "").address, "browser": request.headers.get("user-agent", "")}
        return Admitted(begin_session(db, user, now, **where), new_device(user))

    if new != given.get("again", ""):
        return _page(request, outlet, who, status=409, refusal=TWICE, at="password")
    return _if_really(request, outlet, who, given, then=change, at="password", first=lambda: must_be_good(new))


@router.post("/you/calm")
def calm(outlet: Here, who: Who, given: Form) -> Response:
    """The calm manner, on or off."""
    with outlet.database.write() as db:
        user = db.get_one(User, who.id)
        user.calm = bool(given.get("calm"))
        db.add(user)
    return RedirectResponse("/you?stored=calm", 303)


@router.post("/you/notices")
def notices(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """How one likes to be told of what waits."""
    try:
        choose(outlet, who.name, given.get("hears", ""))
    except Refused as no:
        return _page(request, outlet, who, status=409, refusal=str(no), at="notices")
    return RedirectResponse("/you?stored=notices", 303)


@router.get("/you/second-factor.svg")
def drawing(request: Request, outlet: Here, who: Who) -> Response:
    """The secret that is offered, as a QR code; there is none once one holds."""
    with outlet.database.read() as db:
        user = db.get_one(User, who.id)
    if user.totp_secret or not user.password_hash:
        raise HTTPException(404)
    address = codes.address_of(codes.offered_secret(user, who.session), user.name, outlet.settings.title)
    policy = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}
    return Response(codes.drawing(address), media_type="image/svg+xml", headers=policy)


@router.post("/you/second-factor")
def turn_on(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """Ask for a code at each sign-in from now on, confirmed with one."""

    def confirm(db: Session, user: User) -> None:
        codes.turn_on(db, user, codes.offered_secret(user, who.session), given.get("code", ""), outlet.now())

    return _if_really(request, outlet, who, given, then=confirm, at="second-factor")


@router.post("/you/second-factor/end")
def turn_off(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """Ask for no code any more."""

    def end(db: Session, user: User) -> None:
        codes.turn_off(db, user, outlet.now(), actor=user.name)

    return _if_really(request, outlet, who, given, then=end, at="second-factor-end")


@router.post("/you/sessions/{session_id}/end")
def end(request: Request, outlet: Here, who: Who, session_id: SessionId, _: Form) -> Response:
    """Sign one of one's own browsers out."""
    if session_id == who.session:
        with outlet.database.write() as db:
            end_session(db, cookies.carried(request, cookies.SESSION))
        response = RedirectResponse("/session", 303)
        cookies.forget(request, response, cookies.SESSION)
        return response
    with outlet.database.write() as db:
        user = db.get_one(User, who.id)
        people.revoke_sessions(db, user, outlet.now(), actor=who.name, only=session_id)
    return RedirectResponse("/you?stored=session", 303)


@router.post("/you/sessions/end")
def end_others(outlet: Here, who: Who, _: Form) -> Response:
    """Sign out everywhere but here."""
    with outlet.database.write() as db:
        people.revoke_sessions(db, db.get_one(User, who.id), outlet.now(), actor=who.name, but=who.session)
    return RedirectResponse("/you?stored=session", 303)


@router.post("/you/tokens")
def token(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """A token for a program of one's own, shown this once. It outlives the session, so that a session is not enough."""
    made = ""

    def make(db: Session, user: User) -> None:
        nonlocal made
        made = tokens.new_token(db, user, given.get("name", ""), outlet.now(), ends_at=_end_of(given.get("until", "")))

    answer = _if_really(request, outlet, who, given, then=make, at="token", by_directory=True)
    return _page(request, outlet, who, status=201, token=made, stored="token") if made else answer


@router.post("/you/tokens/{token_id}/end")
def revoke(request: Request, outlet: Here, who: Who, token_id: Id, _: Form) -> Response:
    """A token works no more."""
    try:
        with outlet.database.write() as db:
            tokens.revoke(db, db.get_one(User, who.id), token_id, outlet.now(), actor=who.name)
    except Refused as no:
        return _page(request, outlet, who, status=409, refusal=str(no))
    return RedirectResponse("/you?stored=token-end", 303)


def _if_really(
    request: Request,
    outlet: Outlet,
    who: Staff,
    given: dict[str, str],
    *,
    then: Callable[[Session, User], T],
    at: str,
    first: Callable[[], None] = lambda: None,
    by_directory: bool = False,
) -> Response:
    """Do something that takes one's own password. Its failures are counted for this session alone. With
    `by_directory`, whoever has no password has come in not long ago instead."""
    with outlet.database.read() as db:
        user = db.get_one(User, who.id)
        began_at = db.get_one(DeskSession, who.session).began_at
    has_codes, is_vouched = user.totp_secret is not None, False
    if by_directory and user.password_hash is None:
        if outlet.now() - began_at > JUST:
            return _page(request, outlet, who, status=409, refusal=LONG_AGO, at=at, given=given)
        is_vouched = True
    name, code = who.name, given.get("code", "") if has_codes else ""
    attempt = attempt_of(request, name, given.get("password", ""), code, counted_as=f"session {who.session[:16]}")
    try:
        first()
        gate = gate_of(request)
        answer = attempted(outlet, gate, attempt, lambda db, user: (then(db, user),), is_vouched=is_vouched)
    except Refused as no:
        return _page(request, outlet, who, status=409, refusal=str(no), at=at, given=given)
    if answer.done is None:
        refusal = wait_in_words(answer) or (WRONG_WITH_CODE if has_codes else WRONG)
        status = 429 if answer.again else 409
        return _page(request, outlet, who, status=status, refusal=refusal, at=at, given=given)
    response: Response = RedirectResponse(f"/you?stored={at}", 303)
    came = answer.done[0]
    return cookies.let_in(request, response, came) if isinstance(came, Admitted) else response


def _page(request: Request, outlet: Outlet, who: Staff, *, status: int = 200, **facts: Any) -> Response:
    """One's own page. `at` names the form that was refused."""
    now = outlet.now()
    with outlet.database.read() as db:
        user = db.get_one(User, who.id)
        member = people.member(db, outlet.settings, user, now)
        sessions, mine = sessions_of(db, who.id, now), tokens.tokens_of(db, who.id)
    offered = codes.offered_secret(user, who.session) if user.password_hash and not user.totp_secret else ""
    return page(
        request,
        "you.html",
        status=status,
        member=member,
        sessions=sessions,
        this=who.session,
        tokens=mine,
        has_password=user.password_hash is not None,
        calm=user.calm,
        hears=user.hears.value,
        ways=HEARS,
        offered=" ".join(offered[at : at + 4] for at in range(0, len(offered), 4)),
        at_least=PASSWORD_AT_LEAST,
        at_most=PASSWORD_AT_MOST,
        **({"refusal": "", "at": "", "stored": "", "token": "", "given": {}} | facts),
    )


def _end_of(day: str) -> datetime | None:
    """The end of a day, in UTC; none where none is named. Raises Refused."""
    if not day.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(day.strip()) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise Refused(reason="That is no day. Write it like 2027-03-31.") from None
