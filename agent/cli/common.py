"""What several commands share: opening the publication, and printing lists."""

import dataclasses
import json
import os
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent import app
from agent.cli.legible import legible
from agent.outlet import Outlet
from agent.settings import load

__all__ = [
    "ROW",
    "as_json",
    "folded",
    "folder_of",
    "item",
    "legible",
    "minute",
    "open_outlet",
    "quoted",
    "show",
    "width",
]

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")


ROW = click.IntRange(1, 2**31 - 1)
"""The number of a row, as every command takes one: no database has a greater one."""


def open_outlet(ctx: click.Context, **wiring: Any) -> Outlet:
    """Read the settings and bring the database up to date."""
    outlet = app.build(load(folder_of(ctx)), **wiring)
    app.open_up(outlet)
    return outlet


def folder_of(ctx: click.Context) -> Path:
    """The publication's folder: --dir, wherever it stands, or AFTERWORD_DIR, or this one."""
    folder: Path = ctx.find_root().obj["folder"]
    return Path(os.environ.get("AFTERWORD_DIR", ".")) if folder == Path(".") else folder


WORDY = ("reason", "fault")
WIDEST = 100


def show(rows: Sequence[Any], *, json_wanted: bool, columns: Sequence[str], empty: str) -> None:
    """Print dataclasses as one JSON list, or the named columns of them as a table."""
    facts = [dataclasses.asdict(row) for row in rows]
    if json_wanted:
        click.echo(legible(json.dumps(facts, indent=1, default=_plain, ensure_ascii=False)))
        return
    if not facts:
        click.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column not in WORDY)
    for fact in facts:
        table.add_row(*(_cell(fact[column]) for column in columns))
    Console().print(table)


def minute(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return at.strftime("%Y-%m-%d %H:%MZ")


def width() -> int:
    """So many letters a line may have."""
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)


def item(number: object, *facts: str) -> Iterator[str]:
    """The lines of one item of a list, folded at words: its number and the first fact, the others below it."""
    margin = " " * max(3, len(str(number)) + 2)
    for at, fact in enumerate(filter(None, facts)):
        first = f"{number}".ljust(len(margin)) if at == 0 else margin
        yield from folded(legible(fact), first, margin)


def quoted(words: str | None) -> Iterator[str]:
    """Somebody's words below an item; None where they were erased."""
    if words is None:
        yield "   (erased)"
        return
    for line in words.splitlines() or [""]:
        yield from folded(legible(line), "   | ", "   | ")


def folded(text: str, first: str, other: str) -> list[str]:
    """A line of text, folded at words. Whatever has no space stays whole: an address, for one."""
    return textwrap.wrap(
        text,
        max(width(), len(other) + 20),
        initial_indent=first,
        subsequent_indent=other,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [first.rstrip(" ") if first.strip() == "" else first]


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return minute(value)
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None else legible(str(value)).replace("[", r"\[")
