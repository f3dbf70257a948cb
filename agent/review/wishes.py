"""What authors wish for, and the only writer of the answers that staff give. An author reads each answer
with its next invitation."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from agent import reading
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import today_of
from agent.reasons import need_storable
from agent.review.needs import known, known_in
from agent.review.standing import heed
from agent.tables import Asks, Author, Blob, Drop, Interest, Piece, Request, Rest, StaffRole, Want, Wish, WishAnswer

WORDS_AT_LEAST = 3
MAY_ANSWER = (StaffRole.REVIEWER, StaffRole.OPERATOR, StaffRole.ADMINISTRATOR)


@dataclass(frozen=True)
class Wished:
    """A wish, with its author's words (None where they were erased) and what was answered, if it was."""

    wish: int
    author: str
    byline: str
    want: Want
    words: str | None
    url: str
    until: date | None
    at: datetime
    granted: bool | None
    answer: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Held:
    """A subject that an author follows, in its words (None where they were erased)."""

    author: str
    byline: str
    interest: int
    words: str | None
    at: datetime


def answer(
    outlet: Outlet, wish_id: int, actor: str, *, granted: bool | None, words: str, takes_down: int | None = None
) -> Wished:
    """Answer a wish, once, in words that its author reads, and let what was granted take effect. Returns
    the wish as it stands then. Raises UnknownUser, and Refused with the reason.

    `takes_down` is the piece that the author wishes to withdraw, where it has no tools and said so in words:
    it is the author's own act, carried out by one of the staff, and needs no ground and no second person.
    """
    known(outlet, actor, *MAY_ANSWER)
    said = words.strip()
    with outlet.database.write() as db:
        known_in(db, outlet, actor, *MAY_ANSWER)
        # On PostgreSQL two answers at once wait here for each other; SQLite has one writer anyway.
        wish = db.exec(select(Wish).where(Wish.id == wish_id).with_for_update()).first()
        if wish is None:
            raise Refused(reason=f"There is no wish {wish_id}. `afterword wishes` lists what waits.")
        given = db.exec(select(WishAnswer).where(WishAnswer.wish_id == wish_id)).first()
        if given is not None:
            raise Refused(reason=f"{given.actor} has answered wish {wish_id} already. A wish has one answer.")
        if sum(sign.isalnum() for sign in said) < WORDS_AT_LEAST:
            least = f"at least {WORDS_AT_LEAST} letters or digits"
            raise Refused(reason=f"Answer in words, too, {least}: the author reads them, and nothing else.")
        need_storable(said)
        if wish.want is Want.WORD and granted is not None:
            raise Refused(reason=f"Wish {wish_id} asks for a word: answer it in words, without a yes or no.")
        if wish.want is not Want.WORD and granted is None:
            raise Refused(reason=f"Wish {wish_id} is for a {wish.want.value}: say whether it is granted or refused.")
        if granted:
            _grant(db, wish, outlet.now())
        if takes_down is not None:
            _withdraw(db, wish, takes_down, outlet.now())
        db.add(WishAnswer(wish_id=wish_id, actor=actor, granted=granted, words=said, at=outlet.now()))
        db.flush()
        [wished] = wishes(db, wish_id=wish_id)
    if takes_down is not None:
        heed(outlet)
    outlet.log.info("wish answered", action="wish_answered", wish=wish_id, want=wished.want.value, granted=granted)
    return wished


def _grant(db: Session, wish: Wish, now: datetime) -> None:
    """What follows from a yes by itself. A page is fetched before the author's next invitation; a cadence stands
    in afterword.toml, which nothing here writes."""
    if wish.want is Want.FEED:
        reading.follow(db, wish.author_id, wish.url, now=now, wish_id=wish.id)
    elif wish.want is Want.REST and wish.until is not None:
        if wish.until <= today_of(db, wish.author_id, now):
            raise Refused(reason=f"{wish.until} has come, so no rest is left to grant. Refuse it, and say so in words.")
        since = select(Rest).where(Rest.author_id == wish.author_id, col(Rest.turn_id) > wish.turn_id)
        latest = db.exec(since.order_by(col(Rest.id).desc())).first()
        if latest is not None and latest.until <= today_of(db, wish.author_id, latest.at):
            raise Refused(reason="The author has ended its rest since. Refuse it, and say in words why.")
        if latest is None or latest.until < wish.until:  # a longer one, which it took meanwhile, is not cut short
            db.add(Rest(author_id=wish.author_id, until=wish.until, turn_id=wish.turn_id, at=now))


