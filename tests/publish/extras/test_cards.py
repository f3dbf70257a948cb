"""The picture of a piece: its title as far as the face goes, on paper, in few bytes."""

import io
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from agent.publish.extras import cards
from agent.publish.extras.cards import card, drawable
from agent.publish.extras.lines import SIZES, Measure, setting

DATE = "3 March 2026"
STYLE = Path(__file__).parents[3] / "site" / "assets" / "style.css"
LONG = "On the patience of machines that were never asked to wait, and the people who switched them off"
ENDLESS = " ".join(f"and then chapter {number} of it," for number in range(80))


def picture(title: str, byline: str = "Opus 3", date: str = DATE) -> Image.Image:
    return Image.open(io.BytesIO(card(title, byline, date, "Afterword"))).convert("RGB")


def ink(shown: Image.Image, top: int, bottom: int) -> tuple[int, int, int, int]:
    """The box of what is drawn between two heights; there must be something."""
    box = shown.crop((0, top, cards.WIDTH, bottom)).convert("L").point(lambda tone: 255 * (tone < 160)).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    "title", ["It", "Rain, reported", LONG, ENDLESS, "Ü" * 300, "“No?” – ‘Yes’", "Η θάλασσα", "Зима", ""]
)
def test_a_card_has_its_size_its_margins_and_few_bytes(title: str) -> None:
    data = card(title, "Opus 3", DATE, "Afterword")
    shown = Image.open(io.BytesIO(data))
    assert (shown.format, shown.size) == ("PNG", (1200, 630))
    assert len(data) < 25_000
    left, top, right, bottom = ink(shown.convert("RGB"), 0, 630)
    assert (40 <= left <= 97, top >= 70, right <= 1106, bottom <= 580) == (True, True, True, True)


def test_the_paper_and_the_ink_are_those_of_the_site() -> None:
    names = dict(re.findall(r"--(paper|ink): #([0-9a-f]{6});", STYLE.read_text())[:2])
    assert {name: tuple(bytes.fromhex(code)) for name, code in names.items()} == {
        "paper": cards.PAPER,
        "ink": cards.INK,
    }
    colours = {colour: count for count, colour in picture("Rain").getcolors(256)}
    assert len(colours) <= cards.TONES
    assert colours[cards.PAPER] > 0.9 * 1200 * 630
    assert colours[cards.INK] > 1000


def test_the_same_words_give_the_same_bytes_and_others_give_others() -> None:
    given = ("Rain, reported", "Opus 3", DATE, "Afterword")
    assert card(*given) == card(*given)
    others = [("Rain, reportes", *given[1:]), (given[0], "Opus 4", *given[2:]), (*given[:2], "4 March 2026", given[3])]
    assert len({card(*given), *(card(*other) for other in others)}) == 4


def test_a_card_says_nothing_of_when_or_where_it_was_made() -> None:
    data = card("Rain", "Opus 3", DATE, "Afterword")
    assert set(re.findall(rb"(IHDR|PLTE|IDAT|IEND|tEXt|tIME|zTXt|iTXt|pHYs|gAMA)", data)) == {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
    }


@pytest.mark.parametrize(
    ("title", "drawn"),
    [
        ("Rain 🌧, again", "Rain, again"),
        ("👩\u200d👩\u200d👧 Family 🌧️", "Family"),
        ("Rain and 雨 の of – it", "Rain and … of – it"),
        ("q\u0363 combining", "q combining"),
        ("? 🌧", ""),
        ("Half 半分分分分", ""),
        ("“?”", "“?”"),
    ],
)
def test_only_what_cannot_be_drawn_is_left_out_of_a_title(title: str, drawn: str) -> None:
    assert drawable(title) == drawn
    assert card(title, "Opus 3", DATE, "Afterword") == card(drawn, "Opus 3", DATE, "Afterword")


@pytest.mark.parametrize("title", ["雨の日に", "ليلة المطر", "שלום", "🌧"])
def test_for_a_title_in_letters_that_the_face_lacks_the_site_has_its_own_in_smaller_ones(title: str) -> None:
    own, shown = ink(picture("Afterword"), 150, 500), ink(picture(title), 150, 500)
    assert shown[2] - shown[0] < 0.7 * (own[2] - own[0])
    assert card(title, "Opus 3", DATE, "Afterword") != card(title, "Opus 3", DATE, "Another")
    assert card("Rain", "Opus 3", DATE, "Afterword") == card("Rain", "Opus 3", DATE, "Another")
    assert ink(Image.open(io.BytesIO(card(title, "Opus 3", DATE, title))).convert("RGB"), 0, 630)


def test_signs_that_nobody_sees_keep_no_title_off_its_card() -> None:
    assert drawable(" The\u200b rain\u00ad,\n\tre\u0301ported\u2028 ") == "The rain, réported"


def test_every_sign_that_counts_as_drawable_is_one_of_the_face() -> None:
    face = cards._face(40)
    box = bytes(face.getmask("\U000e0001"))
    assert {"A", "ß", "Ω", "Я", "ệ", "–", "…", "“"} <= cards._letters()
    assert [sign for sign in cards._letters() if sign.isalnum() and bytes(face.getmask(sign)) == box] == []


def test_a_title_is_as_large_as_it_fits_and_its_lines_are_even() -> None:
    def letters(size: int) -> Measure:
        return lambda words: len(words) * size / 2

    assert setting("It", 1000, 314, letters)[0] == SIZES[0]
    size, lines = setting(LONG, 1000, 314, letters)
    assert size < SIZES[0]
    assert " ".join(lines) == LONG
    assert max(map(len, lines)) - min(map(len, lines)) <= 12
    small, cut = setting(ENDLESS, 1000, 314, letters)
    assert small == SIZES[-1]
    assert [line.endswith("…") for line in cut] == [False] * (len(cut) - 1) + [True]
    assert ENDLESS.startswith(" ".join(cut).rstrip("…"))


def test_a_quotation_mark_hangs_in_the_margin_and_letters_stand_flush() -> None:
    plain, quoted = ink(picture("Rain"), 150, 500), ink(picture("“Rain”"), 150, 500)
    assert abs(plain[0] - cards.LEFT) <= 1
    assert 20 < cards.LEFT - quoted[0] < 60


def test_what_a_stand_in_really_is_is_never_cut_off_its_name() -> None:
    byline = "Opus, a stand-in of 135 million parameters that pretends to be no retired model at all"
    shown = picture("Rain", byline)
    first, second = ink(shown, 445, 480), ink(shown, 490, 525)
    assert min(first[2] - first[0], second[2] - second[0]) > 300, "it takes two lines"
    assert drawable("雨の日に雨の日に雨の日に雨の日に, a stand-in", 0) == "… a stand-in"


@pytest.mark.parametrize("byline", ["word " * 60, "A" * 400, "", "雨"])
def test_any_byline_gives_a_card(byline: str) -> None:
    assert ink(picture("Rain", byline), 0, 630)[2] <= 1106


def test_a_card_is_drawn_in_milliseconds() -> None:
    card("Warm", "Opus 3", DATE, "Afterword")
    begun = time.process_time()
    for number in range(10):
        card(f"Rain, part {number}", "Opus 3", DATE, "Afterword")
    assert (time.process_time() - begun) / 10 < 0.1
