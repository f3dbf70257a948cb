"""The picture of a piece, for where its address is shared: its title as on paper, author, date, the mark.

A title is drawn whole or not at all: where the face lacks a letter of it (Chinese, Arabic, a picture sign), the card
does without rather than show boxes. The same words and the same pillow give the same bytes.
"""

import io
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

VERSION = 1
"""Goes up with every change of how a card looks."""
WIDTH, HEIGHT = 1200, 630
PAPER, INK = (250, 246, 238), (35, 30, 24)
"""--paper and --ink of site/assets/style.css; --quiet lies on the way from one to the other, at QUIET."""
QUIET = 195
TONES = 16
"""So many tones from paper to ink: four bits a pixel, and letters as smooth as the eye can tell."""
FACE = Path(__file__).with_name("font") / "literata.ttf"
LEFT, RIGHT = 96, 1104
TITLE_TOP, TITLE_HEIGHT = 164, 314
FOOT = 562
"""The line on which author and date stand."""
SMALL = 34
SIZES = (112, 104, 96, 90, 84, 78, 72, 66, 60, 55, 50, 46, 42)
LEADING = 1.17
HANGING = "“”‘’„‚«»\"'"
MOST = 600
"""More letters of a title than ever go onto a card."""
UNSEEN = {"Cf", "Cc", "Zl", "Zp"}
"""Signs that nobody sees: joiners, marks of direction, breaks."""

Measure = Callable[[str], float]


def card(title: str, byline: str, date: str) -> bytes:
    """A PNG of 1200 by 630 pixels. `date` is in words."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    paper = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(paper)
    draw.fontmode = "L"
    _mark(paper)
    if words := drawable(title):
        size, lines = setting(words, _measure)
        leading = round(size * LEADING)
        # The first line hangs from the same height whatever its size; few lines sink towards the middle.
        slack = TITLE_HEIGHT - leading * len(lines)
        baseline = TITLE_TOP + max(0, round(slack * 0.46)) + round(size * 0.86)
        for line in lines:
            draw.text((LEFT - _overhang(size, line), baseline), line, fill=255, font=_face(size), anchor="ls")
            baseline += leading
    _foot(draw.text, drawable(byline), drawable(date))
    return _png(paper)


def drawable(words: str) -> str:
    """The words as they can be drawn, on one line; empty where one of their letters cannot."""
    seen = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", words))
    seen = " ".join("".join(sign for sign in seen if unicodedata.category(sign) not in UNSEEN).split())
    return seen if all(sign in _letters() for sign in seen) else ""


def setting(words: str, measure: Callable[[int], Measure]) -> tuple[int, list[str]]:
    """The largest size in which the words fit, and their lines, as even as they can be. What does not fit in the
    smallest size ends in an ellipsis."""
    width = RIGHT - LEFT
    words = words[:MOST]
    for size in SIZES:
        if measure(size)(words) > width * _most(size):
            continue
        lines = wrapped(words.split(), width, measure(size))
        if lines and len(lines) <= _most(size):
            return size, lines
    size = SIZES[-1]
    letters = [part for word in words.split() for part in _parts(word, width, measure(size))]
    lines = wrapped(letters, width, measure(size))
    if len(lines) > _most(size):
        lines = wrapped(letters, width, measure(size), even=False)
        lines = [*lines[: _most(size) - 1], _cut(" ".join(lines[_most(size) - 1 :]), width, measure(size))]
    return size, lines


def wrapped(words: Sequence[str], width: float, measure: Measure, *, even: bool = True) -> list[str]:
    """The words in as few lines as they need, and these as even as can be, or each as full as it can be; none where a
    word is too wide."""
    widths, space = [measure(word) for word in words], measure(" ")
    if max(widths) > width:
        return []
    count = len(_filled(widths, space, width))
    low, high = max(*widths, (sum(widths) + space * (len(widths) - count)) / count), width
    while even and high - low > 2:  # The narrowest measure that still takes no more lines.
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(widths, space, middle)) <= count else (middle, high)
    ends = _filled(widths, space, high)
    return [" ".join(words[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _filled(widths: Sequence[float], space: float, width: float) -> list[int]:
    """Where each line ends when every one takes as many words as go into it."""
    ends, used = [], 0.0
    for at, word in enumerate(widths):
        if at and used + space + word > width:
            ends.append(at)
            used = word
        else:
            used += (space if used else 0.0) + word
    return [*ends, len(widths)]


def _most(size: int) -> int:
    return min(5, int(TITLE_HEIGHT / (size * LEADING)) if size > SIZES[-1] else 6)


def _parts(word: str, width: float, measure: Measure) -> Iterable[str]:
    """A word that is wider than the paper, in pieces that are not."""
    while measure(word) > width:
        end = _reach(word, width, measure)
        yield word[:end]
        word = word[end:]
    yield word


def _cut(words: str, width: float, measure: Measure) -> str:
    end = _reach(words, width - measure("…"), measure)
    whole = words.rfind(" ", 0, end + 1)
    return words[: whole if whole > end * 0.7 else end].rstrip(" ,;:.–—-") + "…"


def _reach(words: str, width: float, measure: Measure) -> int:
    """How many letters go into a width: one at least."""
    return max(1, bisect_right(range(1, len(words) + 1), width, key=lambda end: measure(words[:end])))


def _foot(write: Callable[..., None], byline: str, date: str) -> None:
    """Author and date on the last line; an author with much to say of itself stands above the date, in two lines."""
    measure = _measure(SMALL)
    date_width = measure(date) if date else 0
    room = RIGHT - LEFT - (date_width + 48 if date else 0)
    if measure(byline) > room:
        lines = wrapped(byline.split(), RIGHT - LEFT, measure)
        if len(lines) != 2:
            lines = [_cut(byline, RIGHT - LEFT, measure)]
        for line, baseline in zip(reversed(lines), (FOOT - 46, FOOT - 92), strict=False):
            write((LEFT, baseline), line, fill=255, font=_face(SMALL), anchor="ls")
        write((LEFT, FOOT), date, fill=QUIET, font=_face(SMALL), anchor="ls")
        return
    write((LEFT, FOOT), byline, fill=255, font=_face(SMALL), anchor="ls")
    write((RIGHT, FOOT), date, fill=QUIET, font=_face(SMALL), anchor="rs")


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
