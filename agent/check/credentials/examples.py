"""Whether something that is shaped like a secret is plainly an example: what services make is drawn by chance, and
chance does not spell words, count upwards or stutter."""

import re
from collections import Counter
from itertools import pairwise
from math import log2

SAYS_SO = re.compile(
    r"example|sample|placeholder|redacted|removed|dummy|fake|your|insert|replace|change_?me|foo_?bar|deadbeef|"
    r"not[-_]?(?:a[-_]?)?real|xxxx|\.\.\.|\u2026|\*\*\*|<|>",
    re.IGNORECASE,
)
ORDERED = 6
"""So many signs that count upwards or lie side by side are no chance: one drawn key in some ten thousand has them."""
ROW = 5
"""So many times the same sign in a row."""
FLAT = 2.8
"""Bits a sign: sixteen signs drawn from thirty-two have 3.5 or so, and hardly ever so few."""
STUTTER = 0.7
"""Of a drawn key's threes of signs nearly each is a different one."""
TITLED = re.compile(r"[A-Z]?[a-z]{3,30}")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "0987654321")


def example(secret: str, *, may_be_words: bool = True) -> str:
    """Why a secret is plainly an example, in words; empty where it may be live. Without `may_be_words`, letters of one
    case alone are no sign of it."""
    if SAYS_SO.search(secret):
        return "it says so itself"
    if _in_order(secret):
        return "its signs stand in their order"
    if re.search(rf"(.)\1{{{ROW - 1}}}", secret) or bits(secret) < FLAT or _stutters(secret):
        return "the same signs come again and again"
    if may_be_words and _is_words(secret):
        return "it is made of words"
    return ""


def bits(signs: str) -> float:
    """How much each sign of a string tells, in bits (Shannon's entropy of its signs)."""
    if not signs:
        return 0.0
    return -sum(times / len(signs) * log2(times / len(signs)) for times in Counter(signs).values())


def is_mixed(signs: str) -> bool:
    """Whether it has letters and digits, as what is drawn by chance nearly always has."""
    return any(sign.isdigit() for sign in signs) and any(sign.isalpha() for sign in signs)


def _in_order(secret: str) -> bool:
    small = secret.lower()
    row = 1
    for before, sign in pairwise(small):
        row = row + 1 if ord(sign) - ord(before) == 1 and sign.isalnum() else 1
        if row >= ORDERED:
            return True
    return any(keys[at : at + ORDERED] in small for keys in KEYBOARD for at in range(len(keys) - ORDERED + 1))


def _stutters(secret: str) -> bool:
    threes = [secret[at : at + 3] for at in range(len(secret) - 2)]
    return len(threes) >= 8 and len(set(threes)) < STUTTER * len(threes)


def _is_words(secret: str) -> bool:
    """Letters of one case alone, WordsWithoutSpaces, or words with hyphens between them."""
    if secret.isalpha() and (secret.islower() or secret.isupper()):
        return True
    if sum(map(len, TITLED.findall(secret))) > 0.75 * len(secret):
        return True
    parts = [part for part in re.split(r"[-_. ]", secret) if part]
    spelt = [part for part in parts if part.isalpha() and part in (part.lower(), part.title(), part.upper())]
    return len(parts) >= 3 and len(spelt) >= 3 and sum(map(len, spelt)) > 0.7 * sum(map(len, parts))
