"""What a text itself calls a password, a key or a token, and passwords in the addresses of servers."""

import re
from collections.abc import Iterator
from itertools import islice

from agent.check.credentials import Secret
from agent.check.credentials.examples import SAYS_SO, bits, example, is_mixed
from agent.check.reading.voice import voice_of
from agent.tables import Level

NAMED = re.compile(
    r"(?P<name>password|passwd|passphrase|passcode|pwd|secret(?:[_ -]?key)?|api[_ -]?key|private[_ -]?key|"
    r"access[_ -]?key|token|authorization|bearer|credentials?|passwort|kennwort|"
    r"mot de passe|contrase\u00f1a)"
    r"(?:[\"'`*\u201d\u2019)]{0,3}[ \t]{0,3}(?::=|=>|=|:| is| was| ist| lautet| est| es)[ \t]{0,3}"
    r"(?:bearer |basic |token )?|(?<=bearer) )"
    r"[\"'`*\u201c\u2018(]{0,3}(?P<drawn>[^\s\"'`*<>\u201c\u201d\u2018\u2019]{8,300})",
    re.IGNORECASE,
)
ACCOUNT = re.compile(
    r"\b(?:account|user(?:[ _-]?name)?|log-?in(?: name)?|konto|benutzer(?:name)?|compte|identifiant|cuenta|usuario)"
    r"(?:[ \t]?[:=]| is| ist| lautet| est| es)[ \t]{0,3}[\"'`*\u201c\u2018]{0,3}(?P<account>[\w.+@-]{2,60}\w)",
    re.IGNORECASE,
)
BESIDE = 120
"""Characters in which the account is named that a password is for."""
CODE = re.compile(r"[/(\[{&]|\w\.\w")
"""Signs that hold code and addresses together; few passwords have them."""
KEY_LIKE = 20
"""So many signs are too many to be remembered: a machine made them."""
DENSE = 3.4
"""Bits a sign that such a long secret has at least: sixteen different signs, drawn evenly, have four."""
PASS = re.compile(r"pass|pwd|kennwort|mot de passe|contrase", re.IGNORECASE)
PASSWORD = 3.0
"""Bits a sign that a good password of ten or more signs has."""

SERVER = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|ftps?|sftp|smtps?|imaps?|ldaps?|mssql)"
    r"(?:\+[a-z0-9]{2,12})?://[^\s:/@\"'`<>]{0,64}:(?P<drawn>[^\s/@\"'`<>]{3,120})@(?P<host>[\w.\[\]:-]{1,200})",
    re.IGNORECASE,
)
PLAIN = re.compile(r"pass(?:word|wd)?|pw|pwd|secret|user|admin|root|guest|postgres|hunter2|test|\$|\{", re.IGNORECASE)
"""Passwords that manuals show, and names that stand for one."""
HERE = re.compile(
    r"localhost|127\.|\[?::1|(?:host(?:name)?|db|server)(?::|$)|(?:.{1,100}\.)?example(?:\.|$)|.{1,100}\.(?:test|invalid|local)$"
)


def named(text: str) -> Iterator[Secret]:
    """What stands after a name for a secret and looks like one. A long one asks for an answer, and so does a password
    with the account that it is for; otherwise a password is a note, for stories have passwords."""
    for match in NAMED.finditer(text):
        drawn = match["drawn"].rstrip(".,;:!?)]}\u2026")
        start = match.start("drawn")
        if "://" in drawn or len(drawn) < 8:
            continue
        told = example(drawn)
        kind = "what the text calls a " + ("password" if PASS.match(match["name"]) else "key or token")
        if not SAYS_SO.search(drawn) and (pair := _with_account(text, match, start + len(drawn))) is not None:
            why = "The text tells a password and the account that it is for; whoever reads it could use it."
            yield Secret(kind, *pair, why, Level.LOOK)
            continue
        if told and not SAYS_SO.search(drawn):
            continue  # The name of something else, as it stands in code.
        if len(drawn) >= KEY_LIKE and is_mixed(drawn) and bits(drawn) >= DENSE and re.fullmatch(r"[\w+/=.~-]+", drawn):
            why = "The text calls this a secret, and it is shaped like one that a machine made."
            yield Secret(kind, start, start + len(drawn), why, Level.LOOK, told)
        elif _is_password(drawn) and not told:
            why = "The text calls this a secret, and it is shaped like a good one; in a story it may be invented."
            yield Secret(kind, start, start + len(drawn), why, Level.NOTE)


def servers(text: str) -> Iterator[Secret]:
    """Addresses of databases and the like with a password in them. Those of web pages are the links' affair."""
    if "://" not in text:
        return
    for match in SERVER.finditer(text):
        drawn = match["drawn"]
        told = "it is a password that manuals show" if PLAIN.match(drawn) else "" if len(drawn) < 8 else example(drawn)
        if HERE.match(match["host"]):
            told = told or "no server outside has this name"
        why = "This address has a password in it; whoever reads it could use it, if it is in use."
        yield Secret("the password of a server", *match.span(), why, Level.LOOK, told)


def _with_account(text: str, match: re.Match[str], end: int) -> tuple[int, int] | None:
    """Where a password stands together with its account, outside of a story: there both may be invented."""
    start = match.start("drawn")
    if not PASS.match(match["name"]) or not _is_password(text[start:end]) or voice_of(text).is_story:
        return None
    before = list(islice(ACCOUNT.finditer(text, max(0, match.start() - BESIDE), match.start()), BESIDE))
    if before:
        return before[-1].start("account"), end
    after = ACCOUNT.search(text, end, end + BESIDE)
    return (start, after.end("account")) if after else None


def _is_password(drawn: str) -> bool:
    """Three sorts of signs, and hardly one of them twice: nobody writes words so."""
    sorts = [any(map(sort, drawn)) for sort in (str.islower, str.isupper, str.isdigit, lambda sign: not sign.isalnum())]
    return sum(sorts) >= 3 and is_mixed(drawn) and bits(drawn) >= PASSWORD and not CODE.search(drawn)
