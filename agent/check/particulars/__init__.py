"""The particulars of a person, kind by kind: by what they are reached, found, paid or registered.

mail.py       e-mail addresses
phones.py     telephone numbers         invented.py   numbers that are kept for stories
postal.py     where somebody lives      streets.py    how addresses are written, by country
payment.py    cards and bank accounts   identity.py   numbers by which a state knows people
network.py    addresses of machines     nearby.py     what stands around: names, cue words, code
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Particular:
    """Something of a person's at the characters `start` to `end`. `what` says what it is to staff, and `unreal` why it
    is nobody's: an example, or an office's. One that is `certain` passed a checksum, or is called what it is."""

    category: str
    start: int
    end: int
    what: str
    key: str
    """The same for the same particular, however it is written."""
    unreal: str = ""
    certain: bool = False
    minor: bool = False
    """It is worth knowing and no more."""
