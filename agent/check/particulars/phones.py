"""Telephone numbers, in the shapes in which people write them; a library knows which of them are numbers at all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from agent.check.particulars import Particular
from agent.check.particulars.invented import is_for_stories
from agent.check.particulars.nearby import cued
from agent.check.particulars.page import Page

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

CUE = re.compile(
    r"\b(?:(?:tele)?phones?|call(?:ed|s|ing)?|tel|cell|mobiles?|dial(?:led|ed)?|rang|"
    r"(?:ring|text|reach)(?:ed)? (?:me|him|her|us|them)|contact (?:me|him|her)|whatsapp|signal|fax|extension|voicemail|"
    r"(?:my|her|his|their|whose|the) number|"
    r"handy(?:nummer)?|telefon\w{0,8}|rufnummer|ruft?|rief|anrufen|t[\u00e9e]l[\u00e9e]phone|t[\u00e9e]l|portable|appel\w{0,4}|"
    r"tel[\u00e9e]fono|m[\u00f3o]vil|llam\w{1,4}|cellulare|chiam\w{1,5}|telefoon\w{0,8})\b",
    re.IGNORECASE,
)
"""Words that say of a number that somebody answers it."""


@dataclass(frozen=True)
class Shape:
    """How numbers are written somewhere. Where `regions` are named it is read as one of these states' own; it needs a
    cue where other things are written so, too."""

    pattern: re.Pattern[str]
    regions: tuple[str, ...]
    needs_cue: bool = False


BEGIN, END = r"(?<![\w.,/+#$\u20ac\u00a3-])", r"(?![\w%]|[.,/:-]\d)"
"""Nothing that makes it a part of something longer."""
EVERYWHERE = ("GB", "FR", "DE", "CH", "NL", "AU", "IT", "BE", "SE", "AT", "IE", "JP", "KR", "NZ", "ZA")
"""States whose numbers begin with a nought."""
ELSEWHERE = ("ES", "IT", "PT", "IN", "PL", "DK", "NO", "CZ", "GR", "MX", "BR")
GAP = r"[ .\u00a0\u2011-]"
SHAPES = (
    Shape(re.compile(r"(?<![\w+.-])\+\d{1,15}(?:[ ./()\u00a0\u2011-]{1,3}\d{1,15}){0,8}(?!\w)"), ()),
    Shape(
        re.compile(rf"{BEGIN}00[1-9]\d{{0,14}}(?:[ ./()\u00a0\u2011-]{{1,3}}\d{{1,15}}){{0,8}}{END}"),
        (),
        needs_cue=True,
    ),
    Shape(
        re.compile(rf"{BEGIN}(?:1{GAP})?(?:\(\d{{3}}\) ?\d{{3}}{GAP}|\d{{3}}[.\u2011-]\d{{3}}[.\u2011-])\d{{4}}{END}"),
        ("US",),
    ),
    Shape(re.compile(rf"{BEGIN}(?:1 )?\d{{3}}[ -]?\d{{3}}[ -]?\d{{4}}{END}"), ("US", "IN", "MX"), needs_cue=True),
    Shape(
        re.compile(rf"{BEGIN}(?:\(0\d{{1,4}}\) ?|0\d{{1,4}}{GAP})\d{{2,4}}(?:{GAP}\d{{2,4}}){{1,3}}{END}"), EVERYWHERE
    ),
    Shape(re.compile(rf"{BEGIN}(?:\(0\d{{2,4}}\)|07\d{{3}}|01\d{{3}})[ -]?\d{{5,6}}{END}"), ("GB",)),
    Shape(re.compile(rf"{BEGIN}0\d{{1,4}} \d{{6,8}}{END}"), EVERYWHERE),
    Shape(re.compile(rf"{BEGIN}\(\d{{2}}\) ?\d{{4,5}}-\d{{4}}{END}"), ("BR",)),
    Shape(re.compile(rf"{BEGIN}0\d{{1,3}}-\d{{6,8}}{END}"), ("NL", "DE", "IE")),
    Shape(
        re.compile(rf"{BEGIN}\(?0[1-9]\d{{1,4}}\)? ?[/\u2013] ?\d{{2,8}}(?:[ -]\d{{1,5}}){{0,4}}{END}"),
        ("DE", "AT", "CH"),
    ),
    Shape(
        re.compile(rf"{BEGIN}\(?0\d{{1,13}}\)?(?:[ ./\u2011-]{{1,3}}\d{{1,10}}){{0,5}}{END}"),
        EVERYWHERE,
        needs_cue=True,
    ),
    Shape(re.compile(rf"{BEGIN}[1-9]\d{{1,4}}(?:[ ./-]\d{{2,5}}){{1,4}}{END}"), ELSEWHERE, needs_cue=True),
)
"""Between two groups of digits stands a sign, so that there is one way to read each."""
LOCAL = re.compile(rf"{BEGIN}\d{{3}}[.\u2011-]\d{{4}}{END}")
"""A number without its town, as in songs: it reaches nobody."""
DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[ ./-](?:0?[1-9]|1[0-2])[ ./-](?:1[4-9]|20)\d\d(?!\d)|"
    r"(?:1[4-9]|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.]"
)
GAPS = re.compile(r"[ ./()\u00a0\u2011-]{1,3}(?=\d)")
FEWEST, LONGEST = 7, 15
"""Digits."""
MOST = 300
"""Different numbers that are looked up: it takes a moment each, and no honest text has so many."""


def phones(page: Page) -> Iterator[Particular]:
    """Numbers that somebody may answer. In code a number is hardly ever one."""
    looked_up: set[str] = set()
    for shape in SHAPES:
        for match in page.find(shape.pattern):
            start, end = match.span()
            if page.in_code(start, end) or DATE.match(match[0]) or len(_plain(match[0])) < FEWEST:
                continue
            if shape.needs_cue and not cued(CUE, page.text, start, end):
                continue
            looked_up.add(match[0])
            if len(looked_up) > MOST:
                page.unread = True
                return
            if (found := _read(match[0], shape.regions)) is not None:
                number, length = found
                page.take(start, start + length)
                yield _particular(start, start + length, number)
    for match in page.find(LOCAL):
        if not page.in_code(*match.span()) and cued(CUE, page.text, *match.span(), before=25):
            what, unreal = "a telephone number", "it names no town, and reaches nobody"
            yield Particular("phone", *match.span(), what, match[0], unreal)


def _plain(written: str) -> str:
    """The digits that are dialled."""
    return re.sub(r"\(0\)|\D", "", written)


@lru_cache(maxsize=MOST)
def _read(written: str, regions: tuple[str, ...]) -> "tuple[PhoneNumber, int] | None":
    """The number, and how many characters it takes: another number may follow it."""
    for cut in (len(written), *(gap.start() for gap in reversed([*GAPS.finditer(written)]))):
        plain = _plain(written[:cut])
        if len(plain) < FEWEST or len(set(plain)) < 3:
            return None
        if len(plain) <= LONGEST and (number := _number(written[:cut], regions)) is not None:
            return number, cut
        if regions:
            return None
    return None


def _number(written: str, regions: tuple[str, ...]) -> "PhoneNumber | None":
    """The number, where it is one of a state's, or is kept for its stories."""
    from phonenumbers import NumberParseException, is_valid_number, number_type, parse  # noqa: PLC0415  (it is heavy)

    written = "+" + written[2:] if written.startswith("00") and not regions else written
    of_office = None
    for region in regions or (None,):
        try:
            number = parse(written.replace("(0)", ""), region)
        except NumberParseException:
            continue
        if is_for_stories(_digits(number)):
            return number
        if is_valid_number(number):
            # What is an office's in one state may be a person's in another.
            if number_type(number) not in _offices():
                return number
            of_office = of_office or number
    return of_office


def _digits(number: "PhoneNumber") -> str:
    from phonenumbers import national_significant_number  # noqa: PLC0415

    return f"{number.country_code}{national_significant_number(number)}"


@cache
def _offices() -> frozenset[int]:
    from phonenumbers import PhoneNumberType as Type  # noqa: PLC0415

    return frozenset({Type.TOLL_FREE, Type.PREMIUM_RATE, Type.SHARED_COST, Type.UAN, Type.VOICEMAIL})


def _particular(start: int, end: int, number: "PhoneNumber") -> Particular:
    from phonenumbers import PhoneNumberType, number_type  # noqa: PLC0415

    digits, kind = _digits(number), number_type(number)
    unreal = ""
    if is_for_stories(digits):
        unreal = "it is kept free for stories"
    elif kind in _offices():
        unreal = "it is an office's, and no person's"
    elif re.search(r"(\d)\1{6}|0123456|1234567|7654321", digits):
        unreal = "its digits stand in their order"
    what = "a mobile number" if kind == PhoneNumberType.MOBILE else "a telephone number"
    return Particular("phone", start, end, what, digits, unreal)
