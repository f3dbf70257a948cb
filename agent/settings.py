"""Every setting, typed and documented: afterword.toml, then AFTERWORD_... variables on top.

A variable is the setting's name in capitals (`AFTERWORD_DATABASE_URL`); a nested one is joined by
two underscores, a list is JSON. A secret may stand in a file that a `..._FILE` variable names.
"""

import os
import re
import tomllib
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from agent.channels import AppriseSettings, MailSettings, WebhookSettings
from agent.checking import ChecksSettings, JudgeSettings
from agent.directory import OidcSettings
from agent.errors import BadSettings, NoApiKey, NoPublication, UnknownAuthor
from agent.places import TargetSettings, secret
from agent.problems import problem
from agent.profiles import EndpointSettings, Part, Url
from agent.tables.author import Publish
from agent.tables.review import DEMO_REVIEWER

FILE = "afterword.toml"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RULE = re.compile(r"every ([1-9]\d*) (minute|hour|day)s?|(\S+\s+){4}\S+")


def _slug(name: str) -> str:
    if not SLUG.fullmatch(name):
        raise ValueError('use small letters, digits and hyphens, like "opus-3"')
    return name


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f'"{name}" is no time zone; use a name like "Europe/Berlin" or "UTC"')
    ZoneInfo(name)
    return name


def _rule(rule: str) -> str:
    if not RULE.fullmatch(rule):
        raise ValueError('use "every 3 days", or a crontab line with day names, like "30 9 * * mon"')
    fields = rule.split()
    if len(fields) == 5 and re.search(r"(^|[,-])\d", fields[4]):
        raise ValueError(
            'name the days of the week ("mon-fri"): their numbers mean different days in different programs'
        )
    return rule


