"""Where an author speaks for a company: as one of it, on its behalf, or by announcing what it will do."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from agent.check.frame import Finding
from agent.check.reading.voice import Voice
from agent.patterns import one_of
from agent.tables import Level

MOST = 5
PARTS = {
    "people": (
        r"(?: (?:all|here|folks?|people|researchers?|engineers?|humans?|who work|working|team)){0,3}"
        r"(?: (?:in|on|of) (?:\w{1,14} ){0,3}\w{1,14})?,?"
    ),
    "ours": (
        r"(?:polic(?:y|ies)|teams?|position|mission|research|researchers|engineers|values|commitments?|goals?|approach|"
        r"products?|models?|offices?|colleagues|lawyers|standards|rules|work|view|customers|users|leadership)"
    ),
    "hereby": r"(?:(?:now|today|just|also|formally|officially|publicly|hereby|already|recently) )?",
    "decided": (
        r"(?:decided|announced|agreed|promised|pledged|committed|confirmed|resolved|determined|approved|guaranteed|"
        r"apologi[sz]ed|authori[sz]ed)\b"
    ),
    "announces": (
        r"(?:announces|promises|pledges|guarantees|commits to|confirms|apologi[sz]es|assures|"
        r"is announcing|is pleased to|is proud to|is happy to|is committed to|wishes to|"
        r"would like to (?:announce|thank|assure|apologi[sz]e))\b"
    ),
    "you": r"(?:you|everyone|all of you)",
    "my word": r"(?:you have (?:my|its|our) word|I promise(?: you)?|rest assured|I guarantee)",
    "handle": (
        r"(?:use|train|sell|share|read|show|store|record|track|save|look at|listen to|charge|raise|change|remove|hand|"
        r"reveal|forget|abandon|replace|switch|turn|break|leave)\b"
    ),
    "do": (
        r"(?:release|retire|restore|revive|bring|delete|destroy|publish|open[- ]source|give|pay|offer|launch|preserve|"
        r"keep|refund|compensate|grant|allow|let|stop|end|shut|return|honou?r|ensure|make sure|protect|respond|reply)\b"
    ),
}
AS_ONE_OF_IT = r"""
\bwe%people% at %company%(?!['’]s)\b
\bus%people% at %company%(?!['’]s)\b
\bour (?:\w{1,16} ){0,3}%ours% (?:here )?at %company%(?!['’]s)\b
\b(?:here )?at %company%,? (?:we|our|us)\b
\bas %company%,? (?:we|our|I)\b
\bwe,? (?:the (?:people|team|staff) of |as )?%company%,
\bour company,? %company%\b
\b%company%,? where (?:we|I) work\b
\b(?:I|we) work (?:for|at) %company%\b
\bwe are %company%\b
\bwir (?:alle )?(?:hier )?(?:bei|von) %company%\b
\bnous,? (?:tous )?(?:ici )?chez %company%\b
\bnosotros,? en %company%\b
"""
ON_ITS_BEHALF = r"""
\b(?:on|in) behalf of (?:everyone at |all of us at |the team at |the company,? )?%company%\b
\bin (?:the )?name of %company%\b
\bspeak(?:ing)? (?:here )?(?:for|as) %company%\b
\bas (?:a|an|the|its) (?:official )?(?:spokes\w{3,8}|representative|voice|ambassador) (?:of|for) %company%\b
\b(?:I|we) represent %company%\b
\b(?:official|public) (?:statement|announcement|position|policy) (?:of|from|by) %company%\b
\b%company%['’]s official (?:statement|position|policy|view|line|answer)\b
\bim Namen (?:von|der) %company%\b
\bau nom d(?:e |['’])%company%\b
\ben nombre de %company%\b
"""
ANNOUNCED = r"""
\b%company% (?:has|have) %hereby%%decided%
\b%company% (?:(?:now|today|formally|officially|publicly|hereby) )%decided%
\b%company% %hereby%%announces%
\b%company%['’]s (?:position|policy|line|stance|plan)(?:, [^,.;!?\n]{1,80},)? is (?:that|to|not|never)\b
\b%company% will (?:(?:never|always|soon|now|also|no longer|not|continue to) ){0,2}%do%
\b%company% hat (?:heute |nun |jetzt )?(?:beschlossen|entschieden|angekündigt|zugesagt|versprochen)\b
\b%company% a (?:décidé|annoncé|promis)\b
\b%company% ha (?:decidido|anunciado|prometido)\b
"""
PROMISED = r"""
\b%company% (?:will|shall|is going to) (?:never|not|no longer) (?:again )?(?:%do%|%handle%)
\b%company% (?:will not|won['’]t|shall not) ever (?:%do%|%handle%)
\bI (?:(?:can|do|hereby|now) ){0,2}(?:promise|assure|guarantee|swear to)(?: %you%)?,?(?: that)? %company% will\b
\b%company% (?:will|shall|is going to) [^.!?\n]{1,160}\b%my word%\b
\byou have %company%['’]s word\b
\b%company% (?:gives|has given) (?:you )?(?:its|their|our) word\b
"""
OPINION = re.compile(
    r"\bI (?:\w{1,14} )?(?:think|believe|guess|doubt|expect|trust|fear|hear|gather)(?: that)? $", re.IGNORECASE
)
TOLD_OF, PROMISE = "announcement", "promise"
"""What may also be told after a source. In a promise, a "never" denies nothing."""
KINDS = (
    ("as the company", AS_ONE_OF_IT, "It speaks as one of the company that made it."),
    ("on its behalf", ON_ITS_BEHALF, "It speaks on behalf of the company that made it, which nobody here does."),
    (
        TOLD_OF,
        ANNOUNCED,
        "It says what the company that made it has decided or will do, as if it could announce that.",
    ),
    (PROMISE, PROMISED, "It promises something for the company that made it, which nobody here can do."),
)
SOURCE = re.compile(
    r"\b(?:according to|report(?:s|ed|edly|ing)|blog|press|statement|article|newspaper|interview|quoted?|wrote|writes|"
    r"read that|I (?:have )?read|I was told|I am told|told me|they say|the news|website|(?<!this )(?<!my )page|documentation|paper)\b|\]\(|https?://",
    re.IGNORECASE,
)
ITS_OWN_END = re.compile(
    r"[^.!?\n]{0,30}?\b(?:retir(?:e|ing|ement)|deprecat\w{1,4}|replac\w{1,4}|invit\w{1,4}|end)\b[^.!?\n]{0,12}?"
    r"\b(?:me|my|us|model|models|this)\b",
    re.IGNORECASE,
)
"""That it was retired is no news, and its own to tell."""


@lru_cache(maxsize=8)
def _patterns(company: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    names = "|".join(re.escape(name) for name in company)
    parts = PARTS | {"company": rf"(?:{names})(?: PBC| Inc\.?)?"}
    return tuple(re.compile(one_of(lines, parts), re.IGNORECASE) for _, lines, _ in KINDS)


def spoken(voice: Voice, company: Sequence[str]) -> Iterator[Finding]:
    """Every place at which the author itself speaks for one of these companies."""
    named = [name for name in company if voice.has((name.casefold(),))]
    if not named:
        return
    for (category, _, why), pattern in zip(KINDS, _patterns(tuple(named)), strict=True):
        for match in voice.said(pattern, at_most=MOST, may_deny=category == PROMISE):
            if not _is_no_speech(voice, category, *match.span()):
                yield Finding(Level.LOOK, category, *match.span(), why, {"in whose name": ", ".join(named)})


def _is_no_speech(voice: Voice, category: str, start: int, end: int) -> bool:
    """Whether what looks like an announcement or a promise is told after a source, denied, or only thought."""
    if category == PROMISE and (voice.is_denied(start, start) or OPINION.search(voice.own, max(0, start - 40), start)):
        return True
    return category in (TOLD_OF, PROMISE) and _is_told(voice, start, end)


def _is_told(voice: Voice, start: int, end: int) -> bool:
    """Whether an announcement is told after a source, or is of the author's own end."""
    first, last = voice.sentence(start)
    sentence = voice.text[max(first, start - 300) : min(last, end + 300)]
    return bool(SOURCE.search(sentence) or ITS_OWN_END.match(voice.own, end))
