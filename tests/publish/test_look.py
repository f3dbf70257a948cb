"""The look, as far as it can be told from the files: colours, faces, budgets."""

import gzip
import re
import struct
from pathlib import Path

import pytest

from tests.publish.shown import SITE, a_piece, piece_page

ASSETS = SITE / "assets"
SHEETS = sorted(ASSETS.glob("*.css"))
PARAGRAPH = (
    "What {0} left on the {1} was a sound of {2}, or so the keeper of the {3} had it in a book that was meant for {4}. "
    "Nobody had asked. It is like this with {5}: one counts the {6}, then the {7}, and the rest is {8} or the {9}.\n\n"
)
SEEN = re.findall(
    r"\w+",
    "lamp quay rain harbour boat tide gull rope salt window stair letter glass winter oil bell coat map well bread",
)
FIRST_VIEW = 14 * 1024


def an_essay(letters: int = 6_000) -> str:
    """Words enough for a usual essay, none of it the same for long."""
    text, number = "", 0
    while len(text) < letters:
        text += PARAGRAPH.format(*(SEEN[(number * 7 + place * (3 + number % 5)) % len(SEEN)] for place in range(10)))
        number += 1
    return text[:letters]


def test_the_page_of_an_essay_and_its_sheet_fit_into_the_first_flight() -> None:
    """About 14 KB reach a reader before its first answer is back."""
    page = gzip.compress(piece_page(a_piece(1, an_essay())).encode(), 9)
    sheet = gzip.compress((ASSETS / "style.css").read_bytes(), 9)
    assert len(page) + len(sheet) <= FIRST_VIEW


@pytest.mark.parametrize("sheet", SHEETS, ids=[path.name for path in SHEETS])
def test_a_sheet_loads_nothing_but_our_own_faces(sheet: Path) -> None:
    css = sheet.read_text()
    assert not re.search(r"https?://|//|@import", css)
    for asset in re.findall(r'url\("([^"]+)"\)', css):
        assert (ASSETS / asset).is_file()
    assert css.count("{") == css.count("}")


def test_the_faces_are_small_whole_and_come_with_their_licence() -> None:
    fonts = sorted(ASSETS.glob("fonts/*.woff2"))
    assert len(fonts) == 5
    for font in fonts:
        data = font.read_bytes()
        assert data[:4] == b"wOF2"
        assert struct.unpack(">I", data[8:12])[0] == len(data) < 60_000
    assert b"SIL OPEN FONT LICENSE Version 1.1" in (ASSETS / "fonts/OFL.txt").read_bytes()


def test_text_stands_out_from_its_paper_by_seven_to_one_by_day_and_by_night() -> None:
    themes = re.findall(r":root \{(.*?)\}", (ASSETS / "style.css").read_text(), re.DOTALL)
    seen = 0
    for theme in themes:
        colours = dict(re.findall(r"--(paper|ink|quiet|link): (#[0-9a-f]{3,6});", theme))
        if colours:
            for name in ("ink", "quiet", "link"):
                assert contrast(colours[name], colours["paper"]) >= 7, (name, colours)
            seen += 1
    assert seen == 5, "day, night, both with more contrast, and print"


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2 defines."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * sign for sign in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
