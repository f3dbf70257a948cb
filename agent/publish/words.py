"""The words of the site, all in one file, so that they can be said in another language.

site/words.yaml is English and complete. words.LANG.yaml beside it, or in a theme's folder, says as much of it
as somebody has translated; the rest stays English, and `missing` names it. What an entry is follows from the
English one, and from nothing that a translator may change:

    Skip to the text                    a Phrase: a str that a template may print as it stands
    Revised on {day}.                   a Form: call it with what stands in braces
    {one: "{n} line", other: ...}       a Count: call it with a number, which chooses the form
    See the [ledger](ledger.html).      Prose: Markdown; call it with what makes a link to another page
    several lines                       Prose, in paragraphs
"""

import gettext
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agent.errors import BadWords
from agent.publish.phrases import CATEGORIES, OTHER, PLACE, Count, Phrase, entry

NAME = "words.yaml"
SHAPES: dict[type, str] = {dict: "a mapping", list: "a list", str: "words, in quotes"}


class Section:
    """Some of the words: by attribute, and by key where a key is made of a value."""

    def __init__(self, path: str, entries: Mapping[str, Any]) -> None:
        self.__dict__.update(entries, _path=path)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"words.yaml has no {self.__dict__.get('_path', '')}{name}")

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.__dict__ if not name.startswith("_"))

    def get(self, name: str, default: Any = None) -> Any:
        """The entry of this name, for a name that may be unknown."""
        return self.__dict__.get(name, default)


class Words(Section):
    """All words in one language, and how it writes dates and numbers. `missing` are the entries that nobody has
    translated, `unknown` those that no page asks for: paths such as `piece.how`."""

    def __init__(self, english: Mapping[str, Any], told: Mapping[str, Any], path: Path) -> None:
        super().__init__("", {})
        self.missing: list[str] = []
        self.unknown: list[str] = []
        self._file, self._is_told = path, bool(told)
        self.__dict__.update(self._section("", english, {**told, "plural": told.get("plural", english["plural"])}))
        try:
            rules = {str(name): str(rule) for name, rule in self._rules.items()}
            self._forms = [(name, gettext.c2py(rule)) for name, rule in rules.items() if name != OTHER]
        except (ValueError, AttributeError) as error:
            raise BadWords(path=path, reason=f"plural: {error}.") from None
        if len(self.months) != 12:
            raise BadWords(path=path, reason="months: a year has twelve of them.")

    @property
    def is_told(self) -> bool:
        """Whether anything is said in its language at all."""
        return self._is_told

    def form(self, number: int) -> str:
        """Which form of a count goes with a number: the name of a rule, or `other`."""
        return next((name for name, rule in self._forms if rule(number)), OTHER)

    def number(self, number: int) -> str:
        """A whole number, in groups of three."""
        return f"{number:,}".replace(",", self.thousands) if number > 999 else str(number)

    def decimal(self, number: float, digits: int) -> str:
        """A number with so many digits behind the point."""
        signs = {",": str(self.thousands), ".": str(self.point)}
        return "".join(signs.get(sign, sign) for sign in f"{number:,.{digits}f}")

    def on(self, moment: datetime | date) -> str:
        """A date in words, in UTC."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(UTC)
        return str(self.date.plain(day=moment.day, month=self.months[moment.month - 1], year=moment.year))

    def at(self, moment: datetime) -> str:
        """A date and the time of day, in UTC."""
        moment = moment.astimezone(UTC)
        return str(self.moment.plain(day=self.on(moment), time=f"{moment.hour:02}:{moment.minute:02}"))

    def joined(self, words: Sequence[str]) -> str:
        """Several as one reads them out: one, another and a third."""
        if len(words) < 2:
            return "".join(words)
        return str(self.last_two.plain(before=str(self.comma).join(words[:-1]), last=words[-1]))

    def _section(self, path: str, english: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
        self.unknown += [f"{path}{name}" for name in told if name not in english]
        return {name: self._entry(f"{path}{name}", value, told.get(name)) for name, value in english.items()}

    def _entry(self, path: str, english: Any, told: Any) -> Any:
        """One entry in the shape of the English one. Raises BadWords where the other has another shape."""
        if path == "plural":  # Another language has other rules altogether.
            self._rules = told
            return told
        told = self._shaped(path, told, type(english))
        match english:
            case {"other": _} if english.keys() <= CATEGORIES:
                self._look_for_gaps(path, english.values(), (told or {}).values())
                like = english[OTHER]
                forms = told if told and OTHER in told else english
                return Count({name: entry(words, like) for name, words in forms.items()}, self.form, self.number)
            case dict():
                return Section(f"{path}.", self._section(f"{path}.", english, told or {}))
            case list():
                return tuple(Phrase(str(words)) for words in told or english)
        self._look_for_gaps(path, [english], [told or ""])
        return entry(english if told is None else told, english)

    def _shaped(self, path: str, told: Any, shape: Callable[..., Any]) -> Any:
        if told is None:
            self.missing.append(path)
        elif type(told) is not shape:
            raise BadWords(path=self._file, reason=f"{path} must be {SHAPES[type(shape())]}, as in words.yaml.")
        return told

    def _look_for_gaps(self, path: str, english: Any, told: Any) -> None:
        """What stands in braces is filled in by name, so a name that English does not have can never be."""
        known, meant = (set(PLACE.findall(" ".join(map(str, some)))) for some in (english, told))
        if more := meant - known:
            raise BadWords(path=self._file, reason=f"{path} has {{{min(more)}}}, which is never filled in there.")


def load(site: Path, language: str = "en", theme: Path | None = None) -> Words:
    """The words of the site in a language, from the folder with words.yaml and from a theme's, whose own come first.
    Files are read again where they have changed. Raises BadWords."""
    folders = (site, theme) if theme else (site,)
    code = language.lower()
    told = [folder / f"words.{name}.yaml" for folder in folders for name in dict.fromkeys((code.split("-")[0], code))]
    found = [path for path in (*(folder / NAME for folder in folders), *told) if path.is_file()]
    return _load(tuple((path, path.stat().st_mtime_ns) for path in found), code.split("-")[0] == "en")


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[Path, int], ...], is_english: bool) -> Words:
    english: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for path, _ in files:
        _lay_over(english if path.name == NAME else told, _read(path))
    if is_english:
        told, over = deepcopy(english), told
        _lay_over(told, over)
    return Words(english, told, files[-1][0])


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadWords(path=path, reason=f"{error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadWords(path=path, reason=" ".join(str(error).split())) from None
    if not isinstance(found, dict):
        raise BadWords(path=path, reason="it is no mapping of names to words.")
    return found


def _lay_over(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Put the entries of one file over those of another, one by one; the forms of a count belong together."""
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(name), dict) and not value.keys() <= CATEGORIES:
            _lay_over(under[name], value)
        else:
            under[name] = value
