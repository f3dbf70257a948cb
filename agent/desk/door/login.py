"""Sign-in and sign-out, and the one dependency that keeps every other route closed."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException as Unreadable

from agent.desk.door import cookies, own
from agent.desk.door.kept import written
from agent.desk.pages import Here, count, error_page, page
from agent.queries import own_pause_of
from agent.reasons import is_storable
from agent.staff import end_session, form_token, is_form_token, note_seen, roles_of, session_of
from agent.staff.admission import Answer, Attempt, Gate, sign_in
from agent.staff.browsers import was_just_seen
from agent.tables import StaffRole

FIELDS_AT_MOST = 400
NEXT = re.compile(r"/(?!(session|static|links|sign-on)(/|$))[a-z][a-z0-9/-]{0,200}", re.ASCII)
WRONG = (
    "Name and password do not go together; or you use codes, and this one is missing, wrong or used already. "
    "If you cannot get in, ask an administrator for a link."
)

ENDED = "Your session has ended, so nothing was stored. Sign in, and do it again."
ENDED_WITH_WORDS = (
    "Your session has ended, so nothing was stored. What you wrote is kept below: sign in in a new tab, and put it in "
    "there."
)
ENDED_MEANWHILE = "Your session has ended. What you wrote is still here. Sign in in a new tab, then send it again."

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
    session: str = ""
    """By what their session is known: the SHA-256 (hex) of its token."""

    def may(self, *roles: StaffRole) -> bool:
        """Whether they hold one of these roles."""
        return not self.roles.isdisjoint(roles)


async def fields(request: Request) -> dict[str, str]:
    """The fields of a form, each once, with line breaks as they are in texts. Files are not taken."""
    form = await request.form(max_files=0, max_fields=FIELDS_AT_MOST)
    given = {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}
    request.state.sent = written(given)
    return given


Fields = Annotated[dict[str, str], Depends(fields)]


def signed_in(request: Request, outlet: Here) -> Staff:
    """Who asks. Raises NotSignedIn; someone who holds no role any more is nobody."""
    token, now = cookies.carried(request, cookies.SESSION), outlet.now()
    with outlet.database.read() as db:
        found = session_of(db, token, now) if token else None
        roles = roles_of(db, outlet.settings, found[0].name) if found else frozenset()
        # Every page says so while everyone is stopped.
        request.state.stopped = own_pause_of(db, None) if roles else None
    if found is None or not roles:
        raise NotSignedIn
    user, session = found
    if not was_just_seen(session.seen_at, now):
        with outlet.database.write() as db:
            note_seen(db, session.token_sha256, now)
    staff = Staff(user.id, user.name, form_token(token), roles, user.calm, session.token_sha256)
    request.state.staff = staff
    return staff


Who = Annotated[Staff, Depends(signed_in)]
"""Anyone of the staff."""


def holding(asks: Callable[..., Staff], *roles: StaffRole) -> Callable[[Staff], Staff]:
    """A dependency that lets only those through, of those who ask, who hold one of these roles."""

    def holds(who: Annotated[Staff, Depends(asks)]) -> Staff:
        if not who.may(*roles):
            raise HTTPException(403, f"This is for {' or '.join(f'{role.value}s' for role in roles)} alone.")
        return who

    return holds


Reviewer = Annotated[Staff, Depends(holding(signed_in, StaffRole.REVIEWER))]
Keeper = Annotated[Staff, Depends(holding(signed_in, StaffRole.OPERATOR, StaffRole.ADMINISTRATOR))]
"""Who keeps the outlet running."""
Administrator = Annotated[Staff, Depends(holding(signed_in, StaffRole.ADMINISTRATOR))]


def form(request: Request, who: Who, given: Fields) -> dict[str, str]:
    """The fields of a form that came from a page of this session; anything else is refused."""
    if not is_form_token(given.pop("form_token", ""), cookies.carried(request, cookies.SESSION)):
        raise HTTPException(403, "This form is not from your session. Open the page again and repeat it.")
    if not all(map(is_storable, given.values())):
        raise HTTPException(400)  # No browser lets anybody type that.
    return given


Form = Annotated[dict[str, str], Depends(form)]


@router.get("/session")
def sign_in_page(request: Request) -> Response:
    """Show the sign-in form."""
    return _sign_in_page(request, after=next_of(request.query_params.get("next", "")))


@router.post("/session")
def begin(request: Request, outlet: Here, given: Fields) -> Response:
    """Begin a session, with a new token."""
    after = next_of(given.get("next", ""))
    attempt = attempt_of(request, given.get("name", "").strip(), given.get("password", ""), given.get("code", ""))
    answer = sign_in(
        outlet,
        gate_of(request),
        attempt,
        browser=request.headers.get("user-agent", ""),
        instead_of=cookies.carried(request, cookies.SESSION),
    )
    if answer.done is None:
        refusal = wait_in_words(answer) or WRONG
        shown = _sign_in_page(request, 429 if answer.again else 403, attempt.name, refusal, after)
        if answer.again:
            shown.headers["retry-after"] = str(answer.again)
        return shown
    return cookies.let_in(request, RedirectResponse(after, 303), answer.done)


@leaving.post("/session/end")
def sign_out(request: Request, outlet: Here, _: Form) -> Response:
    """End this session."""
    with outlet.database.write() as db:
        end_session(db, cookies.carried(request, cookies.SESSION))
    response = RedirectResponse("/session", 303)
    cookies.forget(request, response, cookies.SESSION)
    return response


async def ask_to_sign_in(request: Request, _: Exception) -> Response:
    """Send a reader to the sign-in form; tell a writer that nothing was stored, and give back what they wrote. Where a
    script of ours asks for a part of a page, what it holds stays there."""
    if request.headers.get("hx-request"):
        return error_page(request, 401, ENDED_MEANWHILE)
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(f"/session?{urlencode({'next': next_of(request.url.path)})}", 303)
    with suppress(Unreadable):  # What cannot be read is not given back.
        await fields(request)
    kept = getattr(request.state, "sent", ())
    return error_page(request, 401, ENDED_WITH_WORDS if kept else ENDED, back=page_before(request))


def page_before(request: Request) -> str:
    """The page that a form was sent from, or the nearest one to where it was sent to."""
    came = urlsplit(request.headers.get("referer", ""))
    path = request.url.path
    is_ours = came.netloc == request.url.netloc and came.path != path
    return next_of(came.path if is_ours else "/".join(path.split("/")[:3]))


def gate_of(request: Request) -> Gate:
    """What every sign-in at this desk goes through."""
    gate: Gate = request.app.state.gate
    return gate


def attempt_of(request: Request, name: str, password: str, code: str = "", counted_as: str = "") -> Attempt:
    """What somebody gave to be let in, and where from."""
    return Attempt(
        name=name,
        password=password,
        code=code,
        address=own.address_of(request.scope.get("client")),
        device=cookies.carried(request, cookies.DEVICE),
        counted_as=counted_as,
    )


def wait_in_words(answer: Answer[Any]) -> str:
    """That somebody has to wait, and how long; empty where they need not."""
    if not answer.again:
        return ""
    much = count(answer.again, "second") if answer.again < 60 else count(-(-answer.again // 60), "minute")
    return f"There were too many failed sign-ins. Try again in {much}."


def next_of(path: str) -> str:
    """Where to go after signing in: one of our own pages, or the queue."""
    return path if NEXT.fullmatch(path) else "/queue"


def _sign_in_page(request: Request, status: int = 200, name: str = "", refusal: str = "", after: str = "") -> Response:
    outlet = request.app.state.outlet
    directory = outlet.directory.name if outlet.directory else ""
    return page(request, "session.html", status=status, name=name, refusal=refusal, next=after, directory=directory)
