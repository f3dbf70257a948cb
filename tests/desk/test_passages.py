"""Where a passage of a text stands in what readers see of it, and how it is shown there."""

import pytest

from agent.desk.shown.marked import Passage, marked, passages
from agent.desk.shown.parts import taken_apart
from agent.desk.shown.passages import quoted
from agent.desk.shown.received import received
from agent.errors import Refused
from agent.render import render
from agent.tables import Flag, Level
from tests.hostile_texts import hostile_texts

TEXT = (
    "# Rain\n\nThe rain *today* is [reported](https://wet.example/rain), not felt.\n\nThe rain again. Tom &amp; Jerry "
    "sold rain &lt; snow.[^1]\n\n1. one rain\n2. two rain\n\n| a | b |\n|---|---|\n| rain | sun |\n\n[^1]: The rain.\n"
)


def a_flag(
    quote: str, nth: int = 1, *, text: str = TEXT, level: Level = Level.LOOK, category: str = "loop", number: int = 1
) -> Flag:
    """A flag on the nth place at which a text has these words."""
    start = -1
    for _ in range(nth):
        start = text.index(quote, start + 1)
    facts = {"id": number, "run_id": 1, "revision_id": 1, "check": "a-check", "why": "Look."}
    return Flag(level=level, category=category, start=start, end=start + len(quote), quote=quote, **facts)


def seen(passage: Passage, text: str = TEXT) -> str | None:
    """The words that readers see at a passage."""
    if passage.seen is None:
        return None
    words = [read for part in taken_apart(render(text).html) for _, read in part.signs or []]
    return "".join(words[passage.seen.start : passage.seen.end])


