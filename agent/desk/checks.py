"""The checks: what each looks for, how it does here, and what it said last."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from agent.desk.door.login import Who
from agent.desk.pages import Here, page
from agent.desk.shown import checkfigures
from agent.desk.shown.checkup import checkup, overview
from agent.desk.shown.raised import LATELY

router = APIRouter()


@router.get("/checks")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List every check there is."""
    with outlet.database.read() as db:
        rows = overview(outlet, db)
    return page(request, "checks.html", rows=rows, thousandths=checkfigures.thousandths, lately=LATELY)


@router.get("/checks/{name}")
def show(request: Request, outlet: Here, _: Who, name: Annotated[str, InPath(max_length=100)]) -> Response:
    """Show one check. What is hard to read is veiled, unless `?veil=off` is said."""
    with outlet.database.read() as db:
        found = checkup(outlet, db, name)
    if found is None:
        raise HTTPException(404)
    sections = [checkfigures.precision(found.versions), *map(checkfigures.gravity, found.versions[:1])]
    return page(
        request,
        "check.html",
        check=found,
        sections=sections,
        veiled=request.query_params.get("veil", "on") != "off",
        quick=checkfigures.quick,
        limit=outlet.settings.checks.seconds,
    )
