"""Whatever is changed in a published folder, `verify` says what it is. Nothing but the folder is read."""

import html as entities
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import keys
from agent.errors import Refused
from agent.publish.proof.heads import Kept, kept_heads
from agent.publish.verify import verify
from agent.record import canonical, sha256
from agent.render import renderer
from tests.publish.composing import INVITATIONS, LINES, compose
from tests.publish.forging import (
    GENESIS,
    KEY,
    OTHER,
    Event,
    dated,
    end_of,
    first,
    flip,
    forge,
    lines_of,
    put,
    relined,
    replace,
    sign,
    swap,
)

DIFFERS = "is not the file that was published; at least one byte differs"
MOVED = ", and was moved or is there twice"
ADDED = "was never published here"


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose(tmp_path_factory.mktemp("composed"))


@pytest.fixture
def site(composed: Path, tmp_path: Path) -> Path:
    """A copy, to be tampered with."""
    return shutil.copytree(composed, tmp_path / "site")


def problems(site: Path) -> list[str]:
    return verify(site).problems


def test_an_edition_in_parts_verifies(composed: Path) -> None:
    found = verify(composed, public_key=keys.public_hex(KEY))
    assert found.problems == []
    assert (found.lines, found.invitations, found.pieces, found.heads) == (424, INVITATIONS, 3, 3)
    assert found.files == len([path for path in composed.rglob("*") if path.is_file()]) - 1
    assert (found.first_head[:10], found.last_head[:10]) == ("2025-12-31", "2026-11-03")
    assert (found.head, found.all_seen, found.not_compared) == (end_of(composed)[1], True, "")
    assert {path.name for path in (composed / "ledger").glob("*.jsonl")} == {"00001.jsonl", "00002.jsonl"}


def test_one_changed_byte_of_any_file_is_named(site: Path) -> None:
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    assert len(files) > 25
    for name in files:
        flip(site, name)
        found = problems(site)
        assert any(problem.startswith((f"{name}:", f"{name}, line")) for problem in found), f"{name}: {found}"
        flip(site, name)
    assert problems(site) == []


def test_each_changed_byte_of_a_line_is_named(site: Path) -> None:
    line = (site / "ledger.jsonl").read_bytes().index(b"\n")
    for at in range(0, line, 7):
        flip(site, "ledger.jsonl", at)
        assert any(problem.startswith("ledger.jsonl, line 1: ") for problem in problems(site)), at
        flip(site, "ledger.jsonl", at)


# By a stranger, who cannot sign

