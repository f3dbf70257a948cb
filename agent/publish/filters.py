"""How templates write dates, numbers and words. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def counted(names: Iterable[str]) -> str:
    """Each name once, in the order of its first use, with how often it stands there."""
    return ", ".join(f"{name} ({times} times)" if times > 1 else name for name, times in Counter(names).items())


def day(moment: datetime | date) -> str:
    """A date in words, in UTC."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def ranges(numbers: list[int]) -> str:
    """Ascending numbers, short: 3, 5–8."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda at: at[1] - at[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def dollars(cost: int | None) -> str:
    """Millionths of a dollar in words."""
    if not cost:
        return "unknown" if cost is None else "nothing"
    return f"{cost / 1_000_000:,.2f} dollars" if cost >= 100_000 else f"{cost / 1_000_000:.6f}".rstrip("0") + " dollars"


def paragraphs(text: str) -> Markup:
    """Our own words from prompts/: each line is a paragraph."""
    return Markup("\n").join(Markup("<p>{}</p>").format(row) for row in text.splitlines() if row.strip())


def told(words: str) -> Markup:
    """Words as they were told to an author: its paragraphs, and the lines within them. A line that begins with
    ## names what follows, and is not told."""
    parts = []
    for paragraph in re.split(r"\n{2,}", words.strip("\n")):
        first, *rest = paragraph.split("\n")
        if first.startswith("## "):
            parts.append(Markup('<p class="asks">{}</p>').format(legible(first.removeprefix("## "))))
        else:
            rest = [first, *rest]
        if rest:
            parts.append(Markup("<p>{}</p>").format(Markup("<br>").join(legible(row) for row in rest)))
    return Markup("\n").join(parts)


def told_with_code(words: str) -> Markup:
    """The same words; what stands between backticks in them is set as code, without these, and so is what
    stands in braces, with these."""
    code = re.sub(r"`([^`\n]+)`|(\{\{.*?\}\}|\{%.*?%\})", r"<code>\1\2</code>", str(told(words)))
    return Markup(code)  # noqa: S704


def legible(value: Any) -> Any:
    """A sign that neither HTML nor XML may hold is shown as U+FFFD. What is safe HTML passes as it is."""
    return CONTROLS.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
