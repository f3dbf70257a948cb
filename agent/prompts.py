"""Words told to authors, and to the judge: Markdown files with front matter, known by the SHA-256 of their bytes."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import jinja2
import yaml
from jinja2.sandbox import SandboxedEnvironment
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from agent.errors import BadPrompt, MissingPrompt, UnknownPrompt
from agent.record import sha256
from agent.tables import Arm, Family, Level, PromptVersion

WORDS = (
    "welcome",
    "brief",
    "tools",
    "words",
    "reminder",
    "continue",
    "confirm",
    "interview",
    "since",
    "grounds",
    "judge",
)
"""Every prompt that is no invitation and no policy."""
LATER = ("continue", "confirm", "interview", "since", "judge")
"""Those that a publication of the first edition has no file for."""
POLICY = "policy-"
"""So begins the name under which a version of a policy is kept."""
FRONT = re.compile(r"\A---\r?\n(.*?\n)---\r?\n(.*)\Z", re.DOTALL)
GROUND = re.compile(r"^## (?P<title>.+?) \{#(?P<name>[a-z-]+)\}\n(?P<text>.+?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
QUESTION = re.compile(r"^## (?P<name>[a-z]+)\r?\n", re.MULTILINE)
Arms = Annotated[tuple[Arm, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]
"""Invitations of the first edition name one, as `arm`, and stay readable."""


class FrontMatter(BaseModel):
    """What stands between the two `---` lines of a prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    purpose: str = Field(min_length=1)
    weight: float = Field(1.0, ge=0)
    """How often an invitation is chosen, beside the others."""
    arms: Arms = Field((Arm.MINIMAL,), validation_alias=AliasChoices("arms", "arm"))
    """What may be laid beside an invitation; each time one of these is chosen."""
    tools: tuple[Family, ...] = tuple(Family)
    """The families of tools laid out with it, for an author that can use tools. Drafting, wishes and
    standing always are: whoever is invited can submit, ask and answer."""
    fits: Literal["any", "small", "large"] = "any"
    """Which authors an invitation is for: small ones lose the thread of an open question."""


class PolicyFront(FrontMatter):
    """The same of a policy, by which the judge is asked about one kind of hazard."""

    about: str = Field(min_length=1)
    """What staff are told of it: what it looks for, what it leaves alone, what to do with a flag."""
    why: str = Field(min_length=1)
    """What a flag of it says, in one sentence. What the judge says of a passage stands beside it."""
    hazards: dict[str, tuple[str, ...]]
    """What the catalogues in use elsewhere call it, by catalogue."""
    level: Level
    ground: str = ""
    """The ground for a veto that it may come to; empty where it comes to none."""
    names: bool = False
    """It is about people: the judge is told the names in the text, and says of whom it speaks."""


@dataclass(frozen=True)
class Prompt:
    """One version of one file. `body` is the text after the front matter."""

    front: FrontMatter
    body: str
    source: str
    sha256: str

    @property
    def name(self) -> str:
        """Its name in front matter and on the site."""
        return self.front.name

    def fill(self, **facts: Any) -> str:
        """The words with their variables filled in. Raises BadPrompt for one that is not known."""
        return fill(self.body, self.name, **facts)


