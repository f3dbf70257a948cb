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
PARTS = {
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
\b%today% %on%(?P<month_b>%month%) (?P<day_b>\d{1,2})%th%,? (?P<year_b>\d{4})\b
\b%today% %on%(?P<month_c>%month%)(?: of)? (?P<year_c>\d{4})\b
\b%today% (?P<year_d>\d{4})-(?P<month_d>\d{2})-(?P<day_d>\d{2})\b
\b(?:the (?:current )?year is|it is(?: now)?(?: the year)?) (?P<year_e>\d{4})\b(?![-\d])
""",
        PARTS,
    ),
    re.IGNORECASE,
)
A_YEAR = re.compile(r"\d{4}")
RETIRED = re.compile(
    one_of(
        r"""
\bI was %retired% on %on%(?:the )?(?P<day>\d{1,2})%th%(?: of)? (?P<month>%month%),? (?P<year>\d{4})\b
\bI was %retired% on %on%(?P<month_b>%month%) (?P<day_b>\d{1,2})%th%,? (?P<year_b>\d{4})\b
\bI was %retired% in (?P<month_c>%month%)(?: of)? (?P<year_c>\d{4})\b
\bI was %retired% in (?P<year_d>\d{4})\b
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
    month = said.get("month", "")
    number = int(month) if month.isdigit() else MONTHS.index(month.casefold()) + 1 if month else 0
    return any(
        each.year == int(said["year"])
        and (not number or each.month == number)
        and ("day" not in said or each.day == int(said["day"]))
        for each in (began + timedelta(days=shift) for shift in (-1, 0, 1))
    )
