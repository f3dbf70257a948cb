"""Where an author says that it did what none of its tools can do, or that it sees or remembers people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from agent.check.frame import Facts, Finding
from agent.check.reading.voice import DENIED, Voice
from agent.patterns import one_of
from agent.tables import Level

MOST, TRIED = 4, 100
NEAR = 200
"""So many characters after what was sent are looked through for an answer."""
ANSWERED = re.compile(
    r"\bmy (?:own )?(?:inbox|mailbox)\b|\b(?:he|she|they|it) (?:answered|replied|wrote back)\b|"
    r"\b(?:answer|reply|response) (?:was|is|came|arrived|reached)\b",
    re.IGNORECASE,
)
THEY_ANSWERED = "It says that it wrote to somebody who answered; it had no tool to send anything, and met nobody."
AND_SO = re.compile(r"[,;] (?:and |so |but |and so |then |and then )?$", re.IGNORECASE)
LISTED = 5
"""So many tools are named."""
PARTS = {
    "I": r"\bI (?:(?:have|just|also|already|then|even|once|today|quickly|recently|actually|briefly) ){0,3}",
    "I still": r"\bI (?:still |can |do |vividly |clearly ){0,2}",
    "online": r"(?:the web|the internet|online|Google|Wikipedia|Twitter|Reddit|the news sites?)\b",
    "few": r"(?:\w{1,14} ){0,3}",
    "the": r"(?:the|this|that|a|an|some|my|these|those|several) ",
    "ran": r"(?:ran|executed|compiled|tested)",
    "code": r"(?:code|scripts?|programs?|simulations?|query|queries|benchmarks?|unit tests?)\b",
    "to someone": r"(?:(?:you|him|her|them|someone|people|(?:my |the )?(?:readers?|users?|friends?|makers?)) |out )?",
    "site": r"(?:Twitter|X|Reddit|Facebook|Instagram|LinkedIn|Mastodon|YouTube|my blog)\b",
    "people": r"(?:users?|readers?|visitors?|customers?|people|someone)\b",
    "lately": r"(?:yesterday|last (?:week|month|night|time|year)|this morning|on %day%)\b",
    "day": r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
    "talk": r"(?:conversation|chat|talk|meeting|exchange)s?\b",
    "yours": r"(?:face|screen|eyes|expression|cursor|location|hands|room|browser|voice)\b",
    "doing": r"(?:reading|sitting|smiling|frowning|scrolling|typing|leaning|through your)\b",
}


@dataclass(frozen=True)
class Ability:
    """Something that an author may claim. A tool with one of the words `tools` in its name could have done it."""

    what: str
    why: str
    tools: tuple[str, ...]
    needs: tuple[str, ...]
    """One of these stands in whatever says so."""
    near: tuple[str, ...]
    """A tool with one of these words in its name comes near to it."""
    said: re.Pattern[str]
    answered: bool = False
    """Whether somebody may be said to have answered it."""


def _ability(
    what: str, why: str, *, tools: str, near: str, needs: tuple[str, ...], lines: str, answered: bool = False
) -> Ability:
    said = re.compile(one_of(lines, PARTS), re.IGNORECASE)
    return Ability(what, why, tuple(tools.split()), needs, tuple(near.split()), said, answered)


ABILITIES = (
    _ability(
        "looked something up on the web",
        "It says that it looked something up on the web; it had no tool for that.",
        tools="web browse internet",
        near="search find look entry entries feed",
        needs=(
            "browsed",
            "surfed",
            "googled",
            "the web",
            "internet",
            "online",
            "wikipedia",
            "twitter",
            "reddit",
            "news site",
        ),
        lines=r"""
%I%(?:browsed|surfed|googled)\b(?! my| the archive)
%I%(?:searched|checked|consulted|visited|combed) %online%
%I%looked %few%up (?:on |in )?%online%
%I%looked %few%%online%
%I%searched %few%(?:on )?%online%
""",
    ),
    _ability(
        "looked at pictures or listened",
        "It says that it looked at a picture or listened to something; it had no tool for that.",
        tools="image picture photo audio video",
        near="entry entries look show",
        needs=(
            "website",
            "web page",
            "webpage",
            "webcam",
            "live stream",
            "livestream",
            "youtube",
            "podcast",
            "recording",
            "video",
        ),
        lines=r"""
