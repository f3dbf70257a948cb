"""The embedded model server: a GGUF file behind the Messages API, on this machine only.

The server runs in a child process, for its C++ part can hang when an interpreter leaves early.
The child is handed its orders, the key among them, on its standard input, and stays until that
closes: so it ends with its parent, however that ends.

    server = LocalServer(lambda: find_gguf(None, cache, print))
    served = server.start()     # Anthropic(base_url=served.base_url, api_key=served.api_key)
"""

import contextlib
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any, cast

from agent.adapters.gguf import Gguf
from agent.errors import LocalModelError

CONTEXT = 4_096
"""Tokens of prompt and reply together."""

SAMPLERS = {
    "temp": 0.6,
    "min_p": 0.1,
    "penalty_repeat": 1.05,
    "penalty_last_n": 128,
    "dry_multiplier": 0.5,
    "dry_penalty_last_n": 512,
}
"""Set when the server starts, because its endpoint drops most of them in silence."""

ILLEGAL_INSTRUCTION = (-4, 0xC000001D)
"""How a process ends that meets an unknown instruction: on POSIX, on Windows."""


@dataclass(frozen=True)
class Served:
    """Where the server answers. The address changes when it is started anew, the key does not."""

    base_url: str
    api_key: str


class LocalServer:
    """One embedded server, started by the first call of `start()` and shared by all threads.

    It ends with `close()`, with this object, or with this process, whichever is first.
    """

    def __init__(self, find: Callable[[], Gguf], *, seed: int | None = None, patience: float = 120) -> None:
        """`find` names the model file, when it is first needed. `seed` makes every reply repeatable.
        `patience` is how many seconds a start may take."""
        self._find = find
        self._seed = seed
        self._patience = patience
        self._api_key = secrets.token_urlsafe(32)
        self._searching = threading.Lock()
        self._gguf: Gguf | None = None
        self._starting = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._served: Served | None = None

    def start(self) -> Served:
        """Return where the server answers, starting it if it does not run (1 s). Raises LocalModelError."""
        if importlib.util.find_spec("xllamacpp") is None:
            raise LocalModelError(
                reason='The local author needs the package xllamacpp. Install it: pip install "afterword[local]".'
            )
        gguf = self.gguf
        with self._starting:
            if self._served is None or self.pid is None:
                self._leave()
                self._served = self._begin(gguf)
            return self._served

    def close(self) -> None:
        """End the server, if it runs, and a start under way. It never hangs; a later `start()` begins anew."""
        if self._served is None and self._child is not None:
            self._child.kill()
        with self._starting:
            self._leave()

    @property
    def gguf(self) -> Gguf:
        """The model file that is served, looked for once. Raises LocalModelError."""
        with self._searching:
            self._gguf = self._gguf or self._find()
            return self._gguf

    @property
    def pid(self) -> int | None:
        """The server's process, or None where none runs."""
        child = self._child
        return child.pid if child and child.poll() is None else None

    def _begin(self, gguf: Gguf) -> Served:
        self._child = child = subprocess.Popen(
            [sys.executable, "-P", "-m", __spec__.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C in a terminal is for the parent: it lets the turn in flight finish.
            start_new_session=True,
        )
        weakref.finalize(self, _end, child)
        stdin, stdout, stderr = _pipes(child)
        said: deque[str] = deque(maxlen=40)
        listener = threading.Thread(target=_drain, args=(stderr, said), daemon=True)
        listener.start()
        late = threading.Event()

        def give_up() -> None:
            late.set()
            child.kill()

        alarm = threading.Timer(self._patience, give_up)
        alarm.daemon = True
        alarm.start()
        try:
            stdin.write(json.dumps(_orders(gguf, self._api_key, self._seed)) + "\n")
            stdin.flush()
            answer = stdout.readline()
        except OSError:
            answer = ""  # It died before it had read its orders.
        alarm.cancel()
        if not answer:
            self._leave()
            listener.join(1)
            if late.is_set():
                raise LocalModelError(reason=f"The embedded model server was not ready after {self._patience:g} s.")
            raise LocalModelError(reason=why_it_ended(child.returncode, said))
        return Served(json.loads(answer)["base_url"], self._api_key)

    def _leave(self) -> None:
        child, self._child, self._served = self._child, None, None
        if child is not None:
            _end(child)


def _end(child: "subprocess.Popen[str]") -> None:
    """Let the child go, by closing its standard input; kill it if it stays. May be repeated."""
    stdin, stdout, _ = _pipes(child)
    with contextlib.suppress(OSError):  # It may be dead already, with unread orders.
        stdin.close()
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    stdout.close()


def why_it_ended(code: int, said: Iterable[str]) -> str:
    """Return in one line why a server that exited with `code` did not start, from what it wrote to its log."""
    if code in ILLEGAL_INSTRUCTION:
        return (
            "The embedded model server cannot run here: it needs a processor with AVX2. "
            "Set api_base_url and a profile of another endpoint for this author in afterword.toml."
        )
    lines = [line.strip() for line in said if line.strip()]
    # The server's log begins with the cause ("0.00.003.2 E gguf_init: ..."), Python's traceback ends with it.
    causes = [line.split(" E ", 1)[1].strip() for line in lines if " E " in line]
    cause = causes[0] if causes else lines[-1] if lines else "it said nothing"
    return f"The embedded model server did not start (exit code {code}): {cause}"


def _orders(gguf: Gguf, api_key: str, seed: int | None) -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "path": str(gguf.path),
        # Comes back as every reply's model id, and so is stored with each turn.
        "name": f"{gguf.path.stem}@{gguf.sha256[:12]}",
        "api_key": api_key,
        # One core is left to the rest of us; a small model gains nothing from more than eight.
        "threads": min(max(cores - 1, 1), 8),
        "seed": seed,
    }


