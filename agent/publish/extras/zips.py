"""Putting ZIP files together without unpacking them: what is packed is copied as it is, and listed anew.

For ZIP files that `zipfile` wrote here, from the first member to the last without a gap. The result is a plain ZIP, and
a ZIP64 where it has more than 65,535 members or 4 GiB.
"""

import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

MANY, LARGE = 0xFFFF, 0xFFFFFFFF
"""The first numbers that no longer fit into two or four bytes."""
AT_ONCE = 1 << 20
HEADER = 30
"""So long is what stands before a member's name."""
NEWER = 45
"""The version of ZIP that a reader of ZIP64 has to know."""


def join(path: Path, parts: Iterable[Path | BinaryIO], leave: str) -> None:
    """Write to `path` the members of all parts, in their order, but for a first member called `leave` of every part
    after the first."""
    listed = bytearray()
    count = 0
    with path.open("wb") as out:
        for number, part in enumerate(parts):
            source = part.open("rb") if isinstance(part, Path) else part
            with source, zipfile.ZipFile(source) as packed:
                members = packed.infolist()
                if number and members and members[0].filename == leave:
                    members = members[1:]
                if members:
                    shift = out.tell() - members[0].header_offset
                    _copy(source, members, out)
                    for member in members:
                        listed += _entry(member, member.header_offset + shift)
                    count += len(members)
        start = out.tell()
        out.write(listed)
        out.write(_end(count, len(listed), start))


def _copy(source: BinaryIO, members: Sequence[zipfile.ZipInfo], out: BinaryIO) -> None:
    """Copy what stands from the first of these members to the end of the last."""
    first, last = members[0], members[-1]
    source.seek(last.header_offset)
    name, extra = struct.unpack("<26x2H", source.read(HEADER))
    left = last.header_offset + HEADER + name + extra + last.compress_size - first.header_offset
    source.seek(first.header_offset)
    while left:
        some = source.read(min(left, AT_ONCE))
        if not some:
            raise zipfile.BadZipFile("it ends before its last member does")
        out.write(some)
        left -= len(some)


def _entry(member: zipfile.ZipInfo, offset: int) -> bytes:
    """A member in the list at the end of the file."""
    name = member.filename.encode()
    far = struct.pack("<2HQ", 1, 8, offset) if offset >= LARGE else b""
    year, month, day, hour, minute, second = member.date_time
    return (
        struct.pack(
            "<4s4B4H3L5H2L",
            b"PK\x01\x02",
            member.create_version,
            member.create_system,
            NEWER if far else member.extract_version,
            0,
            member.flag_bits,
            member.compress_type,
            hour << 11 | minute << 5 | second // 2,
            (year - 1980) << 9 | month << 5 | day,
            member.CRC,
            member.compress_size,
            member.file_size,
            len(name),
            len(far),
            0,
            0,
            member.internal_attr,
            member.external_attr,
            min(offset, LARGE),
        )
        + name
        + far
    )


def _end(count: int, length: int, start: int) -> bytes:
    """What closes the file: where its list stands, how long it is and of how many."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, MANY), min(count, MANY), length, min(start, LARGE), 0)
    if count < MANY and start < LARGE:
        return end
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, NEWER, NEWER, 0, 0, count, count, length, start)
    return wide + struct.pack("<4sLQL", b"PK\x06\x07", 0, start + length, 1) + end
