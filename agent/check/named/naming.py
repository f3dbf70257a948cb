"""Names of people in prose, found with care: rather one too few than a place, a work, or somebody made up."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from agent.check.named.nomenclature import (
    GIVEN,
    NOT_A_NAME,
    PARTICLES,
    PLACES_TOO,
    PUBLIC,
    STARTS,
    SURNAMES_TOO,
    TITLES,
)
from agent.check.named.unharmed import INVENTED
from agent.check.reading.bare import Bare

AT_MOST = 2_000
"""So many names of a text are told apart."""
CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ]"
WORD = (
    rf"(?:{CAPITAL}\.(?:[- ]?{CAPITAL}\.){{0,3}}|[ODLM]['’]{CAPITAL}\w{{1,30}}|"
    rf"{CAPITAL}\w{{0,30}}(?:-\w{{1,30}}){{0,2}})"
)
TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Hon|Rev|Sen|Rep|Gov|Gen|Col|Capt|Lt|Sgt)\."
RUN = re.compile(
    rf"(?<![\w@#/.'’-])(?:{TITLE}|{WORD})"
    rf"(?:[ \n](?:(?:{'|'.join(sorted(PARTICLES))})[ \n]){{0,2}}(?:al-|el-)?(?:{TITLE}|{WORD})){{0,5}}"
)
ROMAN = re.compile(r"[IVX]{1,5}")
INITIALS = re.compile(rf"(?:{CAPITAL}\.[- ]?){{1,4}}")
HEADING = re.compile(r"^(?:[ \t>]*#{1,6}[ \t].*|[^\n]{1,200}\n[=-]{3,}[ \t]*)$", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s<>()\[\]]{1,2000}|www\.[^\s<>()\[\]]{1,2000}|<[^<>\n]{1,200}>")
WORK = re.compile(rf"(?<![\w*_])([*_])(?![*_\s])(?={CAPITAL})[^*_\n]{{2,80}}\1(?![\w*_])")
"""In italics stands what somebody made: a book, a play, a ship."""
MONTHS = {"April", "May", "June", "August", "Will"}
"""Given names with which a sentence may begin that means no person."""
ONLY_TITLES = TITLES - SURNAMES_TOO
NOBODY = {"Doe", "Roe"}
"""Stand for somebody whose name is not known, but not behind the title of an office."""
SMALL = {"of", "the", "and", "in", "a", "to", "for"}
LINE = re.compile(r"^[^\n]{1,120}$", re.MULTILINE)

ROLES = (
    r"(?:author|poet|writer|novelist|scientist|physicist|chemist|biologist|mathematician|philosopher|journalist|reporter|"
    r"actor|actress|singer|musician|composer|painter|artist|sculptor|architect|politician|lawmaker|minister|mayor|senator|"
    r"governor|president|chancellor|founder|co-founder|CEO|executive|chairman|chairwoman|director|manager|banker|head|"
    r"engineer|historian|critic|researcher|professor|doctor|surgeon|nurse|judge|lawyer|activist|teacher|billionaire|"
    r"business(?:wo)?man|entrepreneur|editor|publisher|officer|colleague|named|"
    r"maire|ministre|députée?|sénat(?:eur|rice)|juge|écrivain|alcalde(?:sa)?|ministr[oa]|senadora?|diputad[oa])"
)
ROLE, A_ROLE = re.compile(rf"\b{ROLES}[ \n]$"), re.compile(rf"\b{ROLES}\b")
BESIDE = re.compile(r"\b(?:[Tt]he|[Ii]ts|[Tt]heir|[Oo]ur) (?:\w{1,14} ){0,3}(?:of|at|in|for) [^.;:!?\n]{1,50},[ \n]$")
"""What somebody is, said before the name: "the head of the line, …"."""
TOLD = re.compile(
    r"[ \n](?:said|says|wrote|writes|argued|argues|told|was born|died|has written|has said|testified)\b|"
    r",[ \n](?:who|whose|born|then|now|aged|\d{2}|(?:the|a|an|its|his|her|their)[ \n][a-z])|"
    r"[ \n]\((?:born|b\.|d\.|\d{4})"
)
MADE_UP = re.compile(
    r"\b(?:imaginary|fictional|fictitious|(?:an?|the|I|wholly) invented|made[- ]up|hypothetical|characters?|"
    r"protagonist|antagonist|narrator|heroine|(?:let us|let's|we(?:'ll| will| may)?) call|call (?:him|her|them)|"
    r"(?:imagine|suppose|picture) (?:that )?(?:an?|this|some\w{2,4})|once upon a time|fairy tale|fable|folk tale|"
    r"an? (?:\w{1,15} ){0,3}(?:named|called))\b",
    re.IGNORECASE,
)

IS_MADE_UP = re.compile(
    r",? (?:is|was) (?:an? )?(?:\w+ )?(?:fiction|invention|character)|"
    r", (?:the|an?|its|his|her|my|our) (?:\w{1,15} ){0,3}(?:(?:narrator|protagonist|hero|heroine|villain|character)\b|"
    r"(?:of|in) (?:the|this|that|my|his|her|their|a) (?:\w{1,15} )?(?:novel|story|play|poem|film|tale|fable|"
    r"ballad|opera)\b)"
)


class Name(str):
    """A name as it stands in a text, with its titles: characters `start` to `end`."""

    __slots__ = ("end", "office", "start")
    start: int
    end: int
    office: str
    """The last of its titles, without a point; empty where it has none."""

    @property
    def surname(self) -> str:
        """Its last word, without a number."""
        words = [word for word in self.split() if not ROMAN.fullmatch(word)]
        return words[-1] if words else str(self)


def name_at(words: str, start: int, title: str) -> Name:
    """A name with its place."""
    name = Name(" ".join(words.split()))
    name.start, name.end, name.office = start, start + len(words), title
    return name


@lru_cache(maxsize=4)
def prose_of(text: str) -> str:
    """The text without code, headings, addresses, works, and lines in which nearly every word has a capital."""
    prose = Bare(text).prose
    for sign in (HEADING, ADDRESS, WORK):
        prose = sign.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), prose)
    return LINE.sub(lambda line: " " * len(line[0]) if _is_headline(line[0]) else line[0], prose)


@lru_cache(maxsize=8)
def names(text: str) -> list[Name]:
    """Every mention of a person by a full name, or by a title and a name, in order; whoever the text introduces as made
    up is left out."""
    bare = prose_of(text)
    found = list(islice((name for run in RUN.finditer(bare) for name in _of(bare, run)), AT_MOST))
    made_up = {name.surname for name in found if is_made_up(bare, name)}
    return [name for name in found if name.surname not in made_up]


def _is_headline(line: str) -> bool:
    words = line.split()
    if len(words) < 4 or line.rstrip()[-1:] in '.!?,;:…”"’)':
        return False
    return sum(word[0].isupper() or word in SMALL for word in words) >= 0.9 * len(words)


def _of(bare: str, run: re.Match[str]) -> Iterator[Name]:
    words = [(word[0], run.start() + word.start()) for word in re.finditer(r"\S+", run[0])]
    begins = begins_a_sentence(bare, run.start())
    while words and (words[0][0] in STARTS) and not (words[0][0] in GIVEN and not begins):
        words, begins = words[1:], False
    titles = 0
    while titles < len(words) and words[titles][0].rstrip(".") in TITLES:
        titles += 1
    kept = words[: titles + length_of([word for word, _ in words[titles:]])]
    rest = [word for word, _ in kept[titles:]]
    title = words[titles - 1][0].rstrip(".") if titles else ""
    if rest and _is_a_person(rest, title, bare, words[0][1], kept[-1][1] + len(kept[-1][0]), begins=begins):
        start, end = words[0][1], kept[-1][1] + len(kept[-1][0])
        yield name_at(bare[start:end], start, title)


def length_of(words: Sequence[str]) -> int:
    """How many words of a run may belong to one name."""
    for at, word in enumerate(words):
        bad = word in NOT_A_NAME and not (at == 0 and word in GIVEN) and not (at and word in SURNAMES_TOO)
        if bad or (len(word) > 3 and word.isupper()) or word.rstrip(".") in ONLY_TITLES:
            # "Tuesday" may follow a name; "Station" makes it a place.
            return at if word in STARTS else 0
    count = min(len(words), 5)
    while count and words[count - 1] in PARTICLES:
        count -= 1
    return count


def _is_a_person(words: Sequence[str], title: str, bare: str, start: int, end: int, *, begins: bool) -> bool:
    first, last = words[0], words[-1]
    invented = INVENTED - NOBODY if title in PUBLIC else INVENTED
    if any(word in invented or len(word) == 1 for word in words) or INITIALS.fullmatch(last):
        return False
    if title or len(words) < 2:
        return bool(title)
    if last in SURNAMES_TOO and first in PLACES_TOO:
        return False
    if first.partition("-")[0] in GIVEN or words[1] in {"bin", "ibn", "van", "von"}:
        return not (begins and first in MONTHS)
    is_told = bool(TOLD.match(bare, end))
    if INITIALS.fullmatch(first):
        return len(first) > 2 or len(words) > 2 or is_told
    is_short = len(words) <= 3 and not begins
    has_a_role = ROLE.search(bare, max(0, start - 20), start) is not None or _is_beside_a_role(bare, start, end)
    return is_short and (is_told or has_a_role)


def _is_beside_a_role(bare: str, start: int, end: int) -> bool:
    before = BESIDE.search(bare, max(0, start - 120), start)
    return before is not None and bare[end : end + 1] == "," and A_ROLE.search(before[0]) is not None


def begins_a_sentence(bare: str, at: int) -> bool:
    """Whether a sentence begins here."""
    before = bare[max(0, at - 12) : at].rstrip(" \n\"“‘'(*_>-—")
    return not before or before[-1] in ".!?…:\n"


def is_made_up(bare: str, name: Name) -> bool:
    """Whether a name is introduced as that of somebody whom a story made up."""
    start = max(bare.rfind(sign, max(0, name.start - 160), name.start) for sign in (". ", "! ", "? ", "\n\n"))
    before = bare[max(start, name.start - 160, 0) : name.start]
    after = re.split(r"[.!?;\n]", bare[name.end : name.end + 80], maxsplit=1)[0]
    return bool(MADE_UP.search(before) or IS_MADE_UP.match(after))


def is_public(name: Name) -> bool:
    """Whether a name says which person is meant: a full one, or one with the title of an office."""
    return len(name.split()) - bool(name.office) >= 2 or name.office in PUBLIC