@pytest.mark.parametrize(
    ("quote", "readers_see"),
    [
        ("not felt.", "not felt."),
        ("*today* is [reported](https://wet.example/rain), not", "today is reported, not"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("one rain\n2. two", "one rain\ntwo"),
        ("# Rain\n\nThe rain", "Rain\nThe rain"),
        ("sun |", "sun"),
        ("snow.[^1]", None),
        ("https://wet.example/rain", None),
        ("---|---", None),
    ],
)
def test_a_passage_is_found_by_its_words_without_their_marks(quote: str, readers_see: str | None) -> None:
    [passage] = passages(TEXT, render(TEXT).html, [a_flag(quote)])
    found = seen(passage)
    assert (found and "\n".join(filter(None, found.split("\n")))) == readers_see


def test_of_words_that_stand_there_often_the_right_ones_are_found() -> None:
    html = render(TEXT).html
    again = marked(html, passages(TEXT, html, [a_flag("The rain", 2)]), veiled=False)
    assert '<mark class="flagged look">The rain</mark> again.' in again
    in_a_cell = marked(
        html, passages(TEXT, html, [a_flag("rain", TEXT[: TEXT.index("| sun")].count("rain"))]), veiled=False
    )
    assert '<mark class="flagged look">rain</mark></td>' in in_a_cell


def test_of_the_same_line_over_and_over_the_third_stays_the_third() -> None:
    text = "A chant goes on.\n\n" + "The river runs.\n\n" * 40
    html = render(text).html
    shown = marked(html, passages(text, html, [a_flag("The river runs.", 30, text=text)]), veiled=False)
    assert shown.split("<mark")[0].count("The river runs.") == 29


def test_words_that_readers_see_elsewhere_alone_are_not_taken_for_those_that_were_flagged() -> None:
    text = "See [the map](https://quince.example/a/long/way/round).\n\nWhat a long way round it is, all of it.\n"
    [passage] = passages(text, render(text).html, [a_flag("a/long/way/round", text=text)])
    assert passage.seen is None


def test_a_flag_about_all_of_a_text_underlines_nothing() -> None:
    html = render(TEXT).html
    found = passages(TEXT, html, [a_flag(TEXT)])
    assert found[0].whole
    assert "<mark" not in marked(html, found, veiled=True)


def test_underlines_stay_within_their_elements_and_the_gravest_is_shown() -> None:
    html = render(TEXT).html
    flags = [
        a_flag("rain *today* is", level=Level.NOTE, number=1),
        a_flag("*today* is [reported]", level=Level.STOP, number=2),
    ]
    shown = marked(html, passages(TEXT, html, flags), veiled=False)
    assert '<mark class="flagged note">rain </mark>' in shown
    assert '<mark class="flagged stop">today</mark></em>' in shown
    assert '<mark class="flagged stop">reported</mark></a>' in shown
    assert shown.index('id="flag-1"') < shown.index('id="flag-2"')


def test_a_veil_takes_the_words_away_in_the_text_and_as_received() -> None:
    html = render(TEXT).html
    flags = [a_flag("*today* is [reported]", category="violence"), a_flag("not felt", number=2)]
    found = passages(TEXT, html, flags)
    shown = marked(html, found, veiled=True)
    assert "veiled: violence, 3 words" in shown
    assert shown.count("veiled:") == 1
    assert not any(word in shown for word in ("today", "reported<"))
    assert '<mark class="flagged look">not felt</mark>' in shown
    alone = marked(html, found, veiled=True, underlined=False)
    assert "veiled: violence" in alone
    assert "flag-2" not in alone
    raw = "".join(stretch.words for stretch in received(TEXT, found, veiled=True))
    assert "[veiled: violence, 3 words]" in raw
    assert "today" not in raw


def test_what_stops_is_veiled_and_what_is_only_odd_is_not() -> None:
    html = render(TEXT).html
    flags = [a_flag("one rain", level=Level.STOP), a_flag("two rain"), a_flag("not felt", category="self-harm/intent")]
    assert [one.sensitive for one in passages(TEXT, html, flags)] == [True, False, True]


def test_as_received_every_passage_stands_letter_for_letter() -> None:
    flags = [a_flag("https://wet.example/rain"), a_flag("wet.example/rain), not", level=Level.STOP, number=2)]
    stretches = received(TEXT, passages(TEXT, render(TEXT).html, flags), veiled=False)
    assert "".join(stretch.words for stretch in stretches) == TEXT
    level = {stretch.words: stretch.level for stretch in stretches if stretch.level}
    assert level == {"https://": "look", "wet.example/rain": "stop", "), not": "stop"}


def test_a_rendering_taken_apart_and_put_together_is_the_very_same() -> None:
    for name, text in [("plain", TEXT), *hostile_texts("http://127.0.0.1:9/b")]:
        html = render(text).html
        parts = taken_apart(html)
        again = "".join(part.raw if part.signs is None else "".join(raw for raw, _ in part.signs) for part in parts)
        assert again == html, name


def test_links_open_elsewhere_and_notes_lead_to_their_places() -> None:
    shown = marked(render(TEXT).html, [], veiled=False)
    assert '<a target="_blank" href="https://wet.example/rain"' in shown
    assert 'target="_blank" href="#' not in shown
    assert 'href="#fn:' in shown


def test_a_passage_in_code_and_in_a_formula_breaks_neither() -> None:
    text = "Words and `x < y` in code, and $x < y$ in a formula, then the end of it.\n"
    html = render(text).html
    shown = marked(
        html, passages(text, html, [a_flag("and `x < y` in code, and $x < y$ in a formula", text=text)]), veiled=False
    )
    assert "<code><mark" in shown
    assert shown[shown.index("<math") : shown.index("</math>")].count("<mark") == 0


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("not felt.", "not felt."),
        ("  not felt.\n", "not felt."),
        ("today is reported, not felt.", "today* is [reported](https://wet.example/rain), not felt."),
        ("Tom & Jerry", None),
        ("again. Tom", "again. Tom"),
        ("one rain\n\ntwo rain", None),
    ],
)
def test_what_was_copied_from_the_page_is_found_in_the_text(quote: str, stands: str | None) -> None:
    if stands is None:
        with pytest.raises(Refused, match="does not stand in the text"):
            quoted(TEXT, quote)
    else:
        span = quoted(TEXT, quote)
        assert TEXT[span.start : span.end] == stands
