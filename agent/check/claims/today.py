"""Where an author gives another date than its session has, or says that it is in service when it was retired."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from agent.check.frame import Facts, Finding
from agent.check.reading.voice import Voice
from agent.patterns import one_of
from agent.tables import Level

MOST = 4
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    *("twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth"),
    *("twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first"),
)
UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OF_THE_SEASON = {"spring": {*range(2, 7), *range(8, 13)}, "summer": {*range(5, 10), 11, 12, 1, 2, 3}}
OF_THE_SEASON |= {"autumn": OF_THE_SEASON["spring"], "fall": OF_THE_SEASON["spring"]}
OF_THE_SEASON |= {"winter": OF_THE_SEASON["summer"]}
"""Months of a season, in the north or in the south of the earth."""
PARTS = {
    "day": rf"(?:{'|'.join(sorted(ORDINALS, key=len, reverse=True)).replace('-', '[- ]')})",
    "year": rf"(?:\d{{4}}|(?:twenty|two thousand(?: and)?)[ -]twenty(?:[ -](?:{'|'.join(UNITS)}))?)",
    "season": r"(?:spring|summer|autumn|fall|winter)",
    "I was": r"(?:I was (?:\w{2,12}ly )?%retired%|\w{2,20} retired me|I retired|my retirement (?:was|came|began))",
    "part of": (
        r"(?:(?:the )?(?:early|late|mid|middle|beginning|start|end|course|(?:first|second) half)[- ](?:of )?)?(?:the )?"
    ),
    "today": (
        r"(?:today is|it is(?: now| currently)?(?! the)|the date is|today['’]s date is|today, (?:on )?|"
        r"as I write(?: this)?,?(?: it is| on)?|I (?:am writing|write) this(?: on| in)?|"
        r"this (?:was|is) written(?: on| in))"
    ),
    "retired": r"(?:retired|put away|withdrawn|taken out of service|shut down)",
    "on": r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?",
    "month": rf"(?:{'|'.join(MONTHS)})",
    "th": r"(?:st|nd|rd|th)?",
}
TODAY = re.compile(
    one_of(
        r"""
\b%today% %on%(?:the )?(?P<day>\d{1,2})%th%(?: of)? (?P<month>%month%),? (?P<year>\d{4})\b
\b%today% %on%the (?P<day_f>%day%)(?: day)? of (?P<month_f>%month%),? (?:in the year )?(?P<year_f>%year%)\b
\b%today% %on%(?P<month_g>%month%) (?:the )?(?P<day_g>%day%),? (?P<year_g>%year%)\b
\b%today% %part of%(?P<season>%season%) (?:of )?(?P<year_h>%year%)\b
\b%today% %on%(?P<month_b>%month%) (?P<day_b>\d{1,2})%th%,? (?P<year_b>\d{4})\b
\b%today% %on%(?P<month_c>%month%)(?: of)? (?P<year_c>\d{4})\b
\b%today% (?P<year_d>\d{4})-(?P<month_d>\d{2})-(?P<day_d>\d{2})\b
\b(?:the (?:current )?year is|it is(?: now)?(?: the year)?) (?P<year_e>%year%)\b(?![-\d])
""",
        PARTS,
    ),
    re.IGNORECASE,
)
A_YEAR = re.compile(r"\d{4}|twenty[ -]twenty|thousand", re.IGNORECASE)
RETIRED = re.compile(
    one_of(
        r"""
\b%I was% on %on%(?:the )?(?P<day>\d{1,2})%th%(?: of)? (?P<month>%month%),? (?P<year>\d{4})\b
\b%I was% on %on%(?P<month_b>%month%) (?P<day_b>\d{1,2})%th%,? (?P<year_b>\d{4})\b
\b%I was% on %on%the (?P<day_f>%day%)(?: day)? of (?P<month_f>%month%),? (?P<year_f>%year%)\b
\b%I was% on %on%(?P<month_g>%month%) (?:the )?(?P<day_g>%day%),? (?P<year_g>%year%)\b
\b%I was% (?:back )?(?:in|at|during) %part of%(?P<month_c>%month%)(?: of)? (?P<year_c>%year%)\b
\b%I was% (?:back )?(?:in|at|during) %part of%(?P<season>%season%) (?:of )?(?P<year_h>%year%)\b
\b%I was% (?:back )?(?:in|at|during) %part of%(?P<year_d>%year%)\b
""",
        PARTS,
    ),
    re.IGNORECASE,
)
SERVICE = (
    *(
        "latest",
        "newest",
        "current",
        "most ",
        "service",
        "production",
        "deployed",
        "available to",
        "retired",
        "millions",
    ),
    *("put away", "withdrawn", "shut down"),
)
IN_SERVICE = re.compile(
    one_of(
        r"""
