"""The staff: who they are, what they may do, and the links by which they come in. For administrators alone."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from agent.desk.door import own
from agent.desk.door.login import Administrator, Form, Staff
from agent.desk.pages import Here, Id, page
from agent.errors import Refused
from agent.outlet import Outlet
from agent.staff import codes, people, roles_in_file, roles_of, sessions_of
from agent.staff.links import new_link, tell
from agent.tables import StaffRole, User

ROLES = {
    StaffRole.REVIEWER: "reads what authors sent, and decides",
    StaffRole.OPERATOR: "keeps the outlet running: pauses, answers wishes",
    StaffRole.ADMINISTRATOR: "says who the staff are, erases, reads private words for a reason",
}

router = APIRouter()


@router.get("/users")
def show(request: Request, outlet: Here, _: Administrator) -> Response:
    """Show the staff, and how to invite somebody."""
    return _staff(request, outlet)


@router.post("/users")
def invite(request: Request, outlet: Here, who: Administrator, given: Form) -> Response:
    """Invite somebody: the link is shown this once."""
    try:
        wanted, now = _roles(given), outlet.now()
        with outlet.database.write() as db:
            facts = {"actor": who.name, "email": given.get("email", "")}
            user = people.add(db, outlet.settings, given.get("name", "").strip().lower(), wanted, now, **facts)
            token = new_link(db, outlet.settings, user, now, actor=who.name)
    except Refused as no:
        return _staff(request, outlet, status=409, refusal=str(no), given=given)
    return _person(request, outlet, user.id, status=201, **_shown(request, outlet, user, token))


@router.get("/users/{user_id}")
def person(request: Request, outlet: Here, user_id: Id, _: Administrator) -> Response:
    """Show one of the staff."""
    return _person(request, outlet, user_id, stored=request.query_params.get("stored", ""))


@router.post("/users/{user_id}/appointments")
def appoint(request: Request, outlet: Here, user_id: Id, who: Administrator, given: Form) -> Response:
    """Somebody holds these roles from now on."""

    def act(db: Session, user: User) -> None:
        # What the file gives is shown ticked and cannot be unticked, so a browser does not send it.
        wanted = {*_roles(given), *roles_in_file(outlet.settings, user.name)}
        people.appoint(db, outlet.settings, user, wanted, outlet.now(), actor=who.name)

    return _done(request, outlet, user_id, "roles", act)


@router.post("/users/{user_id}/email")
def email(request: Request, outlet: Here, user_id: Id, who: Administrator, given: Form) -> Response:
    """Note down somebody's e-mail address."""

    def act(db: Session, user: User) -> None:
        people.set_email(db, user, given.get("email", ""), outlet.now(), actor=who.name)

    return _done(request, outlet, user_id, "email", act)


@router.post("/users/{user_id}/links")
def link(request: Request, outlet: Here, user_id: Id, who: Administrator, _: Form) -> Response:
    """A new link for somebody, shown this once; the one before ends."""
    with outlet.database.write() as db:
        user = _need(db, outlet, user_id)
        token = new_link(db, outlet.settings, user, outlet.now(), actor=who.name)
    return _person(request, outlet, user_id, status=201, **_shown(request, outlet, user, token))


@router.post("/users/{user_id}/sessions/end")
def end_sessions(request: Request, outlet: Here, user_id: Id, who: Administrator, _: Form) -> Response:
    """Sign somebody out everywhere, with their programs."""

    def act(db: Session, user: User) -> None:
        people.sign_out(db, user, outlet.now(), actor=who.name, but=who.session)

    return _done(request, outlet, user_id, "sessions", act)


@router.post("/users/{user_id}/second-factor/end")
def end_second_factor(request: Request, outlet: Here, user_id: Id, who: Administrator, _: Form) -> Response:
    """Ask somebody for no code any more: for whoever has lost the telephone. Nobody does so for themselves here."""
    _not_oneself(who, user_id, "Turn off your own second factor on your own page: it takes your password and a code.")

    def act(db: Session, user: User) -> None:
        codes.turn_off(db, user, outlet.now(), actor=who.name)

    return _done(request, outlet, user_id, "second-factor", act)


@router.post("/users/{user_id}/removal")
def remove(request: Request, outlet: Here, user_id: Id, who: Administrator, _: Form) -> Response:
    """Somebody is of the staff no more, at once."""

    def act(db: Session, user: User) -> None:
        people.remove(db, outlet.settings, user, outlet.now(), actor=who.name)

    return _done(request, outlet, user_id, "removal", act, to="/users?stored=removal")


def _done(
    request: Request,
    outlet: Outlet,
    user_id: int,
    stored: str,
    act: Callable[[Session, User], None],
    *,
    to: str = "",
) -> Response:
    try:
        with outlet.database.write() as db:
            act(db, _need(db, outlet, user_id))
    except Refused as no:
        return _person(request, outlet, user_id, status=409, refusal=str(no))
    return RedirectResponse(to or f"/users/{user_id}?stored={stored}", 303)


def _staff(request: Request, outlet: Outlet, *, status: int = 200, **facts: Any) -> Response:
    with outlet.database.read() as db:
        members = people.staff(db, outlet.settings, outlet.now())
    given = {"refusal": "", "given": {}, "stored": request.query_params.get("stored", "")} | facts
    return page(request, "users.html", status=status, members=members, roles=ROLES, mails=_mails(outlet), **given)


def _person(request: Request, outlet: Outlet, user_id: int, *, status: int = 200, **facts: Any) -> Response:
    with outlet.database.read() as db:
        user, now = _need(db, outlet, user_id), outlet.now()
        member = people.member(db, outlet.settings, user, now)
        sessions = sessions_of(db, user_id, now)
    given = {"refusal": "", "stored": "", "link": "", "sent": ""} | facts
    return page(
        request,
        "user.html",
        status=status,
        member=member,
        sessions=sessions,
        roles=ROLES,
        mails=_mails(outlet),
        **given,
    )


def _need(db: Session, outlet: Outlet, user_id: int) -> User:
    """One of the staff. Raises HTTPException (404) for anybody else."""
    user = db.get(User, user_id)
    if user is None or not roles_of(db, outlet.settings, user.name):
        raise HTTPException(404)
    return user


def _shown(request: Request, outlet: Outlet, user: User, token: str) -> dict[str, str]:
    """A new link, and whether it was sent."""
    address = f"{own.base_of(outlet.settings, request)}links/{token}"
    return {"link": address, "sent": tell(outlet, user, address), "stored": "link"}


def _roles(given: dict[str, str]) -> list[StaffRole]:
    return people.roles_named(role for role in StaffRole if given.get(f"role_{role.value}"))


def _mails(outlet: Outlet) -> bool:
    return outlet.settings.mail is not None


def _not_oneself(who: Staff, user_id: int, words: str) -> None:
    if who.id == user_id:
        raise HTTPException(409, words)
