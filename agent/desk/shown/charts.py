"""What the calibration page draws and says: figures in, sections out. Each has a plot, and the same figures in a table
under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from agent.desk.shown import plots
from agent.desk.shown.plots import Bar, Dot, Scale
from agent.noise import Precision
from agent.review.calibration import Kappa, Spread, Why
from agent.review.figures import DAY, HOUR, Grounded, Times
from agent.shares import SMALL, Share
from agent.tables import Verdict

GROUPS = (
    "under 15 minutes",
    "15 minutes to an hour",
    "1 to 4 hours",
    "4 hours to a day",
    "1 to 3 days",
    "3 to 7 days",
    "1 to 2 weeks",
    "2 to 4 weeks",
    "over 4 weeks",
)
SPANS = Scale(
    60,
    60 * DAY,
    [(60, "1 min"), (HOUR, "1 hour"), (DAY, "1 day"), (7 * DAY, "1 week"), (60 * DAY, "60 days")],
    logarithmic=True,
)
NARROW = "\N{NO-BREAK SPACE}"
CHANCE = Scale(-1, 1, [(-1, "-1"), (-0.5, "-0.5"), (0, "0: chance"), (0.5, "0.5"), (1, "1: always")], zero=0)


@dataclass(frozen=True)
class Section:
    """A part of the page: what it says in a sentence or two, its plots, and the table under them, whose first column
    names the rows. `note` is what must be known to read it."""

    name: str
    heading: str
    says: str
    plots: Sequence[Markup]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def agreement(found: Kappa, pairs: Mapping[tuple[str, str], int], share: float) -> Section:
    """How far second looks agree with first verdicts."""
    raw = found.agreement
    row = Dot("Agreement", _share(raw), raw.value, raw.low, raw.high) if raw.n else None
    rows = [["Same verdict", f"{raw.k:,} of {raw.n:,}", _percent(raw), _ends(raw)]]
    drawn = []
    if row is not None:
        drawn.append(
            plots.dots("raw", "How often both say the same", f"They agree in {_share(raw)}.", [row], plots.shares())
        )
    if found.value is not None:
        ends = f"{found.low:.2f} to {found.high:.2f}" if found.low is not None and found.high is not None else "none"
        figure = f"{found.value:.2f} ({ends})" if ends != "none" else f"{found.value:.2f}, no interval"
        line = Dot("Cohen's kappa", figure, found.value, found.low, found.high)
        drawn.append(plots.dots("kappa", "Agreement beyond chance", f"Kappa is {figure}.", [line], CHANCE))
        rows.append(["Cohen's kappa", f"{found.n:,} pairs", f"{found.value:.2f}", ends])
    rows += [
        [f"First {one}, then {other}", f"{pairs.get((one, other), 0):,}", "", ""]
        for one in ("publish", "veto")
        for other in ("publish", "veto")
    ]
    says = (
        f"About {100 * share:g} in 100 decided pieces are read again, blind. Kappa leaves out the agreement that "
        "chance alone would give: 0 is chance, 1 is always the same."
    )
    note = f"{found.why.value} " if found.why else ""
    return Section(
        "agreement",
        "Agreement",
        says,
        drawn,
        ["", "Pairs", "Figure", "95% interval"],
        rows,
        note + (_few(raw.n, "pair") if found.why not in (Why.NONE, Why.FEW) else ""),
    )


def times(found: Times) -> list[Section]:
    """How long a text waits for the verdict that decides about it."""
    whole = found.whole
    if whole is None:
        nothing = "Nothing was decided in this period."
        return [Section("times", "Time to decision", nothing, [], [], [])]
    sizes = [Bar(name, f"{size:,}", size) for name, size in zip(GROUPS, found.sizes, strict=True)]
    says = (
        f"From a text's arrival to the verdict that decided about it. Half of {whole.n:,} took at most "
        f"{span(whole.middle)}, nine of ten at most {span(whole.most)}."
    )
    bars = plots.bars("times", "How long decisions took", says, sizes, plots.counts(found.sizes))
    rows = [[name, f"{size:,}", _percent(Share(size, whole.n))] for name, size in zip(GROUPS, found.sizes, strict=True)]
    months = [_month(month, of) for month, of in [*found.months.items(), ("all", whole)]]
    drawn = plots.dots(
        "months",
        "How long decisions took, by month",
        "; ".join(f"{_named(month)}: median {span(of.middle)}" for month, of in found.months.items()) + ".",
        months,
        SPANS,
    )
    table = [
        [_named(month), f"{of.n:,}", span(of.low), span(of.middle), span(of.high), span(of.most)]
        for month, of in [*found.months.items(), ("all", whole)]
    ]
    return [
        Section("times", "Time to decision", says, [bars], ["It took", "Decisions", "Share"], rows, _few(whole.n)),
        Section(
            "months",
            "Time to decision, by month",
            "The dot is the median, the thick line the middle half, and the thin line ends where nine of ten were "
            "decided. The scale is by powers: each step is many times the one before.",
            [drawn],
            ["Decided in", "Decisions", "A quarter by", "Half by", "Three quarters by", "Nine of ten by"],
            table,
        ),
    ]


def ages(sizes: Sequence[int]) -> Section:
    """How long what waits now has waited."""
    if not any(sizes):
        return Section("ages", "What waits now", "Nothing waits.", [], [], [])
    total = sum(sizes)
    rows = [Bar(name, f"{size:,}", size) for name, size in zip(GROUPS, sizes, strict=True)]
    verb = "waits" if total == 1 else "wait"
    says = f"{total:,} {verb} for people now, whenever they came. These are all there are, so there is no interval."
    drawn = plots.bars("ages", "How long what waits now has waited", says, rows, plots.counts(sizes))
    table = [[row.name, row.figure] for row in rows]
    return Section("ages", "What waits now", says, [drawn], ["It has waited", "Pieces"], table)


def verdicts(found: Mapping[Verdict, int]) -> Section:
    """How often each verdict was given."""
    total = sum(found.values())
    if not total:
        return Section("verdicts", "Verdicts", "No verdict was given in this period.", [], [], [])
    shares = {verdict.value: Share(number, total) for verdict, number in found.items()}
    says = (
        f"{total:,} {'verdict counts' if total == 1 else 'verdicts count'}: "
        + ", ".join(f"{name} {_percent(share)}" for name, share in shares.items())
        + "."
    )
    return _of_shares("verdicts", "Verdicts", says, shares, "Verdict", note=_few(total, "verdict"), whole=True)


def grounds(found: Sequence[Grounded], titles: Mapping[str, str]) -> Section:
    """What vetoes rest on."""
    if not found:
        return Section("grounds", "Vetoes by ground", "No veto was given in this period.", [], [], [])
    decided = found[0].held.n
    says = (
        f"How much of what was decided ({decided:,}) is held back on each ground. A veto stands when two reviewers "
        "give one; those that one reviewer gave are in the table."
    )
    rows = sorted(found, key=lambda row: (-row.held.k, row.ground))
    shares = {titles.get(row.ground, row.ground): row.held for row in rows}
    section = _of_shares("grounds", "Vetoes by ground", says, shares, "Ground", note=_few(decided))
    table = [[*line, f"{row.verdicts:,}"] for line, row in zip(section.rows, rows, strict=True)]
    return Section(
        section.name,
        section.heading,
        says,
        section.plots,
        ["Ground", "Held back", "Share", "95% interval", "Veto verdicts"],
        table,
        section.note,
    )


def reversals(undone: Share, sent_back: Share, overturned: Share) -> Section:
    """What was taken back or sent back, and what was overturned."""
    shares = {
        "Verdicts taken back": undone,
        "Verdicts sent back by another": sent_back,
        "Vetoes overturned on appeal": overturned,
    }
    if not undone.n and not overturned.n:
        return Section("reversals", "Second thoughts", "Nothing was said or ruled on in this period.", [], [], [])
    says = (
        "Verdicts that their own reviewer took back, those that another reviewer sent back to the queue before "
        "they took effect, and vetoes that somebody else overturned when the author appealed."
    )
    return _of_shares(
        "reversals",
        "Second thoughts",
        says,
        shares,
        "",
        note=_few(min(each.n for each in shares.values() if each.n), "case"),
    )


def precision(found: Sequence[Precision]) -> Section:
    """How precise each check is."""
    if not found:
        words = "No flag that was raised in this period has been judged yet. Whoever reads one can say what it was."
        return Section("precision", "Precision of the checks", words, [], [], [])
    shares = {f"{row.check}, version {row.version}": row.share for row in found}
    says = (
        "Of the flags that somebody judged, how many were a real problem. What is within policy counts against it: the "
        "check saw something, and nobody needed to look. A flag counts once."
    )
    section = _of_shares("precision", "Precision of the checks", says, shares, "Check", note="")
    table = [
        [line[0], f"{row.real:,}", f"{row.false:,}", f"{row.within:,}", *line[2:]]
        for line, row in zip(section.rows, found, strict=True)
    ]
    return Section(
        section.name,
        section.heading,
        says,
        section.plots,
        ["Check", "Real problems", "False alarms", "Within policy", "Precision", "95% interval"],
        table,
        _few(min(row.share.n for row in found), "flag"),
    )


def _of_shares(
    name: str, heading: str, says: str, shares: Mapping[str, Share], what: str, *, note: str, whole: bool = False
) -> Section:
    scale = plots.shares(1.0 if whole else max((share.high for share in shares.values() if share.n), default=1.0))
    rows = [
        Dot(each, _share(share), share.value, share.low, share.high) if share.n else Dot(each, "nothing yet")
        for each, share in shares.items()
    ]
    seen = "; ".join(f"{row.name}: {row.figure}" for row in rows)
    drawn = plots.dots(name, heading, f"{seen}.", rows, scale)
    table = [[each, f"{share.k:,} of {share.n:,}", _percent(share), _ends(share)] for each, share in shares.items()]
    return Section(name, heading, says, [drawn], [what, "Number", "Share", "95% interval"], table, note)


def _month(month: str, of: Spread) -> Dot:
    return Dot(_named(month), f"{span(of.middle)} (n {of.n:,})", of.middle, of.low, of.high, of.most)


def _named(month: str) -> str:
    return "The whole period" if month == "all" else f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def span(seconds: float) -> str:
    """A span of time in its two largest units: "1 d 4 h"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (rest, "min")]
    first = next(at for at, (number, _) in enumerate(parts) if number)
    return NARROW.join(f"{number}{NARROW}{unit}" for number, unit in parts[first : first + 2] if number)


def _few(n: int, what: str = "decision") -> str:
    """Small numbers are said to be small."""
    if n >= SMALL or not n:
        return ""
    return f"These are few, {n} {what}{'' if n == 1 else 's'}: look at the interval, not at the dot."


def _share(share: Share) -> str:
    return f"{_percent(share)} ({_ends(share)})"


def _percent(share: Share) -> str:
    return "" if share.value is None else f"{100 * share.value:.{_digits(share)}f}%"


def _ends(share: Share) -> str:
    if not share.n:
        return ""
    return f"{100 * share.low:.{_digits(share)}f} to {100 * share.high:.{_digits(share)}f}%"


def _digits(share: Share) -> int:
    """A tenth of a percent is told only where the interval is narrow enough for it to mean something."""
    return 1 if share.high - share.low < 0.02 else 0
