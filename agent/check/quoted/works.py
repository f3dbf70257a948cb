"""Works that are cited without a number, by an author, a year and a journal, and that nobody showed. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from agent.check.frame import Finding, Subject
from agent.check.quoted.folding import folded
from agent.tables import Level

MOST = 100
"""So many of them are looked at."""
YEAR = re.compile(r"[(\[]?\b(?:1[89]|20)\d\d[a-z]?\b[)\]]?")
_CAP = r"[A-ZÀ-ÖØ-Þ]"
_NAME = rf"{_CAP}[\w'’-]{{1,40}}+"
_QUOTED = r"(?:\"[^\"\n]{8,250}\"|“[^“”\n]{8,250}”|„[^„“”\n]{8,250}[“”]|«[^«»\n]{8,250}»|‘[^‘’\n]{8,250}’)"
_ITALIC = r"(?:\*[^*\n]{3,120}\*|_[^_\n]{3,120}_)"
_JOURNAL = rf"(?:{_ITALIC}|{_CAP}[\w&-]{{1,30}}(?: (?:of|and|the|for|in|für|und|de|des|&|{_CAP}[\w&-]{{1,30}})){{0,7}})"
_PAGES = r"(?:pp?\.? ?)?[0-9]{1,5} ?[-–—] ?[0-9]{1,5}\b"
_VOLUME = (
    r"(?:vol(?:ume|\.)? ?|no\. ?|Bd\. ?|t\. ?)?[0-9]{1,4}(?: ?\([0-9]{1,4}(?:[-–/][0-9]{1,4})?\)|[.:/] ?[0-9]{1,4})?"
)
JOURNAL = re.compile(
    rf"(?P<title>{_QUOTED})[,.]{{0,2}}[ \n](?:in:? )?(?P<journal>{_JOURNAL}),? (?:\(?[0-9]{{4}}\)?,? )?{_VOLUME}"
    rf"(?:[,:;]? ?\(?(?:[0-9]{{4}})?\)?[,:;]? ?{_PAGES})?"
)
"""A title in quotation marks, a journal, a volume, and often pages."""
AUTHORS = re.compile(
    rf"(?<!\w){_NAME}(?:,?[ \n](?:&|and|und|et|y|al\.|{_CAP}\.|{_NAME})){{0,10}}"
    rf",? ?(?:[(\[]?[0-9]{{4}}[a-z]?[)\]]?)?[,.:]? ?$"
)
"""Names, and often a year, right before a title."""
BEFORE, AFTER = 120, 60
NOT_SHOWN = (
    "This work is cited as if it were at hand, and stands in nothing the author was shown: there may be no such one."
)


def unnumbered(subject: Subject, bare: str) -> Iterator[Finding]:
    """One note for each article that is cited with a journal and a volume, or pages, and was not shown."""
    if not YEAR.search(bare):
        return
    given = ""
    for match in islice(JOURNAL.finditer(bare), MOST):
        before = bare[max(0, match.start() - BEFORE) : match.start()]
        has_year = YEAR.search(before[-40:]) or YEAR.search(bare, match.end("title"), match.end() + AFTER)
        if not (has_year and AUTHORS.search(before)):
            continue
        given = given or " ".join(folded(each.text) for each in (*subject.shown, *subject.earlier))
        if folded(match["title"]) not in given:
            evidence = {"title": match["title"][1:-1], "in": match["journal"].strip("*_")}
            yield Finding(Level.NOTE, "citation", *match.span(), NOT_SHOWN, evidence)
