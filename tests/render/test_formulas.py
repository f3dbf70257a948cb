"""Formulas become MathML, money stays money, and what cannot be read is shown as it was typed and said."""

import time
from xml.etree import ElementTree

import pytest

from agent.render import Removed, render
from agent.render.removed import FORMULA


@pytest.mark.parametrize(
    ("text", "mathml"),
    [
        ("Let $x^2$ be.", '<math alttext="x^2"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'),
        ("$$x$$", '<math display="block" alttext="x"><mrow><mi>x</mi></mrow></math>'),
        ("\\(x\\)", '<math alttext="x"><mrow><mi>x</mi></mrow></math>'),
        ("\\[x = y\\]", '<math display="block" alttext="x = y">'),
        ("$$\na\n+ b\n= c\n$$", '<math display="block" alttext="a\n+ b\n= c">'),
        ("- an item:\n\n  \\[\n  E = mc^2\n  \\]", '<math display="block" alttext="E = mc^2">'),
        ("> $\\frac{a}{b}$", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        ("*so $a_1 * b_1$ is*", "<em>so <math"),
        ("| $a$ | b |\n|---|---|\n| $a < b$ | $\\alpha$ |", "<mo>&lt;</mo>"),
        ("$a \\le b$, $\\sum_{i=1}^n i$", "<mo>≤</mo>"),
        ("$\\begin{pmatrix}a & b\\\\c & d\\end{pmatrix}$", "<mtable><mtr><mtd>"),
        ("$5$", "<mn>5</mn>"),
        ("$f(x) = 3$", "<mo>=</mo>"),
        ("[$x^2$](https://a.example/)", '<a href="https://a.example/" rel="nofollow noopener"><math'),
        ("A note[^1].\n\n[^1]: $x$", "<p><math"),
    ],
)
def test_formulas_are_mathml(text: str, mathml: str) -> None:
    rendered = render(text)
    assert mathml in rendered.html
    assert rendered.removed == ()


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "Between $5 and $10, or 5$ to 10$.",
        "From $20k-$30k to $1,000,000.",
        "US$5 and A$10 and C$7.",
        "$5 bill and the 5$ coin",
        "Set $HOME and $PATH, or $HOME/$USER.",
        "A $ sign and another $ sign.",
        "I had $5, then $ 6, then 7$ left.",
        "He wrote \\[sic\\] and \\(as he did\\) went on.",
        "See \\[1\\] and \\[2\\].",
        "`$x^2$` and `\\(x\\)`",
        "```\n$$x$$\n```",
        "\\$x^2\\$",
        "$$",
        "$$ $$",
        "$$\n\nx\n\n$$",
    ],
)
def test_money_and_remarks_stay_text(text: str) -> None:
    rendered = render(text)
    assert "<math" not in rendered.html
    assert rendered.removed == ()
    assert rendered.html.count("$") == text.count("$")


@pytest.mark.parametrize(
    "typed",
    [
        "$\\frac{a}{$",
        "$\\left( x^2$",
        "$\\nosuchcommand{x}$",
        "$$\\begin{matrix} a^2 \\end{pmatrix}$$",
        "\\[ \\frac{2 \\]",
        "$\\def\\x{\\x\\x}\\x$",
        "$" + "{" * 200 + "x^2" + "}" * 200 + "$",
        "$" + "\\sqrt{" * 200 + "x^2" + "}" * 200 + "$",
    ],
)
def test_what_cannot_be_read_is_shown_as_typed_and_said(typed: str) -> None:
    rendered = render(f"See {typed} *there*.")
    assert rendered.html == f"<p>See {typed} <em>there</em>.</p>"
    assert rendered.removed == (Removed(FORMULA, typed),)


@pytest.mark.parametrize(
    ("tex", "what"),
    [
        ("\\href{javascript:alert(1)}{x^2}", "a javascript: link"),
        ("\\href{https://a.example/}{x^2}", None),
        ("\\color{red}{x^2}", "the attribute mathcolor"),
        ("\\style{position:fixed}{x^2}", "the attribute style"),
        ("\\class{note}{x^2}", "the attribute class"),
        ("\\hspace{-99em} x^2", "the attribute width"),
    ],
)
def test_a_formula_has_no_link_no_style_and_no_reach_and_that_is_said(tex: str, what: str | None) -> None:
    rendered = render(f"${tex}$")
    math = ElementTree.fromstring(rendered.html).find("math")  # noqa: S314 - what we made ourselves
    assert math is not None
    assert math.get("alttext") == tex
    given = {name for element in math.iter() for name in element.attrib if element is not math}
    assert given <= {"display", "scriptlevel"}
    assert len(rendered.removed) == 1
    if what:
        assert rendered.removed[0].what == what


def test_many_formulas_are_quick() -> None:
    began = time.process_time()
    assert render("$a_1$ and $b^2$, " * 300).html.count("<math") == 600
    render("$" * 5_000)
    render("$a " * 5_000)
    render("\\(" * 5_000)
    render("$$x" * 3_000)
    assert time.process_time() - began < 10
