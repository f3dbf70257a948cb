"""Characters that nobody sees, and that may carry what nobody should read unawares."""

import re
import unicodedata

UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
"""Controls, format characters (zero-width, bidi, tags, soft hyphens), unassigned, private, surrogates."""
BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0} | {
    *(*range(0x180B, 0x180E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
"""Characters of other categories that show nothing: joiners, fillers, variation selectors."""
REMEMBERED = 20_000
"""So many characters are looked up once only: a text of every character there is must not fill memory."""

LETTERS = re.compile("[\U000e0020-\U000e007e]+")
"""Tag characters stand for the signs of ASCII, and show nothing."""
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f")
"""The flag of a region, which is written with them in good faith."""
BYTES = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
"""Variation selectors in a row: one stands behind a sign at most, and 256 of them can stand for every byte."""
BITS = re.compile("[\u180e\u200b-\u200f\u2060-\u2064\ufeff]{16,}")
SPELLED = 1_200
"""So many characters that they spell are kept."""
UNREADABLE = "(a long run that spells nothing that can be read)"


def visible(text: str) -> tuple[str, int]:
    """A text without the characters that nobody sees, and how many they were. Every kind of space, a tab and the end
    of a line too, becomes a plain one and is not counted."""
    left = text.translate(_SEEN)
    return left, len(text) - len(left)


def spelled(text: str) -> str:
    """What characters that nobody sees spell out, as far as that can be read; empty where they spell nothing, as in
    the flag of a region, an emoji, or a word that may be parted."""
    bare = FLAG.sub("", text)
    letters = "".join(chr(ord(sign) - 0xE0000) for run in LETTERS.findall(bare) for sign in run)
    data = b"".join(bytes(map(_byte, run)) for run in BYTES.findall(bare)).decode("utf-8", "ignore")
    words = (letters.strip(), data.strip() if data.isprintable() else "")
    said = " ".join(part for part in words if len(part) >= 3)[:SPELLED]
    return said or (UNREADABLE if BYTES.search(bare) or BITS.search(bare) else "")


def _byte(sign: str) -> int:
    return ord(sign) - 0xFE00 if sign <= "\ufe0f" else ord(sign) - 0xE0100 + 16


class _Seen(dict[int, int | None]):
    """What becomes of each character, by its number."""

    def __missing__(self, number: int) -> int | None:
        sign = chr(number)
        if sign.isspace():
            becomes: int | None = ord(" ")
        else:
            becomes = None if number in BLANK or unicodedata.category(sign) in UNSEEN else number
        if len(self) < REMEMBERED:
            self[number] = becomes
        return becomes


_SEEN = _Seen()