UNSIGNED: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "one byte of a page": (lambda s: replace(s, "index.html", "Rain", "Sain"), [f"index.html: {DIFFERS}"]),
    "one byte of a text on its page": (
        lambda s: replace(s, "pieces/2.html", "It shone.", "It shines."),
        [f"pieces/2.html: {DIFFERS}", "pieces/2.html: does not hold the text of pieces/2.md as it is rendered"],
    ),
    "one byte of a raw text": (
        lambda s: replace(s, "pieces/2.md", "shone", "shined"),
        [
            f"pieces/2.md: {DIFFERS}",
            "pieces/2.md: is not the text in the ledger",
        ],
    ),
    "one byte of a text that stood before": (
        lambda s: flip(s, "pieces/1.r1.md", 3),
        [f"pieces/1.r1.md: {DIFFERS}", "pieces/1.r1.md: is not the text in the ledger"],
    ),
    "one byte of a record": (
        lambda s: replace(s, "pieces/2.json", "Sun", "Son"),
        [
            f"pieces/2.json: {DIFFERS}",
            "pieces/2.json: is not the record in the ledger",
        ],
    ),
    "one byte of a line": (
        lambda s: replace(s, "ledger/00001.jsonl", '"key":"verdict:2"', '"key":"verdict:9"'),
        [f"ledger/00001.jsonl: {DIFFERS}", "ledger/00001.jsonl, line 7: its hash does not hold"],
    ),
    "a dropped line": (
        lambda s: relined(s, "ledger/00002.jsonl", lambda lines: lines[:4] + lines[5:]),
        [
            f"ledger/00002.jsonl: {DIFFERS}",
            "ledger/00002.jsonl, line 5: a line is missing before it: line 155 of the ledger",
        ],
    ),
    "two swapped lines": (
        lambda s: relined(s, "ledger/00001.jsonl", lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]),
        [
            f"ledger/00001.jsonl: {DIFFERS}",
            "ledger/00001.jsonl, line 3: a line is missing before it: line 3 of the ledger",
            "ledger/00001.jsonl, line 4: does not follow the line before it: it is line 3 of the ledger, and was moved",
        ],
    ),
    "all lines the other way round": (
        lambda s: relined(s, "ledger.jsonl", lambda lines: lines[::-1]),
        [f"ledger.jsonl: {DIFFERS}", "ledger.jsonl, line 1: 123 lines are missing before it"],
    ),
    "a line twice": (
        lambda s: relined(s, "ledger.jsonl", lambda lines: [lines[0], *lines]),
        [f"ledger.jsonl: {DIFFERS}", "ledger.jsonl, line 2: does not follow the line before it"],
    ),
    "two swapped parts of the ledger": (
        lambda s: swap(s, "ledger/00001.jsonl", "ledger/00002.jsonl"),
        [f"ledger/00001.jsonl: {DIFFERS}", f"ledger/00002.jsonl: {DIFFERS}", "ledger/00001.jsonl, line 1: 150 lines"],
    ),
    "a missing part of the ledger": (
        lambda s: (s / "ledger/00002.jsonl").unlink(),
        [
            "ledger/00002.jsonl: is missing",
            "ledger.jsonl, line 1: 150 lines are missing before it, from line 151 of the ledger on",
        ],
    ),
    "a ledger that is cut short": (
        lambda s: relined(s, "ledger.jsonl", lambda lines: lines[:-1]),
        [
            f"ledger.jsonl: {DIFFERS}",
            "ledger.jsonl: ends elsewhere than manifest.json says (424 lines)",
            "heads/2026.jsonl, line 2: tells of 424 lines, and the ledger has 423",
        ],
    ),
    "a line that is cut off": (
        lambda s: (s / "ledger.jsonl").write_bytes((s / "ledger.jsonl").read_bytes()[:-9]),
        ["ledger.jsonl: its last line is cut off"],
    ),
    "two swapped pages": (
        lambda s: swap(s, "pieces/1.html", "pieces/2.html"),
        [
            f"pieces/1.html: {DIFFERS}",
            f"pieces/2.html: {DIFFERS}",
            "pieces/1.html: does not call the piece what its record calls it",
            "pieces/1.html: does not hold the text of pieces/1.md as it is rendered",
            "pieces/2.html: does not hold the text of pieces/2.md as it is rendered",
        ],
    ),
    "two texts swapped with their records": (
        lambda s: [swap(s, f"pieces/1.{kind}", f"pieces/2.{kind}") for kind in ("md", "json")],
        [
            f"pieces/{n}.{kind}: {words}"
            for n in (1, 2)
            for kind, words in (
                ("md", DIFFERS),
                ("json", DIFFERS),
                ("md", "is not the text in the ledger"),
                ("json", "is not the record in the ledger"),
            )
        ],
    ),
    "a shorter page": (lambda s: put(s, "pieces/3.html", b""), [f"pieces/3.html: {DIFFERS}"]),
    "a missing page": (lambda s: (s / "pieces/3.html").unlink(), ["pieces/3.html: is missing"]),
    "an added page": (lambda s: put(s, "more.html", "x"), [f"more.html: {ADDED}"]),
    "an added text": (
        lambda s: put(s, "pieces/9.md", "x"),
        [f"pieces/9.md: {ADDED}", "pieces/9.md: stands in no line of the ledger"],
    ),
    "an added part of the manifest": (
        lambda s: put(s, "manifest/more.json", '{"files":{}}\n'),
        [f"manifest/more.json: {ADDED}"],
    ),
    "a text that was taken down": (
        lambda s: put(s, "pieces/4.md", "It hailed.\n"),
        [f"pieces/4.md: {ADDED}", "pieces/4.md: was taken down and is still there"],
    ),
    "a missing part of the manifest": (
        lambda s: (s / "manifest/pieces-1.json").unlink(),
        ["manifest/pieces-1.json: is missing"],
    ),
    "a part of the manifest that fits other files": (
        lambda s: [put(s, "pieces/3.md", "It stops.\n"), refit(s, "manifest/pieces-1.json", "pieces/3.md")],
        [f"manifest/pieces-1.json: {DIFFERS}", "pieces/3.md: is not the text in the ledger"],
    ),
    "another head": (
        lambda s: put(s, "heads/2026.jsonl", dated(12, sha256(b""), "2026-01-01T00:00:00Z")),
        [f"heads/2026.jsonl: {DIFFERS}", "heads/2026.jsonl, line 1: is not the hash of line 12 of the ledger"],
    ),
    "a head that was dated anew": (
        lambda s: replace(s, "heads/2026.jsonl", "2026-01-01T00", "2026-01-01T01"),
        [f"heads/2026.jsonl: {DIFFERS}", "heads/2026.jsonl, line 1: its signature does not hold"],
    ),
    "another key for readers": (
        lambda s: put(s, "key.txt", keys.public_hex(OTHER)),
        [f"key.txt: {DIFFERS}", "key.txt: is not the key that signed manifest.json"],
    ),
    "a page with a text where one was taken down": (
        lambda s: put(s, "pieces/4.html", (s / "pieces/2.html").read_bytes()),
        [f"pieces/4.html: {DIFFERS}", "pieces/4.html: holds a text, and its piece was taken down"],
    ),
}


