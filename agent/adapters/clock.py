"""The clock: the only reader of the system's time, and the only importer of apscheduler."""

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.errors import BadSettings
from agent.outlet import Log
from agent.settings import RULE

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class Triggers:
    """The Trigger of agent/outlet.py, for crontab lines and for `every N minutes|hours|days`."""

    def next_fire(self, rule: str, zone: str, previous: datetime | None, now: datetime) -> datetime:
        """Return the first moment (UTC) of a rule that is after `previous` and not before `now`.

        `every N ...` counts real time from `previous`, so an outage does not shift its beat; without
        one it fires at `now`. A crontab line means local time in `zone`: what the spring night skips
        comes as much later (02:30 at 03:30), and in the hour that the autumn night doubles only a
        rule for every hour (`*` or `*/N`) fires twice. Raises BadSettings for a rule that cannot be
        read, or that never fires.
        """
        place = f'cadence "{rule}" in "{zone}"'
        after = now if previous is None else max(now, previous + timedelta(microseconds=1))
        if (match := RULE.fullmatch(rule)) is None:
            raise BadSettings(file=place, problems='it is neither "every 3 days" nor a crontab line')
        try:
            if match[1]:
                found = _interval(int(match[1]), match[2], previous or now, after)
            else:
                found = _crontab(rule, ZoneInfo(zone), after)
        except (ZoneInfoNotFoundError, ValueError, OverflowError) as error:
            raise BadSettings(file=place, problems=f"it cannot be read ({error})") from error
        if found is None:
            raise BadSettings(file=place, problems="no such moment ever comes")
        return found


def _interval(count: int, unit: str, start: datetime, after: datetime) -> datetime | None:
    from apscheduler.triggers.interval import IntervalTrigger

    trigger = IntervalTrigger(**{f"{unit}s": count}, start_date=start.astimezone(UTC), timezone=UTC)
    return _ask(trigger, after.astimezone(UTC))


def _crontab(rule: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    from apscheduler.triggers.cron import CronTrigger

    # In a zone with summer time, the trigger's own steps can jump over a midnight: "0 0 1 * *" in
    # Berlin has no 1 April. So it sees the wall clock alone, as if that were UTC, and which real
    # moments a wall time is, we say.
    trigger = CronTrigger.from_crontab(rule, timezone=UTC)
    every_hour = rule.split()[1].startswith("*")
    best: datetime | None = None
    last: datetime | None = None
    for wall in _walls(trigger, after.astimezone(zone).replace(tzinfo=UTC) - _turn(after, zone)):
        if last is not None and wall > last:
            break
        if moments := [moment for moment in _moments(wall, zone, every_hour) if moment >= after]:
            # Where the clocks are turned, a later wall time can be an earlier moment: look so far.
            last = last or wall + _turn(moments[0], zone)
            best = min([*moments, best or moments[0]])
    return best


def _walls(trigger: Any, start: datetime) -> Iterator[datetime]:
    while (wall := _ask(trigger, start)) is not None:
        yield wall
        start = wall + timedelta(seconds=1)


def _moments(wall: datetime, zone: ZoneInfo, both: bool) -> list[datetime]:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return [first, second] if both and first < second else [first]


def _turn(moment: datetime, zone: ZoneInfo) -> timedelta:
    """By how much the zone's clocks are turned within a day of `moment`."""
    day = timedelta(days=1)
    offsets = [(moment + shift).astimezone(zone).utcoffset() or timedelta() for shift in (-day, timedelta(), day)]
    return max(offsets) - min(offsets)


def _ask(trigger: Any, after: datetime) -> datetime | None:
    # Never with APScheduler's own `previous`: given that, it returns every missed moment in turn.
    try:
        found: datetime | None = trigger.get_next_fire_time(None, after)
    except OverflowError:  # It searched past the year 9999.
        return None
    return found


class Clock:
    """Runs jobs again and again in threads of this process. Nothing of it is stored: what must
    survive a restart stands in rows, and each job looks there."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._jobs: list[tuple[float, Callable[[], None], str]] = []
        self._scheduler: BackgroundScheduler | None = None

    def every(self, seconds: float, job: Callable[[], None], name: str) -> None:
        """Run `job` at once when the clock starts, and then every `seconds`; never twice at a time.
        Its exceptions are logged (action=clock_job_failed) and end nothing."""
        self._jobs.append((seconds, job, name))

    def start(self) -> None:
        """Begin. Jobs are named before."""
        from apscheduler.schedulers.background import BackgroundScheduler

        # A job that takes longer than its period is skipped until it is done; that is no warning.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        # Without a misfire_grace_time of None, a run more than a second late would be dropped.
        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        for seconds, job, name in self._jobs:
            scheduler.add_job(
                self._run, "interval", args=[job, name], seconds=seconds, id=name, name=name, next_run_time=now()
            )
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Begin no job any more, and wait for those that run."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def _run(self, job: Callable[[], None], name: str) -> None:
        try:
            job()
        except Exception as error:
            *_, (frame, line) = traceback.walk_tb(error.__traceback__)
            self._log.warning(
                "a job of the clock failed",
                action="clock_job_failed",
                job=name,
                error=f"{type(error).__name__}: {error}",
                where=f"{frame.f_globals.get('__name__')}:{line}",
            )
