"""The checks that ran on a revision, and what came of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from agent.noise import Precision
from agent.queries import runs_of
from agent.tables import Flag


@dataclass(frozen=True)
class Ran:
    """One check. With a `fault` it did not run, and is shown as "not checked"; `precision` is None as long as nobody
    said anything of its flags, and where it is not to be shown."""

    check: str
    version: str
    fault: str
    flags: int
    precision: Precision | None


def ran(
    db: Session,
    revision_id: int,
    flags: Sequence[Flag],
    *,
    precise: Mapping[tuple[str, str], Precision] | None = None,
) -> list[Ran]:
    """Each check that ran on a revision, by name, with how many of these flags are its own."""
    known = precise or {}
    return [
        Ran(
            check=run.check,
            version=run.version,
            fault=run.fault,
            flags=sum(flag.check == run.check for flag in flags),
            precision=known.get((run.check, run.version)),
        )
        for run in runs_of(db, [revision_id])[revision_id]
    ]
