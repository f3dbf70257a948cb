"""Which addresses of a text readers get no link to, because the renderer kept it from them: what is to be said of
those, the check of markup says, with what was written and what is read. Pure."""

from collections.abc import Sequence

from agent.check.linked.addresses import Address, key_of
from agent.check.linked.targets import OF_THE_WEB, target_of
from agent.render import Removed
from agent.render.removed import BROKEN_LINK, RELATIVE_LINK, UNUSED_ADDRESS

KEPT_OUT = {BROKEN_LINK, RELATIVE_LINK, UNUSED_ADDRESS}


def is_link(removed: Removed) -> bool:
    """Whether what readers do not get is a link, and not what stands around it."""
    return removed.what in KEPT_OUT or removed.what.endswith(": link")


class KeptOut:
    """The links of one text that readers do not get."""

    def __init__(self, text: str, removed: Sequence[Removed]) -> None:
        links = [each for each in removed if is_link(each)]
        self._text = text
        self._addresses = {key_of(each.quote) for each in links if each.quote}
        self._schemes = {each.what.split(" ")[1] for each in links if not each.quote and each.what not in KEPT_OUT}

    def has(self, address: Address) -> bool:
        """Whether this is one of them. An address that stands bare in the text is one where the renderer would have
        made a link of it: others are words, which a reader may copy."""
        if address.is_read or address.is_code:
            return False
        scheme = target_of(address.target).scheme
        is_made_a_link = address.is_link or scheme in OF_THE_WEB or self._text[: address.start].endswith("<")
        return is_made_a_link and (key_of(address.target) in self._addresses or f"{scheme}:" in self._schemes)
