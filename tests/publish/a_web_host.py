"""A host on this machine that serves a folder, and can be told to answer otherwise."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

Answer = Callable[[BaseHTTPRequestHandler], None]


class Host:
    """What was asked for, and where it is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: Counter[str] = Counter()
        self.busiest = 0
        """So many requests were being answered at the same time."""


@contextmanager
def a_web_host(folder: Path, odd: Mapping[str, Answer] | None = None, below: str = "/") -> Iterator[Host]:
    """Serve a folder on a free port of 127.0.0.1. `odd` says how a path is answered instead."""
    lock, at_once = threading.Lock(), Counter[str]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # Headers and body leave one after another; nobody waits for the second.

        def do_GET(self) -> None:
            path = unquote(self.path).removeprefix(below)
            with lock:
                host.asked[path] += 1
                at_once["now"] += 1
                host.busiest = max(host.busiest, at_once["now"])
            try:
                if odd and path in odd:
                    odd[path](self)
                elif (folder / path).is_file():
                    answer(self, 200, (folder / path).read_bytes())
                else:
                    answer(self, 404, b"Not here.")
            finally:
                with lock:
                    at_once["now"] -= 1

        def log_request(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Host(f"http://127.0.0.1:{server.server_port}{below}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


def answer(handler: BaseHTTPRequestHandler, status: int, data: bytes = b"", **headers: str) -> None:
    """Answer whole. A header's name has _ for -."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
