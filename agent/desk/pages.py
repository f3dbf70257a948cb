"""Templates, and how moments, counts and marks are said."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from agent.outlet import Outlet
from agent.tables import StaffRole

TEMPLATES = Path(__file__).with_name("templates")
TITLES = {
    400: "Not understood",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not done",
    413: "Too long",
    421: "Not this desk",
    429: "Please wait",
    500: "Our fault",
    502: "Not answered",
}
MARKS = {"note": "a note", "look": "asks for a look", "stop": "stop: two must say publish"}


def outlet_of(request: Request) -> Outlet:
    """The outlet that this desk belongs to."""
    outlet: Outlet = request.app.state.outlet
    return outlet


Here = Annotated[Outlet, Depends(outlet_of)]
Id = Annotated[int, InPath(ge=1, le=2**31 - 1)]
"""A row's number in an address; any other is an address where nothing is."""


def places(staff: Any) -> list[tuple[str, str]]:
    """What the bar on top leads to, for whoever is signed in."""
    named = [
        ("queue", "Queue"),
        ("pieces", "Pieces"),
        ("authors", "Authors"),
        ("wishes", "Wishes"),
        ("record", "Record"),
        ("calibration", "Calibration"),
    ]
    return [*named, ("users", "Staff")] if staff is not None and staff.may(StaffRole.ADMINISTRATOR) else named


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """Answer with a template, as whoever is signed in sees it."""
    outlet = outlet_of(request)
    staff = getattr(request.state, "staff", None)
    words = (
        _environment()
        .get_template(template)
        .render(
            site=outlet.settings,
            now=outlet.now(),
            staff=staff,
            places=places(staff),
            marks=MARKS,
            stopped=getattr(request.state, "stopped", None),
            **facts,
        )
    )
    return HTMLResponse(words, status)


API = "/api/"
"""Below this programs are answered, and no browsers."""


def error_page(
    request: Request, status: int, words: str, *, headers: Mapping[str, str] | None = None, back: str = ""
) -> Response:
    """Answer with what went wrong, in words, and with the words of the form that met it. Who is to sign in is led
    `back` to a page of the desk."""
    if request.url.path.startswith(API):
        return JSONResponse({"error": words, "status": status}, status, headers=headers)
    heading, kept = TITLES.get(status, "Not done"), getattr(request.state, "sent", ())
    response = page(request, "error.html", status=status, heading=heading, words=words, kept=kept, back=back)
    response.headers.update(headers or {})
    return response


def moment(at: datetime) -> Markup:
    """A moment as `<time>`: the day and the minute, in UTC."""
    words = f"{at.day} {at:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", words)


def ago(at: datetime, now: datetime) -> Markup:
    """A moment as its age in words, the absolute time on hover."""
    title = f"{at.day} {at:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{at:%Y-%m-%dT%H:%M:%SZ}", title, age(now.timestamp() - at.timestamp())
    )


def commands(words: str) -> Markup:
    """Words in which commands stand between backticks."""
    parts = [escape(part) for part in words.split("`")]
    if len(parts) % 2 == 0:
        return escape(words)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def age(seconds: float) -> str:
    """A span of time in its largest whole unit: "3 hours"."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return count(int(seconds // size), unit)
    return "under a minute"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 word", "2,140 words"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": moment, "ago": ago, "count": count, "commands": commands}
    return environment
