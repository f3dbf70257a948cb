"""How templates write dates, numbers and what was told, and all that they may use besides. Pure; `w` are the words of
the site."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from agent.publish import labels
from agent.publish.linked import hash_of, linked_data
from agent.publish.words import Words

if TYPE_CHECKING:  # Those who gather the rows clean words with `legible`.
    from agent.publish.leaf import Leaf

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
KEPT = 1024
"""So many texts of prompts are kept as HTML: an invitation's words stand under each piece that came of them."""


# Dates and numbers


def iso(moment: datetime) -> str:
    """A moment for machines, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(moment: datetime | date, w: Words) -> str:
    """A date in words, in UTC."""
    return w.on(moment)


def time(moment: datetime, w: Words, kind: str = "") -> Markup:
    """The same as an element, of a class of h-entry where it has one."""
    name = f' class="{kind}"' if kind else ""
    return Markup(f'<time{name} datetime="{iso(moment)}">{escape(w.on(moment))}</time>')  # noqa: S704


def clock(moment: datetime | None, w: Words) -> Markup:
    """A date with the time of day."""
    if moment is None:
        return escape(w.unknown_fact)
    return Markup(f'<time datetime="{iso(moment)}">{escape(w.at(moment))}</time>')  # noqa: S704


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, short: 3, 5–8."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda at: at[1] - at[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def dollars(cost: int | None, w: Words) -> str:
    """Millionths of a dollar in words."""
    if not cost:
        return str(w.unknown_fact if cost is None else w.made.free)
    if cost >= 100_000:
        return str(w.made.dollars.plain(n=w.decimal(cost / 1_000_000, 2)))
    return str(w.made.dollars.plain(n=w.decimal(cost / 1_000_000, 6).rstrip("0")))


def counted(names: Iterable[str], w: Words) -> str:
    """Each name once, in the order of its first use, with how often it stands there."""
    return str(w.comma).join(w.made.times.plain(times, name=name) for name, times in Counter(names).items())


def state_counts(counts: Iterable[tuple[str, int]], w: Words) -> str:
    """How often each state or outcome came about, in words."""
    named = ((w.states.get(state.replace("_", " "), state), number) for state, number in counts)
    return str(w.comma).join(w.ledger.counted.plain(n=w.number(number), state=state) for state, number in named)


def arms(names: Sequence[str], w: Words) -> str:
    """What may be laid beside an invitation, in words."""
    said = [str(w.invitations.arms.get(name, name)) for name in names] or [str(w.invitations.arms.minimal)]
    *before, last = said
    return str(w.last_or.plain(before=str(w.comma).join(before), last=last)) if before else last


# Words that were told


def paragraphs(text: str) -> Markup:
    """Our own words from prompts/: each line is a paragraph."""
    return Markup("\n").join(Markup("<p>{}</p>").format(row) for row in text.splitlines() if row.strip())


@lru_cache(KEPT)
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


@lru_cache(KEPT)
def told_with_code(words: str) -> Markup:
    """The same words; what stands between backticks in them is set as code, without these, and so is what
    stands in braces, with these."""
    code = re.sub(r"`([^`\n]+)`|(\{\{.*?\}\}|\{%.*?%\})", r"<code>\1\2</code>", str(told(words)))
    return Markup(code)  # noqa: S704


def legible(value: Any) -> Any:
    """A sign that neither HTML nor XML may hold is shown as U+FFFD. What is safe HTML passes as it is."""
    return CONTROLS.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def stepped(html: str, first: int = 3) -> Markup:
    """Safe HTML whose headings begin at a level and go down by no more than one at a time, as screen readers wish."""
    above: list[tuple[int, int]] = []

    def step(tag: re.Match[str]) -> str:
        level = int(tag[2])
        if not tag[1]:
            while above and above[-1][0] >= level:
                above.pop()
            above.append((level, min(6, above[-1][1] + 1) if above else first))
        return f"<{tag[1]}h{above[-1][1] if above else level}"

    return Markup(re.sub(r"<(/?)h([1-6])\b", step, html))  # noqa: S704


def by_year(pieces: Iterable["Leaf"]) -> Iterator[tuple[int, list["Leaf"]]]:
    """In the order given, by the year in which they became public."""
    for year, some in groupby(pieces, key=lambda piece: piece.published_at.astimezone(UTC).year):
        yield year, list(some)


FILTERS: dict[str, Callable[..., Any]] = {
    "anchor": labels.anchor,
    "arms": arms,
    "bdi": labels.bdi,
    "by_year": by_year,
    "byline": labels.byline,
    "clock": clock,
    "counted": counted,
    "day": day,
    "dollars": dollars,
    "footed": labels.footed,
    "hash": labels.hashed,
    "hash_of": hash_of,
    "iso": iso,
    "label": labels.label,
    "ledger_row": labels.ledger_row,
    "legible": legible,
    "linked_data": linked_data,
    "links": labels.links,
    "menu": labels.menu,
    "named": labels.named,
    "paragraphs": paragraphs,
    "ranges": ranges,
    "root_of": labels.root_of,
    "signed": labels.signed,
    "state_counts": state_counts,
    "stepped": stepped,
    "time": time,
    "told": told,
    "told_with_code": told_with_code,
    "tongue": labels.tongue,
    "turn": labels.turn,
    "what": labels.what,
}
"""What every template may use."""
