"""What authors wish for and ask, and the answers of the staff."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Staff, Who, holding, signed_in
from agent.desk.pages import Here, Id, page
from agent.errors import Refused, UnknownAuthor, UnknownUser
from agent.outlet import Outlet
from agent.queries import author_called
from agent.review import wishes as kept
from agent.review.wishes import MAY_ANSWER, Wished

AT_MOST = 100
SAYS = {"grant": True, "refuse": False, "": None}

router = APIRouter()
Answerer = Annotated[Staff, Depends(holding(signed_in, *MAY_ANSWER))]


@router.get("/wishes")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List the wishes that wait for an answer, oldest first, or those that were answered, newest first."""
    stored = request.query_params.get("stored", "")
    return _page(request, outlet, stored=int(stored) if stored.isdecimal() and len(stored) < 10 else 0)


@router.post("/wishes/{wish_id}/answers")
def add_answer(request: Request, outlet: Here, who: Answerer, wish_id: Id, given: Form) -> Response:
    """Answer a wish, once, in words that its author reads."""
    with outlet.database.read() as db:
        if not kept.wishes(db, wish_id=wish_id):
            raise HTTPException(404)
    try:
        kept.answer(
            outlet,
            wish_id,
            who.name,
            granted=SAYS.get(given.get("granted", "")),
            words=given.get("words", ""),
            takes_down=_number(given.get("takes_down", "")),
        )
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, refused=wish_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/wishes?stored={wish_id}", 303)


def _number(given: str) -> int | None:
    """The piece that was named, if one was. Raises Refused for what is no number of one."""
    if not (said := given.strip()):
        return None
    if not said.isdecimal() or not 0 < int(said) < 2**31:
        raise Refused(reason=f'"{said[:40]}" is not the number of a piece. Leave the field empty, or name one.')
    return int(said)


def _page(
    request: Request,
    outlet: Outlet,
    *,
    stored: int = 0,
    refused: int = 0,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    slug, answered = request.query_params.get("author", ""), "answered" in request.query_params
    with outlet.database.read() as db:
        author = author_called(db, slug) if slug else None
        if slug and author is None:
            raise HTTPException(404)
        rows = kept.wishes(db, author_id=author.id if author else None, answered=answered, limit=AT_MOST + 1)
        done = kept.wishes(db, wish_id=stored) if stored else []
        tried = kept.wishes(db, wish_id=refused) if refused else []
    return page(
        request,
        "wishes.html",
        status=409 if refusal else 200,
        wishes=rows[:AT_MOST],
        more=len(rows) > AT_MOST,
        author=author,
        answered=answered,
        without_tools={wish.author for wish in rows if _has_no_tools(outlet, wish)},
        stored=next((wish for wish in done if wish.answered_at is not None), None),
        refused=next(iter(tried), None),
        refusal=refusal,
        given=given or {},
    )


def _has_no_tools(outlet: Outlet, wish: Wished) -> bool:
    """Whether an author can only say in words what it would like to be done."""
    try:
        return not outlet.settings.author(wish.author).profile.tools
    except UnknownAuthor:
        return True
