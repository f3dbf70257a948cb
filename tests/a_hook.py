"""An HTTP server on loopback that is told things: a webhook's receiver, or a chat."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

HOST = "127.0.0.1"


class Hook:
    """Keeps what was posted to it: headers and body. It answers with the codes of a script, then 204; a code may come
    with headers."""

    def __init__(self, *script: int | tuple[int, dict[str, str]]) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        answers: Iterator[int | tuple[int, dict[str, str]]] = iter(script)
        mine = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                mine.got.append(
                    ({name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length))
                )
                said = next(answers, 204)
                code, headers = said if isinstance(said, tuple) else (said, {})
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Receiver)
        self.port = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
