"""A ledger that was begun in format 1 still proves what it says, and goes on."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.outlet import Outlet
from agent.publish import ledger
from agent.publish.events import Event
from agent.publish.verify import verify
from agent.render import render, renderer
from agent.review import actions
from agent.tables import WithdrawnBy
from agent.testing import a_piece, a_session, tool_reply
from tests.publish.forging import forge, lines_of, problems, sign
from tests.publish.works import WHY, a_revised, an_afterword, bring_out, publish, take_back, veto

pytestmark = pytest.mark.slow

OLD = Path(__file__).with_name("format_1")
"""Lines and texts that the program of format 1 wrote: two pieces that can be read, one that had been down for
72 hours; one vetoed, one taken down and erased; a decline, a private text, and one that waits."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A site in which everything but the pages and the manifest is as it was written then."""
    site = shutil.copytree(OLD, tmp_path / "site")
    for text in site.glob("pieces/*.md"):
        html = f'<div class="prose e-content" dir="auto">\n{render(text.read_text()).html}\n</div>\n'
        text.with_suffix(".html").write_text(html)
    (site / "pieces/4.html").write_text("A notice.")
    (site / "ledger.html").write_text("".join(f'<tr id="i-{number}">' for number in range(1, 8)))
    head = {"lines": 29, "head": lines_of(site)[-1]["hash"]}
    (site / "manifest.json").write_text(json.dumps({"signature": ""}))
    sign(site, v=1, ledger=head, renderer=renderer())
    return site


def test_a_site_of_format_1_verifies(old: Path) -> None:
    found = verify(old)
    assert (found.problems, found.lines, found.pieces, found.invitations) == ([], 29, 2, 7)


@pytest.mark.parametrize(
    ("event", "change", "said"),
    [
        ("outcome", {"commitment": "0" * 64}, "pieces/1: is not what was committed to"),
        ("published", {"record_sha256": "0" * 64}, "pieces/1: is not what was committed to"),
        ("published", {"text_sha256": "0" * 64}, "pieces/1.md: is not the text in the ledger"),
        ("erased", {"invitation": 1}, "pieces/1.md: was taken down and is still there"),
    ],
)
def test_what_is_changed_in_a_line_of_format_1_is_noticed(
    old: Path, event: str, change: dict[str, Any], said: str
) -> None:
    forge(old, lambda events: next(e for e in events if e["event"] == event)["data"].update(change))
    assert said in problems(old)


def test_what_did_not_return_in_format_1_is_expected_to_be_gone(old: Path) -> None:
    forge(old, lambda events: events.remove(next(e for e in events if e["event"] == "returned")))
    assert "pieces/2.md: was taken down and is still there" in problems(old)


def as_it_was(event: Event) -> Event:
    """An event as the program of format 1 told of it."""
    data = dict(event.data)
    if event.word == "outcome":
        [data["commitment"]] = data.pop("commitments")
    if event.word == "published":
        data["transcript_sha256"] = data.pop("transcript_commitment")
    kept = {"erased": {"invitation"}}.get(event.word, data.keys() - {"work", "works", "kind", "about", "upto", "named"})
    return Event(event.at, event.order, event.word, event.number, {name: data[name] for name in kept})


def test_a_ledger_that_was_begun_in_format_1_goes_on(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as then:
        line_of = ledger.line_of
        then.setattr(ledger, "FORMAT", 1)
        then.setattr(ledger, "line_of", lambda seq, previous, event: line_of(seq, previous, as_it_was(event)))
        for text in ("It rained.\n", "It shone.\n", "It hailed.\n"):
            publish(outlet, a_piece(outlet, text))
        veto(outlet, a_piece(outlet, "It snowed.\n"))
        a_session(outlet, [tool_reply("decline")])
        take_back(outlet, 3)
        actions.erase(outlet, 3, "ada", second="ben", reason=WHY)
        ledger.append(outlet)
    publish(outlet, a_revised(outlet, 1, "It rained less.\n"))
    publish(outlet, an_afterword(outlet, 2))
    actions.withdraw(outlet, 2, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    folder = bring_out(outlet)
    lines = lines_of(folder)
    began = [line["v"] for line in lines].index(2)
    assert {line["event"] for line in lines[:began]} >= {"invited", "outcome", "verdict", "published", "withdrawn"}
    real = shapes(lines_of(OLD))
    assert all(real[word] >= shape for word, shape in shapes(lines[:began]).items()), "as they were really written"
    assert {line["v"] for line in lines[began:]} == {ledger.FORMAT} == {2}
    found = verify(folder)
    assert (found.problems, found.pieces) == ([], 2)
    assert {path.name for path in (folder / "pieces").glob("*.md")} == {"1.md", "1.r1.md", "5.md"}


def shapes(lines: list[dict[str, Any]]) -> dict[str, set[str]]:
    """What the lines of each kind tell of."""
    found: dict[str, set[str]] = {}
    for line in lines:
        found.setdefault(line["event"], set()).update(line["data"].keys())
    return found
