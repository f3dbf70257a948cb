"""Small editions in a folder, signed as real ones are, for targets that copy them."""

import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import keys
from agent.publish import manifest

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

Files = dict[str, bytes]


def two_pieces() -> Files:
    """A site with two pieces and everything around them."""
    site = {f"{page}.html": page.encode() for page in ("index", "archive", "tags", "ledger", "404")}
    site |= {"assets/style.css": b"p {}", "assets/fonts/a.woff2": b"font", "assets/mark.svg": b"<svg/>"}
    site |= {"feed.atom": b"<feed/>", "feed.json": b"{}", "sitemap.xml": b"<x/>", "gone.txt": b"", "robots.txt": b""}
    site |= {"ledger.jsonl": b"{}\n", "ledger/1.html": b"1", "heads/2026.jsonl": b"{}\n", "tags/sea.html": b"sea"}
    return site | with_piece(1) | with_piece(2)


def with_piece(number: int, words: str = "words") -> Files:
    """The files of one piece."""
    name = f"pieces/{number}"
    return {f"{name}.html": words.encode(), f"{name}.md": words.encode(), f"{name}.json": b"{}"} | {
        f"cards/{number}.png": f"card {number}".encode()
    }


def without(files: Files, number: int) -> Files:
    """What is left once a piece is withdrawn: a notice, and its path in gone.txt."""
    left = {path: data for path, data in files.items() if path not in with_piece(number)}
    return left | {f"pieces/{number}.html": b"withdrawn", "gone.txt": f"pieces/{number}.html\n".encode()}


def an_edition(folder: Path, files: Mapping[str, bytes], key: Ed25519PrivateKey = KEY) -> str:
    """Make a folder hold these files and their manifest, and return the hash of that."""
    shutil.rmtree(folder, ignore_errors=True)
    parts: dict[str, dict[str, str]] = {}
    for path, data in files.items():
        parts.setdefault(manifest.part_of(path), {})[path] = sha256(data).hexdigest()
    whole = dict(files) | {manifest.file_of(name): manifest.part(part) for name, part in parts.items() if name}
    digests = {manifest.file_of(name): sha256(whole[manifest.file_of(name)]).hexdigest() for name in parts if name}
    whole["manifest.json"] = manifest.manifest(
        parts.get("", {}), digests, ledger=(1, "00"), renderer="1", key=key, public_key=keys.public_hex(key)
    )
    for path, data in whole.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return sha256(whole["manifest.json"]).hexdigest()


def everything(folder: Path) -> Files:
    """Path -> bytes of all that is in a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
