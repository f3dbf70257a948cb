"""Bytes, hashes and canonical JSON."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.record import (
    Record,
    canonical,
    commitment,
    is_broken,
    keep,
    opening_heading,
    record_of,
    sha256,
    shown_title,
    text_of,
)
from agent.tables import Kind, Revision
from agent.testing import a_piece

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(values)
def test_canonical_json_says_the_same_and_is_stable(value: object) -> None:
    data = canonical(value)
    assert json.loads(data) == value
    assert canonical(json.loads(data)) == data


@given(st.dictionaries(st.text(), plain, min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_canonical_json_is_what_the_format_says() -> None:
    assert canonical({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'.encode()


def test_half_a_character_can_be_kept_in_json() -> None:
    assert json.loads(canonical({"said": "a\ud800"})) == {"said": "a\ud800"}
    assert is_broken("a\ud800")
    assert not is_broken("a😀")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(number)


@pytest.mark.parametrize(
    "change",
    [{"title": "b"}, {"kind": Kind.ANSWER}, {"form": "x"}, {"tags": ["x"]}, {"note": "x"}, {"text_sha256": "1"}],
)
def test_every_word_of_a_record_is_under_its_hash(change: dict[str, object]) -> None:
    record = Record(text_sha256="0", kind=Kind.ESSAY, title="a")
    assert record.model_copy(update=change).bytes != record.bytes


def test_a_commitment_is_the_hash_of_salt_and_digest() -> None:
    digest = sha256(b"text")
    assert commitment(b"salt", digest) == sha256(b"salt" + digest.encode())
    assert commitment(b"other", digest) != commitment(b"salt", digest)


def test_the_same_bytes_kept_twice_have_salts_of_their_own(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        one, two = keep(db, b"x"), keep(db, b"x")
    assert (one.sha256, one.data) == (two.sha256, two.data)
    assert one.salt != two.salt
    assert len(one.salt or b"") == 16


@pytest.mark.parametrize(
    "text",
    ["plain", "a\r\nb \t\n\n", "e\u0301 is not \u00e9", "\ufeffmarked", "nul \x00 here", "a\u2028b", "  spaces  "],
)
def test_a_text_comes_back_byte_for_byte(outlet: Outlet, text: str) -> None:
    revision = a_piece(outlet, text, title="  Rain ", form=" poem", tags=[" a "], note_to_readers=" ")
    with outlet.database.read() as db:
        kept, record = text_of(db, revision), record_of(db, revision)
    assert kept == text
    assert revision.text_sha256 == sha256(text.encode())
    assert record == Record(
        text_sha256=revision.text_sha256, kind=Kind.ESSAY, title="  Rain ", form=" poem", tags=[" a "], note=" "
    )
    assert revision.record_sha256 == sha256(record.bytes)


@pytest.mark.parametrize("part", ["text", "record"])
def test_bytes_that_were_changed_behind_our_back_are_never_used(outlet: Outlet, part: str) -> None:
    revision = a_piece(outlet)
    with outlet.database.write() as db:
        db.connection().execute(sql("DROP TRIGGER blob_refuses_update"))
        blob = revision.text_blob_id if part == "text" else revision.record_blob_id
        db.connection().execute(sql(f"UPDATE blob SET data = CAST('It shone.' AS BLOB) WHERE id = {blob}"))
    with outlet.database.read() as db, pytest.raises(Unfaithful, match="not those that were received"):
        (text_of if part == "text" else record_of)(db, revision)


def test_a_record_that_speaks_of_another_text_is_never_used(outlet: Outlet) -> None:
    one, two = a_piece(outlet, "one"), a_piece(outlet, "two")
    mixed = Revision(**one.model_dump() | {"record_blob_id": two.record_blob_id, "record_sha256": two.record_sha256})
    with outlet.database.read() as db, pytest.raises(Unfaithful, match="another text"):
        record_of(db, mixed)


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        (" Rain ", "# Snow", "Rain"),
        ("", "# *Snow* #\nfell", "Snow"),
        ("", "**Snow**\nfell", "Snow"),
        ("", "It rained.", "It rained"),
        ("", "one two three four five six seven eight nine", "one two three four five six seven eight…"),
        ("", "***", "***"),
        ("", "# C#\nis a key", "C#"),
        ("", "## snake_case and *Rain*", "snake_case and Rain"),
        ("", "**Title:** *Snow*", "Snow"),
        ("", "*Title: Snow*", "Snow"),
        ("", "C# and F# are keys.", "C# and F# are keys"),
        ("", "5 > 3, and snake_case * 2.", "5 > 3, and snake_case * 2"),
        ("", "<b>The rain</b> fell", "<b>The rain</b> fell"),
        ("", "array[0] of [sic] it", "array[0] of [sic] it"),
        ("", "> *It* rained,\n> and __then__ **it _stopped_**.", "It rained, and then it stopped"),
        ("", "*One two three\nfour five six seven eight nine ten.*", "One two three four five six seven eight…"),
        ("", "A [line](https://example.org/a_(b) 'x') of ~~old~~ `a_b*c*`", "A line of old a_b*c*"),
        ("", "See [the sea] and[^1] [it][]\n\n[the sea]: /sea\n[^1]: A note.", "See the sea and [it][]"),
        ("", "[Ada]: It rained.\n\n[Ben]: It did.", "[Ada]: It rained. [Ben]: It did"),
        ("", "\\*not emphasis\\* and * nor this *", "*not emphasis* and * nor this *"),
        ("", "- one\n- two", "one two"),
        ("", "-- a dash -- begins", "-- a dash -- begins"),
        ("", "---\n\n**Rain** fell.\n***\nIt stopped.", "Rain fell. It stopped"),
        ("", "```python\n# a *b*\n```\nis it", "# a *b* is it"),
        ("", "# *Snow*\\\n", "Snow\\"),
        ("", "It rained\\\nand rained", "It rained and rained"),
        ("", "**Rain falls", "**Rain falls"),
    ],
)
def test_a_piece_is_called_by_its_authors_own_words(title: str, text: str, name: str) -> None:
    assert shown_title(title, text) == name


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_a_piece_that_says_anything_has_a_name(title: str, text: str) -> None:
    assert shown_title(title, text)


@pytest.mark.parametrize("text", ["*_" * 50_000, "[" * 100_000, "*a " * 50_000, "`" * 99_999 + "a", "**a _b " * 9_999])
def test_a_tangle_of_marks_is_named_at_once(text: str) -> None:
    begun = time.perf_counter()
    assert shown_title("", text)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("text", ["no heading", "#hashtag", "**bold** and more", "", "#"])
def test_not_every_first_line_is_a_heading(text: str) -> None:
    assert opening_heading(text) is None