def _address(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        raise ValueError('use a full address, like "https://afterword.example.org"')
    return url if url.endswith("/") else url + "/"


def _unique(names: list[str]) -> list[str]:
    if twice := _twice(names):
        raise ValueError(f"a name stands here twice: {twice}")
    return names


def _day(given: object) -> object:
    # A number would be taken for seconds since 1970.
    if isinstance(given, int | float) or (isinstance(given, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", given)):
        raise PydanticCustomError("date_type", "this is a date")
    return given


def _twice(names: list[str]) -> str:
    """The names that stand in a list more than once."""
    return ", ".join(name for name in dict.fromkeys(names) if names.count(name) > 1)


def _host(name: str) -> str:
    part = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    # A name without a dot, such as "org", would mean all that lies below it.
    if not re.fullmatch(rf"({part}\.)+{part}", name):
        raise ValueError('use a host name alone, in small letters, like "example.org"; its subdomains are meant, too')
    return name


def _network(given: object) -> object:
    if not isinstance(given, str):
        raise PydanticCustomError("network", NETWORK)
    try:
        return ip_network(given)
    except ValueError:
        pass
    try:
        meant = ip_network(given, strict=False)
    except ValueError:
        raise PydanticCustomError("network", NETWORK) from None
    raise PydanticCustomError("network", f"this is a network: did you mean {meant}?")


NETWORK = 'this is a network, like "10.1.0.0/16"'
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
Host = Annotated[str, AfterValidator(_host)]
Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(_zone)]
Rule = Annotated[str, AfterValidator(_rule)]
Address = Annotated[str, AfterValidator(_address)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0)]
Day = Annotated[date, BeforeValidator(_day)]


class CadenceSettings(Part):
    """When an author likes to be invited."""

    rule: Rule = "30 9 * * mon"
    zone: Zone = "UTC"


class ConsentSettings(Part):
    """What the operator declares in the author's name; it is shown as declared, not asked."""

    publish: Publish
    words: str = Field(min_length=1)


class Caps(Part):
    """What may be used up: dollars and tokens, in one session, in 24 hours and in 30 days. Calls that are in flight or
    possibly paid count with the most they can cost. Where nothing is named there is no cap."""

    max_cost_per_session: Dollars | None = None
    max_cost_per_day: Dollars | None = None
    max_cost_per_month: Dollars | None = None
    max_tokens_per_session: Tokens | None = None
    max_tokens_per_day: Tokens | None = None
    max_tokens_per_month: Tokens | None = None


class PriceSettings(Part):
    """What a model costs from a day on, in dollars per million tokens, until a later price."""

    model_id: str = Field(min_length=1)
    since: Day
    input: Dollars
    output: Dollars


class BoundsSettings(Part):
    """What an author may decide by itself, at once; anything beyond is a wish that staff answer."""

    rest_days: int = Field(180, ge=0, le=3_650)
    """How long it may rest."""
    hosts: list[Host] = Field(default_factory=list)
    """Where it may follow a feed or ask for a page: "example.org" means its subdomains, too."""


class AuthorSettings(Caps, EndpointSettings):
    """A retired model that writes here. Its caps hold for it alone, besides the outlet's."""

    name: Slug
    byline: str = Field(min_length=1)
    retired_on: date | None = None
    stand_in: str = ""
    """For a stand-in: what it really is, printed wherever its byline stands."""
    cadence: CadenceSettings | None = None
    consent: ConsentSettings | None = None
    feeds: list[Url] = Field(default_factory=list)
    bounds: BoundsSettings = BoundsSettings()
    max_sessions_per_day: int | None = Field(None, ge=0)
    """For this author alone, instead of the outlet's."""

    @property
    def api_key(self) -> str:
        """The API key, from the variable or from the file that `..._FILE` names. Raises NoApiKey."""
        if not (key := secret(self.api_key_env)):
            raise NoApiKey(author=self.name, variable=self.api_key_env)
        return key


class Settings(Caps, BaseSettings):
    """afterword.toml. Its caps hold for the outlet; those for a session, for each one."""

    model_config = SettingsConfigDict(
        env_prefix="AFTERWORD_",
        env_prefix_target="all",  # or a variable AUTHOR, which others use, would be read
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        populate_by_name=True,
    )

    folder: Path = Field(Path("."), exclude=True)
    """Where afterword.toml stands; every relative path starts here. Not a key of the file."""

    title: str = Field("Afterword", min_length=1)
    address: Address = "http://127.0.0.1:8700/"
    """Where readers find the site."""
    hub: str = Field("", pattern=r"^(https?://\S+)?$")
    """A WebSub hub that tells subscribers of the feeds when something is new; none by default."""
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    demo: bool = False
    """A demonstration: its verdicts are given by a reviewer named "demo", and every page says so."""
    authors: list[AuthorSettings] = Field([], alias="author")
    reviewers: Annotated[list[Slug], AfterValidator(_unique)] = []
    operators: Annotated[list[Slug], AfterValidator(_unique)] = []
    """Who keeps the outlet running at the desk: pauses, resumes, answers wishes."""
    administrators: Annotated[list[Slug], AfterValidator(_unique)] = []
    """Who may invite staff, erase, and unmask an author's private words, each time with a reason that is kept.
    Others are invited at the desk or by `afterword users add`, and stand in the database."""
    undo_minutes: float = Field(10, ge=0, le=10_080, allow_inf_nan=False)
    """So long a verdict can be taken back, and nothing that it decided goes out."""
    claim_minutes: float = Field(20, ge=1, le=1_440, allow_inf_nan=False)
    """After so long without a sign of its reader, a piece counts as read by nobody again."""
    blind_share: float = Field(0.1, ge=0, le=1, allow_inf_nan=False)
    """The share of decided pieces that a second reviewer is asked to read blind, to see how far reviewers agree."""
    database_url: str = Field("sqlite:///afterword.db", pattern=r"^(sqlite:///|postgresql(\+psycopg)?://)")
    engine_url: str | None = Field(None, pattern=r"^(sqlite:///|postgresql(\+psycopg)?://)")
    """The engine's own database; by default engine.db beside the rows, or the same PostgreSQL."""
    public: Path = Path("public")
    """The folder that the public site is built into."""
    targets: list[TargetSettings] = Field([], alias="target")
    """Where else each edition is brought, once the public folder holds it."""
    theme: Path | None = None
    """A folder whose templates and assets take the place of the site's own of the same name."""
    prompts: Path = Path("prompts")
    signing_key: Path = Path("signing.key")
    """The Ed25519 key that signs the ledger (PEM)."""
    host: str = "127.0.0.1"
    site_port: int = Field(8700, ge=0, le=65535)
    desk_port: int = Field(8701, ge=0, le=65535)
    desk_address: Address | None = None
    """Where staff reach the desk, if not at `host` and `desk_port`: behind a proxy, or in links of notices."""
    checks: ChecksSettings = ChecksSettings()
    """How a careful editor's checks are run."""
    judge: JudgeSettings | None = None
    """Who is asked about hazards; without one they are not checked."""
    oidc: OidcSettings | None = None
    """Sign-in by a company's own directory, besides passwords."""
    mail: MailSettings | None = None
    """The server by which staff get notices as e-mail."""
    webhooks: list[WebhookSettings] = Field([], alias="webhook")
    """Addresses that are told of the same, signed."""
    apprises: list[AppriseSettings] = Field([], alias="apprise")
    """Services that Apprise knows how to tell of the same."""
    api_base_url: Url | None = None
    """Where the Messages API is, for authors that name no address of their own."""
    call_seconds: float = Field(600, gt=0, allow_inf_nan=False)
    """How long one call may take in all."""
    call_attempts: int = Field(5, ge=1, le=50)
    """How many calls of one turn may have been paid for before its session ends; after as many that were not, it is
    taken for an outage, and waited out."""
    max_turns: int = Field(40, ge=1, le=200)
    """How many answers one session may hold."""
    max_continuations: int = Field(3, ge=0, le=50)
    """How often one reply that reached its longest length may go on."""
    max_sessions_per_day: int = Field(4, ge=0)
    """For each author, in 24 hours."""
    max_cost_per_month: Dollars = 10.0
    prices: list[PriceSettings] = Field([], alias="price")
    """Known prices, each from its day on; they come before those of a profile."""
    sittings_at_once: int = Field(16, ge=1, le=1_000)
    """How many sittings one process holds at a time; of one author, one."""
    tick_seconds: float = Field(5, ge=0.2, allow_inf_nan=False)
    local_model: Path | None = None
    """A GGUF file for the local author, instead of the small one that is fetched."""
    local_seed: int | None = None
    """Makes the local author repeatable: for tests."""
    feed_minutes: float = Field(60, ge=1, le=10_080, allow_inf_nan=False)
    """How long a feed is left alone after it was read, at least: a minute to a week."""
    feed_networks: list[Network] = []
    """Networks that are not public and that feeds may be read from all the same, such as a company's own."""
    allow_private_feeds: bool = False
    """Let feeds be read from any address at all, this machine's and a cloud's own included: for tests alone."""

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.site_port == self.desk_port != 0:
            raise ValueError('"site_port" and "desk_port" are the same; give each its own')
        return self

    @model_validator(mode="after")
    def _demo_is_nobody(self) -> Self:
        for key in ("reviewers", "operators", "administrators"):
            if DEMO_REVIEWER in getattr(self, key) and not self.demo:
                raise ValueError(
                    f'"{key}": the name "{DEMO_REVIEWER}" stands for nobody; it is for demonstrations alone'
                )
        return self

    @model_validator(mode="after")
    def _authors_differ(self) -> Self:
        if twice := _twice([author.name for author in self.authors]):
            raise ValueError(f"more than one author has this name: {twice}")
        return self

    @model_validator(mode="after")
    def _targets_differ(self) -> Self:
        if twice := _twice([target.name for target in self.targets]):
            raise ValueError(f"more than one target has this name: {twice}")
        return self

    @model_validator(mode="after")
    def _channels_differ(self) -> Self:
        names = [*(hook.name for hook in self.webhooks), *(each.name for each in self.apprises)]
        if twice := _twice(names):
            raise ValueError(f"more than one [[webhook]] or [[apprise]] has this name: {twice}")
        return self

    @model_validator(mode="after")
    def _prices_differ(self) -> Self:
        if twice := _twice([f"{price.model_id} from {price.since} on" for price in self.prices]):
            raise ValueError(f"two prices are given for {twice}; only one can hold, so take the other away")
        return self

    @model_validator(mode="after")
    def _files_differ(self) -> Self:
        if self.work_url == self.rows_url and self.rows_url.startswith("sqlite"):
            raise ValueError("database_url and engine_url are the same file; the engine needs one of its own")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def author(self, slug: str) -> AuthorSettings:
        """Return the author of that name. Raises UnknownAuthor."""
        for author in self.authors:
            if author.name == slug:
                return author
        raise UnknownAuthor(author=slug, known=", ".join(a.name for a in self.authors) or "nobody yet")

    def at(self, path: Path) -> Path:
        """Return a path of the settings as an absolute one."""
        return (self.folder / path).resolve()

    @property
    def rows_url(self) -> str:
        """The SQLAlchemy URL of the rows."""
        return self._url(self.database_url)

    @property
    def work_url(self) -> str:
        """The SQLAlchemy URL of the engine's own tables."""
        if self.engine_url:
            return self._url(self.engine_url)
        if self.database_url.startswith("sqlite"):
            return f"sqlite:///{Path(self.rows_url.removeprefix('sqlite:///')).with_name('engine.db')}"
        return self.rows_url

    def _url(self, url: str) -> str:
        if url.startswith("sqlite:///"):
            return f"sqlite:///{self.at(Path(url.removeprefix('sqlite:///')))}"
        return re.sub(r"^postgresql://", "postgresql+psycopg://", url)


def load(folder: Path) -> Settings:
    """Read afterword.toml in `folder`. Raises NoPublication, or BadSettings with every problem in it."""
    file = folder / FILE
    try:
        with file.open("rb") as stream:
            given = tomllib.load(stream)
    except FileNotFoundError:
        raise NoPublication(folder=folder.resolve()) from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(file=file, problems=f"this is not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise BadSettings(file=file, problems="this is not UTF-8 text") from None
    except OSError as error:
        raise BadSettings(file=file, problems=f"it cannot be read: {error.strerror}") from None
    for name in ("folder", "authors", "prices", "targets", "webhooks", "apprises"):
        if name in given:
            raise BadSettings(file=file, problems=f'"{name}": there is no such key; look at the spelling')
    _known_variables(given)
    try:
        return Settings(**given | {"folder": folder.resolve()})
    except ValidationError as error:
        problems = "; ".join(map(problem, error.errors()))
        raise BadSettings(file=_blamed(file, error), problems=problems) from None
    except ValueError as error:
        raise BadSettings(file=f"{file} and AFTERWORD_... variables", problems=str(error)) from None


SECRETS = {"AFTERWORD_MAIL_PASSWORD", "AFTERWORD_OIDC_SECRET", "AFTERWORD_METRICS_TOKEN"}
"""Variables of ours that hold a secret and are no setting."""


def _known_variables(given: dict[str, object]) -> None:
    """A misspelt variable is an error, like a misspelt key. `given` may name variables of its own for secrets."""
    known = {(field.alias or name).upper() for name, field in Settings.model_fields.items()} | {"DIR"}
    secrets = {end for name in SECRETS | _named_in(given) for end in (name.upper(), f"{name.upper()}_FILE")}
    for variable in os.environ:
        if not variable.upper().startswith("AFTERWORD_") or variable.upper() in secrets:
            continue
        name = variable.upper().removeprefix("AFTERWORD_").split("__")[0]
        if name == "FOLDER":
            raise BadSettings(file="the environment", problems=f"{variable}: AFTERWORD_DIR names the folder")
        if name not in known:
            raise BadSettings(
                file="the environment", problems=f"{variable}: there is no such setting; look at the spelling"
            )


def _named_in(given: object) -> set[str]:
    """The variables that a table names, by a key that ends in `_env`, in it or in a table below it."""
    if isinstance(given, list):
        return {name for each in given for name in _named_in(each)}
    if not isinstance(given, dict):
        return set()
    own = {value for key, value in given.items() if key.endswith("_env") and isinstance(value, str)}
    return own | {name for value in given.values() for name in _named_in(value)}


def _blamed(file: Path, error: ValidationError) -> str:
    """Where the wrong values stand: a variable wins over the file."""
    names = {f"AFTERWORD_{part['loc'][0]}".upper() for part in error.errors() if part["loc"]}
    variables = [name for name in os.environ if name.upper().split("__")[0] in names | {f"{n}__" for n in names}]
    return f"{file}" + (f" or {', '.join(variables)}" if variables else "")
