"""Names of people that no list of given names has, for sentences in which somebody is accused: there, two words with a
capital may count as a name where nothing says that they are a place, a firm or the beginning of a sentence."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from agent.check.named.naming import RUN, Name, begins_a_sentence, is_made_up, length_of, name_at, prose_of
from agent.check.named.nomenclature import NO_PERSON, PARTICLES, STARTS, TITLES
from agent.check.named.unharmed import INVENTED

AT_MOST = 2_000
"""So many of them in a text are told apart."""
WORD = re.compile(r"\S+")
SMALL_WORD = re.compile(r"(?<![\w'’-])[a-zß-öø-ÿ]\w*")
ARTICLE = re.compile(r"\b(?:the|an?|every|each|some|its|no)[ \n]$", re.IGNORECASE)
"""A person's name has none, but for a word between that says what they are."""
A_THING = re.compile(r"\b(?:its|itself)\b", re.IGNORECASE)
AHEAD = 30
SHORT = {"Ó", "O", "Y"}
MANNER = re.compile(r"\w+(?:ly|ing|ed|ous|ful|less|ish|ical)$")
"""Endings of words that begin a sentence and no name."""


def unfamiliar(text: str, known: Iterable[Name]) -> Iterator[Name]:
    """What may be the names of other people than those that are known, in order."""
    bare, taken = prose_of(text), {name.start: name.end for name in known}
    found = list(islice(_names(bare, taken), AT_MOST))
    made_up = {name.surname for name in found if is_made_up(bare, name)}
    yield from (name for name in found if name.surname not in made_up)


def may_be_a_person(text: str, name: Name, end: int) -> bool:
    """Whether such a name may be one, by what is said of it up to `end` and right after: none that has an "its", or
    that is made of words which the text has in small letters, too."""
    return not A_THING.search(text, name.end, end + AHEAD) and not any(
        word.casefold() in _small(text) for word in name.split()
    )


@lru_cache(maxsize=4)
def _small(text: str) -> frozenset[str]:
    return frozenset(SMALL_WORD.findall(prose_of(text))) - PARTICLES


def _names(bare: str, taken: dict[int, int]) -> Iterator[Name]:
    for run in RUN.finditer(bare):
        if any(run.start() <= start < run.end() for start in taken):
            continue
        words = [(word[0], run.start() + word.start()) for word in WORD.finditer(run[0])]
        begins = begins_a_sentence(bare, run.start())
        while words and (words[0][0] in STARTS or (begins and MANNER.match(words[0][0]))):
            words, begins = words[1:], False
        words = words[: length_of([word for word, _ in words])]
        if not 2 <= len(words) <= 4 or ARTICLE.search(bare, max(0, words[0][1] - 8), words[0][1]):
            continue
        if any(_is_no_part(word) for word, _ in words) or words[0][0] in PARTICLES or words[-1][0].endswith("."):
            continue
        start, end = words[0][1], words[-1][1] + len(words[-1][0])
        yield name_at(bare[start:end], start, "")


def _is_no_part(word: str) -> bool:
    return word in INVENTED or word in NO_PERSON or word in TITLES or (len(word) < 2 and word not in SHORT)
