"""What was used and what it cost: in all, by author, by month, by session, by the judge, and how much of each cap."""

import json
import math
from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import select

from agent.cli.common import folded, legible, minute, open_outlet
from agent.cli.judged import JUDGE, Judged, judged
from agent.errors import UnknownAuthor
from agent.prices import in_dollars
from agent.queries import author_called
from agent.settings import Settings
from agent.tables import Author, Paid
from agent.write.accounts import Account, Accounts, Sum, Used, accounts, in_words
from agent.write.usage import SPANS, Cap, caps_of

SESSIONS = 10
NEWEST = f"So many of the newest; {SESSIONS}, in JSON all."
BAR = 16
STATES = {"booked": Paid.SETTLED, "reserved": Paid.RESERVED, "possibly_paid": Paid.POSSIBLY}
HEAD = ("calls", "tokens", "booked", "in flight", "possibly", "in all")
WIDTHS = (7, 12, 10, 10, 11, 11)
NAME, CAP = 19, 33


@click.command()
@click.option("--author", help="This author's alone.")
@click.option("--sessions", "newest", type=click.IntRange(0, 2**31 - 1), help=NEWEST)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.pass_context
def usage(ctx: click.Context, author: str | None, newest: int | None, as_json: bool) -> None:
    """Say what calls used and cost, and how much of each cap. What may have been paid counts as paid."""
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        if author is not None and author_called(db, author) is None:
            known = db.exec(select(Author.slug).order_by(Author.slug)).all()
            raise UnknownAuthor(author=author, known=", ".join(known) or "nobody yet")
        found = accounts(outlet, db, author, newest if as_json or newest is not None else SESSIONS)
        judge = judged(outlet, db) if author is None else None
    if as_json:
        click.echo(legible(json.dumps(_as_data(found, judge), indent=1, ensure_ascii=False)))
    else:
        click.echo(legible("\n".join(_lines(found, judge, author or "everyone"))))


def caps_in_words(settings: Settings) -> Iterator[str]:
    """The caps that are set: the outlet's in a line, and one for each author that has its own."""
    every = [f"{settings.max_sessions_per_day} sessions an author and day", *map(_cap_in_words, caps_of(settings))]
    yield ", ".join(every)
    for author in settings.authors:
        sessions = author.max_sessions_per_day
        own = [f"{sessions} session{'' if sessions == 1 else 's'} a day"] if sessions is not None else []
        own += map(_cap_in_words, caps_of(author, author.name))
        if own:
            yield f"{author.name}: {', '.join(own)}"


def _cap_in_words(cap: Cap) -> str:
    amount = cap.amount(cap.most) + (" tokens" if cap.kind == "tokens" else "")
    return f"{amount} {'in a session' if cap.span == 'session' else SPANS[cap.span]}"


def _as_data(found: Accounts, judge: Judged | None) -> dict[str, Any]:
    months = [{"month": month, "author": slug} | _account(of) for (month, slug), of in found.months.items()]
    sessions = [
        {
            "session": session.id,
            "author": slug,
            "began_at": session.began_at.isoformat(),
            "outcome": session.outcome.value if session.outcome else "in progress",
        }
        | _account(of)
        for session, slug, of in found.sessions
    ]
    return {
        "as_of": found.as_of.isoformat(),
        "total": _account(found.total),
        "authors": [{"author": slug} | _account(of) for slug, of in found.authors.items()],
        "months": months,
        "sessions": sessions,
        "judge": _judge(judge) if judge else None,
        "caps": [_cap(used) for used in found.caps],
    }


def _judge(judge: Judged) -> dict[str, Any]:
    months = [{"month": month} | _account(of) for month, of in judge.months.items()]
    return _account(judge.total) | {"months": months, "caps": [_cap(used) for used in judge.caps]}


