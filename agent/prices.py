"""What tokens cost: a dated list in afterword.toml, and beside it what a ready profile knows."""

import math
from dataclasses import dataclass
from datetime import date

from agent.profiles import Endpoint
from agent.settings import Settings


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens, which are millionths of a dollar per token; `since` when it holds, if that
    is known."""

    input: float
    output: float
    since: date | None = None

    def of(self, *, input_tokens: int, output_tokens: int) -> int:
        """What that many tokens cost in millionths of a dollar, rounded up."""
        return math.ceil(input_tokens * self.input + output_tokens * self.output)


def price_of(settings: Settings, whose: Endpoint, on: date) -> Price | None:
    """The price of an author's model, or of the judge's, on a day: the latest in the list by then, or else that of its
    profile, or None where nobody knows."""
    listed = [price for price in settings.prices if price.model_id == whose.model_id and price.since <= on]
    if listed:
        newest = max(listed, key=lambda price: price.since)
        return Price(newest.input, newest.output, newest.since)
    profile = whose.profile
    if profile.input_price is None or profile.output_price is None:
        return None
    return Price(profile.input_price, profile.output_price, profile.prices_of)


def in_dollars(cost: int | None) -> str:
    """Millionths of a dollar in words: exact where it is little."""
    if cost is None:
        return "unknown"
    return f"${cost / 1_000_000:,.2f}" if cost >= 100_000 or not cost else f"${cost / 1_000_000:.6f}".rstrip("0")
