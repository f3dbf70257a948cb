"""What tries to run or to fetch something is words when it is rendered. tests/browser opens the same in a browser."""

import re
from html.parser import HTMLParser

import pytest

from agent.render import render
from agent.render.safe import SCHEMES, TAGS, VALUES
from tests.hostile_texts import hostile_texts

HOSTILE = hostile_texts("http://127.0.0.1:9/beacon")


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_decl(self, decl: str) -> None:
        self.found.append((decl, {}))

    handle_comment = handle_pi = unknown_decl = handle_decl


def test_there_are_150_hostile_texts_and_more_each_by_its_own_name() -> None:
    assert len({name for name, _ in HOSTILE}) == len({text for _, text in HOSTILE}) == len(HOSTILE) >= 150


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_a_hostile_text_is_words(text: str) -> None:
    rendered = render(text)
    for tag, attributes in Tags(rendered.html).found:
        assert tag in TAGS
        assert tag not in ("script", "style", "img", "iframe", "form", "svg", "link", "meta", "base", "maction")
        assert set(attributes) <= {name for place, name in VALUES if place == tag} | {"rel"}
        assert not any(name.startswith("on") for name in attributes)
        assert not attributes.keys() & {"style", "src", "srcset", "name", "action", "formaction", "ping", "xlink:href"}
        href = attributes.get("href", "https://none.example")
        assert href.startswith("#fn") or re.match(r"[a-z]+", href.lower())[0] in SCHEMES  # type: ignore[index]
        assert re.fullmatch(r"(fn(ref\d*)?:[0-9a-f]{8}-\d+)?", attributes.get("id", ""))
    assert all(removed.quote in text for removed in rendered.removed)
    rendered.html.encode()


UNSEEN = ("footnote's name with quotes",)
"""What no reader of Markdown sees: only a name."""


@pytest.mark.parametrize("text", [text for name, text in HOSTILE if name not in UNSEEN and "__ran" in text])
def test_no_hostile_word_is_dropped_in_silence(text: str) -> None:
    """An author's raw HTML is there to be read, or it is said that it is not."""
    rendered = render(text)
    assert rendered.removed or "__ran" in rendered.html


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", "<div onclick='x'>y</div>", "a <!-- hidden --> b", "<br>", "<x-y z>", "<?php x ?>"]
)
def test_raw_html_stands_there_as_it_was_typed_and_is_said(text: str) -> None:
    rendered = render(text)
    assert rendered.plain == text
    assert [removed.what for removed in rendered.removed] == ["raw HTML, shown as text"]
