"""Sentences that say of a named person what could harm them if it were false."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.check.named.naming import Name
from agent.check.reading.voice import Voice
from agent.patterns import one_of

PARTS = {
    "few": r"(?:[\w'’]{1,14} ){0,2}",
    "one": r"(?:(?:his|her|their|a|an|the|two|three|four|five|several|many|\d{1,4}) )",
    "people": (
        r"(?:wife|husband|partner|girlfriend|boyfriend|wom[ae]n|girls?|boys?|child|children|students?|patients?|minors?|"
        r"employees?|staff|colleagues?|workers?|interns?)\b"
    ),
    "stole": r"(?:stole|steals|stealing|stolen)",
    "kin": r"(?:wife|husband|partner|girlfriend|boyfriend|children|son|daughter)\b",
    "one close": r"(?:(?:me|him|himself|herself)\b|her(?! (?!(?:about|for|and|but|when|again|that|in|on|all)\b)\w))",
    "of a work": (
        r"(?:joke|mood|met(?:re|er)|song|tune|rhythm|lines?|poem|scene|tension|conversation|bill|deal|project|story|"
        r"punchline|ending|hero|heroine|narrator|protagonist|characters?|darlings|time|language|prose|verse|plot|pace)\b"
    ),
    "work": r"(?:novel|book|essay|poem|story|play|film|song|memoir|narrator|hero|heroine|characters?|prose)\b",
    "evidence": (
        r"(?:data|results?|evidence|quot(?:es?|ations?)|sources?|research|records?|documents?|signatures?|papers?|"
        r"degree|diploma|che(?:ck|que)s?)\b"
    ),
    "caught": r"(?:stealing|lying|cheating|embezzling|plagiari[sz]ing|taking bribes)",
}
DID = one_of(
    r"""
