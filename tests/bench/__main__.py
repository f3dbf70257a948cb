"""Run one bench by name; with --json its last line is one object: name, figures, goals, holds."""

import argparse
import importlib
import json
import pkgutil

import tests.bench

NAMES = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if "_" not in module.name]
"""Those with a longer name are parts of one."""


def main() -> None:
    """Parse, measure, print. A bench may have options of its own; a goal without a figure was not measured, and is
    named as such and never held."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    kinds = parser.add_subparsers(dest="name", required=True)
    benches = {name: importlib.import_module(f"tests.bench.{name}") for name in NAMES}
    for name, bench in benches.items():
        own = kinds.add_parser(name, description=bench.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        own.add_argument("--json", action="store_true", help="end with one JSON object: name, figures, goals, holds")
        if hasattr(bench, "options"):
            bench.options(own)
    given = parser.parse_args()
    bench = benches[given.name]
    figures, goals = bench.measure(given) if hasattr(bench, "options") else bench.measure()
    for name, value in figures.items():
        goal = f"   (goal: at most {goals[name]})" if name in goals else ""
        print(f"{name:32} {value}{goal}")  # noqa: T201
    unmeasured = [name for name in goals if name not in figures]
    for name in unmeasured:
        print(f"{name:32} not measured   (goal: at most {goals[name]})")  # noqa: T201
    if given.json:
        holds = all(figures[name] <= goal for name, goal in goals.items() if name in figures)
        said = {"name": given.name, "figures": figures, "goals": goals, "holds": holds}
        print(json.dumps(said | ({"not_measured": unmeasured} if unmeasured else {})))  # noqa: T201


main()
