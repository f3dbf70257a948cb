"""A theme: a folder of the operator's whose files take the place of those of the same name in site/.

It has the folders templates/, pages/ and assets/, and whatever else of site/ it likes to replace. Assets and languages
may be new ones; any other file that replaces nothing may be a slip of the pen, so the doctor names it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2

from agent.errors import NoTheme

ASSETS = "assets"
ADDED = re.compile(r"assets/.+|words\.[\w-]+\.yaml")
"""What a theme may add, besides replacing."""


def sources(site: Path, theme: Path | None) -> list[Path]:
    """The folders to look in for a file of the site, the first that has it wins. Raises NoTheme."""
    if theme is None:
        return [site]
    if not theme.is_dir():
        raise NoTheme(path=theme)
    return [theme, site]


def loader(site: Path, theme: Path | None) -> jinja2.BaseLoader:
    """Where templates come from: "pages/ledger.html" of the theme, or else of the site. Raises NoTheme."""
    return _Loader(sources(site, theme))


def found(site: Path, theme: Path | None, name: str) -> Path:
    """The file that stands for `name`, such as "pages/ledger.html": the theme's where it has one. Raises NoTheme."""
    return next((folder / name for folder in sources(site, theme) if (folder / name).is_file()), site / name)


def pages(site: Path, theme: Path | None) -> list[str]:
    """The names of the templates in pages/, in order. A theme replaces them and adds none. Raises NoTheme."""
    sources(site, theme)
    return sorted(path.name for path in (site / "pages").glob("*") if path.is_file() and path.name[0] != ".")


def assets(site: Path, theme: Path | None) -> dict[str, Path]:
    """What is served as it is: the name below assets/ -> its file, in the order of names. Raises NoTheme."""
    files: dict[str, Path] = {}
    for folder in reversed(sources(site, theme)):
        files |= dict(_files(folder / ASSETS))
    return dict(sorted(files.items()))


def all_files(site: Path, theme: Path | None) -> list[Path]:
    """Every file that has a say in how the site looks: where one changes, the site is built anew. Raises NoTheme."""
    return [path for folder in sources(site, theme) for _, path in sorted(_files(folder))]


def strangers(site: Path, theme: Path | None) -> list[str]:
    """Names in a theme that replace nothing and add nothing. Raises NoTheme."""
    if theme is None:
        return []
    known = {name for name, _ in _files(site)}
    theirs = sorted(name for name, _ in _files(sources(site, theme)[0]))
    return [name for name in theirs if name not in known and not ADDED.fullmatch(name)]


class _Loader(jinja2.FileSystemLoader):
    """Looks again where another folder came to have a file of that name, and not only where the file changed."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, name, is_same = super().get_source(environment, template)
        places = [Path(folder) / template for folder in self.searchpath]

        def is_current() -> bool:
            return is_same() and next((place for place in places if place.is_file()), None) == Path(name)

        return source, name, is_current


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder by name, but for hidden ones, which editors and version control leave there."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path
