"""The composition root: settings become an Outlet and an engine. Nothing else wires."""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import structlog

from agent import keys
from agent.adapters import clock
from agent.adapters.apprising import Apprising
from agent.adapters.branch import Branch
from agent.adapters.bucket import Bucket
from agent.adapters.claude import Claude
from agent.adapters.distant import Distant
from agent.adapters.durable import DurableEngine
from agent.adapters.feeds import FeedReader
from agent.adapters.gguf import find_gguf
from agent.adapters.local import LocalServer
from agent.adapters.mail import Mail
from agent.adapters.oidc import Oidc
from agent.adapters.reaching import Reacher
from agent.adapters.site_at import SiteAt
from agent.adapters.web import Server, application, preview
from agent.adapters.webhook import Webhook
from agent.database import Database
from agent.outlet import Ask, Channel, Directory, Llm, Log, Outlet, Target
from agent.pipeline import Pipeline
from agent.places import BranchSettings, BucketSettings, TargetSettings
from agent.profiles import Endpoint
from agent.prompts import PromptShelf
from agent.roster import call_roll
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.adapters.live import Live


PUBLIC_SERVICE = "https://api.anthropic.com"


def bundled(name: str) -> Path:
    """The folder prompts/ or site/: inside an installed package, or beside it in a checkout."""
    inside = Path(__file__).with_name("bundled") / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def build(
    settings: Settings,
    *,
    log: Log | None = None,
    say: Callable[[str], None] = lambda _: None,
    heard: Callable[[str], None] = lambda _: None,
) -> Outlet:
    """Wire an outlet. Opens no connection, reads no key and starts no server until one is needed.

    `say` is told what takes long; `heard` each piece of text as an author's endpoint sends it.
    """
    return Outlet(
        settings=settings,
        database=Database(settings.rows_url),
        prompts=PromptShelf(settings.at(settings.prompts), bundled("prompts")),
        now=clock.now,
        llm=_llms(settings, say),
        judge=_judge(settings),
        feeds=FeedReader(settings.allow_private_feeds, networks=settings.feed_networks),
        reach=Reacher(),
        trigger=clock.Triggers(),
        site=bundled("site"),
        targets=[_target(settings, target) for target in settings.targets],
        signing_key=cache(lambda: keys.load(settings.at(settings.signing_key))),
        channels=_channels(settings),
        directory=_directory(settings),
        log=log or logger(quiet=True),
        heard=heard,
    )


def open_up(outlet: Outlet) -> None:
    """Bring schema and rows up to date. Raises BadDatabase."""
    outlet.database.migrate()
    call_roll(outlet)


def pipeline(outlet: Outlet) -> tuple[Pipeline, DurableEngine]:
    """The workflows on their engine, registered and not started."""
    url = outlet.settings.work_url
    lock = Path(url.removeprefix("sqlite:///")).with_suffix(".lock") if url.startswith("sqlite") else None
    engine = DurableEngine(url, lock=lock, sittings_at_once=outlet.settings.sittings_at_once)
    chain = Pipeline(outlet, engine)
    for name, workflow in chain.workflows.items():
        engine.register(name, workflow)
    return chain, engine


def site_server(settings: Settings, port: int | None = None) -> Server:
    """A preview of the built site. Raises PortInUse."""
    where = settings.site_port if port is None else port
    return Server(preview(settings.at(settings.public)), host=settings.host, port=where, setting="site_port")


def live_server(settings: Settings, folder: Path, port: int | None = None) -> tuple["Live", Server]:
    """A draft of the site in a folder, and where it is shown. Raises PortInUse."""
    from agent.adapters.live import Live  # noqa: PLC0415  (starlette takes its time)

    live = Live(folder)
    where = settings.site_port if port is None else port
    return live, Server(application(live), host=settings.host, port=where, setting="site_port")


def site_at(url: str) -> SiteAt:
    """A published site at an address, to be read and verified. Raises Refused."""
    return SiteAt(url)


def desk_server(outlet: Outlet, port: int | None = None) -> Server:
    """The desk. Raises PortInUse."""
    from agent.desk import create_app  # noqa: PLC0415  (fastapi takes its time, and most commands need none of it

    settings = outlet.settings
    where = settings.desk_port if port is None else port
    proxied = settings.desk_address is not None
    return Server(create_app(outlet), host=settings.host, port=where, setting="desk_port", proxied=proxied)