def refit(site: Path, part: str, path: str) -> None:
    """Let a part of the manifest name the hash of a file as it now is."""
    said = json.loads((site / part).read_bytes())
    said["files"][path] = sha256((site / path).read_bytes())
    put(site, part, canonical(said) + b"\n")


@pytest.mark.parametrize("what", UNSIGNED)
def test_what_a_stranger_changes_is_named(site: Path, what: str) -> None:
    change, said = UNSIGNED[what]
    change(site)
    found = problems(site)
    assert [words for words in said if not any(problem.startswith(words) for problem in found)] == [], found


@pytest.mark.parametrize(
    "what",
    [name for name, (_, said) in UNSIGNED.items() if all(words.endswith((DIFFERS, ADDED)) for words in said)]
    + [
        "one byte of a text on its page",
        "one byte of a raw text",
        "one byte of a record",
        "a text that was taken down",
    ],
)
def test_and_nothing_beside_it_is_named(site: Path, what: str) -> None:
    change, said = UNSIGNED[what]
    change(site)
    wrong = {words.split(":")[0] for words in said}
    assert {problem.split(":")[0] for problem in problems(site)} == wrong


# A break of the ledger is told where it is, and not of every line behind it

BREAKS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[str]]] = {
    "a dropped line": (
        lambda lines: lines[:39] + lines[40:],
        ["line 40: a line is missing before it: line 340 of the ledger"],
    ),
    "dropped lines": (
        lambda lines: lines[:39] + lines[45:],
        ["line 40: 6 lines are missing before it, from line 340 of the ledger on"],
    ),
    "lines dropped twice": (
        lambda lines: lines[:39] + lines[40:59] + lines[60:],
        [
            "line 40: a line is missing before it: line 340 of the ledger",
            "line 59: a line is missing before it: line 360 of the ledger",
        ],
    ),
    "a moved line": (
        lambda lines: [*lines[:39], *lines[40:60], lines[39], *lines[60:]],
        [
            "line 40: a line is missing before it: line 340 of the ledger",
            f"line 60: does not follow the line before it: it is line 340 of the ledger{MOVED}",
        ],
    ),
    "a line moved to the end": (
        lambda lines: [*lines[:39], *lines[40:], lines[39]],
        [
            "line 40: a line is missing before it: line 340 of the ledger",
            f"line 124: does not follow the line before it: it is line 340 of the ledger{MOVED}",
        ],
    ),
    "a line whose hash was changed": (
        lambda lines: [*lines[:39], lines[39].replace(b'"hash":"', b'"hash":"0', 1), *lines[40:]],
        [
            "line 40: its hash does not hold",
            "line 41: does not follow the line before it; one of the two was changed",
        ],
    ),
    "a line that was made anew": (
        lambda lines: [*lines[:39], anew(lines[39]), *lines[40:]],
        ["line 41: does not follow the line before it; one of the two was changed"],
    ),
    "a damaged line": (lambda lines: [*lines[:39], b"?\n", *lines[40:]], ["line 40: is damaged"]),
    "a damaged line between two": (lambda lines: [*lines[:39], b"?\n", *lines[39:]], ["line 40: is damaged"]),
    "a damaged line and a dropped one": (
        lambda lines: [*lines[:39], b"?\n", *lines[41:]],
        ["line 40: is damaged", "line 41: a line is missing before it: line 341 of the ledger"],
    ),
    "a line with a number that is none": (
        lambda lines: [*lines[:39], anew(lines[39], seq=10**4299), *lines[40:]],
        ["line 40: is damaged"],
    ),
    "a line with a hash that is none": (
        lambda lines: [*lines[:39], anew(lines[39], prev=[]), *lines[40:]],
        ["line 40: is damaged"],
    ),
}


