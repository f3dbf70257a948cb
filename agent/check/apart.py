"""A process apart from this one, and the line to it. Whatever becomes of it, whoever waits for it hears of that."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

LEAVES = 1.0
"""Seconds that a process has to end by itself, once its line is cut."""


class Late(Exception):
    """No answer came in time."""


class Lost(Exception):
    """The process ended, with this code, or hung up."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Apart:
    """One process, which serves at its end of the line until that is cut. It is told and heard by one thread at a time,
    and may be killed by any."""

    def __init__(self, serve: Callable[[Connection], None]) -> None:
        # Not a copy of this process: that one has threads and open databases.
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), name="checks", daemon=True)
        try:
            self._process.start()
        except BaseException:
            self._line.close()
            raise
        finally:
            theirs.close()  # So that the line is cut when the process ends.

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Whatever is told and heard meanwhile ends after so long: a process that was stopped takes in nothing."""
        given_up = threading.Timer(seconds, self.kill)
        given_up.daemon = True
        given_up.start()
        try:
            yield
        finally:
            given_up.cancel()

    def tell(self, what: Any) -> None:
        """Send it something. Raises Lost."""
        try:
            self._line.send(what)
        except OSError:
            raise Lost(self._code()) from None

    def hear(self, seconds: float) -> Any:
        """Wait for what it has to say next. Raises Late and Lost."""
        try:
            if not self._line.poll(seconds):
                raise Late
            return self._line.recv()
        except (EOFError, OSError):
            raise Lost(self._code()) from None

    def kill(self) -> None:
        """End it at once; who waits for it hears that it is lost."""
        with suppress(ValueError):  # Somebody else was quicker.
            self._process.kill()

    def end(self) -> None:
        """End it, and let go of everything of its."""
        self.kill()
        self._process.join(LEAVES)
        self._line.close()
        with suppress(ValueError):  # It hangs in the system, and ends when that lets it.
            self._process.close()

    def _code(self) -> int | None:
        self._process.join(LEAVES)
        if self._process.exitcode is None:
            self.kill()
            self._process.join(LEAVES)
        return self._process.exitcode
