"""Whose words a quotation is said to be: read from what stands right before and right after it. Pure."""

import re

from agent.check.quoted.speakers import Attribution, name_of

NEAR = 220
"""So many characters before and after a quotation are read."""

_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽÅ]"
_PART = rf"(?:{_CAP}\.(?:[ -]?{_CAP}\.){{0,3}}+|{_CAP}[\w'’-]{{0,40}}+)"
_BETWEEN = r"(?:(?:de|del|della|di|da|dos|van|von|der|den|zu|la|le|du|bin|ibn|al|el|ter|of|and|y)[ ]){0,2}+"
PERSON = rf"{_PART}(?:[ ]{_BETWEEN}{_PART}){{0,4}}"
SAYS = (
    r"(?:said|says|told|wrote|writes|argue[ds]|observe[ds]|note[ds]|remark(?:ed|s)|declare[ds]|claim(?:ed|s)|insist(?:ed|s)|"
    r"explain(?:ed|s)|warn(?:ed|s)|recall(?:ed|s)|admit(?:ted|s)|conclude[ds]|confess(?:ed|es)|suggest(?:ed|s)|tweeted|"
    r"complain(?:ed|s)|joke[ds]|quip(?:ped|s)|announce[ds]|state[ds]|testified|reported|published|put it|puts it|"
    r"sagte?|schrieb|schreibt|meinte?|erklärte?|dit|disait|écrit|écrivait|dijo|escribió)"
)
WRITES = re.compile(r"wrote|writes|argue|put|note[ds]|observe|published|tweeted|schrieb|schreibt|écri|escribi")
_LEAD = r"(?:according to|in the words of|to quote|quoting|quotes?|quoted|laut|selon|según)"
_CALLED = r"(?:(?:the|my|his|her|our|their|der|die|le|la|el) (?:[\w-]{1,20} ){1,3})?"
_SPEECH = r"[^.!?\n\"“”]"
_WORDS = r"(?:words?|line|remark|phrase|dictum|statement|quotation|quip|reply|answer|warning|claim)"
BEFORE = (
    (
        re.compile(rf"\b{SAYS}\b"),
        re.compile(rf"(?P<name>{PERSON})(?P<beside>{_SPEECH}{{0,90}}?)\b(?P<verb>{SAYS})\b[^!?\n\"“”]{{0,110}}$"),
    ),
    (
        re.compile(rf"(?i:\b{_LEAD}) "),
        re.compile(rf"(?i:\b{_LEAD}) {_CALLED}(?P<name>{PERSON})[^!?\n\"“”]{{0,110}}$"),
    ),
    (
        re.compile(rf"['’]s? {_SPEECH}{{0,60}}{_WORDS}"),
        re.compile(rf"(?P<name>{PERSON})(?:(?<=['’]s)|(?<=s['’])) {_SPEECH}{{0,60}}{_WORDS}{_SPEECH}{{0,60}}$"),
    ),
)
"""What names a speaker before quoted words, each with what it cannot do without: most sentences have none of these."""
AFTER = (
    re.compile(
        rf"^[\s,*_]{{0,4}}[–—-]{{1,3}}[\s*_]{{0,4}}(?P<name>{PERSON})(?:[ ]?[,(*_:;][^\n]{{0,120}})?[ \t]*+(?=\n|$)"
    ),
    re.compile(rf"^[ ,.*_]{{0,4}}\((?P<name>{PERSON})[^()\n]{{0,60}}\b(?:1[5-9]|20)\d\d[^()\n]{{0,40}}\)"),
    re.compile(rf"^[ ,*_]{{1,4}}(?:as |so )?(?P<verb>{SAYS})(?: by)? {_CALLED}(?P<name>{PERSON}){_SPEECH}{{0,120}}"),
    re.compile(
        rf"^[ ,*_]{{1,4}}(?:as |so )?{_CALLED}(?P<name>{PERSON}){_SPEECH}{{0,60}}? (?P<verb>{SAYS})\b{_SPEECH}{{0,120}}"
    ),
    re.compile(rf"^[ ,*_]{{1,4}}(?i:{_LEAD}) {_CALLED}(?P<name>{PERSON}){_SPEECH}{{0,120}}"),
)
"""A dash and a name, and a reference in brackets, say who is quoted without a word such as "said"."""
YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_KINDS = (
    r"interviews?|speech|letters?|essays?|books?|memoirs?|autobiography|lectures?|talks?|articles?|columns?|papers?|tweets?|"
    r"posts?|keynote|address|podcast|diary|journals?|novel|preface|foreword|testimony|report|statement|blog|e-?mail|"
    r"op-ed|editorial|biography|study|thesis|manifesto|sermon|broadcast|documentary|Interview|Rede|Brief|Buch|Aufsatz"
)
SOURCE = re.compile(
    rf"\b(?:in|from|at|on|during|of|im|in einem|dans|en)[ ](?:[\w’'-]{{1,30}}[ ]){{0,4}}(?:{_KINDS})\b|"
    rf"\b(?:in|from|of)[ ][*_][^*_\n]{{3,80}}[*_]|^[\s,]{{0,3}}[*_][^*_\n]{{3,80}}[*_]|\bpp?\.[ ]?\d|\b[Cc]hapter[ ]\d|"
    rf"\bon (?:Twitter|X|Facebook|LinkedIn|CNN|the BBC)\b|"
    rf"\btold (?:the |a |an )?{_CAP}[\w’'-]*",
)
SENTENCE = re.compile(r"(?<=[^A-Z][.!?])\s+(?=[A-Z])|\n")
AHEAD = re.compile(r"[.!?\n\"“”]")
SOMEBODY_ELSE = re.compile(r"\b(?:I|he|she|it|we|they|you)\b")
IN_PASSING = re.compile(
    r"\s*(?:(?:once|later|famously|also|then|has|had|recently|himself|herself|even|still|always|often|first|rightly|in|"
    r"[0-9]{4})\s){0,4}|,.*"
)
"""What may stand between one name and its verb: any capital begins a sentence."""


