"""What was done, by whom and when: of a piece, of a person, of all; to be read and to be taken along."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from sqlmodel import Session, col, select

from agent.desk.door.login import Keeper, Staff, Who
from agent.desk.pages import Here, page
from agent.desk.shown.sheet import sheet
from agent.review import acts
from agent.review.acts import Act, Sought, Viewer
from agent.review.sources import What
from agent.tables import Revision, StaffRole

NAME_AT_MOST = 100
NEWEST = 2**31 - 1
COLUMNS = tuple(field.name for field in fields(Act) if field.name != "place")
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes a cell for a formula by."""

router = APIRouter()


@router.get("/record")
def show(request: Request, outlet: Here, who: Who) -> Response:
    """Show what was done, newest first: of one piece, by one person, of one kind, in a period."""
    sought = _sought(request)
    with outlet.database.read() as db:
        rows, before = acts.page(outlet, db, _viewer(who), sought, before=request.query_params.get("before", ""))
        name = _name(db, sought.piece)
    asked = _asked(request)
    return page(
        request,
        "record.html",
        acts=rows,
        sought=sought,
        name=name,
        whats=list(What),
        asked=asked,
        query=urlencode(asked),
        earlier=urlencode(asked | {"before": before}) if before else "",
        is_newest="before" not in request.query_params,
        grounds=outlet.prompts.grounds(),
        is_blind=who.may(StaffRole.REVIEWER) and outlet.settings.blind_share > 0,
    )


@router.get("/record.csv")
def take_csv(request: Request, outlet: Here, who: Keeper) -> Response:
    """All of it as comma-separated values (RFC 4180, UTF-8), with a line of names."""
    return _taken(_csv(acts.everything(outlet, _viewer(who), _sought(request))), "text/csv; charset=utf-8", "csv")


@router.get("/record.json")
def take_json(request: Request, outlet: Here, who: Keeper) -> Response:
    """All of it as one JSON list."""
    return _taken(_json(acts.everything(outlet, _viewer(who), _sought(request))), "application/json", "json")


def _viewer(who: Staff) -> Viewer:
    return Viewer(who.name, is_administrator=who.may(StaffRole.ADMINISTRATOR), is_reviewer=who.may(StaffRole.REVIEWER))


def _asked(request: Request) -> dict[str, str]:
    """The filters that an address names, as they were written."""
    names = ("piece", "who", "what", "from", "to")
    return {name: said for name in names if (said := request.query_params.get(name, "").strip())}


def _sought(request: Request) -> Sought:
    """What an address asks for. Raises 422 for what cannot be read: an export of everything in place of what was meant
    would be worse than none."""
    asked = _asked(request)
    try:
        since, until = _day(asked.get("from")), _day(asked.get("to"))
        what, piece, who = asked.get("what"), asked.get("piece"), asked.get("who", "")
        if len(who) > NAME_AT_MOST:
            raise ValueError
        return Sought(
            piece=_number(piece) if piece else None,
            who=who,
            what=What(what) if what else None,
            since=since,
            until=until + timedelta(days=1) if until else None,
        )
    except (ValueError, OverflowError):
        reason = "A piece has a number, a day is written as 2026-11-30, and what was done is one of the list."
        raise HTTPException(422, f"This filter cannot be read. {reason}") from None


def _number(words: str) -> int:
    """The number of a row that may be there. Raises ValueError."""
    number = int(words[:20])
    if not 1 <= number <= NEWEST:
        raise ValueError
    return number


def _day(words: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(words), datetime.min.time(), UTC) if words else None


def _name(db: Session, piece: int | None) -> str:
    """What a piece is called; empty where there is none."""
    if piece is None:
        return ""
    newest = select(Revision.id).where(Revision.piece_id == piece).order_by(col(Revision.number).desc())
    revision = db.exec(newest).first()
    found = sheet(db, revision) if revision is not None else None
    return found.name if found else ""


def _taken(parts: Iterator[bytes], kind: str, ending: str) -> Response:
    named = {"content-disposition": f'attachment; filename="record.{ending}"'}
    return StreamingResponse(parts, media_type=kind, headers=named)


def _csv(rows: Iterable[Act]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for act in rows:
        writer.writerow([harmless(str(value)) for value in _values(act).values()])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _json(rows: Iterable[Act]) -> Iterator[bytes]:
    comma = "[\n"
    for act in rows:
        yield (comma + json.dumps(_values(act), ensure_ascii=False)).encode()
        comma = ",\n"
    yield b"[]\n" if comma == "[\n" else b"\n]\n"


def _values(act: Act) -> dict[str, Any]:
    """An act as plain values, by the names of its columns; a moment in UTC."""
    found = {name: getattr(act, name) for name in COLUMNS}
    nothing = {name: "" for name, value in found.items() if value is None}
    moments = {name: f"{value:{MOMENT}}" for name, value in found.items() if isinstance(value, datetime)}
    return found | nothing | moments | {"what": act.what.value}


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell[:1] in ("\t", "\r", "\n") else cell
