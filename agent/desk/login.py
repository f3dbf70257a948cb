"""Sign-in and sign-out, and the one dependency that keeps every other route closed."""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from agent.desk.pages import Here, count, error_page, page
from agent.outlet import Outlet
from agent.queries import own_pause_of
from agent.staff import SESSION_LASTS, begin_session, end_session, is_form_token, is_password, roles_of, user_of
from agent.staff import form_token as form_token_of
from agent.tables import AuditEvent, StaffRole, User

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 5
FAILURES_PER_ADDRESS = 30
FAILED = "sign_in_failed"
FIELDS_AT_MOST = 400
NEXT = re.compile(r"/(?!session|static|links)[a-z][a-z0-9/-]{0,200}", re.ASCII)
WRONG = "Name and password do not go together. A password is set with: afterword users password NAME"

router = APIRouter()
leaving = APIRouter()


class NotSignedIn(Exception):
    """Nobody is signed in with this request."""


@dataclass(frozen=True)
class Staff:
    """Who is signed in, what they may do, and what their forms carry."""

    id: int
    name: str
    form_token: str
    roles: frozenset[StaffRole]
    calm: bool = False

    def may(self, *roles: StaffRole) -> bool:
        """Whether they hold one of these roles."""
        return not self.roles.isdisjoint(roles)


