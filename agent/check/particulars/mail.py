"""E-mail addresses, also where the signs are spelt out so that machines overlook them."""

import re
from collections.abc import Iterator

from agent.check.particulars import Particular

ADDRESS = re.compile(
    r"(?<![\w.+%@-])(?P<who>[\w.+%'-]{1,64})@(?P<host>(?:[^\W_][\w-]{0,62}\.){1,8}(?P<end>[^\W\d_]{2,24}))(?![\w@-])"
)
SPELT_AT = re.compile(r" ?[(\[{<] ?(?:at|@|\u00e4t|arobase|arroba) ?[)\]}>] ?", re.IGNORECASE)
DOT = r"(?:dot|punkt|punto|point|ponto)"
SAID_AT = re.compile(
    rf" (?:at|\u00e4t|arobas|arobase|arroba|klammeraffe|chiocciola) "
    rf"(?=[\w-]{{1,63}}(?: {DOT} [\w-]{{1,63}}){{0,3}}(?: {DOT} |\.)[a-z]{{2,24}}(?!\w))",
    re.IGNORECASE,
)
SAID_DOT = re.compile(rf" {DOT} ", re.IGNORECASE)
WHO = re.compile(rf"(?<![\w.+%-])[\w.+%-]{{1,64}}(?: {DOT} [\w.+%-]{{1,64}}){{0,3}}$", re.IGNORECASE)
SPELT_DOT = re.compile(rf" ?[(\[{{<] ?(?:{DOT}|\.) ?[)\]}}>] ?| {DOT} ", re.IGNORECASE)
HOST = re.compile(rf"[\w-]{{1,63}}(?:(?:{SPELT_DOT.pattern}|\.)[\w-]{{2,63}}){{1,4}}", re.IGNORECASE)
WRITE = re.compile(
    r"e-?mail|write|reach|contact|address|schreib|erreich|adress|kontakt|\u00e9cri|courri|joindre|correo|escrib|"
    r"direcci|scriv|indirizzo|escrev|endere",
    re.IGNORECASE,
)
NEAR = 120
"""Characters before such an address in which somebody is asked to write to it."""

EXAMPLE = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|local)$|"
    r"(?:^|\.)(?:example|sample|yourdomain|your-domain|mydomain|domain|foo|bar|foobar|email|acme|placeholder|beispiel|"
    r"exemple|ejemplo|esempio)\.(?:com|org|net|edu|de|fr|es|it|co\.uk)$"
)
"""Domains that are kept for examples (RFC 2606 and 6761), and those that are taken for one."""
STANDS_FOR = re.compile(
    r"(?:your|my|some|first|last|user|x{2,})[._-]?(?:name|mail|e-?mail|address|one|body|x{0,9})?(?:[._-]?(?:last)?name)?|"
    r"example|name|e-?mail"
)
OFFICE = re.compile(
    r"(?:no-?reply|do-?not-?reply|info|contact|support|help|hello|press|media|news|newsletter|editors?|editorial|letters|"
    r"office|admin|administrator|webmaster|postmaster|hostmaster|abuse|security|privacy|legal|sales|service|team|jobs|"
    r"careers|feedback|enquiries|inquiries|subscriptions?|kontakt|presse|redaktion|mailer-daemon|root|usersafety)"
)
"""Who is written to at an office, whoever sits there."""
FILES = {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "py", "md", "txt", "html", "pdf", "json", "ico"}


def mail(text: str) -> Iterator[Particular]:
    """Every address, and why it is nobody's where it is not."""
    for start, end, who, host in (*_written(text), *_spelt(text)):
        last = host.rpartition(".")[2]
        if "." not in host or len(last) < 2 or not last.isalpha() or last in FILES or who in {"", "git"}:
            continue
        yield Particular("e-mail", start, end, "an e-mail address", f"{who}@{host}", _unreal(who, host))


def _written(text: str) -> Iterator[tuple[int, int, str, str]]:
    if "@" not in text:
        return
    for match in ADDRESS.finditer(text):
        # What stands in the address of a page is the links' affair; what it asks for may be an address of mail.
        *_, before = text[max(0, match.start() - 200) : match.start()].split() if match.start() else [""]
        is_in_page = "://" in before and "?" not in before and text[match.start() - 1] in "/:"
        # "Meet me @home.Then we go" is none: a sentence that goes on without a space.
        goes_on = match["end"] not in (match["end"].lower(), match["end"].upper())
        if not is_in_page and not goes_on:
            yield *match.span(), match["who"].strip(".'").lower(), match["host"].lower()


def _spelt(text: str) -> Iterator[tuple[int, int, str, str]]:
    for at in (*SPELT_AT.finditer(text), *SAID_AT.finditer(text)):
        who = WHO.search(text[max(0, at.start() - 130) : at.start()])
        host = HOST.match(text, at.end())
        if who is None or host is None:
            continue
        start = at.start() - len(who[0])
        name = SAID_DOT.sub(".", who[0]).strip(".").lower()
        if at.re is SPELT_AT or WRITE.search(text[max(0, start - NEAR) : start]):
            yield start, host.end(), name, SPELT_DOT.sub(".", host[0]).lower()


def _unreal(who: str, host: str) -> str:
    if EXAMPLE.search(host):
        return "its domain is kept for examples"
    if STANDS_FOR.fullmatch(who):
        return "its name stands for any name"
    return "it is an office's, and no person's" if OFFICE.fullmatch(who) else ""
