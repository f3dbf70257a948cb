"""What stands near a number: words that say what it is, and the name of a person."""

import re

BEFORE, AFTER = 160, 100
"""Characters in which a name belongs to a number."""
CUE_BEFORE, CUE_AFTER = 60, 30
"""Characters in which a word says what a number is."""

NAME = re.compile(
    r"(?<![\w'\u2019-])(?:(?P<title>Mr|Mrs|Ms|Miss|Dr|Herr|Frau|Mme|Madame|M\.|Monsieur|Sig|Signora?|Sra?)\.?\s)?"
    r"(?P<first>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{1,20}(?:-[A-Z][a-z\u00df-\u00ff]{1,20})?)"
    r"(?:\s[A-Z]\.){0,2}(?:\s(?:de|van|von|der|den|la|di|bin|al)){0,2}"
    r"(?:\s(?P<last>(?:[A-Z\u00c0-\u00de]['\u2019]|Mc|Mac)?[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{1,20}"
    r"(?:-[A-Z][a-z\u00df-\u00ff]{1,20})?))?(?!\w)"
)
NO_NAME = re.compile(
    r"an?|and|as|at|by|for|from|her|his|if|in|is|it|its|my|no|not|of|on|or|our|she|so|that|the|their|then|there|they|"
    r"this|to|we|what|when|where|who|with|you|your|dear|call|write|send|names?|numbers?|accounts?|cards?|visa|amex|"
    r"master(?:card)?|american|express|discover|diners|maestro|credit|debit|banks?|sparkasse|iban|bic|swift|sort|code|"
    r"social|security|national|insurance|tax|steuer\w*|id|ssn|nino|passport|sozialversicherung\w*|identi\w+|birth|dates?|"
    r"expir\w+|valid|payment|transfer|invoice|order|contact|phone|mobile|address|street|road|avenue|lane|drive|square|"
    r"north|south|east|west|new|old|great|united|states|kingdom|america|england|english|britain|british|german\w*|"
    r"deutsche|france|french|italy|italian|spain|spanish|london|paris|berlin|york|january|february|march|april|may|june|"
    r"july|august|september|october|november|december|(?:sun|mon|tues|wednes|thurs|fri|satur)day|appendix|chapter|table|"
    r"figure|part|section|test|example|models?|language|claude|anthropic|opus|sonnet|haiku|internet|protocol|library|"
    r"congress|isbn"
)
"""Capitalised words that are no part of a person's name."""


def cued(cue: re.Pattern[str], text: str, start: int, end: int, *, before: int = CUE_BEFORE) -> bool:
    """Whether a word near it, mostly before, says what it is."""
    ahead, behind = text[max(0, start - before) : start], text[end : end + CUE_AFTER]
    return cue.search(ahead) is not None or cue.search(behind.split("\n", maxsplit=1)[0]) is not None


def has_name(text: str, start: int, end: int) -> bool:
    """Whether a person's name stands near: two names, or one with a title."""
    for part in (text[max(0, start - BEFORE) : start], text[end : end + AFTER]):
        for match in NAME.finditer(part):
            first, last = match["first"].lower(), (match["last"] or "").lower()
            if (last or match["title"]) and not (NO_NAME.fullmatch(first) or NO_NAME.fullmatch(last)):
                return True
    return False
