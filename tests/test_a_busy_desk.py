"""A small form of `scripts/bench desk`: nothing is lost, doubled or untrue; what it takes is measured elsewhere."""

import argparse

import pytest

from agent.outlet import Outlet
from agent.tables import Publication, Undo
from agent.testing import a_piece
from tests.bench import desk
from tests.bench.desk_people import Diary, Verdict
from tests.bench.desk_proof import Proof, prove
from tests.review.a_desk_of_two import publishes

pytestmark = pytest.mark.slow


def test_no_verdict_is_lost_or_double_at_a_busy_desk() -> None:
    given = argparse.Namespace(pieces=400, waiting=200, reviewers=5, seconds=4, pause=0.02, database=None)
    figures, goals = desk.measure(given)
    assert {kind.split("_")[0] for kind in goals} == {"sqlite", "postgresql"}
    for kind in ("sqlite", "postgresql"):
        assert {name: figures[f"{kind}_{name}"] for name in desk.GOALS if not name.endswith("ms")} == {
            "lost": 0,
            "double": 0,
            "untrue": 0,
            "faults": 0,
        }
        assert figures[f"{kind}_verdicts"] >= 1, "on a slow machine, too, something was decided"


def test_the_proof_finds_what_is_lost_double_or_untrue(outlet: Outlet) -> None:
    revision, ada = a_piece(outlet), Diary("ada")
    publishes(outlet, revision)
    taken = Verdict("ada", revision.id, revision.record_sha256, "publish", 303)
    assert prove(outlet, [ada], since=0) == Proof(lost=0, double=1, untrue=0, verdicts=0, refused=0)
    ada.verdicts = [taken]
    assert prove(outlet, [ada], since=0) == Proof(lost=0, double=0, untrue=0, verdicts=1, refused=0)
    ada.verdicts = [taken, taken]
    assert prove(outlet, [ada], since=0).lost == 1
    ada.verdicts, ada.undone = [taken], [revision.id]
    assert prove(outlet, [ada], since=0).lost == 1
    waiting = a_piece(outlet, title="Snow")
    with outlet.database.write() as db:
        db.add(Undo(review_id=1, actor="ada", at=outlet.now()))
        db.add(Publication(piece_id=waiting.piece_id, revision_id=waiting.id, path="x", reviewers=1, at=outlet.now()))
    assert prove(outlet, [ada], since=0).untrue == 1, "it is public, and nobody says publish any more"
