"""The public site over HTTP: files, 410 with the notice for what was withdrawn, 404 with its own page.

Nothing but plain files of the folder is shown: no list of a folder, nothing behind a link, and nothing whose name
begins with a full stop, as that of a file does which is being written. A file is opened once and answered from what is
open: a build may replace it meanwhile.
"""

import os
import re
import stat
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from agent.adapters.kinds import kind_of

GONE = "gone.txt"
"""The paths that answer 410, one a line."""
NOT_FOUND = "404.html"
STRICT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a document may do that says nothing about it itself: a picture or a feed that somebody opens."""
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]+)"')
DOCUMENTS = (".html", ".svg", ".xml", ".atom")
EVERYWHERE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-cache"}
WHOLE = 8_000_000
"""Up to so many bytes a file is read before it is sent."""
CHUNK = 1 << 18


class Files:
    """The files of one folder, which is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._gone: tuple[tuple[int, int], frozenset[str]] = ((0, 0), frozenset())

    def routes(self) -> list[BaseRoute]:
        """Every path."""
        return [Route("/{path:path}", self.answer, methods=["GET"])]

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path_params["path"] or "index.html"
        file = self._open(path)
        if (notice := self._notice(path, is_there=file is not None)) is not None:
            return self._page(notice, 410)
        if file is None:
            return self._page(NOT_FOUND, 404)
        state = os.fstat(file.fileno())
        changed = {"last-modified": formatdate(state.st_mtime, usegmt=True)}
        if state.st_size > WHOLE:
            headers = EVERYWHERE | changed | {"content-length": str(state.st_size)}
            return StreamingResponse(_chunks(file), 200, headers, media_type=kind_of(path))
        with file:
            data = self.shown(path, file.read())
        headers = headers_of(path, data) | changed | {"etag": f'"{sha256(data).hexdigest()[:32]}"'}
        if _is_known(request, headers):
            return Response(status_code=304, headers=headers)
        return Response(data, 200, headers, media_type=kind_of(path))

    def shown(self, path: str, data: bytes) -> bytes:
        """What is sent of a file: the file."""
        del path
        return data

    def _page(self, path: str, status: int) -> Response:
        """A page under another status than its own."""
        if (file := self._open(path)) is None:
            return Response("Not here.\n", status, EVERYWHERE, media_type="text/plain")
        with file:
            data = self.shown(path, file.read())
        return Response(data, status, headers_of(path, data), media_type=kind_of(path))

    def _open(self, path: str) -> BinaryIO | None:
        """A plain file of the folder, open; None for anything else."""
        found = self.folder
        try:
            for name in path.split("/"):
                found /= name
                if not name or name.startswith(".") or stat.S_ISLNK(found.lstat().st_mode):
                    return None
            file = os.fdopen(os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            return None
        return file

    def _notice(self, path: str, *, is_there: bool) -> str | None:
        """The page that says why something is gone: in its own place, or for what once lay beside it, such as the raw
        text."""
        gone = self._paths_gone()
        if path in gone:
            return path
        folder, _, name = path.rpartition("/")
        page = f"{folder}/{name.partition('.')[0]}.html"
        return page if not is_there and page in gone else None

    def _paths_gone(self) -> frozenset[str]:
        """What gone.txt says; it is read again when it changed."""
        file = self.folder / GONE
        try:
            state = file.stat()
            if (known := (state.st_mtime_ns, state.st_ino)) != self._gone[0]:
                self._gone = known, frozenset(file.read_text(encoding="utf-8").split())
        except OSError:
            return frozenset()
        return self._gone[1]


def headers_of(path: str, data: bytes) -> dict[str, str]:
    """What is said with a file. A page's own policy holds, and nobody may put it in a frame."""
    if not path.endswith(DOCUMENTS):
        return EVERYWHERE
    own = POLICY.search(data) if path.endswith(".html") else None
    policy = unescape(own[1].decode(errors="replace")) if own else STRICT
    return EVERYWHERE | {"content-security-policy": f"{policy}; frame-ancestors 'none'"}


def _is_known(request: Request, headers: dict[str, str]) -> bool:
    """Whether the reader has this very file already."""
    if (tags := request.headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or headers["etag"] in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return since >= parsedate_to_datetime(headers["last-modified"])
    except (TypeError, ValueError):
        return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
