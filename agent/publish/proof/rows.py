"""The ledger as pages: each invitation stands there once, where it belongs, and the totals agree with the ledger. Pure.

What came of an invitation can be told from the ledger wherever every work of it was published, or none was handed in.
Of a text that is not public the ledger says less: it may wait, be vetoed, be kept or taken back, or be replaced.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from agent.publish.fates import ERASED, FIRST, KEPT_BACK, PUBLISHED, REPLACED, TAKEN_BACK, VETOED, WAITING, WITHDRAWN
from agent.publish.shelves import ledger_page
from agent.publish.told import Revised, Told, Work

PAGE = "ledger.html"
ROW = re.compile(r'\bid="i-(\d+)"')
TOTAL = re.compile(r'\bdata-state="([^"]*)"[^>]*>([^<]*)<')
"""A total: an element that says by `data-state` what it counts, and holds the number."""
NUMBER = re.compile(r"\d(?:[\d.,'’\s\u00a0\u202f]*\d)?")
IN_PROGRESS = "in progress"
VETOES = 2
NOBODY: Counter[int] = Counter()
"""No invitation stands on the page of the totals under its number: its newest rows are shown once more."""


def pages_wanted(told: Told, *, paged: bool) -> dict[str, Counter[int]]:
    """Which invitations stand on which page, and how often the ledger tells of each. Before format 3
    there was one page, not `paged`."""
    wanted: dict[str, Counter[int]] = {} if paged else {PAGE: Counter()}
    for invitation, times in sorted(told.invited.items()):
        wanted.setdefault(_page_of(invitation, paged=paged), Counter())[invitation] = times
    return wanted


def _page_of(invitation: int, *, paged: bool) -> str:
    return f"ledger/{ledger_page(invitation)}.html" if paged else PAGE


def rows_on(page: str, html: str, wanted: Counter[int], told: Told, *, paged: bool) -> Iterator[str]:
    """What is wrong with the rows of one page: it shows each invitation that belongs there once, and no other."""
    shown = Counter(int(number) for number in ROW.findall(html))
    for number in sorted((shown - wanted) | (wanted - shown)):
        if number in told.invited and number not in wanted:
            yield f"{page}: shows invitation {number}, which belongs on {_page_of(number, paged=paged)}"
        else:
            yield f"{page}: shows invitation {number} {shown[number]} times, the ledger {wanted[number]}"


def totals_on(html: str, told: Told, pieces: dict[int, list[Revised]]) -> Iterator[str]:
    """Where the totals of the ledger page cannot be those of the ledger."""
    shown: Counter[str] = Counter()
    for state, words in TOTAL.findall(html):
        number = NUMBER.search(words)
        shown[state] += int(re.sub(r"\D", "", number[0])) if number else 0
    if not shown.total() and told.invited:
        yield f"{PAGE}: shows no totals that could be compared with the ledger"
        return
    if shown.total() != told.invited.total():
        yield f"{PAGE}: its totals come to {shown.total()}, and the ledger tells of {told.invited.total()} invitations"
    certain: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for states in states_of(told, pieces):
        possible.update(states)
        if len(states) == 1:
            certain.update(states)
    for state in sorted(shown.keys() | certain.keys()):
        low, high = certain[state], possible[state]
        if not low <= shown[state] <= high:
            tells = f"{low}" if low == high else f"at least {low} and at most {high}"
            yield f"{PAGE}: counts {shown[state]} as {state}, and the ledger tells of {tells}"


def states_of(told: Told, pieces: dict[int, list[Revised]]) -> Iterator[set[str]]:
    """What may have come of each invitation, in the words of the page: one word where the ledger tells it."""
    public = {revision.work: revision for revisions in pieces.values() for revision in revisions}
    for invitation in told.invited:
        ended = told.ended.get(invitation)
        if ended is None:
            yield {IN_PROGRESS}
        elif not ended.works:
            yield {ended.outcome.replace("_", " ")}
        else:
            works = [_states(told, public, (invitation, number)) for number in range(1, ended.works + 1)]
            yield _first(works)


def _first(works: list[set[str]]) -> set[str]:
    """Which words may stand for all works of a session: of what became of each, the one that comes first."""
    found = works[0]
    for states in works[1:]:
        found = {min(one, other, key=FIRST.index) for one in found for other in states}
    return found


def _states(told: Told, public: Mapping[Work, Revised], work: Work) -> set[str]:
    """What may have become of one work."""
    if (revision := public.get(work)) is not None:
        return {ERASED if revision.is_erased else WITHDRAWN if revision.is_withdrawn else PUBLISHED}
    if work in told.erased:
        return {ERASED}
    found = {WAITING, KEPT_BACK, TAKEN_BACK, REPLACED}
    if work not in told.overturned and work in told.appealed:
        found = {VETOED}  # Nobody appeals against anything else.
    elif work not in told.overturned and told.vetoes[work] >= VETOES:
        found.add(VETOED)
    return found | ({ERASED} if work[0] in told.erased_in_format_1 else set())
