"""What lies in a public folder: where its pages lead, and what its files hold, packed or not."""

import gzip
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r'(?:href|src)="([^"#?:]+)(?:#[^"]*)?"')
PACKED = (b"PK\x03\x04", b"\x1f\x8b")
"""How files begin that are ZIP or gzip."""


def dead_links(folder: Path) -> list[str]:
    """Every link of a page that leads to a file that is not there."""
    found = []
    for page in folder.rglob("*.html"):
        for link in LINK.findall(page.read_text()):
            # The page for what is not found is served anywhere, so it leads by whole addresses.
            where = folder / link.removeprefix("/") if link.startswith("/") else page.parent / unquote(link)
            if not where.resolve().is_file():
                found.append(f"{page.relative_to(folder)} -> {link}")
    return found


def unpacked(path: Path) -> bytes:
    """The bytes of a file, or those of all that is packed in it (search, ZIP, EPUB), with their names."""
    data = path.read_bytes()
    if data.startswith(PACKED[0]):
        with zipfile.ZipFile(path) as packed:
            return b"\n".join(name.encode() + b"\n" + packed.read(name) for name in packed.namelist())
    return gzip.decompress(data) if data.startswith(PACKED[1]) else data
