"""A published folder proves what it says, or says what is wrong. Nothing but the folder is read."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from agent import keys
from agent.outlet import FeedEntry, Outlet
from agent.publish.verify import Verified, verify
from agent.record import canonical, sha256
from agent.render import renderer
from agent.review import actions
from agent.tables import Revision, WithdrawnBy
from agent.testing import FakeFeeds, MovableClock, a_piece, a_session, an_outlet, tool_reply
from tests.publish.forging import KEY, first, forge, problems, sign
from tests.publish.works import WHY, bring_out, publish

pytestmark = pytest.mark.slow

PIECE = "pieces/1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two pieces, a decline and a piece that waits."""
    outlet = an_outlet(tmp_path_factory.mktemp("built"))
    object.__setattr__(outlet, "signing_key", lambda: KEY)
    publish(outlet, a_piece(outlet, "It rained.\n"))
    publish(outlet, a_piece(outlet, "It shone.\r\n", title="Sun"))
    a_session(outlet, [tool_reply("decline")])
    a_piece(outlet, "It snows.\n", title="Snow")
    folder = bring_out(outlet)
    outlet.database.close()
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of that site, to be tampered with."""
    return shutil.copytree(built, tmp_path / "site")


def test_a_site_as_it_was_built_verifies(built: Path) -> None:
    found = verify(built, public_key=keys.public_hex(KEY))
    assert found == Verified(
        files=len([path for path in built.rglob("*") if path.is_file()]) - 1,
        lines=12,
        pieces=2,
        invitations=4,
        public_key=keys.public_hex(KEY),
        problems=[],
    )


def test_one_changed_byte_of_any_file_is_named(site: Path) -> None:
    unnamed = []
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        if path.relative_to(site).as_posix() not in problems(site):
            unnamed.append(path.name)
        path.write_bytes(data)
    assert unnamed == []
    assert problems(site) == ""


def test_a_missing_and_a_foreign_file_are_named(site: Path) -> None:
    (site / f"{PIECE}.html").unlink()
    (site / "pieces" / "9.md").write_text("Not mine.")
    assert f"{PIECE}.html: is missing" in problems(site)
    assert "pieces/9.md: was never published here" in problems(site)


@pytest.mark.parametrize("change", ["dropped", "swapped", "doubled", "changed", "cut short"])
def test_no_line_of_the_ledger_can_be_dropped_moved_or_changed(site: Path, change: str) -> None:
    file = site / "ledger.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    changed = {
        "dropped": lines[:2] + lines[3:],
        "swapped": [lines[1], lines[0], *lines[2:]],
        "doubled": [lines[0], *lines],
        "changed": [lines[0].replace(b'"opus"', b'"ada"'), *lines[1:]],
        "cut short": lines[:-1],
    }[change]
    file.write_bytes(b"".join(changed))
    sign(site)
    assert "ledger.jsonl" in problems(site)


def test_another_key_is_noticed_where_the_right_one_is_known(site: Path) -> None:
    sign(site, Ed25519PrivateKey.generate())
    assert problems(site) == ""
    assert "another key" in verify(site, public_key=keys.public_hex(KEY)).problems[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: first(e, "outcome")["data"].update(commitments=["0" * 64]), "is not what was committed to"),
        (lambda e: first(e, "outcome")["data"].update(commitments=[]), "is not what was committed to"),
        (lambda e: first(e, "published")["data"].update(work=2), "is not what was committed to"),
        (lambda e: first(e, "published")["data"].update(kind="statement"), "is the record of another kind of piece"),
        (lambda e: e[0].update(v=3), "line 1: format 3 is not known to this version"),
        (lambda e: e[3].update(v=1), "line 4: does not follow the line before it"),
        (lambda e: first(e, "published")["data"].update(record_sha256="0" * 64), "is not what was committed to"),
        (
            lambda e: first(e, "published")["data"].update(record_sha256="0" * 64, revision=2),
            "is not what was committed",
        ),
        (lambda e: first(e, "published")["data"].update(salt=None), "shows no salt"),
        (lambda e: first(e, "published")["data"].update(text_sha256="0" * 64), "is not the text in the ledger"),
        (lambda e: e.remove(first(e, "published")), "stands in no line of the ledger"),
        (lambda e: e.remove(first(e, "invited")), "has an outcome and was never made"),
        (lambda e: e.append(dict(e[0])), "invited:1 stands there 2 times"),
        (lambda e: first(e, "invited")["data"].update(invitation=77), "ledger.html: shows invitation 77 0 times"),
    ],
)
def test_who_holds_the_key_still_cannot_make_the_parts_disagree(
    site: Path, change: Callable[[list[dict[str, Any]]], object], said: str
) -> None:
    forge(site, change)
    assert said in problems(site)


OTHER = b"It never rained.\n"


def other_text(site: Path) -> None:
    """Put another text in the place of a published one, with its page, and the ledger saying so."""
    (site / f"{PIECE}.md").write_bytes(OTHER)
    page = site / f"{PIECE}.html"
    page.write_text(page.read_text().replace("It rained.", "It never rained."))
    forge(site, lambda events: first(events, "published")["data"].update(text_sha256=sha256(OTHER)))


def test_another_text_cannot_be_put_under_a_record(site: Path) -> None:
    other_text(site)
    assert problems(site) == f"{PIECE}.json: is the record of another text than the one in the ledger"


def test_another_record_cannot_be_put_under_a_commitment(site: Path) -> None:
    other_text(site)
    record = site / f"{PIECE}.json"
    record.write_bytes(canonical(json.loads(record.read_bytes()) | {"text_sha256": sha256(OTHER)}))
    forge(site, lambda events: first(events, "published")["data"].update(record_sha256=sha256(record.read_bytes())))
    assert problems(site) == f"{PIECE}: is not what was committed to when it was received"


@pytest.mark.parametrize("record", [b"", b"[]", b"{}", b"\xff", b'{"text_sha256": 7}'])
def test_a_record_that_is_none_is_named(site: Path, record: bytes) -> None:
    (site / f"{PIECE}.json").write_bytes(record)
    sign(site)
    assert problems(site) == f"{PIECE}.json: is not the record in the ledger"
    forge(site, lambda events: first(events, "published")["data"].update(record_sha256=sha256(record)))
    assert f"{PIECE}.json: is the record of another text" in problems(site)


def test_a_record_that_is_not_there_is_named(site: Path) -> None:
    (site / f"{PIECE}.json").unlink()
    sign(site)
    assert problems(site) == f"{PIECE}.json: is missing"


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("<p>It rained.</p>", "<p>It never rained.</p>"),
        ("<p>It rained.</p>", "<p>It rained.</p>\n<p>It never rained.</p>"),
        ("<p>It rained.</p>", "<p>It  rained.</p>"),
        ('<div class="prose', '<div hidden class="prose'),
        (
            '<div class="prose',
            '<div class="prose e-content" dir="auto">\n<p>It never rained.</p>\n</div>\n<div class="prose',
        ),
    ],
)
def test_a_page_must_hold_exactly_its_text_as_it_is_rendered(site: Path, there: str, instead: str) -> None:
    page = site / f"{PIECE}.html"
    assert there in page.read_text()
    page.write_text(page.read_text().replace(there, instead))
    sign(site)
    assert problems(site) == f"{PIECE}.html: does not hold the text of {PIECE}.md as it is rendered"


@pytest.mark.parametrize("other", ["0", None])
def test_pages_of_another_renderer_are_said_to_be_not_compared(site: Path, other: str | None) -> None:
    page = site / f"{PIECE}.html"
    page.write_text(page.read_text().replace("It rained.", "It\nrained."))
    sign(site, renderer=other)
    found = verify(site)
    assert found.problems == []
    assert found.not_compared == (
        f"The pages could not be compared with their texts: they were made by renderer {other or 'unknown'}, "
        f"and this program has renderer {renderer()}."
    )


@pytest.mark.parametrize("name", ["pieces/9.md", "pieces/9.html", "pieces/deep/9.txt"])
def test_no_text_can_be_slipped_in_that_the_ledger_does_not_know(site: Path, name: str) -> None:
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_text("Not mine.")
    sign(site)
    assert problems(site) == f"{name}: stands in no line of the ledger"


@pytest.mark.parametrize("name", ["pieces/1.md", "manifest.json", "ledger.jsonl", "index.html", "assets", "loose"])
def test_every_link_in_the_folder_is_named_and_none_is_followed(site: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    if (site / name).exists():
        (site / name).rename(elsewhere)
    (site / name).symlink_to(elsewhere)
    assert f"{name}: is a link, which is no part of a site; it was not followed" in problems(site)


def test_an_address_in_the_ledger_cannot_lead_out_of_the_folder(site: Path) -> None:
    outside = site.parent / "outside"
    for kind in ("md", "json", "html"):
        shutil.copy(site / f"{PIECE}.{kind}", outside.with_suffix(f".{kind}"))
    forge(site, lambda events: first(events, "published")["data"].update(path="../outside"))
    assert "../outside.md: is missing" in problems(site)


def test_a_last_line_that_is_cut_off_is_named(site: Path) -> None:
    with (site / "ledger.jsonl").open("ab") as file:
        file.write(b'{"seq":')
    sign(site)
    assert problems(site) == "ledger.jsonl: its last line is cut off"


@pytest.mark.parametrize("said", ["salt", "path", "invitation", "record_sha256", "text_sha256"])
@pytest.mark.parametrize("value", [None, "zz", [], 7])
def test_a_ledger_that_makes_no_sense_is_a_problem_and_no_crash(site: Path, said: str, value: object) -> None:
    forge(site, lambda events: first(events, "published")["data"].update({said: value}))
    assert problems(site)


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"7", b"null", b"{}", b"\xff", b'{"hash": 1}', b'{"hash":"x","v":NaN}', b'{"event":[]}']
)
def test_a_damaged_line_is_named(site: Path, line: bytes) -> None:
    file = site / "ledger.jsonl"
    file.write_bytes(line + b"\n" + file.read_bytes())
    assert "ledger.jsonl" in problems(site)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "is missing"),
        (b"", "is damaged"),
        (b"[]", "is damaged"),
        (b'{"v": 1}', "is damaged"),
        (b'{"v": 3}', "format 3 is not known"),
        (b'{"v": 1, "files": [], "ledger": {}}', "is damaged"),
        (b'{"v": 1, "files": {}, "ledger": {"lines": NaN, "head": ""}}', "the signature does not hold"),
    ],
)
def test_a_damaged_manifest_is_named(site: Path, data: bytes | None, said: str) -> None:
    (site / "manifest.json").unlink()
    if data is not None:
        (site / "manifest.json").write_bytes(data)
    assert said in problems(site)


def test_a_folder_that_is_not_there_is_no_proof(tmp_path: Path) -> None:
    assert "manifest.json: is missing" in problems(tmp_path / "nothing")


# Sites that have a history


@pytest.fixture
def history(outlet: Outlet) -> Outlet:
    """An outlet with one public piece, brought out."""
    publish(outlet, a_piece(outlet))
    bring_out(outlet)
    return outlet


def take_down(outlet: Outlet, by: WithdrawnBy = WithdrawnBy.URGENT, actor: str = "ada") -> int:
    return actions.withdraw(outlet, 1, actor, by, ground="personal-data", reason=WHY)


def pieces_after(outlet: Outlet) -> int:
    found = verify(bring_out(outlet))
    assert found.problems == []
    return found.pieces


def test_a_withdrawn_piece_is_gone_and_a_notice_stays(history: Outlet) -> None:
    take_down(history)
    assert pieces_after(history) == 0
    public = history.settings.folder / "public"
    assert [path.name for path in public.glob("pieces/*")] == ["1.html"]
    assert "It rained" not in (public / f"{PIECE}.html").read_text()


@pytest.mark.parametrize("kind", ["md", "json"])
def test_a_withdrawn_text_that_is_still_there_is_named(history: Outlet, kind: str) -> None:
    public = history.settings.folder / "public"
    text = (public / f"{PIECE}.{kind}").read_bytes()
    take_down(history)
    bring_out(history)
    (public / f"{PIECE}.{kind}").write_bytes(text)
    assert f"{PIECE}.{kind}: was taken down and is still there" in problems(public)


def test_a_piece_that_returned_verifies(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    assert pieces_after(history) == 0
    clock.forward(hours=72)
    assert pieces_after(history) == 1


def test_a_piece_under_two_withdrawals_stays_down_when_one_of_them_ends(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    a_session(history, [tool_reply("withdraw", piece=1), tool_reply("decline")])
    clock.forward(hours=72)
    assert pieces_after(history) == 0


def test_an_erased_piece_stays_down_when_its_urgent_withdrawal_ends(history: Outlet, clock: MovableClock) -> None:
    take_down(history)
    actions.erase(history, 1, "ada", second="ben", reason=WHY)
    assert pieces_after(history) == 0
    clock.forward(hours=72)
    assert pieces_after(history) == 0


def test_a_piece_that_was_erased_before_it_was_ever_shown_does_not_break_the_proof(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    take_down(outlet)
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    assert pieces_after(outlet) == 0


def test_strange_addresses_of_sources_do_not_break_the_chain(outlet: Outlet) -> None:
    feed = "https://news.example/feed"
    opus = outlet.settings.authors[0].model_copy(update={"feeds": [feed]})
    object.__setattr__(outlet, "settings", outlet.settings.model_copy(update={"authors": [opus]}))
    entry = FeedEntry("The News", "Rain", "https://news.example/\u2028\x85\x1c\r\n<entry>", None, "It rained.")
    object.__setattr__(outlet, "feeds", FakeFeeds({feed: [entry]}))
    session = a_session(outlet, [tool_reply("submit", title="Rain", text="It rained.\n")], prompt="reading")
    with outlet.database.read() as db:
        revision = db.exec(select(Revision).where(Revision.session_id == session)).one()
    publish(outlet, revision)
    assert pieces_after(outlet) == 1


def test_an_empty_outlet_verifies(outlet: Outlet) -> None:
    assert pieces_after(outlet) == 0
