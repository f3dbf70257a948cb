"""The body of an answer, bounded: as it comes, and as it is once it is unpacked."""

import zlib
from collections.abc import Iterable, Mapping

BYTES = 3_000_000
"""The longest body that is read, before and after decompression."""
PIECES = 30_000
"""In so many pieces a body may come: three million of one byte each took the library 19 s of CPU, these take 0.2 s, and
a hundred bytes to a piece are less than any server is known to send."""
LINE = BYTES + 1_000_000
"""How many bytes may come over a connection in all: the body, headers, and what stands between its pieces."""
ENCODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""What is unpacked, each with the library's number for it. One at a time: a pack in a pack was not asked for."""


class Unusable(Exception):
    """What is wrong with a body, in words that go on after "it"."""


def body_of(headers: Mapping[str, str], pieces: Iterable[bytes]) -> bytes:
    """Read a body and unpack it. Raises Unusable."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", *ENCODINGS}:
        raise Unusable(f'it is compressed as "{encoding[:40]}", which was not asked for')
    # Digits only: the library has looked at it.
    if int(headers.get("content-length", "0")) > BYTES:
        raise _too_long()
    body = bytearray()
    for number, piece in enumerate(pieces):
        body += piece
        if len(body) > BYTES:
            raise _too_long()
        if number >= PIECES:
            raise Unusable(f"it comes in more than {PIECES:,} pieces")
    return unpacked(bytes(body), encoding) if encoding in ENCODINGS and body else bytes(body)


def unpacked(packed: bytes, encoding: str) -> bytes:
    """Unpack no further than to the limit. Raises Unusable."""
    kind = ENCODINGS[encoding]
    if encoding == "deflate" and (packed[0] & 15 != 8 or int.from_bytes(packed[:2], "big") % 31):
        kind = -kind  # Some send it bare, without its two first bytes.
    unpacking = zlib.decompressobj(kind)
    try:
        body = unpacking.decompress(packed, BYTES + 1)
    except zlib.error as error:
        raise Unusable("its compressed answer is damaged") from error
    if len(body) > BYTES:
        raise _too_long()
    if not unpacking.eof:
        raise Unusable("its compressed answer is damaged")
    return body


def _too_long() -> Unusable:
    return Unusable(f"it is longer than {BYTES // 1_000_000} million bytes")
