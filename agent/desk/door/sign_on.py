"""Sign-in by a company's own directory. It says who somebody is; nobody becomes one of the staff by it.

What must come back is kept by the browser that began, in a signed cookie of ten minutes: so an answer that somebody
else was given, or gave away, is worth nothing in another browser. That cookie is SameSite=Lax, because the browser
comes back from another site. Our session's is Strict, and is not sent with a request that another site led to, not even
after a redirect: so the answer is a small page of ours that leads on."""

import base64
import hmac
import json
import secrets
from collections import OrderedDict
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from agent.desk.door import cookies, own
from agent.desk.door.login import attempt_of, gate_of, next_of
from agent.desk.pages import Here, error_page, page
from agent.errors import DirectoryError
from agent.outlet import Directory, Handshake, Outlet
from agent.staff.admission import FAILED, admitted
from agent.staff.people import with_email
from agent.tables import AuditEvent

HANDSHAKE = "desk-sign-on"
LASTS = timedelta(minutes=10)
KEPT = 10_000
"""So many answers are remembered, so that none is taken twice."""
AGAIN = "This sign-in was not begun in this browser, was used already, or took longer than ten minutes. Begin it again."
NOBODY = "You are known there, but nobody of the staff has your e-mail address. Ask an administrator to note it down."

router = APIRouter()


class Counter:
    """Seals what a browser keeps of a sign-in, and takes each back once. Its key lives as long as the process: who is
    on the way when it ends begins again."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = Lock()
        self._used: OrderedDict[str, None] = OrderedDict()

    def seal(self, begun: Handshake, after: str, now: datetime) -> str:
        """What the browser keeps."""
        facts = asdict(begun) | {"address": "", "after": after, "until": (now + LASTS).timestamp()}
        words = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
        return f"{words}.{self._sign(words)}"

    def open(self, kept: str, state: str, now: datetime) -> tuple[Handshake, str] | None:
        """What was begun with this state, and where it leads to; nothing where it was not, or a second time."""
        words, _, signature = kept.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(words).encode()):
            return None
        facts = json.loads(base64.urlsafe_b64decode(words))
        if now.timestamp() >= facts["until"] or not hmac.compare_digest(facts["state"].encode(), state.encode()):
            return None
        with self._lock:
            if state in self._used:
                return None
            self._used[state] = None
            if len(self._used) > KEPT:
                self._used.popitem(last=False)
        return Handshake("", facts["state"], facts["nonce"], facts["verifier"]), facts["after"]

    def _sign(self, words: str) -> str:
        return hmac.new(self._key, words.encode(), sha256).hexdigest()


@router.get("/sign-on")
def begin(request: Request, outlet: Here) -> Response:
    """Lead to the directory."""
    directory = _directory_of(outlet)
    try:
        begun = directory.begin(_back(request, outlet))
    except DirectoryError as fault:
        return _faulty(request, outlet, fault, 502)
    after = next_of(request.query_params.get("next", ""))
    response = RedirectResponse(begun.address, 303)
    counter: Counter = request.app.state.counter
    cookies.give(request, response, HANDSHAKE, counter.seal(begun, after, outlet.now()), LASTS, samesite="lax")
    return response


@router.get("/sign-on/back")
def come_back(request: Request, outlet: Here) -> Response:
    """Take somebody in whom the directory knows, if they are of the staff."""
    directory, given = _directory_of(outlet), dict(request.query_params)
    counter: Counter = request.app.state.counter
    kept = counter.open(cookies.carried(request, HANDSHAKE), given.get("state", ""), outlet.now())
    if kept is None:
        return error_page(request, 403, AGAIN)
    begun, after = kept
    try:
        email = directory.finish(given, begun, _back(request, outlet))
    except DirectoryError as fault:
        _note(request, outlet, "")
        return _faulty(request, outlet, fault, 403)
    with outlet.database.write() as db:
        user = with_email(db, outlet.settings, email)
        if user is not None:
            # No code is asked for: how many factors there are is the directory's to say.
            agent, before = request.headers.get("user-agent", ""), cookies.carried(request, cookies.SESSION)
            attempt = attempt_of(request, user.name, "")
            how = f"by {directory.name}"
            let_in = admitted(db, user, outlet.now(), attempt, browser=agent, instead_of=before, how=how)
    if user is None:
        _note(request, outlet, email)
        return error_page(request, 403, NOBODY)
    response = cookies.let_in(request, page(request, "signed_on.html", name=user.name, after=after), let_in)
    cookies.forget(request, response, HANDSHAKE)
    return response


def _directory_of(outlet: Outlet) -> Directory:
    if outlet.directory is None:
        raise HTTPException(404)
    return outlet.directory


def _back(request: Request, outlet: Outlet) -> str:
    return f"{own.base_of(outlet.settings, request)}sign-on/back"


def _note(request: Request, outlet: Outlet, email: str) -> None:
    """A failed sign-in is on record; of a stranger, nothing that says who it was."""
    subject = gate_of(request).subject(email, None) if email else "directory"
    actor = own.address_of(request.scope.get("client"))
    with outlet.database.write() as db:
        # Not counted with guesses: at the directory there is nothing to guess.
        db.add(AuditEvent(actor=actor, action=FAILED, subject=subject, reason="by the directory", at=outlet.now()))
    outlet.log.warning("a sign-in failed", action=FAILED, subject=subject)


def _faulty(request: Request, outlet: Outlet, fault: DirectoryError, status: int) -> Response:
    outlet.log.warning("the directory lets nobody in", action="directory_failed", reason=str(fault))
    return error_page(request, status, f"{fault} You can still sign in with your password.")
