"""An appeal: somebody who did not veto upholds the veto or overturns it, and an overturned one counts no more."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.publication import begin
from agent.errors import AfterwordError, Refused
from agent.outlet import Outlet
from agent.queries import is_overturned, veto_of
from agent.review import actions
from agent.review.bar import Decision
from agent.review.queue import appeals, queue
from agent.tables import Appeal, Flag, Publication, Review, Revision, Ruling, Verdict
from agent.testing import a_session, an_outlet, tool_reply
from tests.a_publication import SETTINGS
from tests.review.a_desk_of_two import WHY, a_vetoed_piece, at_once, author_says, publishes, rows, says

REASON = "The person is invented."


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """The usual cast and two more reviewers; everything here holds on SQLite and on PostgreSQL."""
    return replace(both, settings=both.settings.model_copy(update={"reviewers": ["ada", "ben", "dan", "eve"]}))


@pytest.fixture
def vetoed(outlet: Outlet) -> Revision:
    """A piece that Ada and Ben held back, and whose author appealed."""
    revision = a_vetoed_piece(outlet)
    appealed = tool_reply("appeal", piece=revision.piece_id, words="Nobody lives there.")
    a_session(outlet, [appealed, tool_reply("decline")])
    return revision


def rules(outlet: Outlet, reviewer: str = "dan", *, overturned: bool, reason: str = REASON) -> None:
    actions.rule(outlet, rows(outlet, Appeal)[0].id, reviewer, overturned=overturned, reason=reason)


def test_an_open_appeal_is_listed_with_the_authors_words(outlet: Outlet, vetoed: Revision) -> None:
    with outlet.database.read() as db:
        (row,) = appeals(db)
    assert (row.revision, row.name, row.ground, row.vetoed_by) == (vetoed.id, "Rain", "personal-data", "ada, ben")
    assert row.why == "Nobody lives there."
    rules(outlet, overturned=False)
    with outlet.database.read() as db:
        assert appeals(db) == []


def test_an_upheld_veto_stands(outlet: Outlet, vetoed: Revision) -> None:
    rules(outlet, overturned=False)
    with outlet.database.read() as db:
        assert veto_of(db, vetoed.id) is not None
        assert queue(db) == []
    with pytest.raises(Refused, match="held back already"):
        publishes(outlet, vetoed, "dan")


def test_an_overturned_veto_puts_the_text_back_in_the_queue_and_publish_verdicts_alone_decide(
    outlet: Outlet, vetoed: Revision
) -> None:
    rules(outlet, overturned=True)
    with outlet.database.read() as db:
        assert veto_of(db, vetoed.id) is None
        assert is_overturned(db, vetoed.id)
        (row,) = queue(db)
    assert (row.revision, row.stands, row.overturned) == (vetoed.id, Decision.WAITING, True)
    assert rows(outlet, Publication) == []
    for reviewer in ("dan", "ada"):
        with pytest.raises(Refused, match="overturned on appeal, so none is taken any more"):
            says(outlet, vetoed, reviewer, Verdict.VETO)
    # Who gave the veto may have learned better.
    assert publishes(outlet, vetoed, "ada") is Decision.PUBLISHED
    assert [review.verdict for review in rows(outlet, Review)] == [Verdict.VETO, Verdict.VETO, Verdict.PUBLISH]


def test_an_overturned_veto_does_not_lower_the_bar(outlet: Outlet, vetoed: Revision) -> None:
    with outlet.database.write() as db:
        run = db.get_one(Flag, 1).run_id if db.get(Flag, 1) else 1
        about = {"check": "test", "category": "test", "start": 0, "end": 2, "quote": "It", "why": "Look."}
        db.add(Flag(run_id=run, revision_id=vetoed.id, level="stop", **about))
    rules(outlet, overturned=True)
    assert publishes(outlet, vetoed, "dan") is Decision.SECOND
    assert publishes(outlet, vetoed, "ben") is Decision.PUBLISHED


def test_who_may_rule_and_with_what(outlet: Outlet, vetoed: Revision) -> None:
    for reviewer, reason, words in [
        ("ada", REASON, "You gave a veto to this text"),
        ("ben", REASON, "You gave a veto to this text"),
        ("cy", REASON, 'called "cy" may'),
        ("dan", " short ", "reason for this ruling"),
        ("dan", "A sign that no database takes: \x00.", "cannot be stored"),
    ]:
        with pytest.raises(AfterwordError, match=words):
            rules(outlet, reviewer, overturned=True, reason=reason)
    assert rows(outlet, Ruling) == []


@pytest.mark.slow
def test_an_appeal_has_one_ruling_whoever_comes_first(outlet: Outlet, vetoed: Revision) -> None:
    def rule(reviewer: str) -> str:
        try:
            rules(outlet, reviewer, overturned=reviewer == "dan")
        except Refused as no:
            return str(no)
        return "done"

    said = at_once(outlet, rule, ["dan", "eve"])
    assert sorted("has ruled on appeal 1 already" in words for words in said) == [False, True]
    assert "done" in said
    assert len(rows(outlet, Ruling)) == 1
    with pytest.raises(Refused, match="no appeal 99"):
        actions.rule(outlet, 99, "dan", overturned=True, reason=REASON)


def test_nobody_rules_about_what_its_author_withdrew_or_what_was_erased(outlet: Outlet, vetoed: Revision) -> None:
    a_session(outlet, [tool_reply("withdraw", piece=vetoed.piece_id), tool_reply("decline")])
    with pytest.raises(Refused, match="Its author withdrew it"):
        rules(outlet, overturned=True)
    actions.erase(outlet, vetoed.piece_id, "ada", second="ben", reason=WHY)
    with pytest.raises(Refused, match="was erased"):
        rules(outlet, overturned=True)
    with outlet.database.read() as db:
        assert appeals(db) == []


def test_an_appeal_is_put_by_while_its_author_says_no(outlet: Outlet, vetoed: Revision) -> None:
    author_says(outlet, "no", "new")
    with outlet.database.read() as db:
        assert appeals(db) == []
    with pytest.raises(Refused, match="Its author said no"):
        rules(outlet, overturned=True)
    author_says(outlet, "yes")
    with outlet.database.read() as db:
        assert [row.revision for row in appeals(db)] == [vetoed.id]


# At the command line

Run = Callable[..., tuple[object, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `afterword` in a publication where Opus has appealed, and returns its exit code and what it printed."""
    settings = SETTINGS.replace('reviewers = ["ada", "ben"]', 'reviewers = ["ada", "ben", "dan"]')
    assert settings != SETTINGS
    begin(tmp_path / "pub", settings)
    here = an_outlet(tmp_path / "pub", reviewers=["ada", "ben", "dan"])
    revision = a_vetoed_piece(here)
    a_session(here, [tool_reply("appeal", piece=revision.piece_id, words="No \x1b[2J."), tool_reply("decline")])
    here.database.close()

    def run(*words: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(tmp_path / "pub"), *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said, code = capsys.readouterr(), leaving.value.code
        return (1, said.out + code) if isinstance(code, str) else (code or 0, said.out)

    return run


@pytest.mark.slow
def test_appeals_are_listed_and_ruled_on_at_the_command_line(run: Run) -> None:
    code, said = run("appeals", "--json")
    assert (code, json.loads(said)[0]["why"]) == (0, "No \x1b[2J.")
    code, said = run("appeals")
    assert (code, "ada, ben" in said, "\x1b[2J" in said) == (0, True, False)
    code, said = run("appeal", "1", "overturn", "--as", "ada", "--reason", REASON)
    assert (code, "You gave a veto" in said) == (1, True)
    code, said = run("appeal", "1", "overturn", "--as", "dan", "--reason", REASON)
    assert (code, "back in the queue" in said) == (0, True)
    assert run("appeals") == (0, "No appeal waits.\n")
    code, said = run("appeal", "1", "uphold", "--as", "dan", "--reason", REASON)
    assert (code, "dan has ruled on appeal 1 already: the veto was overturned" in said) == (1, True)
