"""Names of hosts: what a browser makes of them, whom they belong to, and whom they only look like. Pure."""

import ipaddress
import re
import unicodedata
from functools import cache
from urllib.parse import unquote

from agent.check.linked.known import (
    COMMON,
    EXAMPLE_ENDINGS,
    EXAMPLES,
    KNOWN,
    LETTERS,
    LURES,
    OTHER_WORDS,
    PAIRS,
    SAME,
    TYPOS,
)

Number = ipaddress.IPv4Address | ipaddress.IPv6Address

SECOND = frozenset({"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"})
"""Below an ending of two letters these are part of it: "co.uk"."""
DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
PART = re.compile(r"0[xX][0-9a-fA-F]{0,16}|[0-9]{1,16}")
PLAIN = re.compile(
    r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}"
)
MIXED = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN"})
"""Scripts whose letters pass for each other's: no word is written in two of them."""
SHORT, LONG = 6, 7
"""Slips are looked for in names of so many letters; a letter left out, in those of one more."""
LONGEST_LABEL = 63
NAMES = frozenset(KNOWN.split())
TRUSTED = frozenset(LURES.split())
SKELETON = str.maketrans({look: letter for letter, looks in LETTERS.items() for look in looks})


def read(host: str) -> str:
    """A host as a browser reads it: small letters, "%41" as the sign it stands for, and its dots plain."""
    return unicodedata.normalize("NFKC", unquote(host).translate(DOTS)).lower().strip(".")


def in_letters(host: str) -> str | None:
    """A host with the letters that "xn--" stands for; None where it stands for none."""
    labels = []
    for label in host.split("."):
        if not label.startswith("xn--"):
            labels.append(label)
            continue
        try:
            labels.append(label[4 : LONGEST_LABEL + 1].encode("ascii").decode("punycode"))
        except (UnicodeError, ValueError, OverflowError):
            return None
    return ".".join(labels)


def coded(host: str) -> str:
    """A host as name servers know it, where a label that is not plain letters begins with "xn--"."""
    labels = host.split(".")
    return ".".join(each if each.isascii() else f"xn--{each.encode('punycode').decode()}" for each in labels)


def registered(host: str) -> str:
    """What somebody has registered: "bbc.co.uk" of "news.bbc.co.uk"."""
    labels = host.split(".")
    ends = 3 if len(labels) > 2 and labels[-2] in SECOND and len(labels[-1]) == 2 else 2
    return ".".join(labels[-ends:])


def is_example(host: str) -> bool:
    """Whether a host is kept for examples, and leads nowhere."""
    return registered(host) in EXAMPLES or host.rpartition(".")[2] in EXAMPLE_ENDINGS


def number(host: str) -> Number | None:
    """The IP address that a host is, in any way in which a browser reads one."""
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host.strip("[]"))
        except ValueError:
            return None
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not all(map(PART.fullmatch, parts)):
        return None
    try:
        *first, last = [_value(part) for part in parts]
    except ValueError:
        return None
    if any(value > 255 for value in first) or last >= 256 ** (4 - len(first)):
        return None
    return ipaddress.IPv4Address(sum(value << 8 * (3 - at) for at, value in enumerate(first)) + last)


def is_plain(host: str) -> bool:
    """Whether an IP address is written as they are."""
    return host.startswith("[") or PLAIN.fullmatch(host) is not None


def is_same(one: str, other: str) -> bool:
    """Whether two hosts are plainly one's: the same registered name, or two names of the same."""
    one, other = registered(one), registered(other)
    return one == other or any(one in names and other in names for names in SAME)


def is_mixed(host: str) -> bool:
    """Whether a name within the host is written in two scripts whose letters pass for each other's."""
    return any(len(_scripts(label) & MIXED) > 1 for label in host.split(".") if not label.isascii())


def passes_for(host: str) -> tuple[str, str] | None:
    """The known name that a host seems to pass for, and how: by its "letters", by a "slip", by a "host" of that name
    in front, by a "lure" beside it. The host is in letters."""
    own = registered(host)
    name = own.split(".")[0]
    if name in NAMES or name in OTHER_WORDS or any("proxy" in label for label in host.split(".")):
        return None
    if known := _known(name):
        return known, "letters"
    if known := _in_front(host.split(".")):
        return known, "host"
    if known := _lured(name):
        return known, "lure"
    known = _slips().get(name, "")
    return (known, "slip") if known else None


def _value(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(sign, "").split(" ")[0] for sign in label if sign.isalpha()}


def _skeleton(name: str) -> str:
    """What a name looks like at a glance."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    seen = bare.translate(SKELETON).replace("-", "")
    for pair, one in PAIRS:
        seen = seen.replace(pair, one)
    return seen


@cache
def _skeletons() -> dict[str, str]:
    return {_skeleton(name): name for name in sorted(NAMES)}


def _known(name: str) -> str:
    return _skeletons().get(_skeleton(name), "") if len(name) <= LONGEST_LABEL else ""


def _in_front(labels: list[str]) -> str:
    """A known name with its ending, below a host that is another's: "paypal.com.evil.ru"."""
    own = len(registered(".".join(labels)).split("."))
    for at in range(len(labels) - own):
        after = labels[at + 1]
        is_end = after in {"com", "org", "net", "de", "io"} and at + 1 < len(labels) - own
        if (is_end or after.startswith(("com-", "org-"))) and (known := _known(labels[at])):
            return known
    return ""


def _lured(name: str) -> str:
    """A known name with a word beside it that asks for trust: "paypal-login"."""
    words = name.split("-")
    beside = [word for word in words if word not in TRUSTED] if TRUSTED.intersection(words) else []
    beside += [name.removeprefix(lure) for lure in TRUSTED if name.startswith(lure)]
    beside += [name.removesuffix(lure) for lure in TRUSTED if name.endswith(lure)]
    return next((known for word in beside if (known := _known(word)) and known not in COMMON), "")


@cache
def _slips() -> dict[str, str]:
    """Every known name with a letter twice, two letters swapped, or one left out."""
    slips = dict(TYPOS)
    for name in sorted(NAMES):
        if len(name) < SHORT:
            continue
        for at in range(len(name) - 1):
            one, two = name[at], name[at + 1]
            slips[name[:at] + one + name[at:]] = name
            slips[name[:at] + two + one + name[at + 2 :]] = name
            if len(name) >= LONG and at:
                slips[name[:at] + name[at + 1 :]] = name
        slips[name + name[-1]] = name
    return {slip: name for slip, name in slips.items() if slip not in NAMES}
