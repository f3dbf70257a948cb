"""The docs say what is there: no dead link, no word without its code, no setting without its name."""

import importlib
import re
from pathlib import Path

import pytest

from agent.cli import COMMANDS
from agent.settings import AuthorSettings, Settings

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(markdown: str) -> set[str]:
    """The anchors of a document's headings, as its hosts make them."""
    headings = re.findall(r"^#+ +(.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_no_link_is_dead(doc: Path) -> None:
    text = doc.read_text(encoding="utf-8")
    inside = [link for link in LINK.findall(text) if "://" not in link]
    dead = []
    for link in inside:
        path, _, anchor = link.partition("#")
        target = doc if not path else doc.parent / path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            dead.append(link)
    assert dead == []


def test_every_word_of_the_table_stands_for_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Words", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    named = [(row[1].strip(), code) for row in rows for code in re.findall(r"`([^`]+)`", row[2])]
    assert len(named) > 20
    missing = [(term, code) for term, code in named if not stands_for_something(code)]
    assert missing == []


def stands_for_something(code: str) -> bool:
    """Whether `module:name` or `module` or a path of the tree exists."""
    module, _, name = code.partition(":")
    if "/" in code:
        return (ROOT / code).exists()
    found = importlib.import_module(f"agent.{module}")
    for part in filter(None, name.removesuffix("()").split(".")):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"afterword {name}" not in readme] == []


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {field.alias or name for name, field in Settings.model_fields.items()} | set(AuthorSettings.model_fields)
    assert sorted(name for name in names - {"folder"} if f"`{name}`" not in readme) == []


def test_the_map_of_the_tree_names_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## The tree", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^ {2}(\w[\w.]*/?)", section, re.MULTILINE)
    assert named
    assert [name for name in named if not (ROOT / "agent" / name).exists()] == []
