"""Run one bench by name; with --json its last line is one object: name, figures, goals, holds."""

import argparse
import importlib
import json
import pkgutil

import tests.bench

NAMES = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name != "__main__"]


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures, goals = importlib.import_module(f"tests.bench.{given.name}").measure()
    for name, value in figures.items():
        goal = f"   (goal: at most {goals[name]})" if name in goals else ""
        print(f"{name:32} {value}{goal}")  # noqa: T201
    if given.json:
        holds = all(figures[name] <= goal for name, goal in goals.items())
        print(json.dumps({"name": given.name, "figures": figures, "goals": goals, "holds": holds}))  # noqa: T201


main()
