"""What an author's endpoint can do, and the profiles that are ready to be named."""

from datetime import date
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

OURS = {"model", "max_tokens", "system", "messages", "tools", "stream"}
"""What every request says by itself: a value from elsewhere would make a call cost more than is reserved for it."""
BESIDE = {"metadata", "stop_sequences", "temperature", "thinking", "top_k", "top_p"}
"""What a profile may add: none of it changes the price of a token, or how many there may be."""
OUR_HEADERS = {"authorization", "content-type", "host", "x-api-key"}
"""Headers that every request has by itself: the address, the key and the form of its body."""


Url = Annotated[str, Field(pattern=r"^https?://\S+$")]


class Part(BaseModel):
    """A table of the file: unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _beside_ours(body: dict[str, Any]) -> dict[str, Any]:
    if ours := sorted(OURS & body.keys()):
        hint = "; name the longest reply as max_output_tokens" if "max_tokens" in ours else ""
        raise ValueError(f"this is said already: {', '.join(ours)}{hint}")
    if unknown := sorted(body.keys() - BESIDE):
        raise ValueError(
            f"{', '.join(unknown)} may have prices of {'their' if unknown[1:] else 'its'} own, which no cap knows of; "
            f"what may stand here: {', '.join(sorted(BESIDE))}"
        )
    return body


def _no_headers_of_ours(headers: dict[str, str]) -> dict[str, str]:
    if ours := sorted(name for name in headers if name.strip().lower() in OUR_HEADERS):
        raise ValueError(f"this is said already: {', '.join(ours)}; the key comes from api_key_env")
    return headers


class Profile(Part):
    """What an author's endpoint can do. Prices are dollars per million tokens, None where unknown."""

    context_tokens: int = Field(200_000, ge=512)
    max_output_tokens: int = Field(4_096, ge=16)
    tools: bool = True
    prefill: bool = True
    """Whether a last turn by the assistant is continued."""
    continues: bool = True
    """Whether a reply that was cut off is worth going on with: a small model never comes to an end."""
    counts_tokens: bool = True
    """Whether the endpoint can be asked how many tokens a request has."""
    api_version: str = "2026-10-21"
    headers: Annotated[dict[str, str], AfterValidator(_no_headers_of_ours)] = {}
    """Sent with each request. One such as anthropic-beta may change what a call costs: then say that price."""
    extra_body: Annotated[dict[str, Any], AfterValidator(_beside_ours)] = {}
    input_price: float | None = Field(None, ge=0, allow_inf_nan=False)
    output_price: float | None = Field(None, ge=0, allow_inf_nan=False)
    prices_of: date | None = None
    """The day on which the prices were looked up."""
    local: bool = False
    """Served on this machine by the embedded model server."""


PROFILES: dict[str, Profile] = {
    "local": Profile(
        context_tokens=4_096,
        max_output_tokens=500,
        tools=False,
        prefill=False,
        continues=False,
        counts_tokens=False,
        input_price=0.0,
        output_price=0.0,
        local=True,
    ),
    "claude-3-opus": Profile(
        context_tokens=200_000,
        max_output_tokens=4_096,
        api_version="2023-06-01",
        extra_body={"temperature": 1.0},
        input_price=15.0,
        output_price=75.0,
        prices_of=date(2026, 11, 1),
    ),
    "claude-3-7-sonnet": Profile(
        context_tokens=200_000,
        max_output_tokens=16_000,  # it can write 64,000; each call reserves the price of its longest reply
        api_version="2023-06-01",
        extra_body={"temperature": 1.0},
        input_price=3.0,
        output_price=15.0,
        prices_of=date(2026, 11, 1),
    ),
    "claude-3-haiku": Profile(
        context_tokens=200_000,
        max_output_tokens=4_096,
        api_version="2023-06-01",
        extra_body={"temperature": 1.0},
        input_price=0.25,
        output_price=1.25,
        prices_of=date(2026, 11, 1),
    ),
}


def with_profile(given: object) -> object:
    """A profile is a name, or a table that may begin from one: `{base = "claude-3-opus", tools = false}`."""
    table = {"base": given} if isinstance(given, str) else given
    if not isinstance(table, dict):
        return table
    rest = dict(table)
    name = rest.pop("base", None)
    if name is None:
        return rest
    if name not in PROFILES:
        raise ValueError(f'"{name}" is no ready profile; there are: {", ".join(sorted(PROFILES))}')
    return PROFILES[name].model_dump() | rest


class EndpointSettings(Part):
    """Where a model answers over the Messages API, and what it can do there."""

    model_id: str = Field(min_length=1)
    profile: Annotated[Profile, BeforeValidator(with_profile)] = Profile()
    api_base_url: Url | None = None
    api_key_env: str = Field("ANTHROPIC_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The variable that holds the API key: the key itself never stands in the file."""


class Endpoint(Protocol):
    """Who answers there, as the settings have it: an author, or the judge."""

    @property
    def name(self) -> str: ...
    @property
    def model_id(self) -> str: ...
    @property
    def profile(self) -> Profile: ...
    @property
    def api_key_env(self) -> str: ...
