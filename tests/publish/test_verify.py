"""A published folder proves what it says, or says what is wrong. Nothing but the folder is read."""

import json
import shutil
from pathlib import Path

import pytest

from agent.record import canonical, sha256
from tests.publish.composing import compose
from tests.publish.forging import first, forge, problems, put, replace, sign

PIECE = "pieces/2"
NUMBER = 3
"""The number of its publication."""
TEXT, OTHER = "It shone.", "It never shone."


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose(tmp_path_factory.mktemp("composed"))


@pytest.fixture
def site(composed: Path, tmp_path: Path) -> Path:
    """A copy, to be tampered with."""
    return shutil.copytree(composed, tmp_path / "site")


def other_text(site: Path) -> None:
    """Put another text in the place of a published one, with its page, and the ledger saying so."""
    for kind in ("md", "html"):
        replace(site, f"{PIECE}.{kind}", TEXT, OTHER)
    digest = sha256((site / f"{PIECE}.md").read_bytes())
    forge(site, lambda events: first(events, "published", NUMBER)["data"].update(text_sha256=digest))


def test_another_text_cannot_be_put_under_a_record(site: Path) -> None:
    other_text(site)
    assert problems(site) == f"{PIECE}.json: is the record of another text than the one in the ledger"


def test_another_record_cannot_be_put_under_a_commitment(site: Path) -> None:
    other_text(site)
    record = site / f"{PIECE}.json"
    digest = sha256((site / f"{PIECE}.md").read_bytes())
    record.write_bytes(canonical(json.loads(record.read_bytes()) | {"text_sha256": digest}))
    facts = {"record_sha256": sha256(record.read_bytes())}
    forge(site, lambda events: first(events, "published", NUMBER)["data"].update(facts))
    assert problems(site) == f"{PIECE}: is not what was committed to when it was received"


@pytest.mark.parametrize("record", [b"", b"[]", b"{}", b"\xff", b'{"text_sha256": 7}'])
def test_a_record_that_is_none_is_named(site: Path, record: bytes) -> None:
    put(site, f"{PIECE}.json", record)
    sign(site)
    assert problems(site) == f"{PIECE}.json: is not the record in the ledger"
    forge(site, lambda events: first(events, "published", NUMBER)["data"].update(record_sha256=sha256(record)))
    assert f"{PIECE}.json: is the record of another text" in problems(site)


def test_a_record_that_is_not_there_is_named(site: Path) -> None:
    (site / f"{PIECE}.json").unlink()
    sign(site)
    assert problems(site) == f"{PIECE}.json: is missing"


PLACE = '<div class="prose e-content" dir="auto">\n'


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (f"<p>{TEXT}</p>", f"<p>{OTHER}</p>"),
        (f"<p>{TEXT}</p>", f"<p>{TEXT}</p>\n<p>{OTHER}</p>"),
        (f"<p>{TEXT}</p>", "<p>It  shone.</p>"),
        ('<div class="prose', '<div hidden class="prose'),
        ('dir="auto">', 'dir="auto" hidden>'),
        ('<div class="prose', f'{PLACE}<p>{OTHER}</p>\n</div>\n<div class="prose'),
    ],
)
def test_a_page_must_hold_exactly_its_text_as_it_is_rendered(site: Path, there: str, instead: str) -> None:
    replace(site, f"{PIECE}.html", there, instead)
    sign(site)
    assert problems(site) == f"{PIECE}.html: does not hold the text of {PIECE}.md as it is rendered"


@pytest.mark.parametrize("said", [' lang="de" dir="ltr"', ' dir="rtl" lang="ar"', ""])
def test_a_page_may_say_in_what_language_the_text_is_and_from_which_side_it_is_read(site: Path, said: str) -> None:
    replace(site, f"{PIECE}.html", ' dir="auto"', said)
    sign(site)
    assert problems(site) == ""


@pytest.mark.parametrize("name", ["pieces/9.md", "pieces/9.html", "pieces/deep/9.txt"])
def test_no_text_can_be_slipped_in_that_the_ledger_does_not_know(site: Path, name: str) -> None:
    put(site, name, "Not mine.")
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
    forge(site, lambda events: first(events, "published", NUMBER)["data"].update(path="../outside"))
    assert "../outside.md: is missing" in problems(site)


def test_a_last_line_that_is_cut_off_is_named(site: Path) -> None:
    with (site / "ledger.jsonl").open("ab") as file:
        file.write(b'{"seq":')
    sign(site)
    assert problems(site) == "ledger.jsonl: its last line is cut off"


@pytest.mark.parametrize("said", ["salt", "path", "invitation", "record_sha256", "text_sha256"])
@pytest.mark.parametrize("value", [None, "zz", [], 7])
def test_a_ledger_that_makes_no_sense_is_a_problem_and_no_crash(site: Path, said: str, value: object) -> None:
    forge(site, lambda events: first(events, "published", NUMBER)["data"].update({said: value}))
    assert problems(site)


@pytest.mark.parametrize("word", ["invited", "outcome", "verdict", "published", "withdrawn", "appealed", "ruled"])
def test_a_line_that_says_nothing_is_a_problem_and_no_crash(site: Path, word: str) -> None:
    forge(site, lambda events: first(events, word)["data"].clear())
    assert "says something that no outlet says" in problems(site)


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"7", b"null", b"{}", b"\xff", b'{"hash": 1}', b'{"hash":"x","v":NaN}', b'{"event":[]}']
)
def test_a_damaged_line_is_named(site: Path, line: bytes) -> None:
    file = site / "ledger.jsonl"
    file.write_bytes(line + b"\n" + file.read_bytes())
    assert "ledger.jsonl: is not UTF-8 text" in problems(site) or "ledger.jsonl, line 1: is damaged" in problems(site)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "is missing"),
        (b"", "is damaged"),
        (b"[]", "is damaged"),
        (b"\xff", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b'{"v": 1}', "is damaged"),
        (b'{"v": 3, "files": {}, "ledger": {"lines": 0, "head": ""}}', "is damaged"),
        (b'{"v": 4}', "format 4 is not known"),
        (b'{"v": 1, "files": [], "ledger": {}}', "is damaged"),
        (b'{"v": 1, "files": {}, "ledger": {"lines": NaN, "head": ""}}', "the signature does not hold"),
    ],
)
def test_a_damaged_manifest_is_named(site: Path, data: bytes | None, said: str) -> None:
    (site / "manifest.json").unlink()
    if data is not None:
        put(site, "manifest.json", data)
    assert f"manifest.json: {said}" in problems(site)


def test_a_folder_that_is_not_there_is_no_proof(tmp_path: Path) -> None:
    assert problems(tmp_path / "nothing") == "manifest.json: is missing"
