"""The record of one author as a document to hand out: a page to read, and the same as data. Both are signed as
one: the data holds the page's hash, and the outlet's key signs the data.

It is no part of the public site.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from agent import keys
from agent.errors import Refused, UnknownAuthor
from agent.outlet import Outlet
from agent.publish import theme, words
from agent.publish.account import account
from agent.publish.pages import environment
from agent.publish.targets.folder import Folder
from agent.queries import author_called
from agent.record import canonical, sha256
from agent.tables import Author, LedgerEntry

FORMAT = 1
WHAT = "the record of an author"
FONT = re.compile(r'url\("(?P<path>fonts/[a-z-]+\.woff2)"\)')
SHEETS = ("style.css", "pages.css")
HALF = re.compile("[\ud800-\udfff]")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Dossier:
    """Two files of one name: the page, and the data that signs both."""

    name: str
    page: bytes
    data: bytes


@dataclass
class Examined:
    """What was looked at, and everything that is wrong with it."""

    author: str = ""
    made_at: str = ""
    public_key: str = ""
    page: str = ""
    problems: list[str] = field(default_factory=list)


def dossier(outlet: Outlet, slug: str) -> Dossier:
    """Make the dossier of an author, as the rows are now. Raises UnknownAuthor, BadKey."""
    key, now = outlet.signing_key(), outlet.now()
    with outlet.database.read() as db:
        author = author_called(db, slug)
        if author is None:
            known = db.exec(select(Author.slug).order_by(Author.slug)).all()
            raise UnknownAuthor(author=slug, known=", ".join(known) or "nobody yet")
        told = account(db, author, outlet.settings.title)
        ledger = _ledger(db)
    name = f"{slug}-{now.astimezone(UTC):%Y-%m-%d}"
    settings = outlet.settings
    told |= {
        "v": FORMAT,
        "what": WHAT,
        "made_at": now,
        "public_key": keys.public_hex(key),
        "publication": {"title": settings.title, "address": settings.address, "demo": settings.demo, "ledger": ledger},
    }
    page = _page(outlet, told, name)
    body = _plain(told | {"page": {"file": f"{name}.html", "sha256": sha256(page)}})
    return Dossier(name, page, _file(body | {"signature": key.sign(canonical(body)).hex()}))


def export(outlet: Outlet, slug: str, folder: Path) -> Path:
    """Put an author's dossier into a folder, each file whole or not at all, and return where the data lies.
    Raises Refused where it cannot be written there, UnknownAuthor, BadKey."""
    public = outlet.settings.at(outlet.settings.public)
    if folder.resolve().is_relative_to(public):
        raise Refused(reason=f"{folder} belongs to the public site, and a dossier does not. Choose another folder.")
    made = dossier(outlet, slug)
    target = Folder(folder)
    try:
        # The data comes last: it speaks of a page that is there.
        target.write(f"{made.name}.html", made.page)
        target.write(f"{made.name}.json", made.data)
    except OSError as error:
        raise Refused(reason=f"The dossier cannot be written to {folder}: {error.strerror}.") from None
    outlet.log.info("dossier", action="dossier", author=slug, sha256=sha256(made.data))
    return folder / f"{made.name}.json"


def examine(file: Path, *, public_key: str | None = None) -> Examined:
    """Check a dossier's data and the page beside it. `public_key` (hex) pins whose signature is expected; without
    it the document's own is believed. Reads nothing but these two files."""
    found = Examined()
    try:
        data = file.read_bytes()
        signed = json.loads(data)
        body = {name: value for name, value in signed.items() if name != "signature"}
        if (body["v"], body["what"]) != (FORMAT, WHAT):
            found.problems.append(f"{file.name}: is no dossier in a format that this version knows")
            return found
        found.author, found.made_at = str(body["author"]["byline"]), str(body["made_at"])
        found.public_key, found.page = str(body["public_key"]), str(body["page"]["file"])
        whole, canonical_body = _file(signed), canonical(body)
    except OSError as error:
        found.problems.append(f"{file.name}: cannot be read ({error.strerror})")
        return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.problems.append(f"{file.name}: is no dossier, or is damaged, so nothing can be checked")
        return found
    if whole != data:
        found.problems.append(f"{file.name}: is not written as it was signed; at least one byte differs")
    if public_key is not None and found.public_key != public_key:
        found.problems.append(f"{file.name}: signed with another key than the one expected")
    if not keys.is_signed(canonical_body, signature=str(signed.get("signature", "")), public=found.public_key):
        found.problems.append(f"{file.name}: the signature does not hold")
    _look_at_page(file.parent, body["page"], found)
    return found


def _look_at_page(folder: Path, page: Mapping[str, Any], found: Examined) -> None:
    if not PLAIN_NAME.fullmatch(found.page):
        found.problems.append("the page it speaks of has no plain name, and was not looked for")
        return
    try:
        same = sha256((folder / found.page).read_bytes()) == page.get("sha256")
    except FileNotFoundError:
        found.problems.append(f"{found.page}: is missing; it belongs beside the data")
        return
    except OSError as error:
        found.problems.append(f"{found.page}: cannot be read ({error.strerror})")
        return
    if not same:
        found.problems.append(f"{found.page}: is not the page that was signed; at least one byte differs")


def _ledger(db: Session) -> dict[str, Any]:
    last = db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence).desc())).first()
    return {"lines": last.sequence if last else 0, "head": last.hash if last else "0" * 64}


def _page(outlet: Outlet, told: Mapping[str, Any], name: str) -> bytes:
    settings = outlet.settings
    overlay = settings.at(settings.theme) if settings.theme else None
    said = words.load(outlet.site, settings.language, overlay)
    titles = {ground.name: ground.title for ground in outlet.prompts.grounds()}
    facts = {"w": said, "style": _style(outlet.site, overlay), "name": name, "grounds": titles}
    # Half a character, which an endpoint may send and JSON can carry, is nothing that a page can.
    filled = environment(outlet.site, overlay, said).fill("templates/dossier.html", **{**told, **facts})
    return HALF.sub("\ufffd", filled).encode()


def _style(site: Path, overlay: Path | None) -> str:
    """The publication's style sheets with their faces in them, so that the page needs no other file."""

    def asset(name: str) -> bytes:
        return theme.found(site, overlay, f"assets/{name}").read_bytes()

    def inline(found: re.Match[str]) -> str:
        return f'url("data:font/woff2;base64,{base64.b64encode(asset(found["path"])).decode()}")'

    return FONT.sub(inline, "\n".join(asset(sheet).decode() for sheet in SHEETS))


def _plain(value: Any) -> Any:
    """The same as JSON knows it: moments in UTC, words for what is one of a list."""
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(part) for name, part in value.items()}
        case str():
            return str(value)
        case Sequence():
            return [_plain(part) for part in value]
        case _:
            return value


def _file(signed: Mapping[str, Any]) -> bytes:
    """The one way in which a dossier's data is written."""
    text = json.dumps(
        signed, indent=1, sort_keys=True, ensure_ascii=bool(HALF.search(json.dumps(signed, ensure_ascii=False)))
    )
    return f"{text}\n".encode()
