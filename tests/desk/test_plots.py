"""Plots: what they draw stands where it should, and can be read without seeing it."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.desk.shown import charts
from agent.desk.shown.plots import EDGE, Bar, Dot, Scale, bars, counts, crowded, dots, shares

HALF = Scale(0, 1, [(0, "0"), (0.5, "½"), (1, "1")], zero=0)
SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314


def percent(element: ET.Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


def of(plot: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in plot.iter() if element.get("class") == kind]


def test_a_dot_stands_on_its_interval_at_its_place() -> None:
    plot = parsed(dots("d", "Title", "Says.", [Dot("half", "0.5", 0.5, 0.25, 1.0)], HALF))
    [dot], [interval] = of(plot, "dot"), of(plot, "interval")
    assert percent(dot, "cx") == 50
    assert percent(interval, "x1") == pytest.approx(EDGE + 0.25 * (100 - 2 * EDGE), abs=0.01)
    assert percent(interval, "x2") == 100 - EDGE
    assert len(of(plot, "end")) == 2
    assert [percent(line, "x1") for line in of(plot, "zero")] == [EDGE]


def test_it_says_what_one_sees_to_whoever_does_not() -> None:
    plot = parsed(bars("b", "How many", "Two <rows> & more.", [Bar("one", "1", 1)], counts([1])))
    assert plot.get("role") == "img"
    named = {element.get("id"): element.text for element in plot.iter() if element.get("id")}
    assert [named[each] for each in plot.attrib["aria-labelledby"].split()] == ["How many", "Two <rows> & more."]


def test_nothing_in_it_is_a_style_or_a_script_or_unescaped() -> None:
    words = '<script>x</script>" onload="x'
    drawn = dots(words, words, words, [Dot(words, words, 0.5, 0.1, 0.9)], Scale(0, 1, [(0, words)]))
    plot = parsed(drawn)
    assert {element.tag.removeprefix(SVG) for element in plot.iter()} <= {
        *("svg", "title", "desc", "g", "line", "circle", "rect", "text")
    }
    assert not any({"style", "onload", "fill", "stroke"} & set(element.attrib) for element in plot.iter())


def test_a_row_without_a_value_says_so_and_draws_nothing() -> None:
    plot = parsed(dots("d", "Title", "Says.", [Dot("nobody", "nothing yet")], HALF))
    assert of(plot, "dot") == of(plot, "interval") == []
    assert [text.text for text in of(plot, "amount")] == ["nothing yet"]


def test_every_row_has_its_name_and_figure_and_no_legend() -> None:
    rows = [Bar("one", "1", 1), Bar("two", "2", 2)]
    plot = parsed(bars("b", "Title", "Says.", rows, counts([1, 2])))
    assert [text.text for text in of(plot, "name")] == ["one", "two"]
    assert [text.text for text in of(plot, "amount")] == ["1", "2"]
    short, long = (percent(bar, "width") for bar in of(plot, "bar"))
    assert long == pytest.approx(2 * short, abs=0.02)


def test_a_logarithmic_scale_gives_each_power_the_same_room() -> None:
    scale = Scale(1, 100, [], logarithmic=True)
    assert [scale.place(value) for value in (1, 10, 100)] == pytest.approx([EDGE, 50, 100 - EDGE])
    assert scale.place(0) == EDGE


def test_on_a_phone_no_word_of_a_scale_runs_into_another() -> None:
    assert [charts.SPANS.ticks[number][1] for number in sorted(crowded(charts.SPANS))] == ["1 week"]
    plot = parsed(dots("d", "Title", "Says.", [Dot("one", "1", 60.0)], charts.SPANS))
    assert [text.text for text in of(plot, "tick crowded")] == ["1 week"]
    assert crowded(shares()) == crowded(HALF) == set()
    assert crowded(Scale(0, 1, [])) == set()


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_nothing_is_drawn_beyond_the_ends_and_more_lies_further_right(one: float, other: float) -> None:
    scale = Scale(-1000, 1000, [])
    assert EDGE <= scale.place(one) <= 100 - EDGE
    assert (scale.place(one) <= scale.place(other)) or one > other


@given(st.lists(st.integers(0, 10**7), max_size=5))
def test_a_scale_of_numbers_holds_them_all_with_few_whole_ticks(values: list[int]) -> None:
    scale = counts(values)
    assert scale.high >= max([*values, 1])
    assert 2 <= len(scale.ticks) <= 7
    assert all(float(at).is_integer() for at, _ in scale.ticks)


@given(st.floats(0, 1))
def test_a_scale_of_shares_holds_the_highest(highest: float) -> None:
    assert highest <= shares(highest).high <= 1
