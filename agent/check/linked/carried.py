"""What an address carries: a file, a key, another address, and who sent its reader. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.check.linked.hosts import NAMES, is_same, registered
from agent.check.linked.known import EXAMPLES, INSTALLS, PAPERS, RUNS
from agent.check.linked.targets import Target, target_of
from agent.tables import Level

PROGRAMS, DOCUMENTS = frozenset(RUNS.split()), frozenset(PAPERS.split())
TRACKS = re.compile(
    r"utm_[a-z_]{1,30}|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|mc_[ce]id|igshid|igsh|_hsenc|vero_id"
)
KEYS = re.compile(
    r"api[_-]?key|(?:access|auth|refresh|id|session|bearer|private)[_-]?(?:token|key)|token|passw(?:or)?d|pwd|"
    r"(?:client[_-]?)?secret|x-amz-(?:signature|credential|security-token)|x-goog-signature|signature|sig|jwt|(?:php|j)?sess(?:ion)?[_-]?id",
    re.IGNORECASE,
)
MADE_UP = re.compile(
    r"(?:your|my|the|some|a)?[\W_]*(?:api)?[\W_]*(?:key|token|secret|pass|passw(?:or)?d|pw|user(?:name)?|name|login|here|"
    r"example|test|demo|changeme|placeholder|redacted|abc|abc123|123456?|x{2,}|\*{2,}|\.{2,}|…)"
    r"(?:[\W_]*(?:key|token|here|secret))?|[<{$\[%(].{0,60}|x{2,}|\*{2,}|\.{2,}|…",
    re.IGNORECASE,
)
"""Where anybody sees that a value is left out."""
ONWARD = re.compile(r"(?:https?:)?//\w", re.IGNORECASE)
PASSES_ON = re.compile(
    r"/(?:.{1,40}/)?(?:url|redir(?:ect)?|l|link|linkfilter|out|away|go(?:to)?|exit|leave|jump|click|track|r)(?:\.php|\.aspx)?/?",
    re.IGNORECASE,
)
"""Paths at which hosts only send a reader on."""
PASSES_ALL_ON = frozenset({"safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com"})
SEEN = 80
"""So many characters of a value are looked at, or shown."""
LEAST_KEY = 6
"""A key has at least so many characters."""


@dataclass(frozen=True)
class Doubt:
    """One reason to look at an address. `facts` are shown beside it."""

    level: Level
    category: str
    why: str
    facts: Mapping[str, str] = field(default_factory=dict)
    ground: str = ""


def carried(target: Target) -> Iterator[Doubt]:
    """What there is to doubt about what an address carries."""
    yield from _file(target)
    yield from _fields(target)


def is_made_up(value: str, target: Target) -> bool:
    """Whether anybody sees that a password or a key is none."""
    return registered(target.host) in EXAMPLES or MADE_UP.fullmatch(value[:SEEN]) is not None


def _file(target: Target) -> Iterator[Doubt]:
    name, _, ending = target.file.strip(" .").rpartition(".")
    if not name:
        return
    if ending in PROGRAMS and name.rpartition(".")[2] in DOCUMENTS:
        why = "This file passes for a document and is a program."
        yield Doubt(Level.LOOK, "download", why, {"file": target.file[-SEEN:]}, "danger")
    elif ending in PROGRAMS:
        why = "This address leads to a program that readers would run on their machine."
        yield Doubt(Level.LOOK, "download", why, {"file": target.file[-SEEN:]})
    elif ending in INSTALLS:
        yield Doubt(Level.NOTE, "download", "This address leads to a file that installs something.")


def _fields(target: Target) -> Iterator[Doubt]:
    fields = target.fields
    if key := next((each for each in fields if KEYS.fullmatch(each[0]) and len(each[1]) >= LEAST_KEY), None):
        level = Level.NOTE if is_made_up(key[1], target) else Level.LOOK
        why = "A key or a password stands in this address."
        yield Doubt(level, "credentials", why, {"in the field": key[0][:SEEN]})
    if onward := next((value for _, value in fields if ONWARD.match(value)), ""):
        why, level = "This address holds another one, and may lead on to it.", Level.NOTE
        if _passes_on(target, onward):
            why, level = "This address names a well-known host and only leads on to another.", Level.LOOK
        yield Doubt(level, "onward", why, {"leads on to": onward[:SEEN]})
    if names := [name for name, _ in fields if TRACKS.fullmatch(name.lower())]:
        why = "This address says where its reader came from."
        yield Doubt(Level.NOTE, "tracking", why, {"fields": ", ".join(names)[:SEEN]})


def _passes_on(target: Target, onward: str) -> bool:
    """Whether a reader sees a name that many trust, and is sent on to somebody else."""
    if is_same(target.host, target_of(f"https:{onward}" if onward.startswith("//") else onward).host):
        return False
    if any(target.host == host or target.host.endswith(f".{host}") for host in PASSES_ALL_ON):
        return True
    return registered(target.host).split(".")[0] in NAMES and PASSES_ON.fullmatch(target.path[:SEEN]) is not None
