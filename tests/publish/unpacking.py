"""What a public file holds: of one that is packed (search, ZIP, EPUB), what is in it."""

import gzip
import zipfile
from pathlib import Path

PACKED = (b"PK\x03\x04", b"\x1f\x8b")
"""How files begin that are ZIP or gzip."""


def unpacked(path: Path) -> bytes:
    """The bytes of a file, or those of all that is packed in it, with their names."""
    data = path.read_bytes()
    if data.startswith(PACKED[0]):
        with zipfile.ZipFile(path) as packed:
            return b"\n".join(name.encode() + b"\n" + packed.read(name) for name in packed.namelist())
    return gzip.decompress(data) if data.startswith(PACKED[1]) else data