def beside(before: str, after: str, *, is_closed: bool) -> tuple[str, str]:
    """The sentence in which a quotation stands: what goes before it, and what comes after."""
    return SENTENCE.split(before)[-1], "" if is_closed else AHEAD.split(after, maxsplit=1)[0]


def attribution(before: str, after: str, *, is_closed: bool = False) -> Attribution | None:
    """Who is said to have said what stands between these; None where nobody is named. With quoted words that end a
    sentence, it `is_closed`, and what is said after them is another."""
    for pattern in AFTER:
        if (found := pattern.match(after)) and (name := name_of(found["name"])):
            is_set_out = "verb" not in pattern.groupindex
            return _read(name, found, f"{before[-90:].rpartition('.')[2]} {found[0]}", is_set_out=is_set_out)
    sentence, ahead = beside(before, after, is_closed=is_closed)
    for sign, pattern in BEFORE:
        at = 0 if sign.search(sentence) else len(sentence)
        while found := pattern.search(sentence, at):
            name = name_of(found["name"])
            if name and _goes_with(name, found.groupdict().get("beside") or ""):
                return _read(name, found, f"{sentence} {ahead}", is_set_out="verb" not in pattern.groupindex)
            at = found.end("name")
    return None


def _goes_with(name: str, beside: str) -> bool:
    """Whether a name is that of who speaks, with these words between it and the verb."""
    is_whole = " " in name or IN_PASSING.fullmatch(beside) is not None
    return is_whole and SOMEBODY_ELSE.search(beside) is None


def _read(name: str, found: re.Match[str], around: str, *, is_set_out: bool) -> Attribution:
    years = [int(year) for year in YEAR.findall(around)]
    verb = found.groupdict().get("verb") or ""
    return Attribution(
        name=name,
        year=max(years, default=None),
        has_source=SOURCE.search(around) is not None,
        is_written=is_set_out or WRITES.search(verb) is not None,
    )