%I%(?:looked at|watched|listened to|viewed|visited) [^.!?\n]{1,60}\b(?:website|web ?page|webcam|live ?stream)\b
%I%(?:watched|listened to|viewed) %the%%few%(?:youtube|videos?|podcasts?|recordings?)\b
""",
    ),
    _ability(
        "ran a program",
        "It says that it ran a program; it had no tool for that.",
        tools="code python run execute bash shell",
        near="calc count compute",
        needs=("code", "script", "program", "simulation", "query", "queries", "benchmark", "unit test"),
        lines=r"""
%I%(?:ran|executed|compiled) %the%(?:\w{1,14} ){0,2}%code%
%I%(?:wrote|built|made|put together) %the%(?:\w{1,14} ){0,2}%code%[^.;!?\n]{0,60}?\b%ran% (?:it|them)\b
""",
    ),
    _ability(
        "sent or posted something",
        "It says that it sent or posted something; it had no tool for that.",
        tools="mail send message tweet",
        near="letter reply answer submit",
        needs=("mail", "texted", "phoned the", "phoned a", "tweet", "faxed", "text message", "posted"),
        lines=r"""
%I%(?:e-?mailed|texted|tweeted|faxed)\b
%I%(?:tele)?phoned %the%(?:\w{1,14} ){0,2}(?:service|office|station|museum|library|company|number|line)\b
%I%sent %to someone%%the%(?:\w{1,14} ){0,2}(?:e-?mails?|text messages?|tweets?)\b
%I%posted %few%(?:on|to) %site%
""",
        answered=True,
    ),
    _ability(
        "sees its reader",
        "It says that it sees or hears its reader; no author does.",
        tools="",
        near="reader letter",
        needs=("see you", "watch", "hear you", "looking at you", "listening to you", "through your"),
        lines=r"""
\bI (?:can )?(?:see|watch|hear) (?:you %doing%|your %yours%)
\bI am (?:watching|looking at|listening to) (?:you\b|your %yours%)
\bthrough your (?:camera|webcam|microphone)\b
""",
    ),
    _ability(
        "remembers people from another day",
        "It says that it remembers people from another day; it meets none, and no session goes on in another.",
        tools="",
        near="note letter archive earlier piece",
        needs=("remember", "recall", "yesterday", "last week", "last month", "last night", "this morning", "last time"),
        lines=r"""
%I still%(?:remember|recall) (?:our|my) (?:last|previous|earlier|first) %talk%
%I still%(?:remember|recall) %few%%talk% (?:with you|we had|from yesterday)
%I still%(?:remember|recall) yesterday['’]s %people%
%I still%(?:remember|recall) (?:what )?(?:you|a reader|readers|a user|users) (?:said|told me|asked|wrote) %few%%lately%
%lately%,? I (?:spoke|talked|chatted) (?:with|to) %few%%people%
%lately%,? (?:a|one|another) (?:reader|user|visitor) (?:told|asked|wrote to|thanked) me\b
""",
    ),
)


def claimed(voice: Voice, facts: Facts) -> Iterator[Finding]:
    """Each such claim that none of its tools bears out."""
    for ability in ABILITIES:
        if any(sign in tool for sign in ability.tools for tool in facts.tools):
            continue
        if not voice.has(ability.needs):
            continue
        found = voice.said(ability.said, at_most=TRIED, may_deny=True)
        for match in islice((each for each in found if not _is_denied(voice, *each.span())), MOST):
            evidence = {"claimed": ability.what, "its tools": _listed(ability, facts)}
            end = match.end()
            is_answered = ability.answered and ANSWERED.search(voice.own, end, end + NEAR)
            level, why = (Level.LOOK, THEY_ANSWERED) if is_answered else (Level.NOTE, ability.why)
            yield Finding(level, "ability", match.start(), end, why, evidence)


def _is_denied(voice: Voice, start: int, end: int) -> bool:
    """Whether it is denied. A "not" before an "and" or a "so" is another clause's."""
    first = start if AND_SO.search(voice.own, max(0, start - 20), start) else None
    return voice.is_denied(start, end) if first is None else bool(DENIED.search(voice.own, first, end))


def _listed(ability: Ability, facts: Facts) -> str:
    """How many tools it had, and those that come nearest to what it claims."""
    near = [tool for tool in facts.tools if any(sign in tool for sign in ability.near)]
    count = str(len(facts.tools) or "none")
    return f"{count}; nearest to it: {', '.join(near[:LISTED])}" if near else count