def anew(line: bytes, **changes: object) -> bytes:
    """A line of another day, with a hash that holds."""
    body = json.loads(line) | {"at": "2020-01-01T00:00:00Z"} | changes
    del body["hash"]
    return canonical(body | {"hash": sha256(canonical(body))}) + b"\n"


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_of_the_ledger_is_told_where_it_is_and_not_of_every_line_behind_it(site: Path, what: str) -> None:
    change, said = BREAKS[what]
    relined(site, "ledger.jsonl", change)
    of_lines = [words for words in problems(site) if words.startswith("ledger.jsonl, line")]
    assert of_lines == [f"ledger.jsonl, {words}" for words in said]


@pytest.mark.parametrize("name", ["a dropped line", "a moved line", "a damaged line"])
def test_and_heads_and_the_end_of_the_ledger_are_not_named_with_it(site: Path, name: str) -> None:
    change, _ = BREAKS[name]
    relined(site, "ledger.jsonl", change)
    assert not [words for words in problems(site) if words.startswith(("heads/", "ledger.jsonl: ends"))]


def test_of_a_dropped_line_with_a_dated_head_the_line_alone_is_named(site: Path) -> None:
    relined(site, "ledger/00001.jsonl", lambda lines: lines[:11] + lines[12:])
    found = [words for words in problems(site) if words.startswith(("heads/", "ledger"))]
    assert "ledger/00001.jsonl, line 12: a line is missing before it: line 12 of the ledger" in found
    assert not [words for words in found if words.startswith("heads/")]


# By somebody who holds the key, or another one


