"""The durable engine: DBOS, embedded on SQLite or distributed on PostgreSQL by its URL alone."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, create_engine, text

from agent.errors import EngineHeld

VERSION = "1"
"""Of the workflows' shape. DBOS's own default changes with every line of code, and pending work
of another version would never be taken up again."""
QUEUES = {"sitting": 8, "edition": 2}
"""How many pieces of work of each queue one process does at a time: sittings never hold the site up."""
LOCK_NUMBER = 7_021_902
"""Any fixed number: on PostgreSQL it lets one process hold the engine."""
POLL_SECONDS = 0.5
GOES_ON = {"ENQUEUED", "PENDING", "DELAYED"}
NAP_SECONDS = 5.0
WAIT_SECONDS = 0.2


class Stopping(BaseException):
    """Leaves a workflow between two steps, still pending: the next start takes it up.

    Not an Exception on purpose, so that no workflow can take it for a fault of its own.
    """


class DurableEngine:
    """Keeps the Engine protocol. One process holds it: by a lock file beside a SQLite file, by an
    advisory lock in PostgreSQL."""

    def __init__(self, url: str, *, lock: Path | None) -> None:
        self._url = url
        self._lock = FileLock(lock) if lock is not None else None
        self._held: Connection | None = None
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._stopping = threading.Event()

    def register(self, name: str, workflow: Callable[..., Any]) -> None:
        """Name a workflow before the start. The name is stored with its work, so it never changes."""

        def run(*ids: Any) -> Any:
            # DBOS marks the function that it is given, which a bound method does not allow.
            return workflow(*ids)

        self._workflows[name] = run

    def start(self) -> None:
        """Take up what was left, and listen for work. Raises EngineHeld."""
        from dbos import DBOS, DBOSPortableJSONSerializer

        self.hold()
        DBOS(
            config={
                "name": "afterword",
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": "slot-0",
                "log_level": "ERROR",
                "serializer": DBOSPortableJSONSerializer(),
            }
        )
        logging.getLogger("dbos").setLevel(logging.ERROR)
        self._workflows = {
            name: DBOS.workflow(name=name, max_recovery_attempts=1_000)(workflow)
            for name, workflow in self._workflows.items()
        }
        DBOS.launch()
        for queue, at_once in QUEUES.items():
            # One piece of work at a time for each partition: an author, or the edition.
            DBOS.register_queue(
                queue, worker_concurrency=at_once, partition_concurrency=1, polling_interval_sec=POLL_SECONDS
            )

    def hold(self) -> None:
        """Make sure that no other process runs this engine. Raises EngineHeld."""
        if self._held is not None or (self._lock is not None and self._lock.is_locked):
            return
        if self._lock is not None:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise EngineHeld(path=self._lock.lock_file) from None
            return
        self._held = create_engine(self._url, isolation_level="AUTOCOMMIT").connect()
        if not self._held.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": LOCK_NUMBER}):
            self._held.close()
            raise EngineHeld(path="in the database")

    def stop(self, seconds: float) -> None:
        """Let the steps in flight finish, for at most that long, and let go."""
        from dbos import DBOS

        self._stopping.set()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(seconds))
        if self._lock is not None:
            self._lock.release()
        if self._held is not None:
            self._held.close()
            self._held.engine.dispose()

    def enqueue(self, workflow: str, work: str, *ids: Any, queue: str, partition: str) -> str:
        """Ask for a piece of work, and return the name it goes by. While it goes on, asking again
        changes nothing; once it is over, the same work can be asked for again, under a further name."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

        name, times = work, 1
        while (status := DBOS.get_workflow_status(name)) is not None and status.status not in GOES_ON:
            times += 1
            name = f"{work}:{times}"
        if status is None:
            with SetWorkflowID(name), SetEnqueueOptions(queue_partition_key=partition):
                DBOS.enqueue_workflow(queue, self._workflows[workflow], *ids)
        return name

    def wait(self, work: str) -> None:
        """Wait for a piece of work to end. Raises what it raised."""
        from dbos import DBOS

        DBOS.retrieve_workflow(work).get_result(polling_interval_sec=WAIT_SECONDS)

    def step(self, name: str, action: Callable[..., Any], *ids: Any) -> Any:
        """Run one checkpointed step."""
        from dbos import DBOS

        if self._stopping.is_set():
            raise Stopping
        return DBOS.run_step({"name": name}, action, *ids)

    def sleep(self, seconds: float) -> None:
        """Wait; a restart goes on waiting for the rest."""
        from dbos import DBOS

        # In short naps, so that a stop does not have to wait for the end of a long one.
        while seconds > 0 and not self._stopping.is_set():
            DBOS.sleep(min(seconds, NAP_SECONDS))
            seconds -= NAP_SECONDS
        if self._stopping.is_set():
            raise Stopping
