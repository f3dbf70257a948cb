"""Links that work once: somebody sets a password by one and comes in."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from agent.desk.door import cookies
from agent.desk.door.login import Fields, attempt_of, gate_of, wait_in_words
from agent.desk.pages import Here, page
from agent.errors import Refused
from agent.staff.admission import Admitted, admitted, attempted
from agent.staff.browsers import sha256
from agent.staff.links import person_of
from agent.staff.passwords import PASSWORD_AT_LEAST, PASSWORD_AT_MOST, set_password
from agent.tables import User

TWICE = "The two passwords differ. Type the same one twice."
NOT_THE_CODE = "That is not the code of this moment, or it was used already. The link still works: try the next one."

router = APIRouter()
Token = Annotated[str, InPath(max_length=200)]


class _Gone(Exception):
    """The link was used in between."""


@router.get("/links/{token}")
def show(request: Request, outlet: Here, token: Token) -> Response:
    """Ask for a password. Looking uses nothing up: scanners of mail look at every link."""
    with outlet.database.read() as db:
        user = person_of(db, outlet.settings, token, outlet.now())
    return _page(request, user, token) if user else page(request, "link_gone.html", status=404)


@router.post("/links/{token}")
def use(request: Request, outlet: Here, token: Token, given: Fields) -> Response:
    """Set the password, and sign in."""
    with outlet.database.read() as db:
        user = person_of(db, outlet.settings, token, outlet.now())
    if user is None:
        return page(request, "link_gone.html", status=404)
    password = given.get("password", "")
    if password != given.get("again", ""):
        return _page(request, user, token, 409, TWICE)
    # Counted by itself: nobody without the link makes its holder wait.
    attempt = attempt_of(request, user.name, "", given.get("code", ""), counted_as=f"link {sha256(token)[:16]}")

    def come_in(db: Session, user: User) -> Admitted:
        now = outlet.now()
        held_by = person_of(db, outlet.settings, token, now)
        if held_by is None or held_by.id != user.id:
            raise _Gone
        set_password(db, user.name, password, now, actor=user.name)
        browser, before = request.headers.get("user-agent", ""), cookies.carried(request, cookies.SESSION)
        return admitted(db, user, now, attempt, browser=browser, instead_of=before, how="by a link")

    try:
        answer = attempted(outlet, gate_of(request), attempt, come_in, is_vouched=True)
    except _Gone:
        return page(request, "link_gone.html", status=404)
    except Refused as no:
        return _page(request, user, token, 409, str(no))
    if answer.done is None:
        return _page(request, user, token, 429 if answer.again else 409, wait_in_words(answer) or NOT_THE_CODE)
    return cookies.let_in(request, RedirectResponse("/queue", 303), answer.done)


def _page(request: Request, user: User, token: str, status: int = 200, refusal: str = "") -> Response:
    return page(
        request,
        "link.html",
        status=status,
        name=user.name,
        is_back=user.password_hash is not None,
        has_codes=bool(user.totp_secret),
        token=token,
        refusal=refusal,
        at_least=PASSWORD_AT_LEAST,
        at_most=PASSWORD_AT_MOST,
    )