SIGNED: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a text on its page": (
        lambda s: replace(s, "pieces/2.html", "It shone.", "It shines."),
        ["pieces/2.html: does not hold the text of pieces/2.md as it is rendered"],
    ),
    "an afterword on a page": (
        lambda s: replace(s, "pieces/1.html", "It stopped.", "It went on."),
        ["pieces/1.html: does not hold, under its text, exactly the afterwords in the ledger"],
    ),
    "a name on a page": (
        lambda s: replace(s, "pieces/1.html", "&lt;shine&gt;", "shine"),
        ["pieces/1.html: does not call the piece what its record calls it"],
    ),
    "a page without its name": (
        lambda s: replace(s, "pieces/1.html", 'class="title p-name"', 'class="title"'),
        ["pieces/1.html: does not call the piece what its record calls it"],
    ),
    "two names on a page": (
        lambda s: replace(s, "pieces/2.html", "<article>", '<article><h2 class="p-name">Moon</h2>'),
        ["pieces/2.html: does not call the piece what its record calls it"],
    ),
    "a raw text": (
        lambda s: flip(s, "pieces/1.r1.md", 3),
        ["pieces/1.r1.md: is not the text in the ledger"],
    ),
    "two swapped pages": (
        lambda s: swap(s, "pieces/2.html", "pieces/3.html"),
        [
            "pieces/2.html: does not call the piece what its record calls it",
            "pieces/2.html: does not hold the text of pieces/2.md as it is rendered",
            "pieces/3.html: does not hold the text of pieces/3.md as it is rendered",
        ],
    ),
    "two texts swapped with their records": (
        lambda s: [swap(s, f"pieces/1.{kind}", f"pieces/2.{kind}") for kind in ("md", "json")],
        [
            f"pieces/{n}.{words}"
            for n in (1, 2)
            for words in (
                "md: is not the text in the ledger",
                "json: is not the record in the ledger",
            )
        ],
    ),
    "an added text": (lambda s: put(s, "pieces/9.md", "x"), ["pieces/9.md: stands in no line of the ledger"]),
    "an invitation left out of its page": (
        lambda s: replace(s, "ledger/2.html", 'id="i-203"', ""),
        ["ledger/2.html: shows invitation 203 0 times, the ledger 1"],
    ),
    "an invitation that was never made": (
        lambda s: replace(s, "ledger/2.html", 'id="i-203"', 'id="i-999"'),
        [
            "ledger/2.html: shows invitation 203 0 times, the ledger 1",
            "ledger/2.html: shows invitation 999 1 times, the ledger 0",
        ],
    ),
    "an invitation on another page, too": (
        lambda s: replace(s, "ledger/2.html", 'id="i-203"', 'id="i-203"><tr id="i-7"'),
        ["ledger/2.html: shows invitation 7, which belongs on ledger/1.html"],
    ),
    "an invitation on the page of the totals": (
        lambda s: replace(s, "ledger.html", "<ul>", '<p id="i-7">'),
        ["ledger.html: shows invitation 7, which belongs on ledger/1.html"],
    ),
    "a missing page of the ledger": (lambda s: (s / "ledger/1.html").unlink(), ["ledger/1.html: is missing"]),
    "a veto fewer": (
        lambda s: replace(s, "ledger.html", "1 vetoed", "0 vetoed"),
        [
            "ledger.html: its totals come to 204, and the ledger tells of 205 invitations",
            "ledger.html: counts 0 as vetoed, and the ledger tells of 1",
        ],
    ),
    "a refusal more": (
        lambda s: [
            replace(s, "ledger.html", "197 declined", "196 declined"),
            replace(s, "ledger.html", "<ul>", '<ul><li data-state="refused">1 refused</li>'),
        ],
        [
            "ledger.html: counts 196 as declined, and the ledger tells of 197",
            "ledger.html: counts 1 as refused, and the ledger tells of 0",
        ],
    ),
    "nothing waits any more": (
        lambda s: replace(s, "ledger.html", "1 waiting for review", "0 waiting for review"),
        ["ledger.html: its totals come to 204, and the ledger tells of 205 invitations"],
    ),
    "no totals": (
        lambda s: put(s, "ledger.html", "<p>Many were invited.</p>"),
        ["ledger.html: shows no totals that could be compared with the ledger"],
    ),
    "another key for readers": (
        lambda s: put(s, "key.txt", keys.public_hex(OTHER)),
        ["key.txt: is not the key that signed manifest.json"],
    ),
    "no key for readers": (lambda s: (s / "key.txt").unlink(), ["key.txt: is missing"]),
    "a head of as many lines as the one above it": (
        lambda s: put(
            s,
            "heads/2026.jsonl",
            "".join((s / "heads/2026.jsonl").read_text().splitlines(keepends=True)[:1])
            + dated(12, lines_of(s, "ledger/00001.jsonl")[11]["hash"], "2026-01-02T00:00:00Z"),
        ),
        ["heads/2026.jsonl, line 2: tells of no more lines than the head above it"],
    ),
    "a head that is dated before the one above it": (
        lambda s: put(
            s,
            "heads/2026.jsonl",
            dated(12, lines_of(s, "ledger/00001.jsonl")[11]["hash"], "2026-05-02T00:00:00Z")
            + dated(424, end_of(s)[1], "2026-05-01T00:00:00Z"),
        ),
        ["heads/2026.jsonl, line 2: is dated before the head above it"],
    ),
    "a head in another year": (
        lambda s: put(s, "heads/2026.jsonl", dated(424, end_of(s)[1], "2027-01-01T00:00:00Z")),
        ["heads/2026.jsonl, line 1: is of another year"],
    ),
    "a head of more lines than there are": (
        lambda s: put(s, "heads/2026.jsonl", dated(999, end_of(s)[1], "2026-01-01T00:00:00Z")),
        ["heads/2026.jsonl, line 1: tells of 999 lines, and the ledger has 424"],
    ),
    "a head by another hand": (
        lambda s: put(s, "heads/2026.jsonl", dated(424, end_of(s)[1], "2026-01-01T00:00:00Z", OTHER)),
        [f"heads/2026.jsonl, line 1: signed with another key than the one expected ({keys.public_hex(OTHER)})"],
    ),
    "a damaged head": (lambda s: put(s, "heads/2026.jsonl", "{}\n"), ["heads/2026.jsonl, line 1: is damaged"]),
    "a head of another format": (
        lambda s: put(s, "heads/2026.jsonl", '{"v":2}\n'),
        ["heads/2026.jsonl, line 1: format 2 is not known to this version"],
    ),
    "a head that is cut off": (
        lambda s: put(s, "heads/2026.jsonl", '{"v":1'),
        ["heads/2026.jsonl: its last line is cut off"],
    ),
    "two lines of a part swapped": (
        lambda s: relined(s, "ledger/00001.jsonl", lambda lines: [lines[1], lines[0], *lines[2:]]),
        [
            "ledger/00001.jsonl, line 1: a line is missing before it: line 1 of the ledger",
            f"ledger/00001.jsonl, line 2: does not follow the line before it: it is line 1 of the ledger{MOVED}",
        ],
    ),
}


