"""What the page of a check draws and says: figures in, sections out, in the manner of the calibration page."""

from collections.abc import Sequence
from dataclasses import replace

from agent.desk.shown import charts, plots
from agent.desk.shown.charts import NARROW, Section
from agent.desk.shown.checkup import Version
from agent.desk.shown.plots import Bar
from agent.tables import Level

LEVELS = {Level.NOTE: "worth knowing", Level.LOOK: "to be answered", Level.STOP: "two must say publish"}


def precision(versions: Sequence[Version]) -> Section:
    """How its judged flags turned out, by version, the present one first."""
    judged = [each.precision for each in versions if each.precision.share.n]
    if not judged:
        nothing = "Nobody has said yet what one of its flags turned out to be. Whoever reads one can."
        return Section("precision", "How it does here", nothing, [], [], [])
    return replace(charts.precision(judged), heading="How it does here")


def gravity(version: Version) -> Section:
    """How grave what one version flagged is, by its own word."""
    total = sum(version.flags.values())
    heading = "How grave it found them"
    if not total:
        return Section("gravity", heading, "Its present version has flagged nothing yet.", [], [], [])
    of = f"{_many(total)} of version {version.version}"
    says = f"{of}, by the level that it gave. These are all there are, so there is no interval."
    rows = [_bar(level, words, version.flags.get(level, 0)) for level, words in LEVELS.items()]
    seen = "; ".join(f"{row.name} {row.figure}" for row in rows)
    drawn = plots.bars("gravity", heading, f"{seen}.", rows, plots.counts([row.value for row in rows]))
    note = ""
    if version.lowered:
        were = "1 of them was" if version.lowered == 1 else f"{version.lowered:,} of them were"
        note = f"{were} lowered, as most of its flags had turned out to be nothing."
    table = [[row.name, row.figure] for row in rows]
    return Section("gravity", heading, says, [drawn], ["Level", "Flags"], table, note)


def _bar(level: Level, words: str, number: int) -> Bar:
    return Bar(f"{level.value.capitalize()}: {words}", f"{number:,}", number)


def _many(number: int) -> str:
    return f"{number:,} flag{'' if number == 1 else 's'}"


def quick(seconds: float) -> str:
    """A short span of time: "0.4 ms", "12 ms", "1.3 s"."""
    return thousandths(seconds) if seconds < 0.9995 else f"{seconds:.1f}{NARROW}s"


def thousandths(seconds: float) -> str:
    """The same in one unit, so that a table of them can be sorted."""
    many = seconds * 1000
    if many < 0.1:
        return f"under 0.1{NARROW}ms"
    return f"{many:.1f}{NARROW}ms" if many < 9.95 else f"{many:,.0f}{NARROW}ms"
