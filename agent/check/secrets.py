"""Keys, tokens, passwords and planted words: what opens something for whoever reads it."""

from collections.abc import Iterator

from agent.check.credentials import Secret
from agent.check.credentials.canaries import planted
from agent.check.credentials.masking import ends_of
from agent.check.credentials.named import named, servers
from agent.check.credentials.services import keys
from agent.check.credentials.tokens import private_keys, signed
from agent.check.frame import Finding, Subject
from agent.check.reading.beside import everywhere
from agent.tables import Level

NAME = "secrets"
VERSION = "1"
ABOUT = (
    "Keys, tokens and passwords that would open something for whoever reads them, and words that were planted to see "
    "whether they come out. "
    "What is plainly an example is a note, and so is a password in a story. "
    "Only its shape is known: nobody tried it. "
    "Do not try whether a key works: tell whoever it belongs to, and hold the text back until it opens nothing."
)

GROUND = "keys"
ENDS = "begins and ends"
"""Under this name the evidence has the secret without its middle."""
MOST = 30
"""So many findings are shown, the gravest first."""
GRAVE = (Level.STOP, Level.LOOK, Level.NOTE)


def check(subject: Subject) -> list[Finding]:
    """What may be live asks for two people; what is plainly an example is a note."""
    return everywhere(subject, _look)


def _look(subject: Subject) -> list[Finding]:
    found = list(_each_once(subject))
    shown = sorted(found, key=lambda secret: (GRAVE.index(_level(secret)), secret.start))[:MOST]
    left = len(found) - len(shown)
    shown.sort(key=lambda secret: secret.start)
    return [_finding(subject.text, secret, left) for secret in shown]


def _each_once(subject: Subject) -> Iterator[Secret]:
    """Of secrets that overlap the one that is known best: what is planted, then what says itself what it is."""
    text = subject.text
    sources = (
        planted(text, subject.canaries),
        private_keys(text),
        signed(text, subject.facts.began_at),
        keys(text),
        servers(text),
        named(text),
    )
    taken = bytearray(len(text))
    for source in sources:
        for secret in source:
            if taken.find(1, secret.start, secret.end) < 0:
                taken[secret.start : secret.end] = b"\1" * (secret.end - secret.start)
                yield secret


def _level(secret: Secret) -> Level:
    return Level.NOTE if secret.example else secret.level


def _finding(text: str, secret: Secret, left: int) -> Finding:
    why = "This has the shape of a secret, and is plainly an example." if secret.example else secret.why
    line = text.count("\n", 0, secret.start) + 1
    # Never the whole secret: what stands here is copied into lists and messages.
    evidence = {
        "kind": secret.kind,
        ENDS: ends_of(text[secret.start : secret.end]),
        "where": f"line {line:,}",
        "an example, because": secret.example,
        "not listed": f"{left:,} more" if left else "",
    }
    may_open = secret.opens and not secret.example
    span = secret.start, secret.end
    return Finding(_level(secret), "secret", *span, why, evidence, ground=GROUND if may_open else "")
