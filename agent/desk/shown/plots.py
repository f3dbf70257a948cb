"""Plots as SVG, made here: dots with their intervals, and bars. They know nothing of what they show.

Lengths along the scale are percentages and heights are pixels, so a plot fills whatever it stands in and its words keep
their size, on a phone and on paper. Each row carries its own name and figure: there is no legend to look up, and no
meaning in a colour. Colours, faces and widths of lines are the sheet of style's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup, escape

ROW = 48
"""Pixels of a row: its words, and its mark below them."""
WORDS, MARK = 15, 33
"""Where in a row its words stand, and its mark."""
REACH = 9
"""How far the lines of the scale reach above and below a row's mark."""
LETTER, APART = 2.3, 2.0
"""Percent of the width of a plot on a phone (300 pixels) that a letter of a tick takes, and what is left free between
two words."""
TOP = 2
FOOT = 24
EDGE = 1.5
"""Percent left free at both ends, so that a mark at an end is whole."""


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, with a line and a word at each tick; one at `zero` stands out. One of times or sizes that
    spread over many orders of magnitude is `logarithmic`."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    zero: float | None = None
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, in percent; what lies beyond an end stands at that end."""
        low, high, value = (_log(x) if self.logarithmic else x for x in (self.low, self.high, value))
        share = (min(max(value, low), high) - low) / (high - low)
        return EDGE + share * (100 - 2 * EDGE)


@dataclass(frozen=True)
class Dot:
    """A value with its interval, from `low` to `high`, and what is written at its right. `most` is a further mark, such
    as the ninth of ten. Without a value there is a line of words alone."""

    name: str
    figure: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Bar:
    """A number, and what is written at its right."""

    name: str
    figure: str
    value: float


def dots(name: str, title: str, says: str, rows: Sequence[Dot], scale: Scale) -> Markup:
    """A row for each value: its interval as a line with ends, the value as a dot on it. `name` is the plot's own in its
    page; `says` tells who cannot see it what it shows."""
    return _plot(name, title, says, [(row.name, row.figure, _dot(row, scale)) for row in rows], scale)


def bars(name: str, title: str, says: str, rows: Sequence[Bar], scale: Scale) -> Markup:
    """A row for each number, as long as the number is great."""
    return _plot(name, title, says, [(row.name, row.figure, _bar(row, scale)) for row in rows], scale)


def counts(values: Sequence[float]) -> Scale:
    """A scale for numbers of things, from 0 to a round number that holds them all."""
    most = max([*values, 1])
    unit = 10 ** int(log10(most))
    step = next(unit * by for by in (0.2, 0.25, 0.5, 1, 2, 2.5) if most <= 4 * unit * by or by == 2.5)
    step = max(1, step if step == int(step) or most < 1 else int(step) + 1)
    top = step * -(-most // step)
    return Scale(0, top, [(at * step, f"{at * step:,.0f}") for at in range(int(top // step) + 1)], zero=0)


def shares(highest: float = 1.0) -> Scale:
    """A scale for shares, from 0 to 100%, or to a round share that holds them all."""
    top = next(each for each in (0.05, 0.1, 0.2, 0.5, 1.0) if highest <= each)
    return Scale(0, top, [(top * at / 4, f"{100 * top * at / 4:g}%") for at in range(5)], zero=0)


def _log(value: float) -> float:
    return log10(max(value, 1e-9))


def _plot(name: str, title: str, says: str, rows: Sequence[tuple[str, str, Markup]], scale: Scale) -> Markup:
    foot = TOP + ROW * len(rows)
    behind = Markup("").join(_grid(at, scale) for at, _ in scale.ticks)
    drawn = Markup("").join(
        _row(TOP + ROW * at, name, figure, behind + mark) for at, (name, figure, mark) in enumerate(rows)
    )
    full = crowded(scale)
    words = Markup("").join(
        _tick(at, word, scale, foot, "tick crowded" if number in full else "tick")
        for number, (at, word) in enumerate(scale.ticks)
    )
    return Markup(
        '<svg class="plot" role="img" aria-labelledby="{name}-title {name}-desc" width="100%" height="{height}">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{says}</desc>{drawn}{words}</svg>'
    ).format(name=name, height=foot + FOOT, title=title, says=says, drawn=drawn, words=words)


def _grid(at: float, scale: Scale) -> Markup:
    # Beside the marks of a row alone: a line through words is hard to read.
    place = _percent(scale.place(at))
    return _line("zero" if at == scale.zero else "grid", place, MARK - REACH, place, MARK + REACH)


def crowded(scale: Scale) -> set[int]:
    """Which ticks of a scale, by their number, have no room for their word where a plot is as narrow as on a phone. The
    first and the last always have. Pure."""
    without: set[int] = set()
    spans = [_span(scale.place(at), word) for at, word in scale.ticks]
    taken = spans[0][1] if spans else 0.0
    for number, (begin, end) in list(enumerate(spans))[1:-1]:
        if begin < taken + APART or end > spans[-1][0] - APART:
            without.add(number)
        else:
            taken = end
    return without


def _anchor(place: float) -> str:
    return "start" if place < 5 else "end" if place > 95 else "middle"


def _span(place: float, word: str) -> tuple[float, float]:
    """From where to where a tick's word reaches in a narrow plot, in percent."""
    wide = LETTER * len(word)
    begin = {"start": 0.0, "end": 100 - wide}.get(_anchor(place), place - wide / 2)
    return begin, begin + wide


def _tick(at: float, word: str, scale: Scale, foot: int, kind: str) -> Markup:
    place = scale.place(at)
    anchor = _anchor(place)
    return Markup('<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{word}</text>').format(
        kind=kind,
        x={"start": "0%", "end": "100%"}.get(anchor, _percent(place)),
        y=foot + 16,
        anchor=anchor,
        word=word,
    )


def _row(top: int, name: str, figure: str, mark: Markup) -> Markup:
    # Moved as a whole: what it holds counts its pixels from 0.
    return Markup(
        '<g transform="translate(0 {top})"><text class="name" x="0" y="{y}">{name}</text>'
        '<text class="amount" x="100%" y="{y}" text-anchor="end">{figure}</text>{mark}</g>'
    ).format(top=top, y=WORDS, name=name, figure=figure, mark=mark)


def _dot(row: Dot, scale: Scale) -> Markup:
    marks = []
    if row.low is not None and row.high is not None:
        low, high = _percent(scale.place(row.low)), _percent(scale.place(row.high))
        marks.append(_line("interval", low, MARK, high, MARK))
        marks += [_line("end", end, MARK - 5, end, MARK + 5) for end in (low, high)]
    if row.most is not None:
        reach = _percent(scale.place(row.high if row.high is not None else row.most))
        most = _percent(scale.place(row.most))
        marks += [_line("reach", reach, MARK, most, MARK), _line("end", most, MARK - 3, most, MARK + 3)]
    if row.value is not None:
        marks.append(
            Markup('<circle class="dot" cx="{x}" cy="{y}" r="5"/>').format(x=_percent(scale.place(row.value)), y=MARK)
        )
    return Markup("").join(marks)


def _bar(row: Bar, scale: Scale) -> Markup:
    begin, end = sorted((scale.place(scale.zero or scale.low), scale.place(row.value)))
    return Markup('<rect class="bar" x="{x}" y="{y}" width="{width}" height="10"/>').format(
        x=_percent(begin), y=MARK - 7, width=_percent(end - begin)
    )


def _line(kind: str, x1: str, y1: int, x2: str, y2: int) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, x1, y1, x2, y2)


def _percent(value: float) -> Markup:
    return escape(f"{value:.2f}%")
