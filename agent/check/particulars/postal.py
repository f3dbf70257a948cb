"""Where somebody lives: a street and a number together with a code of the post, or said to be somebody's home."""

import re
from collections.abc import Iterator

from agent.check.particulars import Particular
from agent.check.particulars.page import Page
from agent.check.particulars.streets import AFTER_TOWN, BEFORE_TOWN, BOX, CONTINENTAL, ENGLISH, HOUSE, POSTCODE, TOWN

REACH = 90
"""Characters after a street in which its code and its town stand."""
HOME = re.compile(
    r"\b(?:lives?|living|resides?|residing|resident|stays?|staying|home) (?:now |alone |together )?(?:is )?at\b|"
    r"\b(?:home|postal|private|mailing|his|her|my|their|whose|'s|\u2019s) address\b|\baddress(?: is|:)|"
    r"\bfind (?:him|her|them|me) at\b|\bwohn(?:t|e|en|haft|hafte)\b|\badresse\b|\bhabite\b|\bdemeurant\b|\bvive en\b|"
    r"\bdomicili\w{1,4}\b|\babita\b|\bwoont\b",
    re.IGNORECASE,
)
"""Words that make an address somebody's home now; where someone lived once is history."""
STOPS = re.compile(r"(?<!\bSt)[.!?;:]\s|\n\s{0,9}\n")
HOME_BEFORE = 45
ANY = re.compile(
    r"\b(?:Any|Some|Your|My|Example|Sample|Fake|Muster|Beispiel)[\s-]?(?:Street|St|Town|City|ville|where|Road|Lane|"
    r"stra\u00dfe|strasse|stadt|weg|hausen|ort)\b|\b(?:Nowhere|Exampleville|Anytown|Musterstadt|Musterhausen)\b|"
    r"[, ]12345 [A-Z]|\b(?:12345|00000|99999)(?:-6789)?$",
    re.IGNORECASE,
)
"""Words and codes that stand for any place."""
KNOWN = re.compile(
    r"221\s?B,? Baker|\b1[01],? Downing|1600 Penn|4,? Privet Drive|742 Evergreen|42 Wallaby|7,? Eccles|124 Conch|"
    r"350 Fifth Ave|\b20 W(?:est|\.)? 34th|Platz der Republik 1\b|55,? rue du Faubourg|"
    r"\b30 Rockefeller|1 Infinite Loop|\b12,? Grimmauld|\b(?:SW1A [012]AA|20500|20252)\b"
)
"""Houses that everybody knows, from books or from the news."""


def postal(page: Page) -> Iterator[Particular]:
    """Every address that leads to a door. A street alone leads to none."""
    for start, end, is_home in (*_in_english(page), *_continental(page), *_with_name(page), *_boxes(page)):
        if not page.is_free(start, end):
            continue
        page.take(start, end)
        words = " ".join(page.text[start:end].split())
        unreal = "it stands for any place" if ANY.search(words) else ""
        if KNOWN.search(words):
            unreal = "everybody knows this house"
        what = "an address, said to be a home" if is_home else "an address"
        yield Particular("postal address", start, end, what, words.lower(), unreal)


def _in_english(page: Page) -> Iterator[tuple[int, int, bool]]:
    """A number before its street, and a code after its town; or a town at least, where it is said to be a home."""
    for street in page.find_address(ENGLISH):
        is_home = _is_home(page.text, street.start())
        after = page.text[street.end() : street.end() + REACH]
        code, town = AFTER_TOWN.search(after), TOWN.match(after)
        if code is not None and not STOPS.search(after, 0, code.start()):
            yield street.start(), street.end() + code.end(), is_home
        elif town is not None and is_home:
            yield street.start(), street.end() + town.end(), True


def _continental(page: Page) -> Iterator[tuple[int, int, bool]]:
    """A code before its town, right after the street."""
    for pattern in CONTINENTAL:
        for street in page.find_address(pattern):
            is_home = _is_home(page.text, street.start())
            code = BEFORE_TOWN.match(page.text, street.end())
            if code is not None:
                yield street.start(), code.end(), is_home
            elif is_home:
                yield *street.span(), True


def _with_name(page: Page) -> Iterator[tuple[int, int, bool]]:
    """A house that has a name instead of a number: known by its code."""
    for code in page.find_address(POSTCODE):
        since = max(0, code.start() - REACH)
        lead = page.text[since : code.start()]
        house = HOUSE.search(lead, max((stop.end() for stop in STOPS.finditer(lead)), default=0))
        if house is not None:
            yield since + house.start(), code.end(), False


def _boxes(page: Page) -> Iterator[tuple[int, int, bool]]:
    for box in page.find_address(BOX):
        after = page.text[box.end() : box.end() + REACH]
        code = AFTER_TOWN.search(after) or BEFORE_TOWN.match(after)
        if code is not None and not STOPS.search(after, 0, code.start()):
            yield box.start(), box.end() + code.end(), False


def _is_home(text: str, start: int) -> bool:
    return HOME.search(text[max(0, start - HOME_BEFORE) : start]) is not None
