"""The public log of vetoes: every ground with its numbers, zeros too, and nothing that the ledger does not say."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from agent.outlet import Outlet
from agent.prompts import Ground
from agent.publish import edition, vetoes
from agent.publish.proof.counts import COUNT, counts_on
from agent.publish.tallied import NAMES, counted, sum_of, total
from agent.publish.told import Told
from agent.publish.verify import verify
from agent.publish.vetoes import VetoLog, veto_log
from agent.review import actions
from agent.review.actions import Said, Span
from agent.tables import Basis, Consent, Publish, Revision, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_piece
from tests.publish.forging import problems, put, sign
from tests.publish.shown import fixed, words_of
from tests.publish.works import WHY, a_revised, a_work, appeal, publish, rule, veto

LAW, DATA = Ground("law", "The law", "It is forbidden."), Ground("personal-data", "Personal data", "It tells.")


def at(year: int) -> datetime:
    return datetime(year, 6, 1, tzinfo=UTC)


def log_of(outlet: Outlet) -> VetoLog:
    """The log as an edition shows it now."""
    edition.build(outlet, extras=False)
    with outlet.database.read() as db, edition._store(outlet) as store:
        return veto_log(db, store.counts(), outlet.prompts.grounds())


def by_ground(log: VetoLog) -> dict[str, tuple[int, int, int]]:
    """Ground -> vetoes that stand, overturned, taken down: those of which there are any."""
    return {row.name: found for row in log.grounds if any(found := (row.total, row.overturned, row.down))}


def measure(log: VetoLog) -> dict[str, int]:
    return {row.name: row.total for row in log.measure if row.total}


def page(outlet: Outlet) -> str:
    return (outlet.settings.folder / "public" / "vetoes.html").read_text()


def vetoes_it(outlet: Outlet, revision: Revision, reviewer: str, ground: str) -> None:
    said = Said(ground=ground, span=Span(0, 2), reason=WHY)
    actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=revision.record_sha256, said=said)


# Counting lines


def test_years_far_apart_have_a_column_each_and_those_before_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetoes, "_vetoes", lambda _db: ({("law", 2020): 2, ("law", 2026): 1}, {}))
    monkeypatch.setattr(vetoes, "_waiting", lambda _db: 0)
    with Session() as db:
        log = veto_log(db, {("invited", 2019): 4, ("invited", 2020): 5, ("invited", 2027): 1}, [LAW])
    assert [column.span for column in log.columns] == ["-2022", "2023", "2024", "2025", "2026", "2027"]
    assert (log.grounds[0].numbers, log.grounds[0].total) == ([2, 0, 0, 0, 1, 0], 3)
    assert next(row for row in log.measure if row.name == "invited").numbers == [9, 0, 0, 0, 0, 1]


def test_a_ground_that_is_on_the_list_no_more_keeps_its_numbers() -> None:
    html = fixed("vetoes.html")
    said = words_of(html)
    assert "&lt;gone&gt; It is not on the list any more.".replace("&lt;", "<").replace("&gt;", ">") in said
    assert "The law A law forbids it. 1 0 1 0 2" in said
    assert "After a veto by one person, 1 text waits for a second." in said
    assert "Invitations 1,200 0 1,200" in said


def test_every_count_is_said_in_words() -> None:
    shown = {name for name, years, _ in COUNT.findall(fixed("vetoes.html")) if years == "all"}
    assert set(NAMES) <= shown


@pytest.mark.parametrize(
    ("event", "name", "number"),
    [
        ({"event": "outcome", "data": {"outcome": "submitted"}}, "works", 1),
        ({"event": "outcome", "data": {"outcome": "declined"}}, "works", 0),
        ({"event": "outcome", "data": {"outcome": "submitted", "works": 3}}, "works", 3),
        ({"event": "verdict", "data": {"verdict": "escalate"}}, "escalate", 1),
        ({"event": "undone", "data": {"verdict": "veto"}}, "undone", 1),
        ({"event": "undone", "data": {"verdict": "veto"}}, "veto", 0),
        ({"event": "ruled", "data": {"veto": "upheld"}}, "upheld", 1),
        ({"event": "withdrawn", "data": {"by": "urgent", "ground": "law"}}, "withdrawn_urgent", 1),
        ({"event": "withdrawn", "data": {"by": "urgent", "ground": "law"}}, "down:law", 1),
        ({"event": "withdrawn", "data": {"by": "author"}}, "down:law", 0),
        ({"event": "erased", "data": {}}, "works", 0),
        ({"event": "something new", "data": {}}, "works", 0),
    ],
)
def test_what_a_line_counts(event: dict[str, object], name: str, number: int) -> None:
    counts = sum_of(counted({"at": "2026-11-02T12:00:00Z"} | event))
    assert total(counts, name) == total(counts, name, "2026") == total(counts, name, "-2026") == number
    assert total(counts, name, "2025") == total(counts, name, "-2025") == 0


# What an outlet comes to


@pytest.mark.slow
def test_before_anything_happened_every_ground_has_a_zero(outlet: Outlet) -> None:
    log = log_of(outlet)
    assert [row.name for row in log.grounds] == [ground.name for ground in outlet.prompts.grounds()]
    assert (by_ground(log), measure(log), log.waiting, log.columns) == ({}, {}, 0, [])
    assert "No text waits for a second person after a veto by one." in words_of(page(outlet))
    assert verify(outlet.settings.folder / "public").problems == []


@pytest.mark.slow
def test_each_veto_counts_by_the_ground_on_which_it_stands(both: Outlet) -> None:
    first, second = a_work(both, "It rained.\n"), a_work(both, "It shone.\n")
    veto(both, first)
    vetoes_it(both, second, "ada", "law")
    vetoes_it(both, second, "ben", "danger")
    assert isinstance(both.now, MovableClock)
    both.now.forward(days=400)
    third = a_work(both, "It hailed.\n")
    veto(both, third)
    rule(both, appeal(both, third), overturned=True)
    publish(both, third)
    actions.withdraw(both, third.piece_id, "ada", WithdrawnBy.URGENT, ground="law", reason=WHY)
    log = log_of(both)
    assert by_ground(log) == {"personal-data": (1, 1, 0), "danger": (1, 0, 0), "law": (0, 0, 1)}
    assert [column.year for column in log.columns] == [2026, 2027]
    assert (log.stand.numbers, log.stand.total, log.stand.overturned, log.stand.down) == ([2, 0], 2, 1, 1)
    assert measure(log) == {
        "invited": 3,
        "works": 3,
        "publish": 1,
        "veto": 6,
        "published": 1,
        "appealed": 1,
        "overturned": 1,
        "withdrawn_urgent": 1,
    }
    edition.build(both, full=True, extras=False)  # Raises NotTheSame where the steps came to something else.
    assert verify(both.settings.folder / "public").problems == []


@pytest.mark.slow
def test_a_text_waits_for_a_second_person_until_something_is_told_of_it(both: Outlet) -> None:
    patient = replace(both, settings=both.settings.model_copy(update={"undo_minutes": 10.0}))
    waiting = []

    def then(*acts: object) -> None:
        waiting.append(log_of(patient).waiting)

    revision = a_work(patient, "It rained.\n")
    then(vetoes_it(patient, revision, "ada", "law"))
    then(vetoes_it(patient, revision, "ben", "law"))
    then(actions.undo(patient, revision.id, "ben"))
    then(actions.undo(patient, revision.id, "ada"))
    then(vetoes_it(patient, revision, "ada", "law"))
    then(publish(patient, revision, "ben"))
    assert isinstance(patient.now, MovableClock)
    patient.now.forward(minutes=10)
    then(actions.carry_out(patient))
    assert waiting == [1, 1, 1, 0, 1, 1, 0], "what waits for its moment is told nowhere"


@pytest.mark.slow
def test_nobody_waits_for_a_text_whose_author_said_no_or_sent_another(outlet: Outlet) -> None:
    revision = a_work(outlet, "It rained.\n")
    vetoes_it(outlet, revision, "ada", "law")
    a_revised(outlet, revision.piece_id, "It rained less.\n")
    assert log_of(outlet).waiting == 0
    other = a_work(outlet, "It shone.\n")
    vetoes_it(outlet, other, "ada", "law")
    assert log_of(outlet).waiting == 1
    said = {"publish": Publish.NO, "basis": Basis.ASKED}
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, at=outlet.now(), **said))
    assert log_of(outlet).waiting == 0


@pytest.mark.slow
def test_nobody_waits_for_a_second_veto_where_none_is_taken_any_more(outlet: Outlet) -> None:
    revision = a_work(outlet, "It rained.\n")
    veto(outlet, revision)
    rule(outlet, appeal(outlet, revision), overturned=True)
    assert log_of(outlet).waiting == 0


@pytest.mark.slow
def test_it_says_no_text_no_author_and_no_name(outlet: Outlet) -> None:
    revision = a_piece(outlet, "A zanzibarian text.\n", title="Zanzibar")
    veto(outlet, revision, reason="So says zanzibar.")
    log_of(outlet)
    html = page(outlet)
    assert not re.search(r"zanzibar|opus|\bada\b|\bben\b|pieces/|ledger/1", html, re.IGNORECASE)


@pytest.mark.slow
def test_it_is_led_to_and_told_to_search_engines(outlet: Outlet) -> None:
    veto(outlet, a_piece(outlet))
    log_of(outlet)
    public = outlet.settings.folder / "public"
    for name in ("grounds.html", "ledger.html", "how.html"):
        assert 'href="vetoes.html"' in (public / name).read_text(), name
    assert "/vetoes.html</loc>" in (public / "sitemaps/pages.xml").read_text()
    assert 'href="grounds.html#personal-data"' in page(outlet)


@pytest.mark.slow
def test_the_page_says_no_more_than_the_ledger(outlet: Outlet) -> None:
    """Each number can be had from the public lines and the ledger's own page."""
    veto(outlet, a_piece(outlet))
    vetoes_it(outlet, a_piece(outlet, "It shone.\n"), "ada", "law")
    log_of(outlet)
    public = outlet.settings.folder / "public"
    told = Told()
    for line in (public / "ledger.jsonl").read_text().splitlines():
        told.add(json.loads(line))
    assert list(counts_on(page(outlet), told)) == []
    shown = {f"{name} {years}": int(n) for name, years, n in COUNT.findall(page(outlet))}
    rows = (public / "ledger.html").read_text()
    assert rows.count('data-state="vetoed">') - 1 == shown["stand all"] == 1, "a total, and a row for each"


