"""Looking at everything that must be right, and saying what to do. Each author is looked at by itself."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from agent import app, keys
from agent.channels import HERE
from agent.cli.common import as_json, folded, folder_of, legible
from agent.cli.common import show as show_list
from agent.cli.finding import Finding
from agent.cli.lookers import lookers
from agent.errors import (
    AfterwordError,
    BadTemplate,
    BrokenReply,
    NoApiKey,
    NoCredit,
    NoSuchLlm,
    Throttled,
    Unreachable,
    WrongApiKey,
    in_short,
)
from agent.mishaps import in_full
from agent.notices import notices
from agent.outlet import Outlet
from agent.prices import price_of
from agent.publish import edition, pages, theme
from agent.publish import words as told
from agent.queries import author_called, consent_of, pause_of, rest_of, today_of
from agent.settings import AuthorSettings, Settings, load
from agent.staff import having
from agent.staff.links import desk_address
from agent.tables import Author, Invitation, Slot, StaffRole, User, WritingSession
from agent.write import usage

MARGIN = 7
AT_ONCE = 8
"""So many things of a kind are named one by one."""
FAULTS = {
    NoApiKey: "no key",
    WrongApiKey: "wrong key",
    NoCredit: "no credit",
    Unreachable: "unreachable",
    Throttled: "unreachable",
    BrokenReply: "unreachable",
}
TRY_AGAIN = "Look at its api_base_url and at this machine's network, and run afterword doctor again."
ANY_ADDRESS = (
    "allow_private_feeds lets whoever names a feed, an author by its wish among them, have any address asked from this "
    "machine: its own, its network's, a cloud's secrets. It is for tests alone: use feed_networks"
)
LAPSED = (
    "{endpoint} does not know {model_id} (HTTP 404): it is retired there, or this key has no access to it. Ask the "
    "service for access, or name another endpoint with api_base_url."
)


@click.command()
@as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at everything that must be right, and say what to do. Exit 1 where something is wrong."""
    found = list(_look(folder_of(ctx)))
    if as_json:
        show_list(found, json_wanted=True, columns=(), empty="")
    else:
        for finding in found:
            margin = " " * MARGIN
            words = legible(f"{finding.looked_at}: {finding.words}")
            click.echo("\n".join(folded(words, f"{finding.state:<{MARGIN}}", margin)))
    ctx.exit(1 if any(finding.state == "wrong" for finding in found) else 0)


def _look(folder: Path) -> Iterator[Finding]:
    try:
        settings = load(folder)
    except AfterwordError as error:
        yield Finding("settings", "wrong", str(error))
        return
    yield Finding("settings", "good", str(settings.folder / "afterword.toml"))
    outlet = app.build(settings)

    def database() -> str:
        app.open_up(outlet)
        outlet.database.try_out()
        return outlet.database.shown_url

    def prompts() -> str:
        names = [prompt.name for prompt in outlet.prompts.all()]
        grounds = len(outlet.prompts.grounds())
        return f"{len(names)} prompts, {grounds} grounds"

    yield _try("database", database)
    yield _try("prompts", prompts)
    yield _try("public folder", lambda: str(edition.public_folder(outlet)))
    yield _try("signing key", lambda: f"public key {keys.public_hex(outlet.signing_key())}")
    for author in settings.authors:
        yield _probed(outlet, author)
        yield from _asked(outlet, partial(_author, outlet, author))
    if not settings.authors:
        yield Finding("authors", "look", "nobody yet: add an [[author]] to afterword.toml")
    yield from lookers(outlet)
    yield from _prices(settings)
    yield from _theme(outlet)
    yield from _words(outlet)
    for target in outlet.targets:
        yield _try(f"target {target.name}", target.look)
    if settings.allow_private_feeds:
        yield Finding("feeds", "look", ANY_ADDRESS)
    for channel in outlet.channels:
        yield _try(f"channel {channel.name}", channel.look)
    yield from _in_the_clear(settings)
    yield from _asked(outlet, partial(_staff, outlet))
    yield from _asked(outlet, partial(_notices, outlet))