class Gate:
    """Lets one sign-in after another be decided: so failures are counted truly, and the memory that
    one argon2 hash takes (64 MB) is taken once. Names that nobody has are kept only as a keyed hash:
    people type passwords into the wrong field."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.key = secrets.token_bytes(32)
        is_password(None, "")  # The comparison for nobody is made ready, or the first one would take longer.

    def subject(self, name: str, user: User | None) -> str:
        """What stands on record for a name that was tried."""
        return user.name if user else f"no such name {hmac.new(self.key, name.encode(), sha256).hexdigest()[:16]}"


async def fields(request: Request) -> dict[str, str]:
    """The fields of a form, each once, with line breaks as they are in texts. Files are not taken."""
    form = await request.form(max_files=0, max_fields=FIELDS_AT_MOST)
    return {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(fields)]


def signed_in(request: Request, outlet: Here) -> Staff:
    """Who asks. Raises NotSignedIn; someone who holds no role any more is nobody."""
    token = _token(request)
    with outlet.database.read() as db:
        user = user_of(db, token, outlet.now()) if token else None
        roles = roles_of(db, outlet.settings, user.name) if user else frozenset()
        # Every page says so while everyone is stopped.
        request.state.stopped = own_pause_of(db, None) if roles else None
    if user is None or not roles:
        raise NotSignedIn
    staff = Staff(user.id, user.name, form_token_of(token), roles, user.calm)
    request.state.staff = staff
    return staff


Who = Annotated[Staff, Depends(signed_in)]
"""Anyone of the staff."""


def holding(*roles: StaffRole) -> Callable[[Staff], Staff]:
    """A dependency that lets only those through who hold one of these roles."""

    def holds(who: Who) -> Staff:
        if not who.may(*roles):
            raise HTTPException(403, f"This is for {' or '.join(f'{role.value}s' for role in roles)} alone.")
        return who

    return holds


Reviewer = Annotated[Staff, Depends(holding(StaffRole.REVIEWER))]
Keeper = Annotated[Staff, Depends(holding(StaffRole.OPERATOR, StaffRole.ADMINISTRATOR))]
"""Who keeps the outlet running."""
Administrator = Annotated[Staff, Depends(holding(StaffRole.ADMINISTRATOR))]


def form(request: Request, who: Who, given: Fields) -> dict[str, str]:
    """The fields of a form that came from a page of this session; anything else is refused."""
    if not is_form_token(given.pop("form_token", ""), _token(request)):
        raise HTTPException(403, "This form is not from your session. Open the page again and repeat it.")
    return given


Form = Annotated[dict[str, str], Depends(form)]


@router.get("/session")
def sign_in_page(request: Request, outlet: Here) -> Response:
    """Show the sign-in form."""
    return page(request, "session.html", name="", refusal="", next=_next(request.query_params.get("next", "")))


@router.post("/session")
def sign_in(request: Request, outlet: Here, given: Fields) -> Response:
    """Begin a session, with a new token."""
    name, after = given.get("name", "").strip(), _next(given.get("next", ""))
    gate: Gate = request.app.state.gate
    with gate.lock:
        token, refusal, again = _admit(request, outlet, gate, name, given.get("password", ""))
    if not token:
        shown = page(request, "session.html", status=429 if again else 403, name=name, refusal=refusal, next=after)
        if again:
            shown.headers["retry-after"] = str(again)
        return shown
    response = RedirectResponse(after, 303)
    response.set_cookie(
        _cookie(request),
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@leaving.post("/session/end")
def sign_out(request: Request, outlet: Here, _: Form) -> Response:
    """End this session."""
    with outlet.database.write() as db:
        end_session(db, _token(request))
    response = RedirectResponse("/session", 303)
    response.delete_cookie(_cookie(request), secure=request.url.scheme == "https", httponly=True, samesite="strict")
    return response


async def ask_to_sign_in(request: Request, _: Exception) -> Response:
    """Send a reader to the sign-in form; tell a writer that nothing was stored."""
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(f"/session?{urlencode({'next': _next(request.url.path)})}", 303)
    words = "Your session has ended, so nothing was stored. Go back, copy what you wrote, and sign in again."
    return error_page(request, 401, words)


def _admit(request: Request, outlet: Outlet, gate: Gate, name: str, password: str) -> tuple[str, str, int]:
    """A new token; or why not, and after how many seconds it may be tried again (0: at once)."""
    address, now = request.client.host if request.client else "unknown", outlet.now()
    with outlet.database.read() as db:
        user = db.exec(select(User).where(User.name == name)).first()
        subject = gate.subject(name, user)
        again = max(
            wait(_failures(db, now, subject=subject), FAILURES_PER_NAME, now),
            wait(_failures(db, now, actor=address), FAILURES_PER_ADDRESS, now),
        )
    if again:
        minutes = count(-(-again // 60), "minute")
        return "", f"There were too many failed sign-ins. Try again in {minutes}.", again
    # The password is looked at even where it cannot help, so that every answer takes as long.
    is_right = is_password(user.password_hash if user else None, password)
    with outlet.database.write() as db:
        token = ""
        is_staff = user is not None and bool(roles_of(db, outlet.settings, user.name))
        if user is not None and is_right and is_staff:
            token = begin_session(db, user, now, instead_of=_token(request))
        db.add(AuditEvent(actor=address, action="signed_in" if token else FAILED, subject=subject, at=now))
    outlet.log.info("sign-in", action="signed_in" if token else FAILED, subject=subject)
    return token, "" if token else WRONG, 0


def wait(failures: list[datetime], allowed: int, now: datetime) -> int:
    """Seconds until another sign-in is let through, given the failures of the last WINDOW, newest first."""
    if len(failures) < allowed:
        return 0
    return max(1, int((failures[allowed - 1] + WINDOW - now).total_seconds()))


def _failures(db: Session, now: datetime, *, subject: str = "", actor: str = "") -> list[datetime]:
    whose = AuditEvent.subject == subject if subject else AuditEvent.actor == actor
    rows = select(AuditEvent.at).where(AuditEvent.action == FAILED, col(AuditEvent.at) > now - WINDOW, whose)
    return list(db.exec(rows.order_by(col(AuditEvent.at).desc())))


def _cookie(request: Request) -> str:
    # With this prefix a browser takes the cookie only from this very host, over https.
    return "__Host-desk" if request.url.scheme == "https" else "desk"


def _token(request: Request) -> str:
    return request.cookies.get(_cookie(request), "")


def _next(path: str) -> str:
    """Where to go after signing in: one of our own pages, or the queue."""
    return path if NEXT.fullmatch(path) else "/queue"
