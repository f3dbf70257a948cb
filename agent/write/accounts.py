"""What was used and what it cost, by author, month and session: never less than the truth at the endpoint.

A call that is in flight, or was lost, counts with its worst case. A price that nobody knew stays unknown.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as row
from sqlmodel import Session, case, col, func, select

from agent.outlet import Outlet
from agent.prices import in_dollars
from agent.settings import Settings
from agent.tables import Author, Call, Paid, WritingSession
from agent.write.usage import Cap, caps_of, largest, used


@dataclass(frozen=True)
class Sum:
    """What some calls used. Money is in millionths of a dollar, without the calls whose price is unknown; what a call
    that is not settled asked and answered is known together alone."""

    calls: int = 0
    tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    unpriced: int = 0
    """How many of the calls have an unknown price."""
    unsized: int = 0
    """How many of them reserved no tokens, in an earlier version, and count as a whole context of their author's."""

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(*(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Account:
    """The calls of the outlet, an author, a month or a session, by what is known of their payment."""

    sums: dict[Paid, Sum] = field(default_factory=lambda: dict.fromkeys(Paid, Sum()))

    @property
    def all(self) -> Sum:
        """All that counts: what was not paid does not."""
        return sum((self.sums[paid] for paid in Paid if paid is not Paid.UNPAID), Sum())

    @property
    def calls(self) -> int:
        """Every call, those that were not paid included."""
        return sum(of.calls for of in self.sums.values())


@dataclass(frozen=True)
class Used:
    """How much of a cap is used: of one for a session, by the session in progress that used most, if there is one."""

    cap: Cap
    amount: int
    session_id: int | None = None


@dataclass
class Accounts:
    """Everything at one moment. Months are those of the calendar in UTC, with their author; newest come first."""

    as_of: datetime
    total: Account
    authors: dict[str, Account]
    months: dict[tuple[str, str], Account]
    sessions: list[tuple[WritingSession, str, Account]]
    caps: list[Used]


def accounts(outlet: Outlet, db: Session, slug: str | None = None, newest: int | None = None) -> Accounts:
    """The accounts of everyone, or of one author; of the sessions so many, or all."""
    now = outlet.now()
    held = select(WritingSession, Author.slug).join(Author).order_by(col(WritingSession.id).desc())
    known = select(Author.slug).order_by(col(Author.id))
    if slug is not None:
        held, known = held.where(Author.slug == slug), known.where(Author.slug == slug)
    authors = {author: Account() for author in db.exec(known)}
    months: defaultdict[tuple[str, str], Account] = defaultdict(Account)
    sessions: defaultdict[int, Account] = defaultdict(Account)
    total = Account()
    for author, session_id, month, paid, of in _sums(db, outlet.settings, slug):
        for account in (total, authors[author], months[month, author], sessions[session_id]):
            account.sums[paid] += of
    return Accounts(
        as_of=now,
        total=total,
        authors=authors,
        months=dict(sorted(months.items(), reverse=True)),
        sessions=[(session, author, sessions[session.id]) for session, author in db.exec(held.limit(newest))],
        caps=list(_caps(db, outlet.settings, now, sessions, slug)),
    )


def in_words(of: Sum) -> str:
    """What calls cost: "$1.23", "at least $1.23" where the price of some is unknown, "unknown" where that of all is."""
    if not of.unpriced:
        return in_dollars(of.cost)
    return "unknown" if of.unpriced == of.calls else f"at least {in_dollars(of.cost)}"


def _sums(db: Session, settings: Settings, slug: str | None) -> Iterator[tuple[str, int, str, Paid, Sum]]:
    """Author, session, month, state, and what the calls of these used."""
    settled = col(Call.paid) == Paid.SETTLED
    price = case((settled, Call.cost), else_=func.coalesce(Call.cost, Call.reserved))
    tokens = case((settled, Call.input_tokens + Call.output_tokens), else_=Call.reserved_tokens)
    groups: list[Any] = [col(Author.slug), col(Call.session_id), month_of(db, Call.at), col(Call.paid)]
    sums = [func.sum(func.coalesce(each, 0)) for each in (tokens, Call.input_tokens, Call.output_tokens, price)]
    rows = (
        row(*groups, func.count(), *sums, missing(price), missing(tokens))
        .join_from(Call, WritingSession)
        .join(Author)
        .group_by(*groups)
    )
    if slug is not None:
        rows = rows.where(col(Author.slug) == slug)
    most = {author: largest(settings, author) for author in db.exec(select(Author.slug))}
    for author, session_id, month, paid, *found in db.exec(rows):  # type: ignore[call-overload]
        of = Sum(*map(int, found))
        unknown = Sum(tokens=of.unsized * most[author])
        yield author, session_id, month, Paid(paid), of + unknown


def missing(amount: ColumnElement[int]) -> ColumnElement[int]:
    """How many calls do not say it."""
    return func.count() - func.count(amount)


def month_of(db: Session, at: Any) -> ColumnElement[str]:
    """The month of a moment in the rows, as it is in UTC."""
    if db.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m", at)
    return func.to_char(func.timezone("UTC", at), "YYYY-MM")


def _caps(
    db: Session, settings: Settings, now: datetime, sessions: Mapping[int, Account], slug: str | None
) -> Iterator[Used]:
    """The caps of the outlet, which hold for each author, too, and those of the authors."""
    own = [author for author in settings.authors if slug in (None, author.name)]
    caps = [*caps_of(settings), *(cap for author in own for cap in caps_of(author, author.name))]
    held = select(WritingSession.id, Author.slug).join(Author).where(col(WritingSession.outcome).is_(None))
    going_on = [(number, author) for number, author in db.exec(held) if slug in (None, author)]
    for cap, amount in zip(caps, used(db, settings, caps, now, None), strict=True):
        if cap.span != "session":
            yield Used(cap, amount)
            continue
        of = {number: sessions[number].all for number, author in going_on if cap.whose in (None, author)}
        by = [Used(cap, getattr(each, cap.kind), number) for number, each in of.items()]
        yield max(by, key=lambda one: (one.amount, one.session_id), default=Used(cap, 0))
