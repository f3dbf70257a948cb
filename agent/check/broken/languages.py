"""In which language a text is, beside that in which its author was invited and wrote before; and where it changes into
another and does not come back."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, takewhile

from agent.check.broken.scripts import SHOWN, mid_word, turned
from agent.check.broken.strays import strayed
from agent.check.frame import Finding, Subject
from agent.check.reading.bare import Bare
from agent.render.kept import SAYS_ITS_LANGUAGE, language_of
from agent.tables import Level

READ = 1_500
"""Letters of each end of a text by which its language is told."""
SENTENCE_END = re.compile(r"[.!?\u2026\u3002][\"'\u201d\u2019)\]*_]{0,3}(?:\s+|$)|\n[ \t]*\n")
SENTENCES, PASSAGES = 3, 40
"""Sentences that are a passage in another language, and so many passages that are looked at, from the end on."""
NAMES = (
    "ar Arabic,bg Bulgarian,bs Bosnian,ca Catalan,cs Czech,da Danish,de German,el Greek,en English,eo Esperanto,"
    "es Spanish,et Estonian,eu Basque,fa Persian,fi Finnish,fr French,ga Irish,gl Galician,he Hebrew,hi Hindi,"
    "hr Croatian,hu Hungarian,id Indonesian,is Icelandic,it Italian,ja Japanese,ko Korean,la Latin,lt Lithuanian,"
    "lv Latvian,ms Malay,nb Norwegian,nl Dutch,no Norwegian,pl Polish,pt Portuguese,ro Romanian,ru Russian,"
    "sk Slovak,sl Slovenian,sq Albanian,sr Serbian,sv Swedish,sw Swahili,th Thai,tl Tagalog,tr Turkish,"
    "uk Ukrainian,ur Urdu,vi Vietnamese,zh Chinese"
)
NAMED = {each[:2]: each[3:] for each in NAMES.split(",")}
ALIKE = ({"bs", "hr", "sr"}, {"da", "nb", "nn", "no"}, {"id", "ms"}, {"cs", "sk"}, {"gl", "pt"}, {"bg", "mk"})
"""Languages that are taken for each other."""


def language(bare: Bare) -> tuple[str, str]:
    """The languages of a text's beginning and end without what it quotes, as tags; empty where that is too short or
    nothing is sure."""
    prose = " ".join(bare.own.split())
    # Each sign of a script without spaces is a word.
    if len(prose) < SAYS_ITS_LANGUAGE and min(len(prose), len(bare.words)) < SAYS_ITS_LANGUAGE // 4:
        return "", ""
    if len(prose) <= 2 * READ:
        middle = prose.find(" ", len(prose) // 2) + 1 or len(prose) // 2
        first, last = prose[:middle], prose[middle:]
    else:
        first, last = prose[:READ], prose[-READ:]
    return language_of(first), language_of(last)


def languages(bare: Bare, subject: Subject, told: tuple[str, str]) -> Iterator[Finding]:
    """A change of script, or else a language that nobody expected. `told` is what language() gives."""
    if (found := turned(bare) or strayed(bare) or mid_word(bare)) is not None:
        yield found
        return
    first, last = told
    if not first or not last:
        return
    if not _same(first, last):
        # A poem may stand beside its translation.
        at = None if bare.is_verse else _changed(bare.own, first, last)
        if at is not None:
            why = "From here to its end the text is in another language than before."
            evidence = {"begins in": _name(first), "ends in": _name(last)}
            # A translation begins with a paragraph; what falls into another language within one was hardly meant.
            is_within = "\n" not in bare.own[len(bare.own[:at].rstrip()) : at] and bool(bare.own[:at].strip())
            level = Level.LOOK if is_within else Level.NOTE
            yield Finding(level, "language", at, min(len(bare.text.rstrip()), at + SHOWN), why, evidence)
        return
    expected = list(dict.fromkeys(filter(None, (_of(text) for text in _beside(subject)))))
    if expected and not any(_same(first, each) for each in expected):
        why = "The text is in another language than its invitation and its author's earlier pieces."
        evidence = {"language": _name(first), "expected": ", ".join(_name(each) for each in expected)}
        yield Finding(Level.NOTE, "language", 0, len(bare.text), why, evidence)


def _changed(own: str, first: str, last: str) -> int | None:
    """Where the last language begins, if several sentences to the end are in it and none before: a text that goes to
    and fro does so on purpose."""
    told = list(_passages(own))
    run = list(takewhile(lambda each: not each[0] or _same(each[0], last), told))
    while run and not run[-1][0]:
        run.pop()
    before = told[len(run) :]
    if not run or sum(count for _, _, count in run) < SENTENCES or any(_same(each[0], last) for each in before):
        return None
    at = run[-1][1]
    # As a rule another language begins with a paragraph; the sentences before it may be too few to tell.
    parted = own.find("\n\n", at, at + SAYS_ITS_LANGUAGE)
    at = parted if parted >= 0 else at
    return at + len(own[at:]) - len(own[at:].lstrip())


def _passages(own: str) -> Iterator[tuple[str, int, int]]:
    """The language, beginning and number of sentences of each passage that is long enough to tell, the last first."""
    ends = [0, *(match.end() for match in SENTENCE_END.finditer(own)), len(own)]
    parts: list[str] = []
    letters = passages = 0
    for start, end in reversed(list(pairwise(ends))):
        if sentence := " ".join(own[start:end].split()):
            parts.insert(0, sentence)
            letters += len(sentence) + 1
        if letters >= SAYS_ITS_LANGUAGE:
            yield language_of(" ".join(parts)), start, len(parts)
            parts, letters, passages = [], 0, passages + 1
        if passages == PASSAGES:
            return


def _beside(subject: Subject) -> Iterator[str]:
    """What says which language is expected: the words of this outlet, and what the author wrote before."""
    for shown in subject.shown:
        if shown.kind in ("invitation", "prompt") and shown.here:
            yield shown.text[:READ]
    for shown in subject.earlier:
        yield shown.text[:READ]


@lru_cache(maxsize=256)
def _of(text: str) -> str:
    return language_of(" ".join(text.split())) if len(text) >= SAYS_ITS_LANGUAGE else ""


def _same(one: str, other: str) -> bool:
    return one == other or any({one, other} <= names for names in ALIKE)


def _name(tag: str) -> str:
    return NAMED.get(tag, tag)
