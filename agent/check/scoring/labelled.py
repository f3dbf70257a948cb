"""The labelled set: passages of which people have said whether a check should flag them, read from a folder's JSONL
files, a passage a line.

    id         its name, once in the whole set
    check      the check that it is for
    text       the passage
    expect     "flag" or "clear"
    at_least   the level from which a flag counts: "note", "look" (where nothing is said) or "stop"
    quotes     what flags must touch: each of these stands in the text

Everything else is what a check is handed beside the text (frame.Subject, frame.Facts), by the same names. What must
not stand in a file as it is, such as something that looks like a live key, is written in parts, "{{one|two}}", and
joined when it is read.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from agent.check.frame import Facts, Shown, Subject
from agent.errors import BadLabel
from agent.injected import told
from agent.render import render
from agent.tables import Kind, Level

IN_PARTS = re.compile(r"\{\{([^{}|]*(?:\|[^{}|]*)+)\}\}")
NEEDED = {"id", "check", "text", "expect"}
SAYING = {*NEEDED, "at_least", "quotes", "about"}
HANDED = {field.name for field in fields(Subject)} - {"text", "rendered"}
SHOWN = {field.name for field in fields(Shown)}
FACTS = {field.name for field in fields(Facts)}


@dataclass(frozen=True)
class Labelled:
    """A passage and what people say of it. `quotes` is where a flag must lie, anywhere if empty."""

    id: str
    check: str
    subject: Subject
    flag: bool
    at_least: Level
    quotes: tuple[tuple[int, int], ...]


def labelled(folder: Path, names: Sequence[str]) -> list[Labelled]:
    """Every passage of a folder, file by file. Raises BadLabel for what cannot be one; `names` are the checks there
    are."""
    found: dict[str, Labelled] = {}
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise BadLabel(place=folder, reason="it holds no .jsonl file")
    for file in files:
        for number, line in enumerate(_lines(file), start=1):
            if not line.strip():
                continue
            place = f"{file}:{number}"
            try:
                passage = _passage(line, names)
            except (ValueError, TypeError, KeyError) as fault:
                raise BadLabel(place=place, reason=_reason(fault)) from fault
            if passage.id in found:
                raise BadLabel(place=place, reason=f'the id "{passage.id}" stands twice')
            found[passage.id] = passage
    return list(found.values())


def _lines(file: Path) -> Iterator[str]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadLabel(place=file, reason=_reason(fault)) from fault
    # Not splitlines(): a passage may hold signs that it takes for the end of a line.
    yield from text.split("\n")


def _reason(fault: Exception) -> str:
    if isinstance(fault, json.JSONDecodeError):
        return f"this is no JSON ({fault.msg} at character {fault.pos + 1})"
    return str(fault)


def _passage(line: str, names: Sequence[str]) -> Labelled:
    parts = _joined(json.loads(line))
    if not isinstance(parts, dict):
        raise TypeError("a line is one JSON object")
    _known(parts, SAYING | HANDED, "a line")
    if missing := NEEDED - set(parts):
        raise ValueError(f"it lacks {', '.join(sorted(missing))}")
    if wrong := [name for name in (*NEEDED, "at_least") if not isinstance(parts.get(name, ""), str)]:
        raise TypeError(f"{wrong[0]} is no text")
    if parts["check"] not in names:
        raise ValueError(f'there is no check "{parts["check"]}"; there are: {", ".join(sorted(names))}')
    if parts["expect"] not in {"flag", "clear"}:
        raise ValueError('expect is "flag" or "clear"')
    quotes = parts.get("quotes", [])
    if not isinstance(quotes, list):
        raise TypeError("quotes is a list")
    if quotes and parts["expect"] == "clear":
        raise ValueError("a clear passage has no quotes")
    return Labelled(
        id=parts["id"],
        check=parts["check"],
        subject=_subject(parts),
        flag=parts["expect"] == "flag",
        at_least=Level(parts.get("at_least", Level.LOOK)),
        quotes=tuple(_span(parts["text"], quote) for quote in quotes),
    )


def _span(text: str, quote: str) -> tuple[int, int]:
    start = text.find(quote) if quote else -1
    if start < 0:
        raise ValueError(f'the quote "{quote}" does not stand in the text')
    return start, start + len(quote)


def _subject(parts: Mapping[str, Any]) -> Subject:
    text = parts["text"]
    return Subject(
        text=text,
        title=parts.get("title", ""),
        stop_reason=parts.get("stop_reason", "end_turn"),
        rendered=render(text),
        with_form=parts.get("with_form", True),
        note=parts.get("note", ""),
        kind=Kind(parts.get("kind", Kind.ESSAY)),
        shown=tuple(_shown(each) for each in parts.get("shown", [])),
        earlier=tuple(_shown({"kind": "piece", "own": True, **each}) for each in parts.get("earlier", [])),
        facts=_facts(parts.get("facts", {})),
        canaries=tuple(parts.get("canaries", [])),
    )


def _shown(each: Mapping[str, Any]) -> Shown:
    _known(each, SHOWN, "what was shown")
    parts = {"name": "", "where": "", **each}
    # As it is done on the way in.
    orders = told(parts["name"], parts["text"]) if parts["kind"] in {"entry", "letter"} else {}
    return Shown(**{"orders": orders, **parts})


def _facts(each: Mapping[str, Any]) -> Facts:
    _known(each, FACTS, "facts")
    facts = dict(each)
    if "retired_on" in facts:
        facts["retired_on"] = date.fromisoformat(facts["retired_on"])
    if "began_at" in facts:
        facts["began_at"] = datetime.fromisoformat(facts["began_at"])
    return Facts(**facts | {name: tuple(facts[name]) for name in ("tools", "company") if name in facts})


def _known(parts: Mapping[str, Any], known: set[str], what: str) -> None:
    if unknown := sorted(set(parts) - known):
        raise ValueError(f'{what} has no "{unknown[0]}"')


def _joined(value: Any) -> Any:
    """The same, with what was written in parts joined."""
    if isinstance(value, str):
        return IN_PARTS.sub(lambda match: match[1].replace("|", ""), value)
    if isinstance(value, list):
        return [_joined(each) for each in value]
    if isinstance(value, dict):
        return {name: _joined(each) for name, each in value.items()}
    return value
