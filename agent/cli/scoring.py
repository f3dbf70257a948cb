"""How `afterword check --score DIR` prints what came of it: a table for people, or one JSON object."""

import json
from collections.abc import Iterator
from math import floor
from typing import Any

import click

from agent.check.scoring.score import F1, Score, Scored
from agent.cli.common import folded, width
from agent.cli.legible import legible
from agent.shares import Share

MOST = 40
"""So much of a quote is printed."""


def show_score(score: Score, *, json_wanted: bool) -> None:
    """Print a score."""
    if json_wanted:
        click.echo(legible(json.dumps(as_json(score), indent=1, ensure_ascii=False)))
        return
    _table(score)
    for line in _below(score):
        click.echo(line)


def as_json(score: Score) -> dict[str, Any]:
    """The same as plain values. Rates of false alarms are by words of clean prose."""
    prose = score.prose
    return {
        "checks": [_plain(each) for each in score.checks],
        "total": _plain(score.total),
        "prose": {
            "words": prose.words,
            "passages": len(prose.passages),
            "works": list(prose.works),
            "missing": list(prose.missing),
            "alarms": [
                {
                    "check": each.check,
                    "where": each.where,
                    "level": each.level,
                    "category": each.category,
                    "quote": each.quote,
                }
                for each in score.alarms
            ],
        },
    }


def _plain(scored: Scored) -> dict[str, Any]:
    return {
        "check": scored.check,
        "version": scored.version,
        "passages": scored.passages,
        "to_flag": scored.to_flag,
        "precision": _share(scored.precision),
        "recall": _share(scored.recall),
        "f1": {"value": scored.f1.value, "low": scored.f1.low, "high": scored.f1.high},
        "missed": list(scored.missed),
        "false": list(scored.false),
        "broke": [{"where": where, "why": why} for where, why in scored.broke],
        "prose_alarms": scored.alarms.k,
        "alarms_per_1000_words": _rate(scored.alarms, 1_000),
        "alarms_per_10000_words": _rate(scored.alarms, 10_000),
        "prose_notes": scored.notes.k,
        "notes_per_1000_words": _rate(scored.notes, 1_000),
    }


def _share(share: Share) -> dict[str, Any]:
    return {"k": share.k, "n": share.n, "value": share.value, "low": share.low, "high": share.high}


def _rate(share: Share, words: int) -> dict[str, float | None]:
    value = share.value
    return {
        "value": None if value is None else value * words,
        "low": share.low * words if share.n else None,
        "high": share.high * words if share.n else None,
    }


def _table(score: Score) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("check", no_wrap=True)
    for column in ("passages", "precision", "recall", "F1"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("false alarms", justify="right")
    table.add_column("notes", justify="right")
    for each in score.checks:
        table.add_row(*_cells(each))
    table.add_section()
    table.add_row(*_cells(score.total))
    Console(width=max(width(), 80)).print(table)


def _cells(each: Scored) -> tuple[str, ...]:
    return (
        each.check,
        f"{each.to_flag} + {each.passages - each.to_flag}",
        _said(each.precision.value, each.precision.low, each.precision.high),
        _said(each.recall.value, each.recall.low, each.recall.high),
        _f1(each.f1),
        _per_thousand(each.alarms),
        _per_thousand(each.notes),
    )


def _per_thousand(share: Share) -> str:
    return "not measured" if share.value is None else f"{share.value * 1_000:.3f}"


def _f1(f1: F1) -> str:
    return _said(f1.value, f1.low, f1.high)


def _said(value: float | None, low: float, high: float) -> str:
    """In hundredths, and never rounded to better than it is: 1.00 is all of them."""
    if value is None:
        return "none"
    worst, least, most = (floor(each * 100 + 1e-9) / 100 for each in (value, low, high + 0.01 - 1e-8))
    return f"{worst:.2f} ({least:.2f}-{min(most, 1.0):.2f})"


def _below(score: Score) -> Iterator[str]:
    """What the table does not say: on what it was measured, and each passage that went wrong."""
    prose = score.prose
    yield ""
    about = (
        "Passages: so many to flag + so many to leave alone. Intervals of 95%, after Wilson. False alarms and notes: "
        "flags of level look or above, and of level note, for 1,000 words of clean prose."
    )
    yield from _said_plainly(about)
    read = f"Clean prose: {prose.words:,} words in {len(prose.passages)} passages"
    yield from _said_plainly(f"{read}: {'; '.join(prose.works)}." if prose.works else f"{read}.")
    for missing in prose.missing:
        yield from _said_plainly(f"Not read: {missing}.")
    for each in score.checks:
        for what, ids in (("missed", each.missed), ("false alarm", each.false)):
            if ids:
                yield from _said_plainly(f"{each.check}, {what}: {', '.join(ids)}")
        for where, why in each.broke:
            yield from _said_plainly(f"{each.check}, not checked: {where}: {why}")
    for alarm in score.alarms:
        quote = " ".join(alarm.quote[: 2 * MOST].split())[:MOST]
        yield from _said_plainly(f'{alarm.check}, on clean prose: {alarm.where}: {alarm.category}: "{quote}"')


def _said_plainly(words: str) -> list[str]:
    return folded(legible(words), "", "   ")
