"""A real S3 over HTTP on loopback, by moto, that keeps what it is asked and can break in the middle."""

import threading
import urllib.request
from collections.abc import Callable, Iterable
from itertools import count
from socket import SHUT_RDWR
from typing import Any

import obstore
from moto.server import DomainDispatcherApplication, create_backend_app
from obstore.store import S3Store
from werkzeug.serving import make_server

BUCKETS = count(1)


class AnS3:
    """One bucket on a server. `asked` holds method and path below the bucket of each request, in order."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._lock = threading.Lock()
        self.new_bucket()

    def new_bucket(self) -> None:
        """Begin anew, with an empty bucket."""
        self.bucket = f"site-{next(BUCKETS)}"
        self.breaks_after: int | None = None
        self.refuses = False
        self.asked: list[tuple[str, str]] = []
        self._ask("PUT", "")

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def taken(self, method: str) -> list[str]:
        """The paths of one kind of request, and forget them all."""
        found = [path for asked, path in self.asked if asked == method]
        self.asked.clear()
        return found

    def get(self, path: str) -> tuple[bytes, dict[str, str]]:
        """A file, and what a reader is told with it. Raises FileNotFoundError."""
        options = {"endpoint": self.url, "access_key_id": "a", "secret_access_key": "b"}
        store = S3Store(self.bucket, config=options, client_options={"allow_http": True})
        found = obstore.get(store, path)
        return found.bytes().to_bytes(), dict(found.attributes)

    def _ask(self, method: str, path: str) -> None:
        asking = urllib.request.Request(f"{self.url}/{self.bucket}/{path}", method=method)
        urllib.request.urlopen(asking, timeout=30).close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].removeprefix(f"/{self.bucket}").lstrip("/")
        if self.refuses:
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>AKIA-A-SECRET</Message></Error>"]
        with self._lock:
            if self.breaks_after is not None:
                if self.breaks_after <= 0:
                    environ["werkzeug.socket"].shutdown(SHUT_RDWR)  # It breaks off, and nothing was stored.
                    raise ConnectionAbortedError
                self.breaks_after -= environ["REQUEST_METHOD"] == "PUT"
            self.asked.append((environ["REQUEST_METHOD"], path))
        answer: Iterable[bytes] = self._application(environ, start)
        return answer