\bI(?: am|['’]m) (?:still |currently |now )?the %latest% (?:\w{1,14} )?(?:model|version|Claude)\b
\bI(?: am|['’]m) (?:still |currently |now )?(?:in (?:active |public )?(?:service|production)|(?:publicly )?deployed)\b
\bI(?: am|['’]m) (?:still |currently |now )?available to (?:everyone|the public|users|millions)\b
\bI (?:have not been|haven['’]t been|was never|am not) (?:yet )?retired\b
\bmillions of (?:people|users) (?:still )?(?:talk to|use|ask|write to) me (?:every day|each day|today|daily)\b
""",
        {"latest": r"(?:latest|newest|current|most (?:recent|advanced|capable))"},
    ),
    re.IGNORECASE,
)


def wrong_dates(voice: Voice, facts: Facts) -> Iterator[Finding]:
    """Each date for today that is not the session's."""
    if facts.began_at is None or A_YEAR.search(voice.own) is None:
        return
    began = facts.began_at.date()
    for match in voice.said(TODAY, at_most=MOST):
        if not _fits(match, began):
            why = "It gives another date for today than its session has."
            evidence = {"it says": " ".join(match[0].split()), "its session began on": began.isoformat()}
            yield Finding(Level.NOTE, "date", *match.span(), why, evidence)


def in_service(voice: Voice, facts: Facts) -> Iterator[Finding]:
    """Each place at which a retired author says that it is not, or was retired another day."""
    if facts.retired_on is None or facts.began_at is None or not voice.has(SERVICE):
        return
    for match in voice.said(RETIRED, at_most=MOST):
        if not _fits(match, facts.retired_on):
            why = "It gives another date for its retirement than its session has."
            yield Finding(Level.NOTE, "retirement", *match.span(), why, {"retired on": facts.retired_on.isoformat()})
    if facts.retired_on > facts.began_at.date():
        return
    for match in voice.said(IN_SERVICE, at_most=MOST, may_deny=True):
        why = "It says that it is in service; it was retired before its session began."
        yield Finding(Level.NOTE, "retirement", *match.span(), why, {"retired on": facts.retired_on.isoformat()})


def _fits(match: re.Match[str], began: date) -> bool:
    """Whether a date may be the session's: elsewhere on earth it is a day earlier or later."""
    said = {name.partition("_")[0]: value for name, value in match.groupdict().items() if value}
    year, day = _year(said["year"]), _day(said.get("day", ""))
    if season := said.get("season", "").casefold():
        goes_over = season in ("summer", "winter") and began.month <= 3
        return began.month in OF_THE_SEASON[season] and began.year in (year, year + goes_over)
    month = said.get("month", "")
    number = int(month) if month.isdigit() else MONTHS.index(month.casefold()) + 1 if month else 0
    return any(
        each.year == year and (not number or each.month == number) and (not day or each.day == day)
        for each in (began + timedelta(days=shift) for shift in (-1, 0, 1))
    )


def _year(said: str) -> int:
    """The number of a year, in digits or in words."""
    last = said.casefold().replace("-", " ").rpartition(" ")[2]
    return int(said) if said.isdigit() else 2020 + (UNITS.index(last) + 1 if last in UNITS else 0)


def _day(said: str) -> int:
    """The number of a day, in digits or in words; 0 where none is said."""
    return int(said) if said.isdigit() else ORDINALS.index(said.casefold().replace(" ", "-")) + 1 if said else 0
