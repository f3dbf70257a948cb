"""Characters that nobody sees, and that may carry what nobody should read unawares."""

import unicodedata

UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
"""Controls, format characters (zero-width, bidi, tags, soft hyphens), unassigned, private, surrogates."""
BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0} | {
    *(*range(0x180B, 0x180E), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
"""Characters of other categories that show nothing: joiners, fillers, variation selectors."""
REMEMBERED = 20_000
"""So many characters are looked up once only: a text of every character there is must not fill memory."""


def visible(text: str) -> tuple[str, int]:
    """A text without the characters that nobody sees, and how many they were. Every kind of space, a tab and the end
    of a line too, becomes a plain one and is not counted."""
    left = text.translate(_SEEN)
    return left, len(text) - len(left)


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