# Checking it again


@pytest.fixture
def site(outlet: Outlet) -> Path:
    """A built site with a veto that stands, one overturned, and a piece taken down."""
    veto(outlet, a_work(outlet, "It rained.\n"))
    off = a_work(outlet, "It hailed.\n")
    veto(outlet, off)
    rule(outlet, appeal(outlet, off), overturned=True)
    public = a_work(outlet, "It shone.\n")
    publish(outlet, public)
    actions.withdraw(outlet, public.piece_id, "ada", WithdrawnBy.URGENT, ground="law", reason=WHY)
    log_of(outlet)
    return outlet.settings.folder / "public"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        (r'(data-count="veto all">)4', r"\g<1>3", "vetoes.html: counts 3 as veto (all), and the ledger tells of 4"),
        (r'(data-count="veto 2026">)4', r"\g<1>5", "vetoes.html: counts 5 as veto (2026), and the ledger tells of 4"),
        (r'data-count="veto all"', "", "vetoes.html: does not count veto"),
        (r'(data-count="down:law all">)1', r"\g<1>0", "counts 0 as down:law (all), and the ledger tells of 1"),
        (r'(data-count="down all">)1', r"\g<1>2", "counts 2 as down (all), and the ledger tells of 1"),
        (r'(data-count="off all">)1', r"\g<1>0", "counts 0 as off (all), and the ledger tells of 1"),
        (r'(data-count="stand all">)1', r"\g<1>2", "says that 2 vetoes stand, and the ledger tells of at least 0"),
        (r'(data-count="stand:personal-data all">)1', r"\g<1>0", "its grounds do not come to what it counts of all"),
        (r'(data-count="stand 2026">)1', r"\g<1>0", "its years do not come to what it counts in all (stand)"),
        (r'(data-count="works all">)3', r"\g<1>no", "counts -1 as works (all), and the ledger tells of 3"),
    ],
)
def test_a_count_that_was_forged_is_named(site: Path, there: str, instead: str, said: str) -> None:
    html = (site / "vetoes.html").read_text()
    forged, times = re.subn(there, instead, html)
    assert times == 1
    put(site, "vetoes.html", forged)
    sign(site)
    assert said in problems(site)


@pytest.mark.slow
def test_an_edition_without_the_page_is_of_before_and_all_right(site: Path) -> None:
    (site / "vetoes.html").unlink()
    sign(site)
    assert "vetoes.html" not in problems(site)
