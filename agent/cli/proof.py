"""What `afterword verify` says where nothing is wrong: what was looked at, what that proves, and what it cannot."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.cli.common import folded
from agent.publish.verify import Verified

MARGIN = "  "


def counted(found: Verified) -> Iterator[str]:
    """What was looked at, each thing with how many there were."""
    yield from _item(
        f"{_many(found.lines, 'ledger line')}, each with the hash of the line before it, down to {found.head}"
    )
    if found.heads:
        since = found.first_head[:10]
        days = f"from {since} to {found.last_head[:10]}" if found.heads > 1 else f"of {since}"
        yield from _item(f"{_many(found.heads, 'dated head')}, {days}: each is signed, and is the hash of its line")
    yield from _item(f"{_many(found.invitations, 'invitation')}: each stands on the pages of the ledger, once")
    yield from _item(
        f"{_many(found.pieces, 'piece')}: text and record are byte for byte what was committed to at receipt"
        + ("" if found.not_compared else ", and the page holds exactly that text")
    )
    if found.taken_down:
        yield from _item(f"{_many(found.taken_down, 'piece')} more taken down: no text is there, and a notice stays")
    others = "nothing else is there" if found.all_seen else "what else lies at this address cannot be seen from here"
    yield from _item(f"{_many(found.files, 'file')}: each is the one in the signed manifest; {others}")
    if found.kept:
        yield from _item(f"{_many(found.kept, 'head')} that you kept: this ledger goes on from there")
    yield from folded(f"Signed by {found.public_key}{_whose(found)}", "", "")


def conclusion(found: Verified) -> Iterator[str]:
    """What all that proves, and what it cannot."""
    if found.not_compared:
        yield from folded(found.not_compared, "", "")
    yield from folded(
        "This proves that nothing was changed since it was signed, that no line of the ledger was dropped or moved, "
        "and that each text is the one that was noted down when it arrived, before any verdict on it.",
        "",
        "",
    )
    yield from folded(
        "It cannot prove that the staff were honest before receipt: that the answer noted down is the one the model "
        "gave, or that no other sitting took place." + _older(found),
        "",
        "",
    )


def _whose(found: Verified) -> str:
    if found.key_was_known:
        return ", the key that you named."
    return ". That is what it says of itself: name the key that you trust with --key."


def _older(found: Verified) -> str:
    if found.kept:
        return ""
    return " Nor that this is the newest edition: keep the hash of its last line, and hand it in with --head next time."


def _item(words: str) -> list[str]:
    return folded(f"{words}.", MARGIN, MARGIN * 2)


def _many(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


@contextmanager
def watched(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how far a look has come. Nothing is shown anywhere else."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)