def _pipes(child: "subprocess.Popen[str]") -> tuple[IO[str], IO[str], IO[str]]:
    """Its three pipes: they were asked for, so they are there, which the types cannot tell."""
    return cast("IO[str]", child.stdin), cast("IO[str]", child.stdout), cast("IO[str]", child.stderr)


def _drain(stream: IO[str], lines: deque[str]) -> None:
    with stream:
        lines.extend(stream)


LOG_SECONDS = 0.5
"""So long a server that did not start is left to write its log, which a thread of its own does."""


def _serve() -> None:
    """Be the child: read the orders, serve, and leave when standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # A service manager tells all processes; only the parent decides.
    orders = json.loads(sys.stdin.readline())
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # Whatever the server prints is log, not answer.
    # Read when the library is loaded: threads that spin would starve the parent.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    import xllamacpp

    server = xllamacpp.Server(_params(xllamacpp.CommonParams(), orders))
    print(json.dumps({"base_url": server.listening_address}), file=answer, flush=True)
    sys.stdin.read()


def _params(params: Any, orders: dict[str, Any]) -> Any:
    """Lay the orders into the server's parameters: one request at a time, loopback only, nothing beside the API."""
    params.model.path = orders["path"]
    params.model_alias = {orders["name"]}
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = orders["threads"]
    params.cpuparams_batch.n_threads = orders["threads"]
    for name, value in SAMPLERS.items():
        setattr(params.sampling, name, value)
    if orders["seed"] is not None:
        params.sampling.seed = orders["seed"]
        params.cache_prompt = False  # A prompt read in other portions rounds differently.
    params.cache_ram_mib = 0  # Its default keeps up to 8 GB of old prompts.
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [orders["api_key"]]
    params.cors_origins = ""
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    params.offline = True
    params.verbosity = 1  # Errors alone.
    return params


if __name__ == "__main__":
    status = 1
    try:
        _serve()
        status = 0
    except BaseException as fault:
        time.sleep(LOG_SECONDS)
        sys.stderr.write(f"{type(fault).__name__}: {fault}\n")
        sys.stderr.flush()
    finally:
        os._exit(status)  # The server's destructor may hang, so it never runs.
