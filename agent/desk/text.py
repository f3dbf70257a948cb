"""The text alone, as readers will see it, in a page of its own that can do nothing: it is shown in a frame, without
scripts, in the publication's own sheets of style."""

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, Response

from agent.desk.door.login import Staff, Who
from agent.desk.pages import Here, Id, page
from agent.desk.shown.case import flags_of
from agent.desk.shown.marked import marked, passages
from agent.desk.shown.received import received
from agent.desk.shown.sheet import sheet
from agent.publish import theme

NEVER_ACTS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin",
    "x-frame-options": "SAMEORIGIN",
    # A browser shows no sandboxed page whose opener is cut off, even where nothing opened it.
    "cross-origin-opener-policy": "unsafe-none",
}
STYLE = {".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}

router = APIRouter()


@router.get("/revisions/{revision_id}/text")
def show(request: Request, outlet: Here, who: Who, revision_id: Id) -> Response:
    """Show the text of a revision; with `?marks=on` its flagged passages are underlined and numbered, and with
    `?veil=on` what is sensitive in it is veiled."""
    underlined, veiled = request.query_params.get("marks") == "on", is_veiled(request, who)
    with outlet.database.read() as db:
        found = sheet(db, revision_id)
        flags = flags_of(db, revision_id) if underlined or veiled else []
    if found is None:
        raise HTTPException(404)
    text = found.text or ""
    places = passages(text, found.html, flags)
    shown = page(
        request,
        "text.html",
        sheet=found,
        html=marked(found.html, places, veiled=veiled, underlined=underlined),
        raw="".join(stretch.words for stretch in received(text, places, veiled=veiled)),
    )
    shown.headers.update(NEVER_ACTS)
    return shown


@router.get("/assets/{name:path}")
def style(outlet: Here, name: Annotated[str, InPath(max_length=200)]) -> Response:
    """A sheet of style of the publication, or a face that it uses."""
    file = theme.assets(outlet.site, outlet.settings.theme).get(name)
    if file is None or file.suffix not in STYLE:
        raise HTTPException(404)
    headers = {"cache-control": "private, max-age=300"}
    return FileResponse(file, media_type=STYLE[file.suffix], headers=headers)


def is_veiled(request: Request, who: Staff) -> bool:
    """Whether veils lie on what is sensitive: as the address says, or that of the page about the same text from which
    one comes, or else as the manner of who reads has it."""
    asked = request.query_params.get("veil") or _before(request)
    return (asked or ("on" if who.calm else "off")) == "on"


def _before(request: Request) -> str:
    """What the page about the same text said of veils, from which one comes; empty where one comes from elsewhere."""
    came = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    revision = "/".join(request.url.path.split("/")[:3])
    is_same = came.netloc == request.url.netloc and f"{came.path}/".startswith(f"{revision}/")
    return parse_qs(came.query).get("veil", [""])[0] if is_same else ""
