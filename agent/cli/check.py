"""Let the checks look at works: at those that wait, or again at old ones, and say what changed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import ROW, folded, legible, open_outlet
from agent.errors import Refused

if TYPE_CHECKING:
    from sqlmodel import Session

    from agent.check.changes import Change, Changed
    from agent.outlet import Outlet

DAY = click.DateTime(["%Y-%m-%d"])
SHOWN_AT_MOST = 40
"""So many works are named; JSON has all."""
MARGIN = " " * 4


@click.command()
@click.argument("revisions", metavar="[REVISION]...", nargs=-1, type=ROW)
@click.option("--again", "anew", is_flag=True, help="Also by what has looked already; alone, at every work there is.")
@click.option("--all", "everything", is_flag=True, help="At every work, public or not.")
@click.option("--since", type=DAY, metavar="DATE", help="At what was handed in from this day on (UTC).")
@click.option(
    "--check",
    "names",
    multiple=True,
    metavar="NAME",
    help="By this check alone; say it again for more. The judge is asked only by a policy that is named.",
)
@click.option(
    "--score",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Look at the labelled passages in a folder instead, and say how often the checks are right.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_context
def check(  # noqa: PLR0917
    ctx: click.Context,
    revisions: tuple[int, ...],
    anew: bool,
    everything: bool,
    since: datetime | None,
    names: tuple[str, ...],
    score: Path | None,
    as_json: bool,
) -> None:
    """Let the checks look at each REVISION; where none is named, at what waits for people. Those look that have not
    yet done so in their present version, or could not. Exit 1 where something could not be checked."""
    if sum(map(bool, (revisions, everything, since))) > 1:
        raise click.UsageError("Name revisions, or say --all, or --since: one of them.")
    if score is not None:
        if revisions or everything or since or anew or names:
            raise click.UsageError(
                "--score looks at a folder of labelled passages, and at no work: leave the rest out."
            )
        _score(score, as_json=as_json)
        return
    from agent.check.again import again
    from agent.cli.proof import watched

    outlet = open_outlet(ctx)
    _need_checks(outlet, names)
    with outlet.database.read() as db:
        ids = _chosen(db, revisions, since, everything=everything or (anew and not since))
    with watched("Looking") as heard:
        found = again(outlet, ids, only=names, anew=anew, heard=lambda done: heard(done, len(ids)))
    if as_json:
        click.echo(legible(json.dumps([_as_data(each) for each in found], indent=1, ensure_ascii=False)))
    else:
        click.echo(legible("\n".join(_lines(found, len(ids)))))
    if any(each.unchecked for each in found):
        ctx.exit(1)


def _score(folder: Path, *, as_json: bool) -> None:
    from agent.check.scoring.score import score
    from agent.cli.scoring import show_score

    show_score(score(folder), json_wanted=as_json)


def _need_checks(outlet: "Outlet", names: Sequence[str]) -> None:
    from agent.check.every import every

    known = [each.name for each in every(outlet)]
    if strange := [name for name in names if name not in known]:
        raise click.BadParameter(
            f'there is no check "{strange[0]}". There are: {", ".join(known)}.', param_hint="--check"
        )


def _chosen(db: "Session", named: Sequence[int], since: datetime | None, *, everything: bool) -> list[int]:
    """The revisions to look at, the oldest first: those that are named, or those that have a text."""
    from sqlmodel import col, select

    from agent.tables import Blob, Docket, Revision

    if named:
        for each in named:
            if db.get(Revision, each) is None:
                raise Refused(reason=f"There is no revision {each}. `afterword queue` lists what waits.")
    rows = select(Revision.id).join(Blob, col(Blob.id) == Revision.text_blob_id).where(col(Blob.data).is_not(None))
    if named:
        rows = rows.where(col(Revision.id).in_(named))
    elif since:
        rows = rows.where(col(Revision.at) >= since.replace(tzinfo=UTC))
    elif not everything:
        rows = rows.where(col(Revision.id).in_(select(Docket.revision_id)))
    found = list(db.exec(rows.order_by(col(Revision.id))))
    if erased := sorted(set(named) - set(found)):
        raise Refused(reason=f"The text of revision {erased[0]} was erased: there is nothing to look at.")
    return found


def _as_data(found: "Changed") -> dict[str, Any]:
    unchecked = [{"reason": reason, "revisions": ids} for reason, ids in found.unchecked.items()]
    return asdict(found) | {"unchecked": unchecked}


def _lines(found: Sequence["Changed"], works: int) -> Iterator[str]:
    looked_at = "1 work" if works == 1 else f"{works:,} works"
    if not found:
        yield f"Every check has looked at {looked_at}." if works else "There is nothing to look at."
        return
    for each in found:
        yield from folded(_sentence(each), "", MARGIN)
        for reason, ids in each.unchecked.items():
            which = ", ".join(map(str, ids[:SHOWN_AT_MOST])) + (", ..." if len(ids) > SHOWN_AT_MOST else "")
            yield from folded(f"not checked, {reason}: revision{'s' * (len(ids) > 1)} {which}", MARGIN, MARGIN)
    changed: dict[int, list[tuple[str, Change]]] = {}
    for each in found:
        for change in each.changes:
            changed.setdefault(change.revision, []).append((each.check, change))
    if changed:
        yield ""
        yield "What changed:"
    for revision in sorted(changed)[:SHOWN_AT_MOST]:
        yield f"revision {revision}"
        for name, change in changed[revision]:
            what = "new" if change.new else "gone"
            yield from folded(f"{what}: {change.level.value}, {name}, {change.category}. {change.why}", MARGIN, MARGIN)
    if len(changed) > SHOWN_AT_MOST:
        yield f"and {len(changed) - SHOWN_AT_MOST:,} more; --json has all."


def _sentence(found: "Changed") -> str:
    """What one version of a check found beside what it had found before."""
    if not found.before:
        versions = f"version {found.version}, for the first time"
    elif found.before == found.version:
        versions = f"version {found.version}"
    else:
        versions = f"version {found.before}, now {found.version}"
    looked = "looked at 1 work" if found.works == 1 else f"looked at {found.works:,} works"
    flags = f"{found.new:,} new, {found.gone:,} gone, {found.same:,} the same"
    shadow = ", in shadow" if found.shadow else ""
    return f"{found.check} ({versions}{shadow}): {looked}; flags: {flags}"
