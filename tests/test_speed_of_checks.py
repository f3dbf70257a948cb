"""A small form of `scripts/bench checks`: all that it measures is there; how long it takes is measured elsewhere."""

import argparse
from pathlib import Path

import pytest

from agent.check import CHECKS
from tests.bench import checks

pytestmark = pytest.mark.slow


def test_every_check_and_the_look_up_are_measured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'afterword.db'}"
    figures, goals = checks.measure(argparse.Namespace(pieces=200, words=90, rounds=1, database=url))
    assert goals.keys() == {"sqlite_clean_all_ms", "sqlite_full_all_ms", "sqlite_look_up_slowest_ms"}
    assert figures.keys() >= goals.keys()
    for work in ("clean", "full"):
        parts = ["gathering", *(check.NAME.replace(" ", "_") for check in CHECKS)]
        whole = sum(figures[f"sqlite_{work}_{part}_ms"] for part in parts)
        assert whole == pytest.approx(figures[f"sqlite_{work}_all_ms"], abs=0.5)
        assert figures[f"sqlite_{work}_worker_ratio"] > 0
    assert figures["sqlite_fingerprints"] >= 200 * 20
    assert figures["sqlite_named"] > 0
