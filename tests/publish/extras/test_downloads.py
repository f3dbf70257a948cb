"""The ZIP files: every text byte for byte, the same bytes each time, and put together without unpacking."""

import hashlib
import io
import json
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.publish.extras import Text, archive, zips
from agent.record import sha256
from tests.publish.extras.a_shelf import ADDRESS, BEGUN, an_item, imprint

ODD = "\ufeffTabs\t, \r\nlines and spaces  \n\n\x00 and 雨 😀".encode()


def year(path: Path, number: int, *pieces: int) -> Path:
    archive.year((an_item(piece, at=BEGUN.replace(year=number)) for piece in pieces), number, imprint(), path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_text_comes_out_byte_for_byte_and_its_hash_is_where_the_readme_says(tmp_path: Path) -> None:
    record = json.dumps({"text_sha256": sha256(ODD)}).encode()
    earlier = Text("pieces/7.r1", b"before", b"{}")
    item = an_item(7, text=Text("pieces/7", ODD, record), earlier=(earlier,), record_sha256=sha256(record))
    archive.year([item], 2026, imprint(), tmp_path / "2026.zip")
    found = members(tmp_path / "2026.zip")
    assert list(found) == [
        *("README.txt", "pieces/7.md", "pieces/7.json", "pieces/7.r1.md", "pieces/7.r1.json", "2026.jsonl"),
    ]
    assert found["pieces/7.md"] == ODD
    assert hashlib.sha256(found["pieces/7.md"]).hexdigest() == json.loads(found["pieces/7.json"])["text_sha256"]
    [row] = map(json.loads, found["2026.jsonl"].splitlines())
    assert hashlib.sha256(found["pieces/7.json"]).hexdigest() == row["record_sha256"]
    assert (row["byline"], row["published_at"], row["earlier"]) == ("Opus 3", "2026-01-12T14:30:00Z", ["pieces/7.r1"])
    assert f"{ADDRESS}ledger.jsonl" in found["README.txt"].decode()
    assert "{" not in found["README.txt"].decode()


def test_a_demonstration_is_called_one_and_each_piece_says_that_nobody_real_has_read_it(tmp_path: Path) -> None:
    told = imprint(demo="This is a demonstration.")
    archive.year([an_item(1, by_demo=True), an_item(2)], 2026, told, tmp_path / "2026.zip")
    archive.everything([tmp_path / "2026.zip"], told, tmp_path / "everything.zip")
    for name in ("2026.zip", "everything.zip"):
        found = members(tmp_path / name)
        assert found["README.txt"].decode().startswith("# Afterword\n\nThis is a demonstration.\n\nEverything")
        assert [json.loads(row).get("by_demo") for row in found["2026.jsonl"].splitlines()] == [True, None]
    assert b"demonstration" not in members(year(tmp_path / "real.zip", 2026, 1))["README.txt"]


def test_members_carry_the_day_of_the_piece_and_nothing_of_this_machine(tmp_path: Path) -> None:
    with zipfile.ZipFile(year(tmp_path / "2026.zip", 2026, 3)) as packed:
        info = packed.getinfo("pieces/3.md")
    assert info.date_time == (2026, 1, 5, 14, 30, 0)
    assert (info.create_system, info.external_attr >> 16, info.extra) == (3, 0o100644, b"")


def test_everything_holds_what_the_years_hold_and_one_readme(tmp_path: Path) -> None:
    years = [year(tmp_path / f"{number}.zip", number, *pieces) for number, pieces in ((2026, (1, 2)), (2027, (3,)))]
    whole = tmp_path / "everything.zip"
    archive.everything(years, imprint(), whole)
    found = members(whole)
    assert list(found) == [
        *("README.txt", "pieces/1.md", "pieces/1.json", "pieces/2.md", "pieces/2.json", "2026.jsonl"),
        *("pieces/3.md", "pieces/3.json", "2027.jsonl"),
    ]
    assert found == members(years[0]) | members(years[1])


def test_a_joined_file_is_the_one_that_zipfile_would_have_written(tmp_path: Path) -> None:
    packed = year(tmp_path / "2026.zip", 2026, 1, 2)
    zips.join(tmp_path / "joined.zip", [packed], leave="README.txt")
    assert (tmp_path / "joined.zip").read_bytes() == packed.read_bytes()


def test_a_joined_file_can_have_more_members_than_a_plain_zip_knows(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for number in range(33_000):
            packed.writestr(zipfile.ZipInfo(f"{number}"), b"")
    data = made.getvalue()
    zips.join(tmp_path / "many.zip", [io.BytesIO(data), io.BytesIO(data)], leave="")
    with zipfile.ZipFile(tmp_path / "many.zip") as packed:
        assert len(packed.infolist()) == 66_000
        assert (
            packed.infolist()[65_999].header_offset == packed.infolist()[32_999].header_offset + packed.start_dir // 2
        )


def test_a_member_beyond_four_gigabytes_says_where_it_stands_at_length(tmp_path: Path) -> None:
    with zipfile.ZipFile(year(tmp_path / "2026.zip", 2026, 1)) as packed:
        info = packed.getinfo("pieces/1.md")
    entry = zips._entry(info, 5 << 30)
    assert struct.unpack("<L", entry[42:46]) == (zips.LARGE,)
    assert entry.endswith(struct.pack("<2HQ", 1, 8, 5 << 30))
    assert zips._end(1, 10, 5 << 30).startswith(b"PK\x06\x06")


def test_a_year_that_was_cut_off_is_not_copied(tmp_path: Path) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(year(tmp_path / "2026.zip", 2026, 1).read_bytes()[:-40])
    with pytest.raises(zipfile.BadZipFile):
        zips.join(tmp_path / "joined.zip", [cut], leave="")


def test_a_piece_from_before_zip_had_dates_can_be_packed(tmp_path: Path) -> None:
    archive.year([an_item(1, at=datetime(1970, 1, 1, tzinfo=UTC))], 1970, imprint(), tmp_path / "1970.zip")
    with zipfile.ZipFile(tmp_path / "1970.zip") as packed:
        assert packed.getinfo("pieces/1.md").date_time == (1980, 1, 1, 0, 0, 0)
