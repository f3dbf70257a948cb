"""One revision, to be read; and the reviews of it. No field here takes the author's text."""

import re
from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.login import Form, Reviewer, Who
from agent.desk.pages import Here, Id, page
from agent.desk.reading import sheet
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.queue import queue
from agent.tables import Verdict

ANSWER = re.compile(r"answer-(\d{1,9})", re.ASCII)

router = APIRouter()


@router.get("/revisions/{revision_id}")
def show(request: Request, outlet: Here, who: Who, revision_id: Id) -> Response:
    """Show the text first, then everything that is said about it."""
    return _page(request, outlet, who.name, revision_id, stored="stored" in request.query_params)


@router.post("/revisions/{revision_id}/reviews")
def add_review(request: Request, outlet: Here, who: Reviewer, revision_id: Id, given: Form) -> Response:
    """Give a verdict; where it is refused, say why and keep what was typed."""
    try:
        verdict = _verdict(given.get("verdict", ""))
        actions.review(
            outlet,
            revision_id,
            who.name,
            verdict,
            record_sha256=given.get("record_sha256", ""),
            said=_said(outlet, revision_id, who.name, verdict, given),
        )
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, who.name, revision_id, status=409, refusal=str(refusal), given=given)
    return RedirectResponse(f"/revisions/{revision_id}?stored=yes", 303)


def _page(
    request: Request,
    outlet: Outlet,
    reviewer: str,
    revision_id: int,
    *,
    status: int = 200,
    stored: bool = False,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = sheet(db, revision_id, reviewer)
        following = next((row for row in queue(db) if row.revision != revision_id), None) if stored else None
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "revision.html",
        status=status,
        sheet=found,
        grounds=outlet.prompts.grounds(),
        stored=stored and found.mine is not None,
        following=following,
        refusal=refusal,
        given=given or {},
    )


def _verdict(word: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise Refused(reason="Choose a verdict: publish, veto or escalate.") from None


def _said(outlet: Outlet, revision_id: int, reviewer: str, verdict: Verdict, given: Mapping[str, str]) -> Said:
    """What a form says with its verdict. Raises Refused where a quoted passage does not stand in the text."""
    if verdict is Verdict.PUBLISH:
        answers = {int(m[1]): words for name, words in given.items() if (m := ANSWER.fullmatch(name)) and words.strip()}
        return Said(answers=answers)
    reason = given.get("reason", "")
    if verdict is Verdict.ESCALATE:
        return Said(reason=reason)
    with outlet.database.read() as db:
        found = sheet(db, revision_id, reviewer)
    text = found.text if found and found.text else ""
    return Said(ground=given.get("ground", ""), span=_passage(text, given.get("quote", "")), reason=reason)


def _passage(text: str, quote: str) -> Span:
    """Where a passage stands that someone copied: exactly so, or but for the white space around it and the
    kind of its line breaks, which browsers change."""
    forms = (quote, quote.strip(), quote.strip().replace("\n", "\r\n"))
    return actions.find_span(text, next((form for form in forms if form in text), quote))
