"""The words file: what an entry is to a template, and how another language takes its place."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from markupsafe import Markup, escape

from agent.errors import BadWords
from agent.publish.phrases import Count, Form, Phrase, Prose, escaped
from agent.publish.words import Section, load
from tests.publish.shown import SITE, fixed

ENGLISH = """
language: en
plural: {one: "n == 1"}
months: [January, February, March, April, May, June, July, August, September, October, November, December]
date: "{day} {month} {year}"
moment: "{day}, {time} UTC"
thousands: ","
point: "."
comma: ", "
last_two: "{before} and {last}"
quiet: Fish & chips
by: "by {author}"
lines: {one: "{n} line of {what}", other: "{n} lines of {what}"}
rows: {one: "[one row]({path}.html)", other: "[{n} rows]({path}.html)"}
see: See the [ledger](ledger.html#i-{n}), or [elsewhere](https://example.org/).
page: |
  ## Here {#here}

  A *word* of {title}.
answers:
  "yes": "yes"
  other_things:
    deep: down
"""
GERMAN = """
language: de
months: [Januar, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November, Dezember]
date: "{day}. {month} {year}"
thousands: "."
point: ","
quiet: Fisch
by: von {author}
answers: {"yes": ja}
"""
RUSSIAN = """
plural:
  one: n % 10 == 1 && n % 100 != 11
  few: n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 10 || n % 100 >= 20)
  many: "1"