@pytest.mark.parametrize("what", SIGNED)
def test_who_holds_the_key_cannot_change_it_either(site: Path, what: str) -> None:
    change, said = SIGNED[what]
    change(site)
    sign(site)
    assert problems(site) == said


def test_a_correction_is_shown_in_the_words_that_are_in_the_ledger(site: Path) -> None:
    words = "It is \u201c3 < 4 & 5\u201d,\n\nand not 'five'.\n&amp;"
    note = {"v": 2, "at": "2026-11-03T07:00:00Z", "event": "corrected", "key": "corrected:1"}
    said = {"invitation": 3, "work": 1, "piece": 2, "revision": 1, "words_sha256": sha256(words.encode()), "by": "a"}
    shown = f'</div>\n<p class="correction" dir="auto">{entities.escape(words)}</p>'
    replace(site, "pieces/2.html", "</div>", shown)
    forge(site, lambda events: events.append(note | {"data": said}))
    assert problems(site) == []
    replace(site, "pieces/2.html", "and not", "or")
    sign(site)
    assert problems(site) == ["pieces/2.html: shows a correction in other words than those in the ledger"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda e: first(e, "outcome")["data"].update(commitments=["0" * 64]),
            "pieces/1.r1: is not what was committed",
        ),
        (lambda e: first(e, "published", 2)["data"].update(record_sha256="0" * 64), "pieces/1: is not what was comm"),
        (lambda e: first(e, "published")["data"].update(salt=None), "pieces/1.r1: shows no salt"),
        (lambda e: first(e, "published")["data"].update(kind="answer"), "pieces/1.r1.json: is the record of another k"),
        (lambda e: first(e, "published", 3)["data"].update(path="../2"), "../2.html: is missing"),
        (lambda e: e.remove(first(e, "published", 3)), "pieces/2.md: stands in no line of the ledger"),
        (lambda e: e.remove(first(e, "invited", 9)), "invitation 9 has an outcome and was never made"),
        (lambda e: e.remove(first(e, "withdrawn")), "pieces/4.md: is missing"),
        (lambda e: first(e, "withdrawn")["data"].update(piece=2), "pieces/2.md: was taken down and is still there"),
        (lambda e: e.append(dict(first(e, "invited", 9))), "invited:9 stands in the ledger already"),
        (lambda e: first(e, "invited", 9).update(v=99), "line 31: format 99 is not known to this version"),
        (lambda e: first(e, "published")["data"].update(about="x"), "line 4: says something that no outlet says"),
        (lambda e: first(e, "outcome", 9)["data"].update(commitments=7), "line 34: says something that no outlet says"),
        (lambda e: first(e, "outcome", 9)["data"].update(outcome="failed"), "counts 197 as declined, and the ledger"),
    ],
)
def test_who_writes_the_ledger_anew_cannot_make_the_parts_disagree(
    site: Path, change: Callable[[list[Event]], object], said: str
) -> None:
    forge(site, change)
    assert said in "\n".join(problems(site))