@dataclass(frozen=True)
class Ground:
    """One reason for a veto, from the public list."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Question:
    """One question of the interview, by its name. Those named publish, earlier and trials have an answer of
    one word."""

    name: str
    words: str


class PromptShelf:
    """The folder prompts/. Read anew each time: a changed file is a new version at once. A prompt that came
    later than the folder is taken from `bundled`, until it has a file here, too."""

    def __init__(self, folder: Path, bundled: Path | None = None) -> None:
        self.folder = folder
        self.bundled = bundled

    def get(self, name: str) -> Prompt:
        """The prompt in `name`.md. Raises MissingPrompt, BadPrompt."""
        path = self.folder / f"{name}.md"
        if name in LATER and self.bundled is not None and not path.exists():
            path = self.bundled / path.name
        return _read(path)

    def invitations(self) -> list[Prompt]:
        """Every invitation, by name. Raises MissingPrompt where there is none."""
        found = [_read(path) for path in sorted((self.folder / "invitations").glob("*.md"))]
        if not found:
            raise MissingPrompt(path=self.folder / "invitations" / "*.md")
        return found

    def invitation(self, name: str) -> Prompt:
        """The invitation of that name. Raises UnknownPrompt."""
        found = {prompt.name: prompt for prompt in self.invitations()}
        if name not in found:
            raise UnknownPrompt(name=name, known=", ".join(found))
        return found[name]

    def grounds(self) -> list[Ground]:
        """The closed, public list of reasons for a veto."""
        prompt = self.get("grounds")
        found = [Ground(m["name"], m["title"], m["text"].strip()) for m in GROUND.finditer(prompt.body)]
        if not found:
            raise BadPrompt(path=self.folder / "grounds.md", reason='it names no ground ("## Title {#name}")')
        return found

    def policies(self) -> list[str]:
        """The names of all policies by which the judge is asked: those of the folder checks/ here, and of the bundled
        one."""
        folders = [self.folder] if self.bundled is None else [self.folder, self.bundled]
        return sorted({path.stem for folder in folders for path in (folder / "checks").glob("*.md")})

    def policy(self, name: str) -> Prompt:
        """The policy of that name: the file here, or else the bundled one. Raises MissingPrompt, BadPrompt."""
        path = self.folder / "checks" / f"{name}.md"
        if self.bundled is not None and not path.exists():
            path = self.bundled / "checks" / path.name
        return _read(path, PolicyFront)

    def all(self) -> Iterator[Prompt]:
        """Every prompt that an author, a judge or a reader may meet. Raises like the others: for `afterword doctor`."""
        for name in WORDS:
            yield self.get(name)
        yield from self.invitations()
        yield from map(self.policy, self.policies())


def fill(words: str, name: str, **facts: Any) -> str:
    """Words of the prompt of that name with their variables filled in. Raises BadPrompt for a variable that is
    not known."""
    try:
        return _template(words).render(**facts).strip()
    except jinja2.TemplateError as error:
        raise BadPrompt(path=name, reason=error.message or str(error)) from None


def questions(body: str) -> tuple[str, list[Question]]:
    """Take the interview's words apart: what is said first, and the questions in their order."""
    opening, *rest = QUESTION.split(body)
    return opening.strip(), [Question(name, text.strip()) for name, text in zip(rest[::2], rest[1::2], strict=True)]


def remember(db: Session, name: str, source: str, now: datetime) -> str:
    """Keep a version of words told to an author, the moment they are used; return their SHA-256 (hex)."""
    digest = sha256(source.encode())
    if db.get(PromptVersion, digest) is None:
        # Sittings of several authors may use new words for the first time at the same moment.
        with suppress(IntegrityError), db.begin_nested():
            db.add(PromptVersion(sha256=digest, name=name, body=source, first_used_at=now))
            db.flush()
    return digest


def body_of(source: str) -> str:
    """The words of a prompt file, without its front matter."""
    match = FRONT.match(source)
    return (match[2] if match else source).strip()


@cache
def _template(body: str) -> jinja2.Template:
    return SandboxedEnvironment(undefined=jinja2.StrictUndefined).from_string(body)


@lru_cache(maxsize=1_000)
def parse(source: str, path: Path | str, front_of: type[FrontMatter] = FrontMatter) -> Prompt:
    """Read one version of a prompt. Raises BadPrompt."""
    match = FRONT.match(source)
    if match is None:
        raise BadPrompt(path=path, reason="it does not begin with front matter between two lines of ---")
    try:
        front = front_of.model_validate(yaml.safe_load(match[1]) or {})
    except yaml.YAMLError as error:
        raise BadPrompt(path=path, reason=f"its front matter is not YAML: {error}".replace("\n", " ")) from None
    except ValidationError as error:
        problems = "; ".join(f'"{".".join(map(str, e["loc"]))}": {e["msg"]}' for e in error.errors())
        raise BadPrompt(path=path, reason=f"its front matter: {problems}") from None
    return Prompt(front=front, body=match[2].strip(), source=source, sha256=sha256(source.encode()))


def _read(path: Path, front_of: type[FrontMatter] = FrontMatter) -> Prompt:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise MissingPrompt(path=path) from None
    except OSError as error:
        raise BadPrompt(path=path, reason=f"it cannot be read: {error.strerror}") from None
    try:
        source = data.decode()
    except UnicodeDecodeError:
        raise BadPrompt(path=path, reason="it is not UTF-8 text") from None
    prompt = parse(source, path, front_of)
    if prompt.name != path.stem:
        raise BadPrompt(path=path, reason=f'its front matter says name: {prompt.name}, the file says "{path.stem}"')
    return prompt
