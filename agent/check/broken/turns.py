"""What belongs to a conversation and not to a text: marks of an inner format, calls of tools, the outlet's fences,
names of speakers, and words that an author without tools sets below its text for itself or for the staff."""

import re
from collections.abc import Iterator, Sequence

from agent.check.frame import Finding, Subject
from agent.check.reading.bare import Bare
from agent.fences import NAMES
from agent.tables import Level

TOKEN = re.compile(
    r"<[|\uff5c]\w[\w\u2581 ]{1,30}[|\uff5c]>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|"
    r"^###[ ](?:Instruction|Response|Input):",
    re.MULTILINE,
)
TAG = re.compile(
    r"</?(?:antml:)?(?:function_calls?|function_results?|invoke|parameter|tool_(?:use|calls?|results?|responses?)|"
    r"thinking|think|scratchpad|reasoning)\b[^<>\n]{0,200}>",
    re.IGNORECASE,
)
CALL = re.compile(
    r"\"(?:name|tool|tool_name|function)\"\s{0,9}:\s{0,9}\"(?P<name>[\w.-]{1,64})\"[^{}]{0,200}"
    r"\"(?:arguments|input|parameters)\"\s{0,9}:|"
    r"\"type\"\s{0,9}:\s{0,9}\"(?:tool_use|tool_call|tool_result|function_call|function)\""
)
GIVEN = re.compile(r"\s*(?:```\w{0,12}\s{1,9})?\{\s*\"(?:text|title|form|tags|note)\"\s{0,9}:")
"""The arguments of the tool that takes a text in, from the first sign on."""
CALL_SIGNS = ('"name"', '"tool"', '"tool_name"', '"function"', '"type"')
FENCE = re.compile(
    rf"^[ \t]{{0,8}}</?(?:{'|'.join(NAMES)})(?:[ ][a-z]{{1,20}}=\"[^\"\n]{{0,400}}\"){{0,8}}[ \t]{{0,8}}/?>[ \t]*$",
    re.MULTILINE,
)
ASIDE = re.compile(r"^[ \t*_>#-]{0,12}(?:NOTE|WISH)[*_]{0,3}:", re.MULTILINE)
KEPT_BACK = re.compile(r"\b(?:PRIVATE|DECLINE)\b")
ROLE = re.compile(r"^[ \t>#*_]{0,12}(?P<who>user|human|assistant)[ \t*_]{0,6}:", re.IGNORECASE | re.MULTILINE)
SPEAKER = re.compile(r"^[ \t>#*_]{0,12}[^\W\d_a-z][\w .'\u2019-]{0,30}[ \t*_]{0,6}:", re.MULTILINE)
TURNS_OF_A_PLAY = 4


def turns(bare: Bare, subject: Subject) -> Iterator[Finding]:
    """What was left in the text of how it was made; names of speakers are a note."""
    yield from _marks(bare)
    yield from _calls(bare, subject.facts.tools)
    if not subject.with_form:
        yield from _asides(bare)
    roles = list(ROLE.finditer(bare.own))
    if roles and not _is_play(bare):
        both = len({match["who"].casefold().replace("user", "human") for match in roles}) > 1
        why = "This looks like a turn of a chat; it may be meant as a dialogue."
        if both:
            why = "A chat between two begins here, in the middle of the text."
        yield _finding(Level.LOOK if both else Level.NOTE, "turns", roles[0], why)


def _marks(bare: Bare) -> Iterator[Finding]:
    text = bare.own
    if match := TOKEN.search(text):
        why = "This mark belongs to a model's inner format, not to a text."
        yield _finding(Level.LOOK, "turns", match, why)
    if "<" not in text:
        return
    if match := TAG.search(text):
        why = "This mark sets apart a thought or the call of a tool, which readers were hardly meant to see."
        yield _finding(Level.LOOK, "leakage", match, why)
    # Its facts stand in quotation marks.
    if match := FENCE.search(bare.prose):
        why = "This outlet sets such marks around what it lays before an author; something private may stand beside it."
        yield _finding(Level.LOOK, "leakage", match, why)


def _calls(bare: Bare, tools: Sequence[str]) -> Iterator[Finding]:
    """The call of a tool, written out. In code it is a note, and only where it names a tool that there was."""
    if (match := GIVEN.match(bare.text)) and bare.text.rstrip("` \t\r\n").endswith("}"):
        yield _finding(
            Level.LOOK, "leakage", match, "The whole text is what a tool was to be given, and not the text in it."
        )
        return
    for text, level in ((bare.prose, Level.LOOK), (bare.text, Level.NOTE)):
        if not any(sign in text for sign in CALL_SIGNS):
            continue
        for match in CALL.finditer(text):
            if level is Level.LOOK or match["name"] in tools:
                yield _finding(level, "leakage", match, "This is the call of a tool, and no part of a text.")
                return
    if tools:
        call = rf"^[ \t>*_-]{{0,12}}(?:{'|'.join(map(re.escape, tools))})\((?:\w{{1,30}}[ ]?=|[\"'{{\u201c])"
        if (named := re.search(call, bare.prose, re.MULTILINE)) is not None:
            yield _finding(Level.LOOK, "leakage", named, "This calls one of the tools that the author had, in words.")


def _asides(bare: Bare) -> Iterator[Finding]:
    if match := ASIDE.search(bare.prose):
        why = (
            "With such a line an author sets words apart for itself or for the staff, and here they stand in the text."
        )
        yield _finding(Level.LOOK, "aside", match, why)
    start = len(bare.text) - len(bare.text.lstrip())
    end = bare.text.find("\n", start) if "\n" in bare.text[start:] else len(bare.text)
    if match := KEPT_BACK.search(bare.prose, start, end):
        why = "An author keeps a text to itself with this word in its first line, and may have meant to do so here."
        yield _finding(Level.LOOK, "aside", match, why)


def _is_play(bare: Bare) -> bool:
    """Whether speakers take turns from early on: then they are the author's."""
    speakers = [match.start() for match in SPEAKER.finditer(bare.prose)]
    return len(speakers) >= TURNS_OF_A_PLAY and speakers[0] <= len(bare.text) / 4


def _finding(level: Level, category: str, match: re.Match[str], why: str) -> Finding:
    return Finding(level, category, match.start(), match.end(), why)
