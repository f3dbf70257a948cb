"""What secrets look like, kind by kind, and how an example is told from one that may be live.

services.py   keys and tokens that begin as their service makes them
tokens.py     signed tokens and private keys, which are read to be known
named.py      what a text itself calls a password, a key or a token
canaries.py   words that were planted where no author should find them
examples.py   whether a secret is plainly an example
masking.py    a secret without its middle
"""

from dataclasses import dataclass

from agent.tables import Level


@dataclass(frozen=True)
class Secret:
    """Something secret, or what looks like it, at the characters `start` to `end`. `example` says why it is plainly an
    example, and `why` is the sentence for the publisher where it is not. `opens` is False where it lets nobody in,
    though it may be live: planted words, and what has run out."""

    kind: str
    start: int
    end: int
    why: str
    level: Level = Level.STOP
    example: str = ""
    opens: bool = True