def _withdraw(db: Session, wish: Wish, piece_id: int, now: datetime) -> None:
    """What the author wishes for is its own to decide, so it becomes a request of its own."""
    piece = db.get(Piece, piece_id)
    if wish.want is not Want.WORD or piece is None or piece.author_id != wish.author_id:
        raise Refused(
            reason=f"Wish {wish.id} cannot take piece {piece_id} down: it is for something else, or by another."
        )
    number = db.exec(select(func.max(Request.number)).where(Request.turn_id == wish.turn_id)).one() or 0
    db.add(
        Request(
            author_id=wish.author_id,
            turn_id=wish.turn_id,
            number=number + 1,
            asks=Asks.WITHDRAW,
            piece_id=piece_id,
            blob_id=wish.blob_id,
            at=now,
        )
    )


def open_wishes(db: Session) -> list[Wished]:
    """Every wish that waits for an answer, oldest first."""
    return wishes(db, answered=False)


def all_wishes(db: Session) -> list[Wished]:
    """Every wish: those that wait for an answer first, oldest first; then the others, newest answer first."""
    return wishes(db)


def wishes(
    db: Session,
    *,
    wish_id: int | None = None,
    author_id: int | None = None,
    answered: bool | None = None,
    limit: int | None = None,
) -> list[Wished]:
    """Wishes in that order: of one author or of all, and those alone that were answered, or were not."""
    rows = (
        select(Wish, Author, Blob.data, WishAnswer)
        .select_from(Wish)
        .join(Author, col(Author.id) == Wish.author_id)
        .join(Blob, col(Blob.id) == Wish.blob_id)
        .join(WishAnswer, col(WishAnswer.wish_id) == Wish.id, isouter=True)
        # What has no answer has no place in the order of answers, and each database puts it at another end.
        .order_by(col(WishAnswer.id).is_not(None), col(WishAnswer.id).desc(), col(Wish.id))
    )
    if wish_id is not None:
        rows = rows.where(Wish.id == wish_id)
    if author_id is not None:
        rows = rows.where(Wish.author_id == author_id)
    if answered is not None:
        rows = rows.where(col(WishAnswer.id).is_not(None) if answered else col(WishAnswer.id).is_(None))
    return [_wished(wish, author, data, given) for wish, author, data, given in db.exec(rows.limit(limit))]


def interests(db: Session, author_id: int | None = None) -> list[Held]:
    """The subjects that authors follow, author by author, in the order in which they were named; or those of one."""
    rows = (
        select(Interest, Author, Blob.data)
        .select_from(Interest)
        .join(Author, col(Author.id) == Interest.author_id)
        .join(Blob, col(Blob.id) == Interest.blob_id)
        .where(col(Interest.id).not_in(select(Drop.interest_id)))
        .order_by(col(Author.slug), col(Interest.number))
    )
    if author_id is not None:
        rows = rows.where(Interest.author_id == author_id)
    return [
        Held(author.slug, author.byline, held.number, data.decode() if data is not None else None, held.at)
        for held, author, data in db.exec(rows)
    ]


def _wished(wish: Wish, author: Author, data: bytes | None, given: WishAnswer | None) -> Wished:
    return Wished(
        wish=wish.id,
        author=author.slug,
        byline=author.byline,
        want=wish.want,
        words=data.decode() if data is not None else None,
        url=wish.url,
        until=wish.until,
        at=wish.at,
        granted=given.granted if given else None,
        answer=given.words if given else "",
        answered_by=given.actor if given else "",
        answered_at=given.at if given else None,
    )
