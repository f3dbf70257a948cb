"""How checks are run: the table [checks] of afterword.toml. And who is asked about hazards: the table [judge]."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from agent.errors import NoApiKey
from agent.places import secret
from agent.profiles import EndpointSettings, Part, Profile, with_profile

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


LONGEST_VERDICT = 2_000
"""Tokens of one answer of the judge's. Each question reserves the price of its longest answer."""


def _of_a_judge(profile: Profile) -> Profile:
    if profile.local:
        raise ValueError("the small local model is no judge; name an endpoint, or leave [judge] out")
    if "thinking" in profile.extra_body:
        return profile  # What it thinks counts as part of its answer.
    return profile.model_copy(update={"max_output_tokens": min(profile.max_output_tokens, LONGEST_VERDICT)})


class JudgeSettings(EndpointSettings):
    """A model that is asked whether a text holds what a policy names, at any endpoint that speaks the Messages API. It
    has a budget of its own: questions that may have been paid count with the most they can cost."""

    profile: Annotated[Profile, BeforeValidator(with_profile), AfterValidator(_of_a_judge)] = Profile(
        max_output_tokens=LONGEST_VERDICT
    )
    seconds: float = Field(60, gt=0, le=600, allow_inf_nan=False)
    """How long one question may take in all."""
    max_cost_per_day: float = Field(1.0, ge=0, allow_inf_nan=False)
    """Dollars in 24 hours."""
    max_cost_per_month: float = Field(10.0, ge=0, allow_inf_nan=False)
    """Dollars in 30 days."""

    @property
    def name(self) -> str:
        """What it is called where something is said of its endpoint."""
        return "the judge"

    @property
    def api_key(self) -> str:
        """The API key, from the variable or from the file that `..._FILE` names. Raises NoApiKey."""
        if not (key := secret(self.api_key_env)):
            raise NoApiKey(author=self.name, variable=self.api_key_env)
        return key
