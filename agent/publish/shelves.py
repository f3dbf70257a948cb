"""How a long list is cut into pages. Pure.

Pages are numbered from the oldest, so that one more piece touches the newest page alone: full pages do not change but
for a piece that is taken down, which leaves its place empty. The newest page holds the last hundred and what is after.
"""

from dataclasses import dataclass

PAGE = 100
"""So many places a full page has."""
LEDGER_PAGE = 200
"""So many invitations a page of the ledger has."""
SITEMAP = 1000
"""So many pieces a part of the sitemap has."""


@dataclass(frozen=True)
class Cut:
    """A list of `places`, cut into pages."""

    places: int

    @property
    def full(self) -> int:
        """How many full pages lie behind the newest."""
        return max(0, self.places // PAGE - 1)

    @property
    def numbers(self) -> list[int]:
        """Their numbers, from the oldest."""
        return list(range(1, self.full + 1))

    def span(self, number: int | None) -> tuple[int, int]:
        """Of a full page, or of the newest (None): its first place, from 0, and how many it has."""
        start = self.full * PAGE if number is None else (number - 1) * PAGE
        return start, self.places - start if number is None else PAGE

    def page_of(self, place: int) -> int | None:
        """The page with this place, from 0; None for the newest."""
        return place // PAGE + 1 if place < self.full * PAGE else None


def ledger_page(invitation: int) -> int:
    """The page of the ledger on which an invitation stands, from 1."""
    return (invitation - 1) // LEDGER_PAGE + 1


def sitemap_of(piece: int) -> int:
    """The part of the sitemap in which a piece stands, from 1."""
    return (piece - 1) // SITEMAP + 1
