"""The public site of many essays, beside Hugo, Eleventy and Pelican on the same essays in the same run.

Each makes the whole site, then once more with one more essay, then with nothing new. Ours is measured twice: in the
running outlet, as `afterword up` builds, and as a process of its own with its start-up. The goals speak of the first.
What goes before is no part of a build: ours has its ledger caught up and its HTML kept since the texts were received.
Cards, search, ZIP and EPUB are the second step, in a column of its own.

    scripts/bench site --essays 10000             takes about twelve minutes, on two cores
    scripts/bench site --essays 100000 --alone    without peers but for Hugo at a tenth of it: its costs are taken
                                                  times ten; and how "one more" grew from there
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.site_cost import Cost, run
from tests.bench.site_peers import CACHE, SITES, Peer, install

ESSAYS = 2_000
MANY = 10_000
"""The goals of one more essay, of nothing new and of memory speak of so many."""
VERY_MANY = 100_000
TIMES = 5
"""So often one essay is added to ours; the median counts."""
GOALS = {
    "cold_cpu_to_hugo": 0.45,
    "more_cpu_to_hugo": 0.05,
    "nothing_cpu_to_hugo": 0.01,
    "parse_wall_to_hugo": 4.0,
    "memory_mb": 150.0,
    "more_growth": 3.0,
}
GOALS_OF_VERY_MANY = {"more_cpu_to_hugo": 0.03, "memory_mb": 500.0}
OURS = (sys.executable, "-m", "tests.bench.site_ours")
ROOT = Path(__file__).resolve().parents[2]


def options(parser: argparse.ArgumentParser) -> None:
    """What can be said besides."""
    parser.add_argument("--essays", type=int, default=ESSAYS, help=f"how many there are ({ESSAYS:,})")
    parser.add_argument("--alone", action="store_true", help="without peers, but for Hugo at a tenth of it, times ten")


@dataclass(frozen=True)
class Row:
    """A generator's three runs; `second` is what the second step adds to the first two of ours."""

    name: str
    cold: Cost
    more: Cost
    nothing: Cost
    second: tuple[Cost, Cost] | None = None


