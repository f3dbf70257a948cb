"""What ails a database, in words of ours that say what to do. Its own words may quote a text; its codes cannot."""

from typing import NamedTuple


class Mishap(NamedTuple):
    """What is wrong with a database, to be filled in with its name, and what to do about it."""

    what: str
    to_do: str


FULL = Mishap("the disk that holds {name} is full", "Make room there, and run it again.")
FAILS = Mishap("the disk that holds {name} fails, or is full", "Look at the disk and at its free room; run it again.")
READ_ONLY = Mishap("{name} can be read and not written", "Make it writable for this program, and run it again.")
TAKEN = Mishap("another program has kept {name} locked", "Let that program come to its end, and run it again.")
CLOSED = Mishap("{name} cannot be opened", "Look at its path and at who may read and write there; run it again.")
SPOILT = Mishap("{name} is damaged, or no database", "Stop what uses it, and restore it from a backup.")
AWAY = Mishap("the server of {name} does not answer, or has gone away", "Look at the server, and run it again.")
BUSY = Mishap("the server of {name} takes no more connections", "Close some there, or allow more; run it again.")
FORBIDDEN = Mishap("the server of {name} does not let this role do that", "Give it the rights, and run it again.")

OF_SQLITE = {5: TAKEN, 6: TAKEN, 8: READ_ONLY, 10: FAILS, 11: SPOILT, 13: FULL, 14: CLOSED, 26: SPOILT}
"""By the lower byte of SQLite's result codes."""
OF_POSTGRESQL = {
    "53100": FULL,
    "58030": FAILS,
    "25006": READ_ONLY,
    "55P03": TAKEN,
    "40P01": TAKEN,
    "53300": BUSY,
    "42501": FORBIDDEN,
    "57P01": AWAY,
    "57P02": AWAY,
    "57P03": AWAY,
}
"""By PostgreSQL's SQLSTATE."""


def mishap(fault: BaseException) -> Mishap | None:
    """What ails the database that a fault came from; None where it is something else."""
    cause = getattr(fault, "orig", None) or fault
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        return OF_SQLITE.get(code & 0xFF)
    if type(cause).__module__.partition(".")[0] != "psycopg":
        return None
    state = getattr(cause, "sqlstate", None)
    if state is None or state.startswith("08"):
        # Where no server said anything, the connection is what failed.
        return AWAY if any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__) else None
    return OF_POSTGRESQL.get(state)


def in_words(fault: BaseException) -> str:
    """What ails the database, shortly, for a log; nothing where it is something else."""
    found = mishap(fault)
    return found.what.format(name="the database") if found else ""


def in_full(fault: BaseException) -> str:
    """What ails the database, by its name where that is known, and what to do; nothing where it is something else."""
    if (found := mishap(fault)) is None:
        return ""
    what = found.what.format(name=f"the database {getattr(fault, 'database', '')}".strip())
    return f"{what[0].upper()}{what[1:]}. Nothing more was stored. {found.to_do}"
