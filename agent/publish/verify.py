"""Does a published place prove what it says? Reads nothing but the place itself: a folder, in which no link is
followed, or an address, of which only the files of the manifest are asked for.

Of a piece that its author revised, the newest published text stands on its page, and the ones before it lie
beside it. A withdrawal reaches the revisions up to a number: one that was published later stands again.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.outlet import Place
from agent.publish.manifest import MANIFEST
from agent.publish.proof import counts, heads, rows
from agent.publish.proof.chain import Chain, parts_of
from agent.publish.proof.heads import Dated, Kept
from agent.publish.proof.looking import Heard, Looking
from agent.publish.proof.on_disk import OnDisk
from agent.publish.proof.texts import commitments, look_at_texts
from agent.publish.proof.unit import Asked
from agent.publish.published import Published, Unread, read_manifest
from agent.publish.told import Told
from agent.render import renderer

KEY = "key.txt"


@dataclass
class Verified:
    """What was looked at, and everything that is wrong with it."""

    files: int = 0
    lines: int = 0
    pieces: int = 0
    """Those that can be read and have nothing wrong with them."""
    taken_down: int = 0
    invitations: int = 0
    heads: int = 0
    first_head: str = ""
    """When the first and the newest dated head were signed; empty where there is none."""
    last_head: str = ""
    head: str = ""
    """The hash of the ledger's last line: what a reader may keep."""
    kept: int = 0
    """How many heads that the reader kept were compared."""
    public_key: str = ""
    key_was_known: bool = False
    """Somebody said which key is expected: otherwise the place's own word was taken."""
    all_seen: bool = True
    """Everything that is there could be seen. At an address, only what is asked for can."""
    goes_on: bool = False
    """The ledger goes on behind the line where the manifest says that it ends: an edition may be coming out."""
    not_compared: str = ""
    """Why pages were not compared with their texts, in words; empty where they were."""
    problems: list[str] = field(default_factory=list)


def verify(
    place: Path | Place,
    *,
    public_key: str | None = None,
    kept: Collection[Kept] = (),
    heard: Heard = lambda _done, _of: None,
) -> Verified:
    """Check the manifest, its signature, every file, the chain, dated heads, the commitments, every text with its
    record and its page, the ledger pages, and the counts of vetoes.

    `public_key` (hex) pins whose signature is expected; without it the place's own is believed. `kept` are heads that
    the reader kept: each must stand in the chain.
    """
    place = OnDisk(place) if isinstance(place, Path) else place
    found = Verified(all_seen=place.names is not None, kept=len(kept), key_was_known=public_key is not None)
    found.problems += place.strange
    looking = Looking(place, found.problems, heard)
    published = read_manifest(looking.read_first)
    found.problems += published.problems
    found.public_key = published.public_key
    if published.format:
        _signed(published, found, public_key)
        looking.expect(published.files)
        _look(looking, published, found, kept)
        looking.read_rest()
        found.files = looking.files + len(published.parts)
        if not _is_as_it_was(looking, published):
            found.problems.insert(
                0, f"{MANIFEST}: was replaced while it was read: a new edition came out meanwhile; verify again"
            )
    found.problems = list(dict.fromkeys(found.problems))
    return found


def _signed(published: Published, found: Verified, expected: str | None) -> None:
    if expected is not None and published.public_key != expected:
        found.problems.append(f"{MANIFEST}: signed with another key than the one expected")
    if not published.is_signed:
        found.problems.append(f"{MANIFEST}: the signature does not hold")


def _look(looking: Looking, published: Published, found: Verified, kept: Collection[Kept]) -> None:
    """Everything that is read for what it says."""
    _key(looking, published, found)
    dated = list(_heads(looking, published, found))
    wanted: set[int | str] = {head.lines for head in dated}
    wanted |= {head.head if head.lines is None else head.lines for head in kept}
    if isinstance(published.lines, int):
        wanted.add(published.lines)
    chain, told = Chain(found.problems, wanted), Told()
    _ledger(looking, published, chain, told, found)
    heads.judge(dated, chain, public_key=published.public_key, problems=found.problems)
    heads.compare(kept, chain, found.problems)
    found.lines, found.head, found.invitations = chain.lines, chain.head, len(told.invited)
    if published.renderer != renderer():
        found.not_compared = (
            "The pages could not be compared with their texts: they were made by renderer "
            f"{published.renderer or 'unknown'}, and this program has renderer {renderer()}."
        )
    pieces, paged = told.pieces(), published.format >= 3
    commitments(told, pieces, found.problems)
    # How a name is shown, too, is what the program of then made of it.
    asked = Asked(text=not found.not_compared, name=paged and not found.not_compared, notes=paged)
    found.pieces = look_at_texts(looking, pieces, told, asked, found.problems)
    found.taken_down = sum(not revisions[-1].stands for revisions in pieces.values())
    for page, invitations in rows.pages_wanted(told, paged=paged).items():
        if (html := _page(looking, page)) is not None:
            found.problems += rows.rows_on(page, html, invitations, told, paged=paged)
    if paged and (html := _page(looking, rows.PAGE)) is not None:
        found.problems += rows.rows_on(rows.PAGE, html, rows.NOBODY, told, paged=paged)
        found.problems += rows.totals_on(html, told, pieces)
    # Editions of before have no such page.
    if counts.PAGE in published.files and (html := _page(looking, counts.PAGE)) is not None:
        found.problems += counts.counts_on(html, told)


def _key(looking: Looking, published: Published, found: Verified) -> None:
    """The key that the place shows to readers is the one that signed."""
    data = looking.read(KEY) if published.format >= 3 else None
    if data is not None and data.strip() != published.public_key.encode():
        found.problems.append(f"{KEY}: is not the key that signed {MANIFEST}")


def _heads(looking: Looking, published: Published, found: Verified) -> Iterator[Dated]:
    files = sorted(path for path in published.files if heads.PATH.fullmatch(path))
    for path in files:
        if (data := looking.read(path)) is None:
            continue
        for head in heads.heads_in(path, data, found.problems):
            found.heads += 1
            found.first_head = found.first_head or head.at.isoformat()
            found.last_head = head.at.isoformat()
            yield head


def _ledger(looking: Looking, published: Published, chain: Chain, told: Told, found: Verified) -> None:
    """Follow the whole ledger, one file of it in memory at a time."""
    for name in parts_of(published.files.keys(), found.problems):
        if (data := looking.read(name)) is None:
            continue
        for where, event in chain.follow(name, data):
            try:
                told.add(event)
            except (KeyError, ValueError, TypeError, AttributeError):
                found.problems.append(
                    f"{where}: says something that no outlet says, so the texts cannot be compared with it"
                )
    chain.ends(published.lines, published.head, MANIFEST)
    found.goes_on = chain.goes_on_from(published.lines, published.head)


def _page(looking: Looking, path: str) -> str | None:
    data = looking.read(path)
    return None if data is None else data.decode(errors="replace")


def _is_as_it_was(looking: Looking, published: Published) -> bool:
    """Whether the manifest is still the one that was read first."""
    try:
        return looking.read_first(MANIFEST) == published.data
    except Unread:
        return False
