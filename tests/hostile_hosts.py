"""Hosts that do not keep to HTTP, and one that nobody must ever reach. Over real sockets, in 127.0.0.0/8 and ::1."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

OVER = 30.0
"""Seconds after which a host gives up by itself."""

Serve = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection, until the event says that the test is over."""


@contextmanager
def a_host(address: str, serve: Serve, port: int = 0) -> Iterator[int]:
    """A host at an address, each of whose connections is served in a thread of its own; gives its port."""
    over, family = threading.Event(), socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family, backlog=64) as listening:
        listening.settimeout(0.05)

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(OVER)
                serve(connection, over)

        def accept() -> None:
            while not over.is_set():
                with suppress(OSError):
                    threading.Thread(target=one, args=[listening.accept()[0]], daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            over.set()
            thread.join()


def a_free_port(address: str) -> int:
    """A port at which nobody listens."""
    with socket.create_server((address, 0)) as listening:
        return int(listening.getsockname()[1])


class Canary:
    """Stands at 127.0.0.1 and at ::1, where there is one, and counts who comes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.came = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(a_host("127.0.0.1", self._count, self.port))
        if socket.has_ipv6:
            with suppress(OSError):
                self._stack.enter_context(a_host("::1", self._count, self.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def call(self) -> None:
        """Come to it, and wait for its word."""
        with socket.create_connection(("127.0.0.1", self.port), OVER) as connection:
            assert connection.recv(100)

    def _count(self, connection: socket.socket, _: threading.Event) -> None:
        self.came += 1
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret")


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Listens, and never says a word."""
    connection.recv(10_000)
    over.wait(OVER)


def drips_headers(connection: socket.socket, over: threading.Event) -> None:
    """One header after the other, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        connection.sendall(b"x-drop: 1\r\n")


def floods_headers(connection: socket.socket, over: threading.Event) -> None:
    """Headers without an end, as fast as they are read."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.is_set():
        connection.sendall(b"x-flood: 1\r\n" * 5_000)


def resets(connection: socket.socket, _: threading.Event) -> None:
    """Breaks the connection off in the middle of a feed."""
    connection.recv(10_000)
    connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n<rss version="2.0"><channel>')
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def ends_early(connection: socket.socket, _: threading.Event) -> None:
    """Ends in the middle of a feed, as if that were all."""
    connection.recv(10_000)
    connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n<rss version="2.0"><channel>')


def is_no_web_server(connection: socket.socket, over: threading.Event) -> None:
    """Greets like a shell."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
    over.wait(OVER)
