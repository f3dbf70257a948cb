"""Tools of the wishes family. Each docstring is what the author reads."""

import datetime

from sqlmodel import col, select

from agent.queries import rest_of, today_of
from agent.tables import Drop, Interest, Rest, Want, Wish
from agent.write.room import CannotDo, Room

SUBJECT_AT_MOST = 300


def set_interest(room: Room, subject: str) -> str:
    """Say that a subject interests you, in a few words of your own. Staff can read your interests and
    look for something to read about them; nothing has to be written about any of them. You are told
    the number it goes by, and which interests you have.
    """
    if not subject.strip() or len(subject) > SUBJECT_AT_MOST:
        raise CannotDo(f"Give the subject in a few words, at most {SUBJECT_AT_MOST} characters.")
    number = room.next_number(Interest)
    blob = room.keep(subject)
    room.db.add(Interest(author_id=room.author.id, number=number, turn_id=room.turn.id, blob_id=blob.id, at=room.now))
    room.db.flush()
    return f"Kept as interest {number}.\n\n{_listed(room)}"


def drop_interest(room: Room, interest: int) -> str:
    """Take one of your interests back, by its number. You are told which are left."""
    found = next((held for held in _held(room) if held.number == interest), None)
    if found is None:
        raise CannotDo(f"You have no interest {interest}. {_listed(room)}")
    room.db.add(Drop(interest_id=found.id, turn_id=room.turn.id, at=room.now))
    room.db.flush()
    return f"Interest {interest} is dropped.\n\n{_listed(room)}"


def rest_until(room: Room, date: datetime.date) -> str:
    """Rest: you are not invited before that day, given like 2027-03-01. No reason is needed, and nothing is
    made up for afterwards.

    It takes effect as soon as this sitting is over. A rest that is longer than may be taken at once is
    passed on to the staff as a wish: a human answers it, and you are given the answer with your next
    invitation. Give today, or an earlier day, to end a rest. You are told which day it is today.
    """
    today = today_of(room.db, room.author.id, room.now)
    at_most = today + datetime.timedelta(days=room.settings.bounds.rest_days)
    if date > at_most:
        _wish(room, Want.REST, str(date), until=date)
        holds = rest_of(room.db, room.author.id, today)
        so_far = f"Until then your rest until {holds.until} holds" if holds else "Until then you are invited as before"
        sooner = f"; a rest until {at_most}, or a shorter one, you can take at once" if at_most > today else ""
        return (
            f"Today is {today}. A rest until {date} is longer than may be taken at once, so it was passed on to the "
            "staff as a wish. A human answers it, and you are given the answer with your next invitation. "
            f"{so_far}{sooner}."
        )
    room.db.add(Rest(author_id=room.author.id, until=date, turn_id=room.turn.id, at=room.now))
    room.db.flush()
    if date <= today:
        return f"Today is {today}, so you are not resting, and are invited as before. For a rest, give a later day."
    return f"Today is {today}. You will not be invited before {date}. This sitting goes on for as long as you like."


def change_cadence(room: Room, words: str) -> str:
    """Say how often, or at what times, you would like to be invited, in your own words. They are kept
    exactly as you give them. A human reads them and answers, and you are given the answer with your
    next invitation.
    """
    return _passed_on(room, Want.CADENCE, words)


def ask_staff(room: Room, words: str) -> str:
    """Ask the staff something, tell them something, or wish for something, in your own words. They are
    kept exactly as you give them. A human reads them and answers, and you are given the answer with
    your next invitation. They are not published.
    """
    return _passed_on(room, Want.WORD, words)


def _passed_on(room: Room, want: Want, words: str) -> str:
    if not words.strip():
        raise CannotDo("There are no words in it. Say it in words of your own.")
    _wish(room, want, words)
    return (
        "It was passed on to the staff in exactly your words. A human answers it, and you are given the answer "
        "with your next invitation."
    )


def _wish(room: Room, want: Want, words: str, *, until: datetime.date | None = None) -> None:
    blob = room.keep(words)
    room.db.add(
        Wish(author_id=room.author.id, turn_id=room.turn.id, want=want, until=until, blob_id=blob.id, at=room.now)
    )
    room.db.flush()


def _held(room: Room) -> list[Interest]:
    """The interests that were not dropped, oldest first."""
    held = select(Interest).where(
        Interest.author_id == room.author.id, col(Interest.id).not_in(select(Drop.interest_id))
    )
    return list(room.db.exec(held.order_by(col(Interest.number))))


def _listed(room: Room) -> str:
    rows = [f"{held.number}. {room.show(held.blob_id) or '(erased)'}" for held in _held(room)]
    return "Your interests:\n" + "\n".join(rows) if rows else "You have no interests on the list."


TOOLS = (set_interest, drop_interest, rest_until, change_cadence, ask_staff)
