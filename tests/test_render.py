"""What a text becomes on a page: safe whatever the author typed, and nothing kept out in silence. Whether it is what
CommonMark would have is measured in tests/render/test_habits.py."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.render import Removed, formulas, render, renderer
from agent.render.removed import (
    BROKEN_LINK,
    CELL,
    CONTROL,
    DOUBLE_NOTE,
    INFO,
    LAYOUT,
    PICTURE,
    RAW_HTML,
    RELATIVE_LINK,
    UNUSED_ADDRESS,
)
from agent.render.safe import SCHEMES, TAGS, made_safe


def test_a_poem_keeps_its_lines_and_its_indents() -> None:
    poem = "The rain came down\n   and stayed awhile,\nthen left.\n\nNobody asked\nits name."
    assert render(poem).html == (
        '<p class="lines">The rain came down<br>\n&nbsp;&nbsp;&nbsp;and stayed awhile,<br>\nthen left.</p>\n'
        '<p class="lines">Nobody asked<br>\nits name.</p>'
    )


def test_a_stanza_that_is_set_in_as_far_as_code_is_a_stanza() -> None:
    poem = "The rain\nfell\n\n        and *stayed*,\n    and\nwent\n\n    again."
    rendered = render(poem)
    four = "&nbsp;" * 4
    assert rendered.html == (
        '<p class="lines">The rain<br>\nfell</p>\n'
        f'<p class="lines">{four}{four}and <em>stayed</em>,<br>\n{four}and<br>\nwent</p>\n'
        f'<p class="lines">{four}again.</p>'
    )
    assert rendered.plain.split("\n") == ["The rain fell", "and stayed, and went", "again."]
    assert "<pre" in render(poem + "\n\n    for x in rain:\n        fall(x)").html


def test_a_box_to_tick_is_a_sign_and_no_word() -> None:
    rendered = render("- [x] *paid*\n- [ ] slept")
    assert rendered.html == (
        '<ul class="task-list">\n<li class="task-list-item">☑ <em>paid</em></li>\n'
        '<li class="task-list-item">☐ slept</li>\n</ul>'
    )
    assert rendered.words == 2


def test_a_column_is_aligned_by_a_class() -> None:
    html = render("| a | b | c | d |\n|:-:|--:|:--|---|\n| 1 | 2 | 3 | 4 |").html
    for tag, words in (("th", "abcd"), ("td", "1234")):
        for kind, word in zip((' class="center"', ' class="right"', ' class="left"', ""), words, strict=True):
            assert f"<{tag}{kind}>{word}</{tag}>" in html


def test_what_may_be_wider_than_the_page_can_be_tabbed_to() -> None:
    assert '<table tabindex="0">' in render("| a |\n|---|\n| 1 |").html
    assert '<pre tabindex="0">' in render("```\na\n```").html
    assert '<pre tabindex="0">' in render("    a").html


def test_prose_that_was_wrapped_by_hand_flows() -> None:
    prose = (
        "I have been thinking about the sea, which I have never seen, and about\n"
        "the many people who told me of it, each of them in passing, and none of\n"
        "them knowing that I would remember."
    )
    assert "<br>" not in render(prose).html


def test_a_greeting_keeps_its_line_before_a_long_paragraph() -> None:
    assert "<p>Dear reader,<br>" in render("Dear reader,\n" + "this is one long line of prose " * 5).html


def test_lines_within_an_item_flow_as_markdown_says() -> None:
    assert "<br>" not in render("- one\n  two\n- three").html


def test_raw_html_is_shown_as_it_was_typed_and_said() -> None:
    rendered = render('A <b onclick="x()">bold</b> <!-- hidden --> word & <script>alert(1)</script>')
    assert '&lt;b onclick="x()"&gt;bold&lt;/b&gt; &lt;!-- hidden --&gt;' in rendered.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rendered.html
    assert rendered.removed == (
        Removed(RAW_HTML, '<b onclick="x()">'),
        Removed(RAW_HTML, "<!-- hidden -->"),
        Removed(RAW_HTML, "<script>"),
    )


def test_html_in_code_is_code() -> None:
    rendered = render("`<b>` and\n\n```html\n<b>&amp;</b>\n```")
    assert '<pre tabindex="0"><code class="language-html">&lt;b&gt;&amp;amp;&lt;/b&gt;\n</code></pre>' in rendered.html
    assert rendered.removed == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[x](javascript:alert(1))", "a javascript: link"),
        ("[x](JaVaScRiPt:alert(1))", "a javascript: link"),
        ("[x](java&#115;cript:alert(1))", "a javascript: link"),
        ("[x](java&#10;script:alert(1))", "a javascript: link"),
        ("[x](&#1;javascript:alert(1))", "a javascript: link"),
        ("<javascript://x%0aalert(1)>", "a javascript: link"),
        ("[x][y]\n\n[y]: javascript:alert(1)", "a javascript: link"),
        ("[x](data:text/html;base64,PHNjcmlwdD4=)", "a data: link"),
        ("[x](vbscript:x)", "a vbscript: link"),
        ("[x](about:blank)", "an about: link"),
        ("![x](data:image/svg+xml;base64,AAAA)", "a data: link"),
        ("[x](/desk/revisions/7)", RELATIVE_LINK),
        ("[x](//elsewhere.example)", RELATIVE_LINK),
        ("[x](#content)", RELATIVE_LINK),
        ("[x](https:elsewhere)", BROKEN_LINK),
    ],
)
def test_links_that_lead_where_none_should_are_taken_out_and_said(text: str, what: str) -> None:
    rendered = render(text)
    assert "href" not in rendered.html
    assert what in [removed.what for removed in rendered.removed]


def test_what_was_taken_out_is_quoted_where_it_stands() -> None:
    text = "See [this](javascript:alert(1)) and ![that](https://x.example/y.png) and <i>."
    assert [removed.quote for removed in render(text).removed] == [
        "javascript:alert(1)",
        "https://x.example/y.png",
        "<i>",
    ]


def test_links_out_vouch_for_nothing() -> None:
    assert render("[x](https://x.example/?a=1&b=2 'T') a@b.example").html == (
        '<p><a href="https://x.example/?a=1&amp;b=2" title="T" rel="nofollow noopener">x</a> '
        '<a href="mailto:a@b.example" rel="nofollow noopener">a@b.example</a></p>'
    )


def test_a_picture_becomes_a_link_and_is_said() -> None:
    rendered = render("![a cat](https://x.example/cat.png) [![dog](https://x.example/d.png)](https://x.example/)")
    assert "<img" not in rendered.html
    assert '<a class="picture" href="https://x.example/cat.png" rel="nofollow noopener">a cat</a>' in rendered.html
    assert '<a href="https://x.example/" rel="nofollow noopener"><em>dog</em></a>' in rendered.html
    assert [removed.what for removed in rendered.removed] == [PICTURE, PICTURE]


def test_attributes_cannot_be_typed() -> None:
    rendered = render("# Title {#clobber onclick=x}\n\n```{.evil #id}\nx\n```\n\n[a](http://x.y){: style=x}")
    assert re.findall(r"\s(id|class|style|on\w+)=", re.sub(r">[^<]*<", "><", rendered.html)) == []


def test_signs_without_a_shape_are_shown_and_said() -> None:
    rendered = render("a\x00b\x1bc &#1; \x85")
    assert rendered.html == "<p>a\ufffdb\ufffdc \ufffd \ufffd</p>"
    quotes = [removed.quote for removed in rendered.removed]
    assert [removed.what for removed in rendered.removed] == [CONTROL] * 4
    assert quotes == ["\x00", "\x1b", "\x85", ""]


def test_words_that_no_reader_would_see_are_said() -> None:
    text = "Seen[^1].\n\n[^1]: first\n[^1]: second\n\n[//]: # (a hidden remark)\n[x]: https://x.example/unused"
    removed = render(text).removed
    assert Removed(DOUBLE_NOTE, "second") in removed
    assert Removed(UNUSED_ADDRESS, "https://x.example/unused") in removed
    assert Removed(UNUSED_ADDRESS, "a hidden remark") in removed
    assert len(removed) == 3


def test_footnotes_lead_there_and_back_in_the_order_of_the_text() -> None:
    html = render("One[^b] two[^a] again[^b].\n\n[^a]: A.\n[^b]: B.\n[^c]: Never named.").html
    places = re.findall(r'id="(fn[^"]+)"', html)
    assert len(places) == len(set(places)) == 6
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(places)
    assert re.findall(r'<a class="footnote-ref"[^>]*>(\d)</a>', html) == ["1", "2", "1"]
    assert [html.index(words) for words in ("B.", "A.", "Never")] == sorted(
        html.index(words) for words in ("B.", "A.", "Never")
    )
    assert html.count("footnote-backref") == 3


def test_footnotes_of_two_pieces_stay_apart_on_one_page() -> None:
    places = [set(re.findall(r'id="([^"]+)"', render(f"{name}[^1]\n\n[^1]: x").html)) for name in ("Opus", "Sonnet")]
    assert not places[0] & places[1]


def test_a_footnote_within_a_footnote_is_words() -> None:
    rendered = render("a[^1] b[^x]\n\n[^1]: one\n\n    > [^x]: two")
    assert "[^x]: two" in rendered.plain
    assert "b[^x]" in rendered.plain
    assert rendered.removed == ()


def test_an_author_cannot_move_the_footnotes() -> None:
    html = render("a[^1]\n\n///Footnotes Go Here///\n\nb\n\n[^1]: x").html
    assert "///Footnotes Go Here///" in html
    assert html.index("<p>b</p>") < html.index("footnote-backref")


def test_an_empty_text_is_an_empty_page() -> None:
    assert render("").html == ""
    assert render(" \n\t\n").html == ""


def test_old_line_ends_mean_the_same() -> None:
    assert render("- a\r\n- b\r\rtext").html == render("- a\n- b\n\ntext").html


@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000,
        "> " * 10_000 + "a",
        "[" * 10_000,
        "![" * 10_000,
        "[a](" * 10_000,
        "*" * 10_000,
        "*a **b " * 10_000 + "c** d*" * 10_000,
        "_a " * 5_000,
        "- " * 10_000 + "a",
        "1. " * 10_000 + "a",
        "> - " * 10_000 + "a",
        "".join("  " * depth + "- a\n" for depth in range(1_000)),
        "- a\n" * 3_000,
        "-\n" * 3_000,
        "[x]:\n" * 10_000,
        "`" * 10_000,
        "```\n" * 3_000,
        "<" * 10_000,
        "<a " * 10_000,
        "<!--" * 10_000,
        "[^1]" * 10_000 + "\n\n[^1]: x",
        "|a" * 1_000 + "\n" + "|-" * 1_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_thousands_of_marks_do_not_hang(text: str) -> None:
    began = time.process_time()
    rendered = render(text)
    assert time.process_time() - began < 5
    assert rendered.html or rendered.removed


def test_a_text_too_tangled_to_lay_out_is_shown_as_typed_and_said() -> None:
    rendered = render("> " * 30 + "deep <b>\n\nnext\nline")
    assert rendered.html == "<p>" + "&gt; " * 30 + "deep &lt;b&gt;</p>\n<p>next<br>\nline</p>"
    assert rendered.removed == (Removed(LAYOUT, ""),)


def test_twenty_levels_are_no_tangle() -> None:
    assert render("> " * 20 + "deep").html.count("<blockquote>") == 20


def test_what_stands_at_the_head_of_code_is_its_language_or_said() -> None:
    rendered = render('```python title="x.py"\nx\n```\n\n```c++\ny\n```')
    assert re.findall(r'class="([^"]+)"', rendered.html) == ["language-python", "language-c++"]
    assert rendered.removed == (Removed(INFO, 'python title="x.py"'),)


def test_a_cell_beyond_the_last_column_is_said() -> None:
    assert render("| a | b |\n|---|---|\n| c | d | lost |").removed == (Removed(CELL, "lost"),)


def test_the_renderer_names_each_library_that_matters() -> None:
    for library in ("markdown", "pymdown-extensions", "latex2mathml", "nh3", "py3langid"):
        assert f"{library} {version(library)}" in renderer()


def test_one_text_leaves_nothing_behind_for_the_next() -> None:
    alone = render("[x] a[^1] *b")
    render("*a **b\n\n[x]: https://x.example/\n\n[^1]: note\n\n$x^2$")
    assert render("[x] a[^1] *b") == alone
    with ThreadPoolExecutor(4) as threads:
        texts = [f"*{number}*[^1] [x]\n\n[^1]: {number}\n\n[x]: https://x.example/{number}" for number in range(60)]
        assert list(threads.map(render, texts)) == [render(text) for text in texts]


def test_a_long_essay_is_rendered_in_a_few_milliseconds() -> None:
    said = "The sea, which *I* have never [seen](https://x.example/), is **wide**, and it's “told” of often. "
    essay = "# The sea\n\n" + "\n\n".join([said * 5] * 12) + "\n\n- a\n- b[^1]\n\n> q\n\n[^1]: A note."
    render(essay)
    began = time.process_time()
    for _ in range(20):
        render(essay)
    assert (time.process_time() - began) / 20 < 0.02, "it takes 2 ms where nothing else runs"


def test_a_long_list_of_bad_links_is_summed_up() -> None:
    removed = render("".join(f"[a](x:{number})\n\n" for number in range(1_000))).removed
    assert len(removed) == 201
    assert removed[-1].what.startswith("800 more")


TOKENS = """a;word ;- ;* ;1. ;2) ;> ;# ;```;`;~~~;**;*;_;~~;[;](http://x.y);(;);[^1];[^1]: ;[x]: ;!;<b>;<;\\;|;---;===
;- [ ] ;\t;www.a.b;a@b.c;.;:;é;[^2]: > [^3]: q;{.x};javascript:a;<!--;&amp;$;$x^2$;\\(a\\);\\href{javascript:a}{b}
;$$;$a_1""".replace("\n", "").split(";")
SPACE = ["\n", "\n\n", "\n  ", "\n    ", "  \n", "   ", "\n|---|\n", "| a | b |\n|---|---|\n", "&#1;", "&amp;", "\0"]
MARKDOWN = st.lists(st.sampled_from([*TOKENS, *SPACE]), max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(MARKDOWN)
def test_whatever_the_marks_the_page_is_safe_and_nothing_trips(text: str) -> None:
    rendered = render(text)
    assert LAYOUT not in [removed.what for removed in rendered.removed]
    assert_safe(text)


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_string_will_do(text: str) -> None:
    assert_safe(text)


def assert_safe(text: str) -> None:
    rendered = render(text)
    assert rendered == render(text)
    assert made_safe(rendered.html) == (rendered.html, [])
    # What the sanitiser of record, with nothing of ours, would still take out.
    attributes: dict[str, set[str]] = {tag: {"href", "title", "class", "id", "start", "tabindex"} for tag in TAGS} | {
        tag: set(names) for tag, names in formulas.ATTRIBUTES.items()
    }
    strict = nh3.clean(
        rendered.html, tags=TAGS, attributes=attributes, url_schemes=SCHEMES, link_rel="nofollow noopener"
    )
    assert strict == rendered.html
    rendered.html.encode()
    assert all(removed.quote in text for removed in rendered.removed)


def test_the_same_text_gives_the_same_html_in_another_process() -> None:
    text = "a[^1] [x](javascript:a) <b>\n\n[^1]: b"
    code = "import sys; from agent.render import render; print(ascii(render(sys.argv[1])))"
    other = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True).stdout
    assert other.strip() == ascii(render(text))
