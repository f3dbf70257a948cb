"""The durable engine: DBOS, embedded on SQLite or distributed on PostgreSQL by its URL alone."""

import gc
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import EngineHeld

VERSION = "1"
"""Of the workflows' shape. DBOS's own default changes with every line of code, and pending work
of another version would never be taken up again."""
EDITIONS_AT_ONCE = 2
"""They have a queue of their own, so that sittings never hold the site up."""
DELIVERIES_AT_ONCE = 4
"""So have these, so that a slow target holds up neither the site nor another target."""
LOCK_NUMBER = 7_021_902
"""Any fixed number: on PostgreSQL it lets one process hold the engine."""
WAYS_AT_ONCE = 4
"""And these: a mail server that hangs holds up no webhook, and nothing else at all."""
JUDGED_AT_ONCE = 4
"""And these: a judge that is slow or down holds up nothing."""
POLL_SECONDS = 0.5
GARBAGE = 10_000
"""So many new objects before the next search for garbage."""
GOES_ON = {"ENQUEUED", "PENDING", "DELAYED"}
WAIT_SECONDS = 0.2

T = TypeVar("T")


class Stopping(BaseException):
    """Leaves a workflow between two steps, still pending: the next start takes it up.

    Not an Exception on purpose, so that no workflow can take it for a fault of its own.
    """


class DurableEngine:
    """Keeps the Engine protocol. One process holds it: by a lock file beside a SQLite file, by an
    advisory lock in PostgreSQL."""

    def __init__(self, url: str, *, lock: Path | None, sittings_at_once: int) -> None:
        self._url = url
        self._queues = {
            "sitting": sittings_at_once,
            "edition": EDITIONS_AT_ONCE,
            "delivery": DELIVERIES_AT_ONCE,
            "telling": WAYS_AT_ONCE,
            "judging": JUDGED_AT_ONCE,
        }
        self._lock = FileLock(lock) if lock is not None else None
        self._held: Connection | None = None
        self._workflows: dict[str, Callable[..., Any]] = {}
        self._stopping = threading.Event()
        self._asking = threading.Lock()
        self.lost = False
        """The engine is no longer held by this process, which is to end: see `_must_be_held`."""

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
        # What is imported by now stays, so it is not looked through again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE)
        DBOS.launch()
        for queue, at_once in self._queues.items():
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
        asking = create_engine(self._url, isolation_level="AUTOCOMMIT").connect()
        if not asking.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": LOCK_NUMBER}):
            asking.close()
            asking.engine.dispose()
            raise EngineHeld(path="in the database")
        self._held = asking

    def wind_up(self) -> None:
        """Begin no further step: what runs is finished, and what is left stays pending."""
        self._stopping.set()

    def stop(self, seconds: float) -> None:
        """Let the steps in flight finish, for at most that long, and let go."""
        from dbos import DBOS

        self.wind_up()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(seconds))
        self.let_go()

    def let_go(self) -> None:
        """Leave the engine to another process."""
        if self._lock is not None:
            self._lock.release()
        if self._held is not None:
            self._held.close()
            self._held.engine.dispose()
            self._held = None

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

    def step(self, action: Callable[..., T], *given: Any) -> T:
        """Run one step, unless this process is to stop. No checkpoint of it is kept: the step finds its own row, and
        a checkpoint took longer than that."""
        self._must_be_held()
        if self._stopping.is_set():
            raise Stopping
        return action(*given)

    def _must_be_held(self) -> None:
        """PostgreSQL lets go of the lock with its connection: then another process may hold the engine by now, and two
        would ask for the same turn."""
        with self._asking:
            if self._held is None or self.lost:
                return
            try:
                self._held.scalar(text("SELECT 1"))
            except SQLAlchemyError:
                self.lost = True
                self._stopping.set()

    def sleep(self, seconds: float) -> None:
        """Wait, until this process is to stop. Until when it is waited stands in rows, as far as that matters."""
        if self._stopping.wait(seconds):
            raise Stopping