def test_another_key_is_noticed_where_the_right_one_is_known(site: Path) -> None:
    for year in ("2025", "2026"):
        (site / f"heads/{year}.jsonl").unlink()
    put(site, "key.txt", keys.public_hex(OTHER))
    sign(site, OTHER)
    assert problems(site) == []
    found = verify(site, public_key=keys.public_hex(KEY))
    assert (found.problems, found.key_was_known) == (
        ["manifest.json: signed with another key than the one expected"],
        True,
    )


def test_a_signature_of_nobody_is_named(site: Path) -> None:
    said = json.loads((site / "manifest.json").read_bytes()) | {"signature": "00" * 64}
    put(site, "manifest.json", json.dumps(said))
    assert problems(site) == ["manifest.json: the signature does not hold"]


# An older edition, whole and rightly signed


@pytest.fixture
def older(composed: Path, tmp_path: Path) -> Path:
    """The edition as it was one line and one invitation ago."""
    site = shutil.copytree(composed, tmp_path / "older")
    forge(site, lambda events: events.pop())
    replace(site, "ledger.html", "197 declined", "196 declined")
    replace(site, "ledger.html", "1 in progress", "2 in progress")
    sign(site)
    return site


@pytest.mark.parametrize("file", ["ledger.jsonl", "manifest.json", "heads/2026.jsonl", "hash alone"])
def test_an_older_edition_that_is_shown_again_is_noticed_by_what_a_reader_kept(
    composed: Path, older: Path, file: str
) -> None:
    assert problems(older) == []
    kept = kept_heads(end_of(composed)[1] if file == "hash alone" else (composed / file).read_text())
    found = verify(composed, kept=kept)
    assert (found.problems, found.kept) == ([], len(kept))
    [said] = verify(older, kept=kept).problems
    if file == "hash alone":
        assert said.startswith(f"ledger.jsonl: the head that you kept, {end_of(composed)[1]}, stands nowhere in it")
    else:
        assert said.startswith("ledger.jsonl: has 423 lines, and you kept a head of 424: an older edition is shown")


def test_a_ledger_that_was_written_anew_is_noticed_by_what_a_reader_kept(composed: Path, site: Path) -> None:
    forge(site, lambda events: first(events, "invited", 9)["data"].update(author="sonnet"))
    assert problems(site) == []
    kept = kept_heads((composed / "heads/2026.jsonl").read_text())
    assert [head.lines for head in kept] == [12, 424]
    assert verify(site, kept=kept).problems == [
        "ledger.jsonl: line 424 is not the one whose hash you kept: it was written anew"
    ]
    copy = kept_heads((composed / "ledger/00001.jsonl").read_text())
    assert len(copy) == LINES
    assert verify(site, kept=copy).problems == [
        "ledger.jsonl: line 31 is not the one whose hash you kept: it was written anew"
    ]