def _probed(outlet: Outlet, author: AuthorSettings) -> Finding:
    """Whether an author can be called. Whatever goes wrong with one hides no other."""
    what = f"author {author.name}"
    try:
        reached = app.probe(outlet, author.name, partial(click.echo, err=True))
    except NoSuchLlm as error:
        return Finding(what, "wrong", "lapsed: " + LAPSED.format(**error.facts))
    except Exception as error:
        word = next((word for kind, word in FAULTS.items() if isinstance(error, kind)), "cannot be called")
        advice = f" {TRY_AGAIN}" if word == "unreachable" else ""
        # What says "No API key" need not be called "no key" first.
        words = in_short(error) if word == "no key" else f"{word}: {in_short(error).rstrip('.')}.{advice}"
        return Finding(what, "wrong", words)
    if not reached.is_sure:
        words = f"perhaps lapsed: {reached.words}. Whether it still answers, its first invitation shows."
        return Finding(what, "look", words)
    return Finding(what, "good", f"reachable: {reached.words}")


def _author(outlet: Outlet, settings: AuthorSettings, db: Session) -> Iterator[Finding]:
    """What the rows say that keeps an author from being invited or published."""
    author, now = author_called(db, settings.name), outlet.now()
    if author is None:
        return  # The database is wrong, and was said to be.
    what = f"author {settings.name}"
    if consent_of(db, author.id) is None:
        words = f"not asked yet, so nothing of it can be published: afterword interview {settings.name}"
        yield Finding(what, "look", words)
    if (rest := rest_of(db, author.id, today_of(db, author.id, now))) is not None:
        yield Finding(what, "good", f"rests by its own wish, and is not invited before {rest.until}")
    least = usage.least(settings.profile, price_of(outlet.settings, settings, now.date()))
    reason = usage.over_caps(db, outlet.settings, author, now, least)
    if reason is not None and pause_of(db, author.id) is None and not _has_slot(db, author):
        # Where a slot waits for it, that is a notice.
        later = now + usage.MONTH + usage.DAY
        for_ever = usage.over_caps(db, outlet.settings, author, later, least) is not None
        yield Finding(what, "wrong" if for_ever else "look", f"it is not invited for now: {reason}")


def _prices(settings: Settings) -> Iterator[Finding]:
    """Prices of what nobody is: a misspelt one would leave its author at another price, or at none."""
    known = {each.model_id for each in (*settings.authors, settings.judge) if each is not None}
    for model_id in dict.fromkeys(price.model_id for price in settings.prices if price.model_id not in known):
        words = f'no author has the model_id "{model_id}", so its [[price]] is not used: look at the spelling'
        yield Finding("prices", "look", words)


def _words(outlet: Outlet) -> Iterator[Finding]:
    """Whether the site says everything in the language of the settings."""
    settings = outlet.settings
    try:
        said = told.load(outlet.site, settings.language, settings.at(settings.theme) if settings.theme else None)
    except AfterwordError as error:
        yield Finding("words", "wrong", str(error))
        return
    if not said.is_told:
        yield Finding("words", "look", f"there are no words for {settings.language}; the site is in English")
        return
    if said.unknown:
        yield Finding("words", "look", f"no page asks for {_some(said.unknown)}: look at the spelling")
    if said.missing:
        yield Finding("words", "look", f"{_some(said.missing)} not said in {settings.language}, so said in English")
    if not said.missing and not said.unknown:
        yield Finding("words", "good", f"all of the site, in {settings.language}")


def _some(names: list[str]) -> str:
    """The first few, and how many there are besides."""
    more = f" and {len(names) - AT_ONCE} more" if len(names) > AT_ONCE else ""
    return ", ".join(names[:AT_ONCE]) + more