@dataclass(frozen=True)
class Reached:
    """What an author's endpoint answered, in words. `is_sure` is False where it may have lapsed all the same."""

    words: str
    is_sure: bool = True


def probe(outlet: Outlet, slug: str, say: Callable[[str], None] = lambda _: None) -> Reached:
    """Ask an author's endpoint whether it can be called. Costs nothing. Raises LlmError."""
    author = outlet.settings.author(slug)
    if author.profile.local:
        gguf = find_gguf(_model(outlet.settings), _cache(), say)
        return Reached(f"served on this machine from {gguf.path.name}, SHA-256 {gguf.sha256[:12]}...")
    return _reached(outlet.llm(slug), author)


def probe_judge(outlet: Outlet) -> Reached | None:
    """Ask the judge's endpoint the same; nothing where none is set. Raises LlmError."""
    judge = outlet.settings.judge
    return _reached(outlet.judge, judge) if outlet.judge is not None and judge is not None else None


def _reached(llm: Llm, whose: Endpoint) -> Reached:
    lifecycle = llm.probe() if isinstance(llm, Claude) else ""
    if lifecycle == "retired":
        # The description of a model can outlast it. Counting takes the model itself, and this key's access to it.
        if not whose.profile.counts_tokens:
            return Reached(f"the service lists {whose.model_id} and calls it retired", is_sure=False)
        llm.count(Ask("", [{"role": "user", "content": [{"type": "text", "text": "Good morning."}]}]))
    return Reached(f"{whose.model_id} answers" + (f" (the service calls it {lifecycle})" if lifecycle else ""))


def logger(*, quiet: bool = False, file: Path | None = None) -> Log:
    """A log of `key=value` lines on standard error or in a file; every line carries an `action` word."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
    stream = file.open("a", encoding="utf-8") if file else sys.stderr
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.EventRenamer("message"),
            structlog.processors.LogfmtRenderer(key_order=["at", "level", "action"], drop_missing=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
    )
    return log


def _channels(settings: Settings) -> list[Channel]:
    """The mail server, each of [[webhook]] and each of [[apprise]]."""
    mail = settings.mail
    found: list[Channel] = [Mail(mail, title=settings.title, address=settings.address)] if mail else []
    return [*found, *map(Webhook, settings.webhooks), *map(Apprising, settings.apprises)]


def _directory(settings: Settings) -> Directory | None:
    """The directory of [oidc]."""
    return Oidc(settings.oidc, clock.now) if settings.oidc else None


def _target(settings: Settings, target: TargetSettings) -> Target:
    """One of [[target]]. What a branch or rsync needs on the way lies in a folder of its own, beside the settings."""
    own = settings.folder / "targets" / target.name
    if isinstance(target, BucketSettings):
        return Bucket(target)
    if isinstance(target, BranchSettings):
        return Branch(target, own=own, cwd=settings.folder)
    return Distant(target, own=own, cwd=settings.folder)


def _model(settings: Settings) -> Path | None:
    return settings.at(settings.local_model) if settings.local_model else None


def _cache() -> Path:
    return platformdirs.user_cache_path("afterword")


def _judge(settings: Settings) -> Llm | None:
    """The endpoint of [judge]."""
    judge = settings.judge
    if judge is None:
        return None
    base_url = judge.api_base_url or settings.api_base_url or PUBLIC_SERVICE
    return Claude(judge, base_url=base_url, api_key=lambda: judge.api_key, seconds=judge.seconds)


def _llms(settings: Settings, say: Callable[[str], None]) -> Callable[[str], Llm]:
    """An author's slug -> its endpoint; authors that are served on this machine share one server."""
    server = LocalServer(lambda: find_gguf(_model(settings), _cache(), say), seed=settings.local_seed)

    @cache
    def llm(slug: str) -> Llm:
        author = settings.author(slug)
        if author.profile.local:
            return Claude(
                author,
                base_url=lambda: server.start().base_url,
                api_key=lambda: server.start().api_key,
                seconds=settings.call_seconds,
            )
        base_url = author.api_base_url or settings.api_base_url or PUBLIC_SERVICE
        return Claude(author, base_url=base_url, api_key=lambda: author.api_key, seconds=settings.call_seconds)

    return llm
