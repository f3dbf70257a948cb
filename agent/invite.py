"""In what words: chooses a prompt version, composes the words and lays the context beside them.

An invitation holds words from prompts/ alone. What is laid beside it (here: entries of the feeds
an author follows) is context: separate blocks, kept by source and hash, fenced as data.
"""

import random
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from agent.errors import FeedError, UnknownPrompt
from agent.outlet import FeedEntry, Outlet
from agent.profiles import Profile
from agent.prompts import Prompt, remember
from agent.record import keep, sha256
from agent.settings import AuthorSettings
from agent.tables import AuditEvent, Author, ContextBlock, Invitation, Slot

NEWS = "news"
MOST_ENTRIES = 5
MOST_CHARACTERS = 10_000
CHARACTERS_A_TOKEN = 3
WORDS_TOKENS = 800
"""What welcome, invitation and form take of a context, rounded up."""


@dataclass(frozen=True)
class Composed:
    """The words of one invitation, with the prompts they came from, welcome first."""

    welcome: str
    words: str
    prompts: tuple[Prompt, ...]


def choose(invitations: Sequence[Prompt], *, arms: frozenset[str], small: bool, seed: int) -> Prompt:
    """Choose one invitation by weight, among those that fit the author and whose arm can be served.
    The same arguments give the same answer. Raises UnknownPrompt where none is left."""
    fits = {"any", "small" if small else "large"}
    able = [p for p in invitations if p.front.arms[0] in arms and p.front.weight > 0 and p.front.fits in fits]
    if not able:
        raise UnknownPrompt(name="any that fits", known=", ".join(p.name for p in invitations))
    return random.Random(seed).choices(able, weights=[p.front.weight for p in able])[0]  # noqa: S311


def compose(welcome: Prompt, invitation: Prompt, form: Prompt, *, byline: str, title: str) -> Composed:
    """Put the exact words together: the welcome with the form of a reply, and the invitation."""
    facts = {"byline": byline, "publication": title}
    account = f"{welcome.fill(**facts)}\n\n{form.fill(**facts)}"
    return Composed(account, invitation.fill(**facts), (welcome, form, invitation))


def fence(entry: FeedEntry) -> str:
    """One entry as it is laid beside an invitation: plainly data, with its source."""
    date = entry.published.date().isoformat() if entry.published else "no date"
    body = f"{entry.title}\n{entry.source}, {date}\n{entry.link}\n\n{entry.text}"
    # What a stranger wrote cannot close the fence.
    body = re.sub(r"<(?=\s*/?\s*entry)", "(", body, flags=re.IGNORECASE)
    return f"<entry>\n{body}\n</entry>"


def fit(entries: Sequence[FeedEntry], profile: Profile) -> list[FeedEntry]:
    """As many entries, in their order, as a context has room for beside the words and a full reply."""
    free_tokens = profile.context_tokens - profile.max_output_tokens - WORDS_TOKENS
    room = min(free_tokens * CHARACTERS_A_TOKEN, MOST_CHARACTERS)
    fitting: list[FeedEntry] = []
    for entry in entries:
        if len(fence(entry)) <= room and len(fitting) < MOST_ENTRIES:
            fitting.append(entry)
            room -= len(fence(entry))
    return fitting


def invite(outlet: Outlet, slot_id: int) -> int:
    """Make the invitation for a slot, once, and return its id."""
    with outlet.database.read() as db:
        if (made := _made(db, slot_id)) is not None:
            return made
        slot = db.get_one(Slot, slot_id)
        author = db.get_one(Author, slot.author_id)
    settings = outlet.settings.author(author.slug)
    seed = secrets.randbits(31)
    prompt, entries = _pick(outlet, settings, slot.prompt, seed)
    form = outlet.prompts.get("tools" if settings.profile.tools else "words")
    welcome = outlet.prompts.get("brief" if settings.profile.local else "welcome")
    composed = compose(welcome, prompt, form, byline=author.byline, title=outlet.settings.title)
    with outlet.database.write() as db:
        if (made := _made(db, slot_id)) is not None:
            return made
        now = outlet.now()
        invitation = Invitation(
            slot_id=slot_id,
            author_id=author.id,
            byline=author.byline,
            model_id=author.model_id,
            retired_on=author.retired_on,
            stand_in=author.stand_in,
            prompt=prompt.name,
            arm=prompt.front.arms[0],
            seed=seed,
            prompts=[remember(db, p.name, p.source, now) for p in composed.prompts],
            welcome=composed.welcome,
            words=composed.words,
            words_sha256=sha256(composed.words.encode()),
            at=now,
        )
        db.add(invitation)
        db.flush()
        for number, entry in enumerate(entries, 1):
            blob = keep(db, fence(entry).encode())
            db.add(
                ContextBlock(
                    invitation_id=invitation.id,
                    number=number,
                    kind="entry",
                    source=entry.link or entry.source,
                    title=entry.title,
                    sha256=blob.sha256,
                    blob_id=blob.id,
                )
            )
    outlet.log.info(
        "invited", action="invited", author=author.slug, slot=slot_id, invitation=invitation.id, prompt=prompt.name
    )
    return invitation.id


def _made(db: Session, slot_id: int) -> int | None:
    return db.exec(select(Invitation.id).where(Invitation.slot_id == slot_id)).first()


def _pick(outlet: Outlet, author: AuthorSettings, name: str | None, seed: int) -> tuple[Prompt, list[FeedEntry]]:
    if name is not None:
        prompt = outlet.prompts.invitation(name)
        entries = _entries(outlet, author) if prompt.front.arms[0] == NEWS else []
        if entries or prompt.front.arms[0] != NEWS:
            return prompt, entries
        # Nothing lies beside the page today, so an invitation that says so would not be true.
        outlet.log.warning("no entries", action="no_entries", author=author.name, prompt=name)
    invitations = outlet.prompts.invitations()
    arms = frozenset(["minimal", NEWS] if author.feeds else ["minimal"])
    prompt = choose(invitations, arms=arms, small=author.profile.local, seed=seed)
    if prompt.front.arms[0] != NEWS:
        return prompt, []
    if entries := _entries(outlet, author):
        return prompt, entries
    # Nothing came from the feeds: the same seed chooses among the invitations that need none.
    return choose(invitations, arms=frozenset(["minimal"]), small=author.profile.local, seed=seed), []


def _entries(outlet: Outlet, author: AuthorSettings) -> list[FeedEntry]:
    entries: list[FeedEntry] = []
    for url in author.feeds:
        try:
            entries += outlet.feeds.read(url)
        except FeedError as error:
            outlet.log.warning("feed not read", action="feed_failed", author=author.name, reason=str(error))
            with outlet.database.write() as db:
                db.add(
                    AuditEvent(actor="outlet", action="feed_failed", subject=url, reason=str(error), at=outlet.now())
                )
    dated = sorted((e for e in entries if e.published), key=lambda e: e.published.timestamp() if e.published else 0)
    return fit([*reversed(dated), *(e for e in entries if not e.published)], author.profile)
