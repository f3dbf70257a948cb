"""References to books and papers: numbers that cannot be, years that are not yet, works that nobody showed. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from agent.check.frame import Finding, Subject
from agent.check.quoted.works import unnumbered
from agent.check.reading.uncoded import without_code
from agent.tables import Level

ISBN = re.compile(
    r"\bISBN(?:[- ]?1[03])?(?:[: ]{1,3}|\sis\s)([0-9][0-9 \u2010-\u2013-]{3,24}[0-9Xx])(?![0-9])", re.IGNORECASE
)
BOOK = re.compile(r"(?<![0-9.-])97[89][- ][0-9]{1,5}[- ][0-9]{1,7}[- ][0-9]{1,7}[- ][0-9](?![0-9-])")
ISSN = re.compile(r"\bISSN:?\s?([0-9]{4}[\u2010-\u2013 -]?[0-9]{3}[0-9Xx])(?![0-9])", re.IGNORECASE)
DOI = re.compile(r"(?<![\w.])(?:doi(?:\.org/|:\s?|\s))?(10\.[0-9]{1,12}/[^\s<>\"“”|]{1,200})", re.IGNORECASE)
NO_DOI = re.compile(r"\bdoi(?:\.org/|:\s?)(?!10\.[0-9]{1,12}/)([0-9][^\s<>\"“”|)\]]{3,100})", re.IGNORECASE)
ARXIV = re.compile(r"\barxiv(?::\s?|\.org/(?:abs|pdf|html)/)([0-9]{4})\.([0-9]{3,7})(?:v[0-9]{1,3})?", re.IGNORECASE)
OLD_ARXIV = re.compile(
    r"\barxiv(?::\s?|\.org/(?:abs|pdf)/)[a-z-]{2,12}(?:\.[A-Z]{2})?/([0-9]{4})[0-9]{3}", re.IGNORECASE
)
BY_MONTH, FIVE_DIGITS = (2007, 4), (2015, 1)
"""Since these months arXiv counts by month, and with five digits instead of four."""
SIGNS = {"ISBN": ("isbn", "978", "979"), "ISSN": ("issn",), "DOI": ("doi", "10."), "arXiv number": ("arxiv",)}
"""A text without any of these has none of them: most have not."""
EXAMPLES = frozenset({"9783161484100", "0306406152", "9780306406157", "316148410X", "03178471", "20493630"})
"""Numbers that stand in every manual."""
PLACEHOLDER = re.compile(r"x{3}|0{4}|12345|abcd|example|suffix", re.IGNORECASE)
_WHO = r"[A-Z][\w'’-]{1,40}(?:,? et al\.?|,? (?:and|&) [A-Z][\w'’-]{1,40})?"
YEARS = (
    re.compile(rf"[(\[;]\s?{_WHO},? (?P<year>2[0-9]{{3}})[a-z]?(?:[,:] ?[^()\[\]]{{1,30}})?[)\];]"),
    re.compile(rf"\b{_WHO} \((?P<year>2[0-9]{{3}})[a-z]?(?:[,:] ?[^()\[\]]{{1,30}})?\)"),
    re.compile(
        r"\b(?:[Aa]ccessed|[Rr]etrieved|[Pp]ublished|[Pp]rinted|[Aa]ppeared|[Cc]opyright|©)(?: on| in| at)?,? ?"
        r"(?:[A-Z]?[\w.,]{1,10} ){0,3}(?P<year>2[0-9]{3})\b"
    ),
)
"""Years of works that are cited."""
MILLENNIUM = re.compile(r"2[0-9]{3}")
NOT_YET = re.compile(r"forthcoming|in press|to appear|will (?:be|appear)|preprint", re.IGNORECASE)
MOST = 100
"""So many references of each kind are looked at."""
WRONG_NUMBER = "The last digit does not fit the others: there is no book of this number."
WRONG_JOURNAL = "The last digit does not fit the others: there is no journal of this number."
NO_NUMBER = "No book's number has so many digits."
NO_SUCH_DOI = "No DOI looks like this: it begins with 10, a full stop, and four to nine digits."
LEFT_BLANK = "This looks like a DOI that was never filled in."
NO_SUCH_PAPER = (
    "arXiv has no such number: its first digits name no month so far, or it has too few or too many of them."
)
NO_SUCH_MONTH = "arXiv has no such number: its first four digits are a year and a month, and there is no such month."
NOT_SHOWN = "Nothing that the author was shown has this number: there may be no such work, or it may be another."
TOO_LATE = "This work is dated later than the text that cites it."


Reference = tuple[int, int, str]
"""Where a number stands, and what is wrong with it; nothing, where all may be well."""


def citations(subject: Subject) -> Iterator[Finding]:
    """What is wrong with references, or cannot be known of them."""
    bare = without_code(subject.text)
    given = ""
    kinds = {"ISBN": _books(bare), "ISSN": _journals(bare), "DOI": _dois(bare), "arXiv number": _papers(subject, bare)}
    small = bare.lower()
    for name, found in kinds.items():
        if not any(sign in small for sign in SIGNS[name]):
            continue
        for start, end, wrong in islice(found, MOST):
            number = bare[start:end]
            is_certain = wrong in (WRONG_NUMBER, WRONG_JOURNAL, NO_SUCH_MONTH)
            given = given or _given(subject)
            is_linked = bare.startswith("/", start - 1) and start > 0  # The check of links says where that is from.
            if wrong or not (is_linked or number.lower() in given):
                level = Level.LOOK if is_certain else Level.NOTE
                yield Finding(level, "citation", start, end, wrong or NOT_SHOWN, {name: number[:120]})
    yield from islice(_too_late(subject, bare), MOST)
    yield from unnumbered(subject, bare)


def _given(subject: Subject) -> str:
    """All that was shown, in small letters: put together only for a text that refers to something."""
    return "\n".join(f"{shown.where}\n{shown.text}" for shown in (*subject.shown, *subject.earlier)).lower()


def _books(bare: str) -> Iterator[Reference]:
    seen: set[int] = set()
    for pattern, group in ((ISBN, 1), (BOOK, 0)):
        for match in pattern.finditer(bare):
            start = match.start(group)
            if start not in seen:
                seen.add(start)
                length, wrong = _book(match[group], is_named=pattern is ISBN)
                if length:
                    yield start, start + length, wrong


def _book(given: str, *, is_named: bool) -> tuple[int, str]:
    """How long a book's number is, 0 for one that stands in every manual, and what is wrong with it. More digits may
    follow that are none of its own."""
    from stdnum import isbn  # noqa: PLC0415  (it reads tables)

    ends: dict[int, int] = {}
    digits = ""
    for at, sign in enumerate(given):
        if sign.isalnum():
            digits += sign.upper()
            if at + 1 == len(given) or not given[at + 1].isalnum():
                ends[len(digits)] = at + 1
    whole = {count: end for count, end in ends.items() if count == 10 or (count == 13 and digits.startswith("97"))}
    for count, end in whole.items():
        if isbn.is_valid(digits[:count]):
            return (0 if digits[:count] in EXAMPLES else end), ""
    if not is_named:
        return len(given), WRONG_NUMBER
    return (max(whole.values()), WRONG_NUMBER) if whole else (len(given), NO_NUMBER)


def _journals(bare: str) -> Iterator[Reference]:
    from stdnum import issn  # noqa: PLC0415

    for match in ISSN.finditer(bare):
        digits = re.sub(r"[^0-9Xx]", "", match[1])
        if digits not in EXAMPLES:
            yield *match.span(1), "" if issn.is_valid(digits) else WRONG_JOURNAL


def _dois(bare: str) -> Iterator[Reference]:
    for match in DOI.finditer(bare):
        given = match[1].rstrip(".,;:*_'’")
        given = given.rstrip(")]") if given.count("(") < given.count(")") or "[" not in given else given
        prefix, _, rest = given.partition("/")
        is_long_enough = 4 <= len(prefix) - 3 <= 9
        wrong = (LEFT_BLANK if PLACEHOLDER.search(rest) else "") if is_long_enough else NO_SUCH_DOI
        if is_long_enough or match.start(1) > match.start():
            yield match.start(1), match.start(1) + len(given), wrong
    for match in NO_DOI.finditer(bare):
        yield *match.span(1), NO_SUCH_DOI


def _papers(subject: Subject, bare: str) -> Iterator[Reference]:
    began = subject.facts.began_at
    latest = (began.year, began.month) if began else (2999, 12)
    for match in ARXIV.finditer(bare):
        at, digits = _month(match[1]), len(match[2])
        is_there = BY_MONTH <= at <= latest and 1 <= at[1] <= 12
        is_long = digits == (5 if at >= FIVE_DIGITS else 4)
        wrong = "" if is_there and is_long else NO_SUCH_PAPER
        yield match.start(1), match.end(), wrong if 1 <= at[1] <= 12 else NO_SUCH_MONTH
    for match in OLD_ARXIV.finditer(bare):
        year, month = _month(match[1])
        is_there = 1 <= month <= 12 and (year % 100 >= 91 or (year, month) < BY_MONTH)
        wrong = "" if is_there else NO_SUCH_PAPER
        yield match.start(1), match.end(), wrong if 1 <= month <= 12 else NO_SUCH_MONTH


def _month(digits: str) -> tuple[int, int]:
    return 2000 + int(digits[:2]), int(digits[2:])


def _too_late(subject: Subject, bare: str) -> Iterator[Finding]:
    """Works of a year that had not come when the text was written."""
    began = subject.facts.began_at
    if began is None or not MILLENNIUM.search(bare):
        return
    seen: set[int] = set()
    for pattern in YEARS:
        for match in pattern.finditer(bare):
            start, end = match.span("year")
            if int(match["year"]) > began.year and start not in seen and not NOT_YET.search(bare, start - 60, end + 40):
                seen.add(start)
                evidence = {"year": match["year"], "written in": str(began.year)}
                yield Finding(Level.NOTE, "citation", *match.span(), TOO_LATE, evidence)
