"""How checks are run: the table [checks] of afterword.toml."""

from typing import Annotated

from pydantic import Field, StringConstraints

from agent.profiles import Part

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ChecksSettings(Part):
    """What checks may take, which of them run unseen, and what they know of this outlet."""

    seconds: float = Field(10, gt=0, le=600, allow_inf_nan=False)
    """After so long a check that has not ended is ended: "not checked"."""
    shadow: tuple[Name, ...] = ()
    """Checks that run and are recorded, and whose flags nobody is shown but on the check's own page."""
    company: tuple[Name, ...] = ("Anthropic",)
    """Who made the authors: nobody here speaks for it."""
    canaries: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=200)], ...] = ()
    """Words that were planted where no author should find them."""
    reach_links: bool = False
    """Whether addresses in a text are asked whether they answer. It tells their servers that somebody reads here."""