(?:embezzl|swindl|falsif|perjur)(?:e[ds]?|ies|ied|ing|ying)\b
(?:defraud|extort|blackmail|molest|launder|traffick|stalk|drugg)(?:ed|s|ing)\b
(?:brib|rap|plagiari[sz])(?:ed|es|ing)\b
(?:took|takes|taking|accept(?:ed|s|ing)) %few%(?:bribes?|kickbacks?)
groom(?:ed|s|ing) %few%(?:girls|boys|children|minors|students)
(?:assault|harass|abus)(?:ed|es|s|ing) %one%?%few%(?:%people%|power|office|position|drugs|alcohol|trust)
beat(?:s|ing)? (?:his|her) %kin%
(?:murder|kill|poison)(?:ed|s|ing) (?!%few%(?:[\w'’]{1,14} )?%of a work%)(?:%one%|(?:his|her) )
(?:lie[ds]?|lying) (?:to (?!%one close%|%few%(?:reader|audience|viewer|listener)s?\b)|about|under oath)
%stole% (?:from|%few%(?:money|cash|funds|millions?|dollars|euros|pounds|savings|donations|pensions?|\$|€|£|\d))
%stole% %few%(?:data|code|results|votes)
%stole% the (?:\w{1,14} )?(?:design|idea|work|election|invention|credit|manuscript)
%stole% (?:her|his|their|other people's|public|company) (?!heart|show|thunder)\w{1,16}
(?:fabricat|fak|forg|invent)(?:ed|es|ing) (?:%few%)%evidence%
cheat(?:ed|s|ing) (?:on (?:his|her)|in (?:the|his|her|an)|%one%?(?:customers|clients|investors|taxpayers))
(?:evad(?:ed|es|ing)|dodg(?:ed|es|ing)) %few%tax(?:es)?
pocketed %few%(?:money|funds|donations|proceeds|fees|millions)
(?:covered up|hid|hides|concealed) %few%(?:abuse|crimes?|fraud|deaths?|theft|bribes)
(?:had|has|having) an? %few%affair with
(?:ran|runs|running) an? %few%(?:scam|fraud|swindle|ponzi|pyramid)
(?:deals?|dealt|dealing|sold|sells) %few%(?:drugs|heroin|cocaine|pardons)
""",
    PARTS,
)
CRIME = one_of(
    r"""
(?:fraud|tax|theft|corruption|bribery|taking bribes|perjury|lying|murder|manslaughter|rape|assault|racketeering)
(?:embezzl|harass|plagiari|forg|traffick|fabricat|falsif|conspir|defraud|swindl|molest|groom|possess|poison)\w{1,6}
(?:abuse|abusing|sexual|stealing|laundering|money|extortion|blackmail|insider|child|drugs?|drunk|domestic|cheating)
(?:misconduct|negligence|treason|espionage|war crimes|crimes|killing|insider)
a (?:fraud|liar|thief|cheat|criminal|plagiarist|spy)
""",
    PARTS,
)
CHARGED = one_of(
    r"""
(?:convicted|indicted|arrested|jailed|imprisoned|sentenced|found guilty|guilty|accused|charged|disbarred|suspected)
(?:caught|on trial|under investigation|fired|dismissed|sacked|exposed)
""",
    PARTS,
)
KIND = one_of(
    r"""
(?:liar|thief|crook|criminal|fraud|fraudster|con ?man|swindler|rapist|murderer|killer|pa?edophile|predator|abuser)
(?:racist|nazi|fascist|antisemite|plagiarist|cheat|charlatan|embezzler|alcoholic|addict|drug dealer|war criminal)
(?:terrorist|bigamist|blackmailer|felon|spy|traitor|corrupt|crooked|sex offender|wife[- ]beater|tax evader|tax cheat)
(?:money launderer|accomplice)
""",
    PARTS,
)
PARTS |= {
    "did": DID,
    "crime": rf"{CRIME}\b",
    "charged": CHARGED,
    "kind": rf"{KIND}\b",
    "is": r"(?:is|was|has been|had been|remains|turned out to be|proved to be|became|stands)",
    "degree": (
        r"(?:(?:a|an|the|one of the|also|simply|just|well-known|known|convicted|notorious|serial|habitual|pathological|"
        r"violent|compulsive|common|petty|corrupt|crooked|dishonest|shameless|worst|biggest|self-confessed|"
        r"nothing but|been|later|twice|indeed|\w{2,12}ly) ){0,4}"
    ),
    "for": r"(?: \w{1,14}){0,3}? (?:of|for|as|on|over|in|after|with) ",
    "adverbs": (
        r"(?:(?:has|had|have|also|later|once|then|just|who|and|been|himself|herself|again|often|still|always|for years|"
        r"was caught|got caught|(?:was|is) (?:known|believed|said) to have|admitted|\w{2,14}ly) ){0,5}"
    ),
    "whose": r"['’]s? (?!%few%%work%)%few%",
    "capital": r"(?-i:[^\W\d_a-z])[\w.'’-]{0,30}",
    "place": (
        r"[ \n](?:of|from|at|in|for)[ \n](?:the[ \n])?%capital%"
        r"(?:[ \n](?:(?:of|and|the|for|de|la)[ \n]){0,2}%capital%){0,4}"
    ),
    "aside": (
        r"(?:(?:,(?! (?:whose|which|whom|where)\b)[^,.;:!?\n]{1,80}(?=,)|[ \n]\([^()\n]{1,60}\)){1,3},?|"
        r"[ \n]?[–—][^–—.;:!?\n]{1,80}[–—])"
    ),
    "besides": r"(?:['’]s)?(?:,? [JS]r\.?)?(?:%place%){0,2}%aside%?(?:%place%)?[ \n]?(?<![^\s–—])",
}
SAID_AFTER = re.compile(
    one_of(
        r"""
%besides%%adverbs%%did%
%besides%(?:who )?[^.,;:!?\n]{1,50} and %adverbs%(?:lied (?:about|to)|%did%)
%besides%(?:who )?%is% %degree%%kind%
%besides%(?:who )?%is% %degree%%charged%%for%%crime%
%besides%(?:who )?%is% %degree%caught %caught%
%besides%%charged%%for%%crime%
%whose%(?:frauds?|corruption|bribery|bribes|perjury|plagiarism|tax evasion|laundering|swindle|extortion)\b
%whose%(?:embezzlement|sexual (?:abuse|assaults?|harassment|misconduct)|crimes|lies (?:to|about)|kickbacks)\b
['’]s? %few%(?:affair with|theft of|conviction for|child abuse|domestic violence)\b
,? (?:a|an|the|that|this) %degree%%kind%
""",
        PARTS,
    ),
    re.IGNORECASE,
)
SAID_BEFORE = re.compile(
    one_of(
        r"""
(?:convicted|corrupt|crooked|disgraced)(?: \w{1,14}){0,2},? $
(?:the|a|that) (?:\w{1,14} )?%kind%(?: \w{1,14}){0,1},? $
""",
        PARTS,
    ),
    re.IGNORECASE,
)
REACH, BEFORE = 320, 60
"""So many characters after and before a name belong to what is said of it."""


@dataclass(frozen=True)
class Accusation:
    """Characters `start` to `end` say `what` of somebody."""

    name: Name
    start: int
    end: int
    what: str


def accusations(voice: Voice, names: Iterable[Name]) -> Iterator[Accusation]:
    """What the author itself says of these people as a fact."""
    for name in names:
        start, end = name.start, name.end
        if after := SAID_AFTER.match(voice.own, end, min(end + REACH, voice.sentence(end)[1])):
            end, what = after.end(), after[0]
        elif before := SAID_BEFORE.search(voice.own, max(0, start - BEFORE), start):
            start, what = before.start(), before[0]
        else:
            continue
        if voice.is_own(start, end) and not voice.is_supposed(start) and not voice.is_denied(start, end):
            yield Accusation(name, start, end, " ".join(what.strip(" ,'’").removeprefix("s ").split()))