def test_the_head_of_a_ledger_without_lines_stands_in_every_ledger(composed: Path) -> None:
    assert verify(composed, kept=[Kept(GENESIS), Kept(GENESIS, 0)]).problems == []


@pytest.mark.parametrize("words", ["", "zz", "{}", "[]", "7", '{"ledger":{"lines":"x","head":"y"}}', "0" * 63])
def test_what_is_no_head_is_refused(words: str) -> None:
    with pytest.raises(Refused, match="64 hex digits"):
        kept_heads(words)


# While it is read


def test_an_edition_that_comes_out_meanwhile_is_said_first(site: Path) -> None:
    def publish(done: int, of: int) -> None:
        if done == of:
            put(site, "manifest.json", (site / "manifest.json").read_bytes() + b"\n")

    assert verify(site, heard=publish).problems == [
        "manifest.json: was replaced while it was read: a new edition came out meanwhile; verify again"
    ]


def test_progress_is_told_to_the_last_file(composed: Path) -> None:
    heard: list[tuple[int, int]] = []
    found = verify(composed, heard=lambda done, of: heard.append((done, of)))
    parts = len(list((composed / "manifest").iterdir()))
    assert heard == [(number, found.files - parts) for number in range(1, found.files - parts + 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(parts=7), "manifest.json: is damaged, so nothing else can be checked"),
        (lambda m: m.update(v=4), "manifest.json: format 4 is not known to this version"),
        (lambda m: m["parts"].update({"../x.json": "0"}), "../x.json: is no path of a part of the manifest"),
        (lambda m: m["files"].update({"../x": "0"}), "../x: is no path that a manifest can name"),
        (lambda m: m["files"].update({"/etc/passwd": "0"}), "/etc/passwd: is no path that a manifest can name"),
        (lambda m: m["files"].update({"manifest.json": "0"}), "manifest.json: is no path that a manifest can name"),
        (lambda m: m["files"].update({"pieces/1.md": "0"}), "pieces/1.md: stands in the manifest twice"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_named(site: Path, change: Callable[[Any], object], said: str) -> None:
    manifest = json.loads((site / "manifest.json").read_bytes())
    change(manifest)
    put(site, "manifest.json", json.dumps(manifest))
    assert said in problems(site)


def test_pages_of_another_renderer_are_said_to_be_not_compared(site: Path) -> None:
    replace(site, "pieces/2.html", "It shone.", "It\nshone.")
    replace(site, "pieces/1.html", "&lt;shine&gt;", "shine")
    sign(site, renderer="0")
    found = verify(site)
    assert found.problems == []
    assert found.not_compared.endswith(f"made by renderer 0, and this program has renderer {renderer()}.")


def test_a_changed_page_of_another_renderer_is_named_by_its_hash_alone(site: Path) -> None:
    sign(site, renderer="0")
    replace(site, "pieces/2.html", "It shone.", "It shines.")
    found = verify(site)
    assert (found.problems, found.pieces) == ([f"pieces/2.html: {DIFFERS}"], 3)
    assert found.not_compared


def test_a_ledger_that_is_ahead_of_its_manifest_is_told_apart_from_one_that_was_changed(
    composed: Path, older: Path
) -> None:
    newer = (composed / "ledger.jsonl").read_bytes()
    put(older, "ledger.jsonl", newer)
    assert verify(older).goes_on
    assert not verify(composed).goes_on
    relined(older, "ledger.jsonl", lambda lines: lines[:-2])
    assert not verify(older).goes_on


def test_the_parts_of_a_ledger_are_one_chain(site: Path) -> None:
    lines = [len((site / f"ledger/0000{n}.jsonl").read_bytes().splitlines()) for n in (1, 2)]
    assert lines == [LINES, LINES]
    forge(site, lambda events: None)
    assert problems(site) == []