def measure(given: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Figures, and the goals, of which those without a figure were not measured. Prints a table first."""
    peers = install()
    CACHE.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=CACHE, prefix="run-"))
    try:
        if given.alone:
            tenth = given.essays // 10
            [hugo] = _peers(folder / "peers", {"hugo": peers["hugo"]}, tenth)
            rows, times = [hugo], 10.0
        else:
            rows, times = _peers(folder / "peers", peers, given.essays), 1.0
        found = _ours(folder / "ours", given.essays)
        less = _ours(folder / "less", given.essays // 10) if given.alone else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = _figures(given.essays, rows[0], times, found, less)
    goals = GOALS | (GOALS_OF_VERY_MANY if given.essays >= VERY_MANY else {})
    print(_table(given.essays, rows, found, times))  # noqa: T201
    return figures, goals


def _peers(folder: Path, peers: dict[str, Peer], essays: int) -> list[Row]:
    """The runs of each, in turn."""
    for peer in peers.values():
        shutil.copytree(SITES / peer.folder, folder / peer.folder)
    corpus = (sys.executable, "-m", "tests.bench.site_peers", str(folder))
    runs: dict[str, list[Cost]] = {name: [] for name in peers}
    for first, last in ((1, essays), (essays + 1, essays + 1), (1, 0)):
        run([*corpus, str(first), str(last), str(essays)], folder, folder / "none", PYTHONPATH=str(ROOT))
        for name, peer in peers.items():
            place = folder / peer.folder
            cost, _ = run(peer.command, place, place / peer.output, BENCH_NODE=str(CACHE / "node/node_modules"))
            runs[name].append(cost)
    return [Row(f"{peer.name} {peer.version}", *runs[name]) for name, peer in peers.items()]


@dataclass(frozen=True)
class Ours:
    """What our builds cost: in the running outlet, and as processes of their own. `told` is the ledger, before them."""

    running: Row
    alone: Row
    parse: Cost
    told: Cost
    memory: float
    """The most that any process of ours held, in MB, while it made the site or brought it up to date."""


def _ours(folder: Path, essays: int) -> Ours:
    folder.mkdir()
    place = folder / "publication"

    def does(what: str, *words: int) -> tuple[Cost, dict[str, Cost]]:
        command = [*OURS, what, str(place), *map(str, words)]
        whole, said = run(command, folder, place / "public", PYTHONPATH=str(ROOT), ANTHROPIC_API_KEY="sk-ant-test")
        return whole, {name: Cost(**cost) for name, cost in json.loads(said.splitlines()[-1]).items()}

    _, made = does("make", essays)
    cold, inner = does("first")
    second, inner_second = does("second")
    if not inner_second["built"].written:
        raise RuntimeError("the second step wrote nothing, so it was not measured")
    whole, found = does("running", essays, TIMES)
    more, extra, nothing = (
        _middle([cost for name, cost in found.items() if name.startswith(start)])
        for start in ("more", "second", "nothing")
    )
    does("more", essays, essays + TIMES + 1)
    alone_more, _ = does("first")
    alone_second, _ = does("second")
    alone_nothing, _ = does("second")
    _, parsed = does("parse")
    return Ours(
        running=Row("Afterword, in the running outlet", inner["built"], more, nothing, (inner_second["built"], extra)),
        alone=Row("Afterword, as a process", cold, alone_more, alone_nothing, (second, alone_second)),
        parse=parsed["built"],
        told=made["told"],
        memory=max(cold.memory, whole.memory),
    )


def _middle(costs: Sequence[Cost]) -> Cost:
    """The one in the middle, by CPU."""
    return sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2]


def _figures(essays: int, hugo: Row, times: float, found: Ours, less: Ours | None) -> dict[str, float]:
    """What the goals speak of, and what a reader wants to know besides. Of what was not measured there is none."""
    ours = found.running
    figures = {
        "essays": float(essays),
        "hugo_times": times,
        "hugo_cold_cpu": hugo.cold.cpu * times,
        "cold_cpu": ours.cold.cpu,
        "cold_second_cpu": ours.second[0].cpu if ours.second else 0.0,
        "more_cpu": ours.more.cpu,
        "more_second_cpu": ours.second[1].cpu if ours.second else 0.0,
        "more_files_written": float(ours.more.written),
        "nothing_cpu": ours.nothing.cpu,
        "process_cold_cpu_to_hugo": found.alone.cold.cpu / hugo.cold.cpu / times,
        "process_more_cpu_to_hugo": found.alone.more.cpu / hugo.more.cpu / times,
        "process_nothing_cpu_to_hugo": found.alone.nothing.cpu / hugo.nothing.cpu / times,
        "parse_wall": found.parse.wall,
        "ledger_caught_up_cpu": found.told.cpu,
        "cold_cpu_to_hugo": ours.cold.cpu / hugo.cold.cpu / times,
        "parse_wall_to_hugo": found.parse.wall / hugo.cold.wall / times,
    }
    if essays >= MANY:
        figures |= {
            "more_cpu_to_hugo": ours.more.cpu / hugo.more.cpu / times,
            "nothing_cpu_to_hugo": ours.nothing.cpu / hugo.nothing.cpu / times,
            "memory_mb": found.memory,
        }
    if less is not None:
        figures["more_growth"] = ours.more.cpu / less.running.more.cpu
    return {name: round(value, 4) for name, value in figures.items()}


def _table(essays: int, rows: Sequence[Row], found: Ours, times: float) -> str:
    """The runs as a table in Markdown, and below it in words what does not fit there."""
    head = ("CPU s", "wall s", "MB", "files")
    title = f"{essays:,} essays" if times == 1 else f"{essays:,} essays; Hugo {essays / times:,.0f}"
    lines = [
        f"| {title} | whole site: {' | '.join(head)} | one more: {' | '.join(head)} | nothing new: CPU s | wall s |",
        f"|---|{'---:|' * 10}",
    ]
    for row in (*rows, found.running, found.alone):
        cells = [*_cells(row.cold), *_cells(row.more), *_cells(row.nothing)[:2]]
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
        if row.second is not None:
            first, second = (_cells(cost) for cost in row.second)
            lines.append(f"| \u2003its second step | {' | '.join((*first, *second))} | | |")
    parsed = f"{found.parse.wall:.1f} s of wall time, {found.parse.cpu:.1f} s of CPU"
    lines += [
        "",
        f"From an empty render store, every text parsed: {parsed}.",
        f"The ledger took {found.told.cpu:.1f} s of CPU before, which is no part of a build.",
        "Files are those that were written or written anew; MB is the most memory that one process held.",
    ]
    if times != 1:
        lines.append(
            f"Hugo was measured with {essays / times:,.0f} essays; in the ratios its costs count {times:.0f} times."
        )
    return "\n".join(lines) + "\n"


def _cells(cost: Cost) -> list[str]:
    return [f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.memory:.0f}", f"{cost.written:,}"]