lines: {one: "{n} строка", few: "{n} строки", many: "{n} строк", other: "{n} строки"}
"""


def told(tmp_path: Path, language: str = "en", english: str = ENGLISH, **others: str) -> Any:
    """The words of a folder with these files."""
    (tmp_path / "words.yaml").write_text(english)
    for code, source in others.items():
        (tmp_path / f"words.{code}.yaml").write_text(source)
    return load(tmp_path, language)


def linked(target: str, words: object) -> Markup:
    return Markup("<{}|{}>").format(target, words)


# What an entry is


def test_words_without_a_gap_are_a_string_that_a_page_may_print(tmp_path: Path) -> None:
    quiet = told(tmp_path).quiet
    assert quiet == "Fish & chips"
    assert escape(quiet) == Markup("Fish &amp; chips")
    assert Markup("<b>{}</b>").format(quiet) == "<b>Fish &amp; chips</b>"


def test_what_fills_a_gap_is_escaped_in_a_page_and_plain_elsewhere(tmp_path: Path) -> None:
    words = told(tmp_path)
    assert words.by(author="<Opus>") == "by &lt;Opus&gt;"
    assert words.by(author=Markup("<i>Opus</i>")) == "by <i>Opus</i>"
    assert isinstance(words.by(author="Opus"), Markup)
    assert words.by.plain(author="<Opus>") == "by <Opus>"
    with pytest.raises(KeyError):
        words.by(name="Opus")


def test_a_number_chooses_its_form(tmp_path: Path) -> None:
    words = told(tmp_path)
    assert words.lines(1, what="<x>") == "1 line of &lt;x&gt;"
    assert words.lines(1200, what="x") == "1,200 lines of x"
    assert words.lines.plain(0, what="<x>") == "0 lines of <x>"
    assert words.rows(2, linked, path="ledger") == "<ledger.html|2 rows>"


def test_prose_is_markdown_whose_links_are_made_by_the_page(tmp_path: Path) -> None:
    words = told(tmp_path)
    assert words.see(linked, n=3) == (
        'See the <ledger.html#i-3|ledger>, or <a href="https://example.org/">elsewhere</a>.'
    )
    page = words.page(linked, title="<T>")
    assert page == '<h2 id="here">Here</h2>\n<p>A <em>word</em> of &lt;T&gt;.</p>'


def test_dates_and_numbers_are_written_as_the_language_does(tmp_path: Path) -> None:
    german = told(tmp_path, "de", de=GERMAN)
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert german.on(late) == "1. März 2026"
    assert german.on(date(2026, 1, 5)) == "5. Januar 2026"
    assert german.at(late) == "1. März 2026, 23:30 UTC"
    assert (german.number(1200300), german.decimal(1234.5, 2)) == ("1.200.300", "1.234,50")
    english = load(tmp_path)
    assert english.joined(["a"]) == "a"
    assert english.joined(["a", "b", "c"]) == "a, b and c"
    assert english.decimal(0.25, 2) == "0.25"


@pytest.mark.parametrize("value", ["plain", "a < b", "\"'", Markup("<b>"), Phrase("a & b"), 7, None])
def test_quick_escaping_comes_to_the_same(value: object) -> None:
    assert escaped(value) == str(escape(value))


# Another language


def test_what_nobody_has_translated_stays_english_and_is_named(tmp_path: Path) -> None:
    german = told(tmp_path, "de", de=GERMAN)
    assert german.language == "de"
    assert german.quiet == "Fisch"
    assert german.answers["yes"] == "ja"
    assert german.lines(2, what="x") == "2 lines of x"
    assert {"lines", "page", "answers.other_things"} <= set(german.missing)
    assert "quiet" not in german.missing
    assert load(tmp_path).missing == []


def test_a_language_may_have_more_forms(tmp_path: Path) -> None:
    russian = told(tmp_path, "ru", ru=RUSSIAN)
    counted = [russian.lines.plain(number).split()[1] for number in (1, 21, 3, 12, 5)]
    assert counted == ["строка", "строка", "строки", "строк", "строк"]


def test_a_region_comes_before_its_language_and_a_theme_before_the_site(tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    theme.mkdir()
    (theme / "words.yaml").write_text("quiet: Soup\n")
    (theme / "words.de.yaml").write_text("by: durch {author}\n")
    told(tmp_path, de=GERMAN, **{"de-at": "quiet: Fisch, gell\n"})
    assert load(tmp_path, "en", theme).quiet == "Soup"
    assert load(tmp_path, "de", theme).quiet == "Fisch"
    assert load(tmp_path, "de-AT").quiet == "Fisch, gell"
    assert load(tmp_path, "de-AT", theme).by(author="O") == "durch O"
    assert load(tmp_path, "fr").quiet == "Fish & chips"
    assert "quiet" in load(tmp_path, "fr").missing
    assert [load(tmp_path, code).is_told for code in ("en", "de", "de-AT", "fr")] == [True, True, True, False]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert told(tmp_path).quiet == "Fish & chips"
    assert load(tmp_path) is load(tmp_path)
    (tmp_path / "words.yaml").write_text(ENGLISH.replace("Fish", "Egg"))
    os.utime(tmp_path / "words.yaml", ns=(1, 1))
    assert load(tmp_path).quiet == "Egg & chips"


def test_what_no_page_asks_for_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, "de", de="quite: Fisch\nanswers: {nay: nein}\n").unknown == ["quite", "answers.nay"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("by: von {who}", "by has {who}, which is never filled in there"),
        ("lines: {other: '{number}'}", "lines has {number}, which"),
        ("answers: ja", "answers must be a mapping, as in words.yaml"),
        ("months: Januar", "months must be a list"),
        ("quiet: [a]", "quiet must be words, in quotes"),
        ("quiet: no", "quiet must be words, in quotes"),
        ("months: [Januar]", "months: a year has twelve of them"),
        ("plural: {one: 'n =='}", "plural: "),
        ("- a list", "it is no mapping"),
        ("quiet: 'open", "while scanning"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(BadWords, match=re.escape(said)) as refused:
        told(tmp_path, "de", de=source)
    assert "words.de.yaml" in str(refused.value)


def test_a_name_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    words = told(tmp_path)
    with pytest.raises(AttributeError, match=r"words\.yaml has no answers\.other_things\.up"):
        words.answers.other_things.up  # noqa: B018
    assert words.answers.get("up") is None
    assert "yes" in words.answers


# The words of the site


def test_the_words_of_the_site_are_complete_and_of_every_shape() -> None:
    words = load(SITE)
    assert words.missing == words.unknown == []
    shapes = {type(entry) for entry in entries(words)}
    assert {Phrase, Form, Count, Prose} <= shapes
    assert set(words.states_mean) <= set(words.states)


def test_no_entry_hides_what_the_words_can_do() -> None:
    source = yaml.safe_load((SITE / "words.yaml").read_text())
    able = {name for name in dir(type(load(SITE))) if not name.startswith("_")} | {"missing", "unknown"}
    assert able & set(source) == set()


def test_every_entry_is_asked_for() -> None:
    """A word that no template and no code names is a word that translators say in vain."""
    asked = "".join(path.read_text() for path in SITE.rglob("*") if path.suffix in (".html", ".atom", ".txt"))
    asked += "".join(path.read_text() for path in (SITE.parent / "agent").rglob("*.py"))
    named = set(re.findall(r"\w+", asked))
    idle = [
        path for path, entry in paths(load(SITE)) if not isinstance(entry, Section) and path.split(".")[-1] not in named
    ]
    chosen = (
        "states.",
        "states_mean.",
        "kinds",
        "went.",
        "notice.",
        "made.",
        "ledger.",
        "invitations.",
        "label.",
        "dossier.",
    )
    assert [path for path in idle if not path.startswith(chosen)] == []


def test_a_page_in_another_language_says_so(tmp_path: Path) -> None:
    (tmp_path / "words.de.yaml").write_text("language: de\nsite: {skip: Zum Text}\ngrounds: {title: Gründe}\n")
    german = load(SITE, "de", tmp_path)
    html = fixed("grounds.html", w=german)
    assert '<html lang="de" dir="ltr">' in html
    assert ">Zum Text</a>" in html
    assert '<h1 class="title">Gründe</h1>' in html
    assert "Zum Text" not in fixed("grounds.html")


def paths(section: Section, at: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name in section:
        if name in ("missing", "unknown"):
            continue
        found.append((f"{at}{name}", section[name]))
        if isinstance(section[name], Section):
            found += paths(section[name], f"{at}{name}.")
    return found


def entries(section: Section) -> list[Any]:
    return [entry for _, entry in paths(section)]
