"""Pieces as they stand in lists. Each stands in several, of its month and its tags, and is filled in once."""

from collections.abc import Callable

from markupsafe import Markup

from agent.publish.labels import To, links
from agent.publish.leaf import Leaf
from agent.publish.templating import Templates

Entry = Callable[..., Markup]

KEPT = 20_000
"""So many entries are remembered."""
NO_WAY = "\0"
"""Stands for the way to the site's root, which differs by list. No words have it: `legible` takes it out."""


class Entries:
    """Entries of lists, as the templates have them."""

    def __init__(self, env: Templates) -> None:
        self.env = env
        self._kept: dict[int, list[Markup]] = {}
        """By piece, cut where the way to the root belongs."""

    def on(self, root: str, to: To) -> Entry:
        """What makes the entries of one list: of a leaf, and whether it says `whose` it is."""

        def entry(leaf: Leaf, whose: bool = True) -> Markup:
            if not whose or not to(f"{leaf.path}.html"):
                return self._made(leaf, root, to, whose)
            if leaf.piece not in self._kept:
                if len(self._kept) >= KEPT:
                    self._kept.clear()
                self._kept[leaf.piece] = self._made(leaf, NO_WAY, to, whose).split(NO_WAY)
            return Markup(root.join(self._kept[leaf.piece]))  # noqa: S704

        return entry

    def _made(self, leaf: Leaf, root: str, to: To, whose: bool) -> Markup:
        macro = self.env.get_template("templates/parts.html").module.entry  # type: ignore[attr-defined]
        return Markup(macro(leaf, links(root, to), self.env.globals["w"], whose))  # noqa: S704