def _theme(outlet: Outlet) -> Iterator[Finding]:
    """The operator's own templates, and names in it that replace nothing."""
    if outlet.settings.theme is None:
        return
    folder = outlet.settings.at(outlet.settings.theme)
    try:
        strangers = theme.strangers(outlet.site, folder)
    except AfterwordError as error:
        yield Finding("theme", "wrong", str(error))
        return
    for name in strangers:
        yield Finding("theme", "look", f"{folder / name} takes the place of nothing: look at the spelling")
    faults = _faults(outlet, folder)
    for fault in faults:
        yield Finding("theme", "wrong", str(fault))
    if not strangers and not faults:
        yield Finding("theme", "good", str(folder))


def _faults(outlet: Outlet, folder: Path) -> list[BadTemplate]:
    """What reading all templates shows; nothing where the words are wrong, which was said already."""
    try:
        said = told.load(outlet.site, outlet.settings.language, folder)
    except AfterwordError:
        return []
    return list(pages.environment(outlet.site, folder, said).faults())


def _has_slot(db: Session, author: Author) -> bool:
    """Whether a slot of the author waits to begin."""
    begun = select(Invitation.slot_id).join(WritingSession)
    waiting = select(Slot.id).where(Slot.author_id == author.id, col(Slot.id).not_in(begun))
    return db.exec(waiting).first() is not None


def _notices(outlet: Outlet, db: Session) -> Iterator[Finding]:
    """What stands still, and what went wrong lately."""
    for notice in notices(outlet, db):
        words = ". ".join(filter(None, [notice.words, notice.to_do]))
        yield Finding(notice.subject, "wrong" if notice.waits else "look", words)


def _in_the_clear(settings: Settings) -> Iterator[Finding]:
    """What travels where others may read along, and links that lead nowhere."""
    mail = settings.mail
    if mail is not None and mail.security == "none" and not HERE.fullmatch(mail.host):
        yield Finding("channel mail", "look", 'mails travel in the clear: set "security" to "starttls" or "tls"')
    for hook in settings.webhooks:
        host = urlsplit(hook.url).hostname or ""
        if hook.url.startswith("http://") and not HERE.fullmatch(host):
            yield Finding(f"channel {hook.name}", "look", "messages travel in the clear: use an https address")
    if (mail or settings.webhooks or settings.apprises) and settings.desk_address is None:
        words = (
            f"links in messages lead to {desk_address(settings)}: where staff reach the desk elsewhere, say so there"
        )
        yield Finding("desk_address", "look", words)


def _staff(outlet: Outlet, db: Session) -> Iterator[Finding]:
    """Whether there are enough reviewers, and who of the staff cannot come in or be told."""
    settings = outlet.settings
    reviewers = having(db, settings, StaffRole.REVIEWER)
    if len(reviewers) < 2:
        have = "only one" if reviewers else "nobody yet"
        yield Finding("reviewers", "look", f"{have}: name two in afterword.toml; a veto needs a second person")
    users = {user.name: user for user in db.exec(select(User))}
    for name in reviewers:
        user = users.get(name)
        by_directory = settings.oidc is not None and user is not None and bool(user.email)
        if user is None or not (user.password_hash or by_directory):
            yield Finding(f"reviewer {name}", "look", f"cannot sign in yet: afterword users password {name}")
    staff = sorted({name for role in StaffRole for name in having(db, settings, role)})
    unreached = [name for name in staff if name not in users or not users[name].email]
    if settings.mail is not None and unreached:
        how = "afterword users email NAME ADDRESS"
        words = f"no e-mail address of {_some(unreached)} is known, so no notice goes there: {how}"
        yield Finding("channel mail", "look", words)


def _asked(outlet: Outlet, ask: Callable[[Session], Iterator[Finding]]) -> list[Finding]:
    """What the rows say; nothing where they cannot be read, which was said already."""
    try:
        with outlet.database.read() as db:
            return list(ask(db))
    except SQLAlchemyError:
        return []


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "good", look())
    except (AfterwordError, SQLAlchemyError) as error:
        return Finding(what, "wrong", in_full(error) or in_short(error))
