"""Which pieces go on from each other, and in what order they are read. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A piece's place in a series, from 1. `series` is the number of the piece with which it begins, which may itself
    never have been public; `pieces` are all that are, in order."""

    series: int
    place: int
    pieces: tuple[int, ...]


def series(continues: Mapping[int, int | None]) -> dict[int, Part]:
    """The part of a series that each piece is.

    `continues` holds every piece that is or was public, in the order in which they first were, with the piece that
    each goes on from. What goes on from nothing, and what nothing public goes on from, is in no series. Several
    pieces may go on from the same one: they all follow each other as they were published, and what comes out late
    stands last.
    """
    members: dict[int, list[int]] = defaultdict(list)
    firsts = _firsts(continues)
    for piece in continues:
        members[firsts[piece]].append(piece)
    # One tuple a series, which its parts share.
    whole = {first: tuple(pieces) for first, pieces in members.items() if len(pieces) > 1}
    return {
        piece: Part(first, place, pieces) for first, pieces in whole.items() for place, piece in enumerate(pieces, 1)
    }


def _firsts(continues: Mapping[int, int | None]) -> dict[int, int]:
    """The piece with which the series of each piece begins. A circle, which no author can make, begins with its lowest
    number."""
    firsts: dict[int, int] = {}
    for piece in continues:
        way: dict[int, None] = {}
        at = piece
        while at not in firsts and at not in way:
            way[at] = None
            if (before := continues.get(at)) is None:
                firsts[at] = at
            else:
                at = before
        if at in way and at not in firsts:
            passed = list(way)
            firsts[at] = min(passed[passed.index(at) :])
        firsts |= dict.fromkeys(way, firsts[at])
    return firsts
