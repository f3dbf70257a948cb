"""Links, and who and what is told of a text: whose it is, what it belongs to, what came to it later. Pure; `w` are
the words of the site."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from agent.publish.phrases import escaped
from agent.publish.shelves import ledger_page
from agent.publish.words import Words

if TYPE_CHECKING:  # Those who gather the rows clean words with what stands in filters.py.
    from agent.publish.leaf import AuthorView, Leaf
    from agent.publish.pieces import PieceView
    from agent.publish.view import SiteView

Link = Callable[..., Markup]
To = Callable[[str], bool]
MAY_BE_ELSEWHERE = (".html", ".zip", ".epub")
"""What is not always there before the page that leads to it."""


def links(root: str, to: To, here: str = "") -> Link:
    """What makes the links on one page, `here`. Where another page is not out yet, the words stand without a link.
    `root` leads to the site's root; files that are no pages are there before all pages."""

    def link(target: str, words: object, classes: str = "", rel: str = "") -> Markup:
        path = target.partition("#")[0]
        name = f' class="{classes}"' if classes else ""
        if path.endswith(MAY_BE_ELSEWHERE) and not to(path):
            return _html(f"<span{name}>{escaped(words)}</span>" if name else escaped(words))
        way = f' rel="{rel}"' if rel else ""
        way += ' aria-current="page"' if target == here else ""
        return _html(f'<a{name} href="{root if path else ""}{escaped(target)}"{way}>{escaped(words)}</a>')

    return link


def menu(names: tuple[str, ...], root: str, to: To, here: str, w: Words) -> Markup:
    """The items of a menu, each a page of site/pages/ by its name: the same on nearly all pages, so made once."""
    out = tuple([to(f"{name}.html") for name in names])
    return _menu(names, tuple([w.site[name] for name in names]), root, out, here if here[:-5] in names else "")


@lru_cache(256)
def _menu(names: tuple[str, ...], words: tuple[str, ...], root: str, out: tuple[bool, ...], here: str) -> Markup:
    paths = [f"{name}.html" for name in names]
    link = links(root, dict(zip(paths, out, strict=True)).__getitem__, here)
    return _html("\n".join(f"<li>{link(path, said)}</li>" for path, said in zip(paths, words, strict=True)))


def root_of(address: str) -> str:
    """The way to the site's root from anywhere on its host."""
    return urlsplit(address).path or "/"


def anchor(place: str, words: object) -> Markup:
    """A link to a place on the same page."""
    return _html(f'<a href="{escaped(place)}">{escaped(words)}</a>')


def ledger_row(invitation: int) -> str:
    """The row of an invitation in the ledger."""
    return f"ledger/{ledger_page(invitation)}.html#i-{invitation}"


def tongue(text: "PieceView | Leaf") -> Markup:
    """In what language an author's words are, where that is known, and from which side they are read."""
    language = f' lang="{text.language}"' if text.language else ""
    return _html(f'{language} dir="{text.direction}"')


def bdi(words: object) -> Markup:
    """Words of somebody else within ours, from whichever side they are read."""
    return _html(f"<bdi>{escaped(words)}</bdi>")


def hashed(words: str) -> Markup:
    """A hash, or another name that machines gave."""
    return _html(f'<span class="hash">{escaped(words)}</span>')


def byline(author: "AuthorView", w: Words) -> Markup:
    """An author's name, and for a stand-in what it really is: never one without the other."""
    name = bdi(author.byline)
    if not author.stand_in:
        return name
    return _html(w.author.with_stand_in(name=name, stand_in=author.stand_in))


def signed(author: "AuthorView", w: Words) -> str:
    """The same where no HTML is wanted: in feeds, on cards, in books, for programs."""
    return (
        w.author.with_stand_in.plain(name=author.byline, stand_in=author.stand_in) if author.stand_in else author.byline
    )


def written(author: "AuthorView", w: Words) -> str:
    """Whose a text is, what that is, and that no one edited it, where no HTML is wanted."""
    return str(w.label.written.plain(author=author.byline, what=author.stand_in or w.author.retired_model))


def demonstration(view: "SiteView", w: Words) -> str:
    """What a demonstration says of itself wherever its pieces are carried; empty where it is none."""
    if not view.demo:
        return ""
    whose = [w.demo.author.plain(stand_ins="; ".join(view.stand_ins))] if view.stand_ins else []
    return " ".join([w.demo.is_one, *whose, w.demo.all])


def turn(piece: "Leaf", words: str, link: Link, rel: str = "", classes: str = "") -> Markup:
    """A link to another piece at the foot of a page, and what that is to this one."""
    name = f"<span>{escaped(words)}</span> <bdi{tongue(piece)}>{escaped(piece.name)}</bdi>"
    return link(f"{piece.path}.html", _html(name), classes, rel)


def label(piece: "PieceView", above: "Leaf | None", link: Link, w: Words) -> Markup:
    """Whose a text is and that nobody edited it; of an afterword or a statement also what it belongs to."""
    author = piece.author
    name = link(f"authors/{author.slug}.html", bdi(author.byline), "p-author h-card")
    written = w.label.written(author=name, what=author.stand_in or w.author.retired_model)
    if piece.kind == "postscript":
        return _html(f"{w.label.afterword(piece=named(above, link, w))} {written}")
    if piece.kind != "statement":
        return _html(written)
    if not piece.answers:
        return _html(f"{w.label.statement(piece=named(above, link, w))} {written}")
    row = link(ledger_row(piece.answers), w.label.invitation(n=piece.answers))
    said = w.label.statement_overturned if piece.overturned else w.label.statement_on_veto
    return _html(f"{said(invitation=row)} {written}")


def named(piece: "Leaf | None", link: Link, w: Words) -> Markup:
    """Another piece, as far as it can be read."""
    if piece is None:
        return _html(escaped(w.label.not_public))
    if piece.gone:
        return link(f"{piece.path}.html", w.label.gone(went=w.went[piece.gone]))
    return link(f"{piece.path}.html", _html(f"<bdi{tongue(piece)}>{escaped(piece.name)}</bdi>"))


def footed(html: str, address: str) -> Markup:
    """Safe HTML whose links to places within it lead to its own page, from wherever it is read."""
    return _html(html.replace(' href="#', f' href="{escaped(address)}#'))


def what(piece: "Leaf | PieceView", under: int, w: Words) -> Markup:
    """The form its author gave it, and what came to it later. `under` is the number of its afterwords."""
    corrected = getattr(piece, "corrected", False) or getattr(piece, "corrections", None)
    came = [
        w.list.revised if piece.changed_at != piece.published_at else "",
        w.list.corrected if corrected else "",
        w.list.afterwords(under) if under else "",
        w.list.by_demo if getattr(piece, "by_demo", False) else "",
    ]
    return _html(f"<bdi>{escaped(piece.form or w.kinds[piece.kind])}</bdi>" + "".join(map(escaped, came)))


def _html(safe: str) -> Markup:
    return Markup(safe)  # noqa: S704 - whatever was not ours in it has been escaped
