"""What tokens cost: from afterword.toml by the day, else from the profile, else nobody knows."""

from datetime import date

import pytest
from pydantic import ValidationError

from agent.prices import Price, in_dollars, price_of
from agent.profiles import PROFILES
from agent.settings import AuthorSettings, PriceSettings, Settings

OPUS = "claude-3-opus-20240229"


def listed(*prices: tuple[str, str, float, float]) -> Settings:
    """Settings whose list of prices holds these: model id, since, input, output."""
    rows = [PriceSettings(model_id=m, since=date.fromisoformat(s), input=i, output=o) for m, s, i, o in prices]
    return Settings(prices=rows)


def an_author(**facts: object) -> AuthorSettings:
    return AuthorSettings.model_validate({"name": "opus", "byline": "Claude Opus 3", "model_id": OPUS} | facts)


@pytest.mark.parametrize(
    ("day", "price"),
    [
        ("2026-10-31", None),
        ("2026-11-01", Price(10, 20, date(2026, 11, 1))),
        ("2026-11-30", Price(10, 20, date(2026, 11, 1))),
        ("2026-12-01", Price(5, 15, date(2026, 12, 1))),
        ("2030-01-01", Price(5, 15, date(2026, 12, 1))),
    ],
)
def test_the_latest_price_by_the_day_of_the_call_holds(day: str, price: Price | None) -> None:
    settings = listed((OPUS, "2026-12-01", 5, 15), (OPUS, "2026-11-01", 10, 20), ("another", "2026-11-15", 1, 1))
    assert price_of(settings, an_author(), date.fromisoformat(day)) == price


def test_a_profile_is_asked_where_the_list_has_no_price_of_that_day() -> None:
    author = an_author(profile="claude-3-opus")
    of_profile = Price(15, 75, PROFILES["claude-3-opus"].prices_of)
    assert of_profile.since is not None
    settings = listed((OPUS, "2026-12-01", 5, 15))
    assert price_of(listed(), author, date(2026, 11, 30)) == of_profile
    assert price_of(settings, author, date(2026, 11, 30)) == of_profile
    assert price_of(settings, author, date(2026, 12, 1)) == Price(5, 15, date(2026, 12, 1))


@pytest.mark.parametrize("profile", [{}, {"input_price": 1.0}, {"output_price": 1.0}])
def test_a_price_of_which_a_part_is_missing_is_unknown(profile: dict[str, float]) -> None:
    assert price_of(listed(), an_author(profile=profile), date(2026, 11, 1)) is None


def test_a_free_price_is_known() -> None:
    assert price_of(listed(), an_author(profile="local"), date(2026, 11, 1)) == Price(0, 0)


@pytest.mark.parametrize("name", ["claude-3-opus", "claude-3-7-sonnet", "claude-3-haiku"])
def test_the_price_of_a_ready_profile_has_a_date(name: str) -> None:
    assert PROFILES[name].prices_of is not None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"max_tokens": 9}, "this is said already: max_tokens; name the longest reply as max_output_tokens"),
        ({"tools": [], "model": "x"}, "this is said already: model, tools"),
        ({"cache_control": {"type": "ephemeral"}}, "cache_control may have prices of its own, which no cap knows of"),
        (
            {"service_tier": "auto", "speed": "fast"},
            "service_tier, speed may have prices of their own.* what may stand",
        ),
        ({"mcp_servers": []}, "may stand here: metadata, stop_sequences, temperature, thinking, top_k, top_p"),
    ],
)
def test_no_profile_can_make_a_call_dearer_than_its_worst_case(body: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        an_author(profile={"base": "claude-3-opus", "extra_body": body})
    taken = {"temperature": 1.0, "top_k": 5, "top_p": 0.9, "stop_sequences": ["END"], "metadata": {"user_id": "u"}}
    taken |= {"thinking": {"type": "enabled", "budget_tokens": 1_024}}
    assert an_author(profile={"extra_body": taken}).profile.extra_body == taken


@pytest.mark.parametrize("name", ["authorization", "Authorization", "x-api-key", "X-Api-Key ", "content-type", "host"])
def test_a_profile_has_no_headers_that_say_where_a_request_goes_or_whose_it_is(name: str) -> None:
    with pytest.raises(ValidationError, match=r"this is said already: .*; the key comes from api_key_env"):
        an_author(profile={"headers": {"x-outlet": "afterword", name: "SECRET"}})
    beta = {"anthropic-beta": "extended-output-2026-01-01"}
    assert an_author(profile={"headers": beta}).profile.headers == beta


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (None, "unknown"),
        (0, "$0.00"),
        (1, "$0.000001"),
        (12_300, "$0.0123"),
        (99_999, "$0.099999"),
        (100_000, "$0.10"),
        (1_234_567_890, "$1,234.57"),
    ],
)
def test_an_amount_is_exact_where_it_is_little_and_unknown_is_not_nothing(cost: int | None, words: str) -> None:
    assert in_dollars(cost) == words
