"""What the lines of a ledger tell of each invitation and each piece, and so which texts can be read. Pure.

Lines are taken in one by one, and of each is kept what is needed: a ledger may be larger than memory. In format 1
an invitation brought one work at most, a piece had one revision, an outcome one commitment, and an erasure named its
invitation alone. What cannot be read raises KeyError, TypeError or ValueError, and leaves nothing behind.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from agent.publish.tallied import counted, sum_of

Event = dict[str, Any]
POSTSCRIPT = "postscript"
SUBMITTED = "submitted"
VETO, OVERTURNED = "veto", "overturned"

Work = tuple[int, int]
"""A work, by its invitation and its number in that session, from 1."""


@dataclass
class Revised:
    """A published revision, as its line tells of it. `publication` is that line's own number; `name` is where
    its files lie, without suffix; it `stands` while nothing took it down."""

    number: int
    publication: int
    piece: int
    work: Work
    path: str
    text_sha256: str
    record_sha256: str
    salt: bytes | None
    kind: str
    """Empty in format 1."""
    about: int | None
    name: str = ""
    stands: bool = True
    is_withdrawn: bool = False
    is_erased: bool = False


@dataclass(frozen=True)
class Ended:
    """What came of an invitation, and what was committed to then, of each work in order."""

    outcome: str
    works: int
    promises: tuple[Any, ...]


class Told:
    """What the lines so far tell of."""

    def __init__(self) -> None:
        self.invited: Counter[int] = Counter()
        self.ended: dict[int, Ended] = {}
        self.vetoes: Counter[Work] = Counter()
        self.appealed: set[Work] = set()
        self.overturned: set[Work] = set()
        self.erased: set[Work] = set()
        """Also works that were never published."""
        self.erased_in_format_1: set[int] = set()
        """Invitations of which something was erased, and nobody said what."""
        self.counts: Counter[tuple[str, int]] = Counter()
        """How often what was decided, by name and year."""
        self.corrected: dict[int, set[str]] = defaultdict(set)
        """The hashes of the words of all corrections, by piece; of words that were erased at once there is none."""
        self._published: dict[int, list[Revised]] = defaultdict(list)
        self._of_format_1: dict[int, Revised] = {}
        self._withdrawn: dict[int, tuple[int, int]] = {}
        self._returned: set[int] = set()
        self._erased: set[tuple[int, int]] = set()

    def add(self, event: Event) -> None:
        """Take in one line."""
        data, number, counts = event["data"], number_of(event), sum_of(counted(event))
        match event["event"]:
            case "invited":
                self.invited[whole_number(data["invitation"])] += 1
            case "outcome":
                self.ended[whole_number(data["invitation"])] = _ended(data)
            case "verdict" | "undone" as word:
                self.vetoes[work_of(data)] += (data["verdict"] == VETO) * (1 if word == "verdict" else -1)
            case "appealed":
                self.appealed.add(work_of(data))
            case "ruled" if data["veto"] == OVERTURNED:
                self.overturned.add(work_of(data))
            case "published":
                revised = _revised(data, number)
                self._published[revised.piece].append(revised)
                if event["v"] == 1:
                    self._of_format_1[revised.work[0]] = revised
            case "withdrawn":
                self._withdrawn[number] = whole_number(data["piece"]), whole_number(data.get("upto", 1))
            case "returned":
                self._returned.add(number)
            case "corrected" if data["words_sha256"] is not None:
                self.corrected[whole_number(data["piece"])].add(_words(data["words_sha256"]))
            case "erased" if event["v"] == 1:
                self.erased_in_format_1.add(whole_number(data["invitation"]))
            case "erased" if "piece" in data:
                piece, revision = whole_number(data["piece"]), whole_number(data["revision"])
                self.erased.add(work_of(data))
                self._erased.add((piece, revision))
        self.counts.update(counts)

    def pieces(self) -> dict[int, list[Revised]]:
        """The published revisions of each piece, the oldest first. The newest lies at the piece's own address;
        where it does not stand, none of them does."""
        upto = self._upto()
        erased = self._erased | {(r.piece, r.number) for i, r in self._of_format_1.items() if self._was_erased(i)}
        for piece, revisions in self._published.items():
            revisions.sort(key=lambda revision: revision.number)
            newest = revisions[-1]
            for revision in revisions:
                revision.name = f"{revision.path}{'' if revision is newest else f'.r{revision.number}'}"
                revision.is_withdrawn = revision.number <= upto[piece]
                revision.is_erased = (piece, revision.number) in erased
                revision.stands = not (revision.is_withdrawn or revision.is_erased)
            for revision in revisions:
                revision.stands &= newest.stands
        return dict(self._published)

    def _was_erased(self, invitation: int) -> bool:
        return invitation in self.erased_in_format_1

    def _upto(self) -> Counter[int]:
        """Up to which revision each piece is under a withdrawal that has not ended."""
        upto: Counter[int] = Counter()
        for number, (piece, reach) in self._withdrawn.items():
            if number not in self._returned:
                upto[piece] = max(upto[piece], reach)
        return upto


def afterwords(told: dict[int, list[Revised]]) -> dict[int, list[str]]:
    """Where the afterwords that can be read lie, by the piece under which they stand, in the order in which
    they first became public."""
    under: dict[int, list[str]] = defaultdict(list)
    for revisions in sorted(told.values(), key=lambda revisions: min(r.publication for r in revisions)):
        newest = revisions[-1]
        if newest.stands and newest.kind == POSTSCRIPT and newest.about is not None:
            under[newest.about].append(newest.name)
    return dict(under)


def whole_number(value: Any) -> int:
    """The value, if it is a whole number. Raises TypeError."""
    if type(value) is not int:
        raise TypeError
    return value


def number_of(event: Event) -> int:
    """The number in a line's key: that of the row that it tells of."""
    return int(event["key"].partition(":")[2])


def work_of(data: dict[str, Any]) -> Work:
    """Which work a line speaks of."""
    return whole_number(data["invitation"]), whole_number(data.get("work", 1))


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _ended(data: dict[str, Any]) -> Ended:
    outcome = _words(data["outcome"])
    promises = data.get("commitments", [data.get("commitment")])
    if not isinstance(promises, list):
        raise TypeError
    return Ended(outcome, whole_number(data.get("works", int(outcome == SUBMITTED))), tuple(promises))


def _revised(data: dict[str, Any], publication: int) -> Revised:
    return Revised(
        number=whole_number(data["revision"]),
        publication=publication,
        piece=whole_number(data["piece"]),
        work=work_of(data),
        path=_words(data["path"]),
        text_sha256=_words(data["text_sha256"]),
        record_sha256=_words(data["record_sha256"]),
        salt=None if data["salt"] is None else bytes.fromhex(data["salt"]),
        kind=_words(data.get("kind", "")),
        about=whole_number(data["about"]) if "about" in data else None,
    )
