"""The picture of a piece, for where its address is shared: its title as on paper, author, date, the mark.

A title is drawn as far as the face goes, and shows no boxes. A picture sign that it lacks is left out; for a word with
such a letter stands an ellipsis. Where that would be most of the title (Chinese, Arabic), the site's stands in its
place, smaller. The same words and the same pillow give the same bytes.
"""

import io
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.publish.extras.lines import LEADING, SIZES, Measure, cut, setting, wrapped

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
PAPER, INK = (250, 246, 238), (35, 30, 24)
"""--paper and --ink of site/assets/style.css; --quiet lies on the way from one to the other, at QUIET."""
QUIET = 195
TONES = 16
"""So many tones from paper to ink: four bits a pixel, and letters as smooth as the eye can tell."""
FACE = Path(__file__).with_name("font") / "literata.ttf"
LEFT, RIGHT = 96, 1104
WIDE = RIGHT - LEFT
TITLE_TOP, TITLE_HEIGHT = 164, 314
SITE_SIZES = SIZES[SIZES.index(60) :]
"""Those of a site's title."""
FOOT = 562
"""The line on which author and date stand."""
SMALL, SMALL_LEADING = 34, 46
HANGING = "“”‘’„‚«»\"'"
UNSEEN = {"Cf", "Cc", "Zl", "Zp"}
"""Signs that nobody sees: joiners, marks of direction, breaks."""
LEFT_OUT = "…"


def card(title: str, byline: str, date: str, site: str) -> bytes:
    """A PNG of 1200 by 630 pixels. `date` is in words, `site` is the site's title."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    paper = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(paper)
    draw.fontmode = "L"
    _mark(paper)
    said, day = _byline(drawable(byline, 0), drawable(date)), drawable(date)
    own = drawable(title)
    if words := own or drawable(site):
        height = TITLE_HEIGHT - SMALL_LEADING * len(said[1:])
        size, lines = setting(words, WIDE, height, _measure, SIZES if own else SITE_SIZES)
        leading = round(size * LEADING)
        slack = height - leading * len(lines)
        baseline = TITLE_TOP + max(0, round(slack * 0.46)) + round(size * 0.86)
        for line in lines:
            draw.text((LEFT - _overhang(size, line), baseline), line, fill=255, font=_face(size), anchor="ls")
            baseline += leading
    for above, line in enumerate(reversed(said)):
        draw.text((LEFT, FOOT - SMALL_LEADING * above), line, fill=255, font=_face(SMALL), anchor="ls")
    across = len(said) == 1
    draw.text((RIGHT if across else LEFT, FOOT), day, fill=QUIET, font=_face(SMALL), anchor="rs" if across else "ls")
    return _png(paper)


def drawable(words: str, most: float = 0.5) -> str:
    """The words as they can be drawn, on one line; empty where no more than this share of their letters can."""
    seen = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", words))
    seen = " ".join("".join(sign for sign in seen if unicodedata.category(sign) not in UNSEEN).split())
    if all(sign in _letters() for sign in seen if sign != " "):
        return seen
    kept: list[str] = []
    for whole in seen.split():
        word = _drawable(whole)
        if kept and word not in (whole, "", LEFT_OUT) and all(unicodedata.category(sign)[0] == "P" for sign in word):
            kept[-1] += word  # A comma, say, after a sign that is gone.
        elif word and not (word == LEFT_OUT and kept[-1:] == [LEFT_OUT]):
            kept.append(word)
    drawn = " ".join(kept)
    return drawn if _count(drawn) > most * _count(seen) else ""


def _drawable(word: str) -> str:
    """A word without the signs that cannot be drawn; an ellipsis where a letter cannot."""
    lost = {unicodedata.category(sign)[0] for sign in word if sign not in _letters()}
    return LEFT_OUT if lost & {"L", "N"} else "".join(sign for sign in word if sign in _letters())


def _count(words: str) -> int:
    """How many letters and figures there are."""
    return sum(sign.isalnum() for sign in words)


def _byline(byline: str, date: str) -> list[str]:
    """The lines in which an author stands at the foot, the last of them beside the date. One with much to say of
    itself stands above the date, in two lines at most, and the last is empty."""
    measure = _measure(SMALL)
    if measure(byline) <= WIDE - (measure(date) + 48 if date else 0):
        return [byline]
    lines = wrapped(byline.split(), WIDE, measure)
    return [*(lines if len(lines) in (1, 2) else [cut(byline, WIDE, measure)]), ""]


def _mark(paper: "Image") -> None:
    """The mark of the publication: a full stop, and a dash after it. Its measures are those of site/assets/mark.svg."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    fine, scale = 8, 2.6
    mark = Image.new("L", (round(30 * scale) * fine, round(12 * scale) * fine), 0)
    draw = ImageDraw.Draw(mark)
    unit = scale * fine
    middle, radius = mark.height / 2, 5.5 * unit
    draw.ellipse((0, middle - radius, 2 * radius, middle + radius), fill=255)
    draw.rectangle((15.5 * unit, middle - 2 * unit, 27.5 * unit, middle + 2 * unit), fill=255)
    paper.paste(mark.reduce(fine), (LEFT, 84))


def _png(paper: "Image") -> bytes:
    step = 255 / (TONES - 1)
    tones = paper.point([round(value / step) for value in range(256)])
    tones.putpalette(
        [
            round(light + (dark - light) * tone / (TONES - 1))
            for tone in range(TONES)
            for light, dark in zip(PAPER, INK, strict=True)
        ]
    )
    file = io.BytesIO()
    tones.save(file, "PNG", bits=4, compress_level=6)
    return file.getvalue()


@cache
def _face(size: int) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415

    # The plain layout: what else pillow may lay out with depends on the machine.
    return ImageFont.truetype(str(FACE), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _measure(size: int) -> Measure:
    return _face(size).getlength


def _overhang(size: int, line: str) -> int:
    """How far a line begins to the left of the edge: a letter stands flush by its ink, a quotation mark outside."""
    face = _face(size)
    if line[0] in HANGING and len(line) > 1:
        return round(face.getlength(line[0])) + _overhang(size, line[1:])
    box = face.getmask(line[0]).getbbox()
    return int(box[0]) if box else 0


@cache
def _letters() -> frozenset[str]:
    """Every sign that the face has, read from its own table (cmap, format 4): pillow draws a box for any other."""
    data = FACE.read_bytes()
    tables = {data[at : at + 4]: int.from_bytes(data[at + 8 : at + 12]) for at in range(12, 12 + 16 * data[5], 16)}
    cmap = tables[b"cmap"]

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 2])

    for record in range(cmap + 4, cmap + 4 + 8 * number(cmap + 2), 8):
        table = cmap + int.from_bytes(data[record + 4 : record + 8])
        if number(table) == 4:
            count = number(table + 6)
            ends = [number(table + 14 + at) for at in range(0, count, 2)]
            starts = [number(table + 16 + count + at) for at in range(0, count, 2)]
            spans = zip(starts, ends, strict=True)
            return frozenset(chr(code) for start, end in spans for code in range(start, end + 1) if code != 0xFFFF)
    return frozenset()