def _account(account: Account) -> dict[str, Any]:
    states = {
        name: {
            # Of a call that is not settled the sum alone is known: what was reserved for it.
            "input_tokens": of.input_tokens if paid is Paid.SETTLED else None,
            "output_tokens": of.output_tokens if paid is Paid.SETTLED else None,
        }
        | _sum(of)
        for name, paid in STATES.items()
        for of in [account.sums[paid]]
    }
    return {"unpaid_calls": account.sums[Paid.UNPAID].calls} | _sum(account.all) | {"calls": account.calls} | states


def _sum(of: Sum) -> dict[str, Any]:
    known = not of.unpriced or of.unpriced < of.calls
    return {
        "calls": of.calls,
        "tokens": of.tokens,
        "dollars": of.cost / 1_000_000 if known else None,
        "cost_millionths": of.cost if known else None,
        "cost": in_words(of),
        "calls_of_unknown_price": of.unpriced,
        "calls_of_estimated_tokens": of.unsized,
    }


def _cap(used: Used) -> dict[str, Any]:
    cap = used.cap
    one, unit = (1_000_000, "dollars") if cap.kind == "cost" else (1, "tokens")
    cap_used_free = (cap.most, used.amount, max(cap.most - used.amount, 0))
    amounts = zip(("cap", "used", "free"), cap_used_free, strict=True)
    return {
        "setting": f"max_{cap.kind}_per_{cap.span}",
        "author": cap.whose,
        "span": cap.span,
        "session": used.session_id,
        "unit": unit,
    } | {name: number / one if one > 1 else number for name, number in amounts}


def _lines(found: Accounts, judge: Judged | None, whose: str) -> Iterator[str]:
    total = found.total.all + (judge.total.all if judge else Sum())
    yield f"What was used until {minute(found.as_of)}"
    yield ""
    yield from _row("", *HEAD)
    yield from _of(whose, found.total)
    for title, rows in (
        ("by author", list(found.authors.items())),
        ("by month", [(f"{month} {slug}", of) for (month, slug), of in found.months.items()]),
        ("newest sessions", [(f"{session.id} {slug}", of) for session, slug, of in found.sessions]),
    ):
        if rows:
            yield f"\n{title}"
        for name, of in rows:
            yield from _of(name, of)
    if judge:
        yield f"\n{JUDGE}, besides, with a budget of its own"
        yield from _of("in all", judge.total)
        for month, of in judge.months.items():
            yield from _of(month, of)
    yield "\ncaps"
    for used in [*found.caps, *(judge.caps if judge else [])]:
        yield from _bar(used)
    notes = [
        (
            total.unpriced,
            "+ and what {} cost whose price was unknown: no cap in dollars counts that. Say it under [[price]].",
        ),
        (total.unsized, "Of {} nobody counted the tokens: each counts as a whole context."),
    ]
    for number, words in notes:
        if number:
            yield ""
            yield from folded(words.format(f"{number:,} call{'' if number == 1 else 's'}"), "", "")


def _of(name: str, account: Account) -> Iterator[str]:
    sums = [account.sums[paid] for paid in STATES.values()]
    yield from _row(name, f"{account.calls:,}", f"{account.all.tokens:,}", *map(_short, [*sums, account.all]))


def _short(of: Sum) -> str:
    """What calls cost, as a table has room for it."""
    words = in_words(of)
    return f"{in_dollars(of.cost)}+" if words.startswith("at least") else words


def _row(name: str, *cells: str) -> Iterator[str]:
    if len(name) > NAME:
        yield name
        name = ""
    yield f"{name:<{NAME}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def _bar(used: Used) -> Iterator[str]:
    cap, name = used.cap, used.cap.name
    share = min(used.amount / cap.most, 1.0) if cap.most else 1.0
    filled = math.ceil(share * BAR)
    if len(name) > CAP:
        yield name
        name = ""
    of = f", session {used.session_id}" if used.session_id is not None else ""
    bar = f"[{'#' * filled}{'.' * (BAR - filled)}]"
    yield f"{name:<{CAP}} {bar} {cap.amount(used.amount)} of {cap.amount(cap.most)}{of}"
