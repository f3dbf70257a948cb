"""What an author is offered: the exact words, and what lies beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from agent.errors import BadPrompt
from agent.invite.choice import RECENT, History, choose, choose_arm
from agent.invite.context import Beside, able, lay, room_for, shelf_of, since_block
from agent.invite.since import last_answered, news
from agent.outlet import Outlet
from agent.prompts import Prompt, fill, questions
from agent.tables import Arm, Author, Invitation, Purpose, Slot


@dataclass(frozen=True)
class Composed:
    """The words of one invitation, with the prompts they came from, welcome first."""

    welcome: str
    words: str
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True)
class Offer:
    """The words, by which invitation, and what lies beside them. `since` is the prompt that told the news."""

    prompt: str
    composed: Composed
    arm: Arm = Arm.MINIMAL
    beside: tuple[Beside, ...] = ()
    since: Prompt | None = None

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Every prompt that words of it came from, welcome first."""
        return self.composed.prompts if self.since is None else (*self.composed.prompts, self.since)


def compose(
    welcome: Prompt, invitation: Prompt, form: Prompt, *, byline: str, title: str, tools: bool = True
) -> Composed:
    """Put the exact words together: the welcome with the form of a reply, and the invitation. They say what is so
    for an author with tools, or without, and with these families of them."""
    facts = {"byline": byline, "publication": title, "tools": tools, "families": invitation.front.tools}
    account = f"{welcome.fill(**facts)}\n\n{form.fill(**facts)}"
    return Composed(account, invitation.fill(**facts), (welcome, form, invitation))


def to_be_interviewed(outlet: Outlet, author: Author) -> Offer:
    """The opening of the interview and its first question; the sitting asks the others one by one."""
    welcome, interview = outlet.prompts.get("welcome"), outlet.prompts.get("interview")
    opening, asked = questions(interview.body)
    if not asked:
        raise BadPrompt(path=outlet.prompts.folder / "interview.md", reason='it asks no question ("## name")')
    tools = outlet.settings.author(author.slug).profile.tools
    facts = {"byline": author.byline, "publication": outlet.settings.title, "tools": tools}
    words = fill(f"{opening}\n\n{asked[0].words}", interview.name, **facts)
    return Offer(interview.name, Composed(welcome.fill(**facts), words, (welcome, interview)))


def to_write(db: Session, outlet: Outlet, author: Author, *, wanted: str | None, seed: int) -> Offer:
    """An invitation to write: the one that is wanted by name, where what it speaks of is there, or else one that is
    chosen by the seed. What has happened since comes first, whichever it is."""
    about, prompts, title = outlet.settings.author(author.slug), outlet.prompts, outlet.settings.title
    profile = about.profile
    welcome = prompts.get("brief" if profile.local else "welcome")
    form = prompts.get("tools" if profile.tools else "words")
    invitations = prompts.invitations()
    room = room_for(profile, _size(welcome) + _size(form) + max(map(_size, invitations)))
    since, first = None, []
    if told := news(db, author, last_answered(db, author.id), outlet.now()):
        since = prompts.get("since")
        grounds = {ground.name: ground.title for ground in prompts.grounds()}
        first = [since_block(since, told, room, grounds=grounds, tools=profile.tools, publication=title)]
        room -= first[0].size
    shelf = shelf_of(db, author.id, tools=profile.tools, hosts=about.bounds.hosts)
    history = History(_used(db, author.id), able(shelf, room), profile.local)
    prompt, arm = _pick(outlet, author, invitations, history, wanted=wanted, seed=seed)
    composed = compose(welcome, prompt, form, byline=author.byline, title=title, tools=profile.tools)
    return Offer(prompt.name, composed, arm, (*first, *lay(shelf, arm, room, tools=profile.tools)), since)


def _pick(
    outlet: Outlet, author: Author, invitations: Sequence[Prompt], history: History, *, wanted: str | None, seed: int
) -> tuple[Prompt, Arm]:
    if wanted is not None:
        prompt = outlet.prompts.invitation(wanted)
        if (arm := choose_arm(prompt, history, seed)) is not None:
            return prompt, arm
        # What it speaks of is not there today, so its words would not be true.
        outlet.log.warning("not served", action="not_served", author=author.slug, prompt=wanted)
    return choose(invitations, history, seed)


def _used(db: Session, author_id: int) -> tuple[str, ...]:
    """The names of the invitations to write that the author had last, newest first."""
    rows = (
        select(Invitation.prompt)
        .select_from(Invitation)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(Invitation.author_id == author_id, col(Slot.purpose) == Purpose.WRITING)
        .order_by(col(Invitation.id).desc())
        .limit(RECENT)
    )
    return tuple(db.exec(rows))


def _size(prompt: Prompt) -> int:
    return len(prompt.body.encode())
