"""afterword.toml and AFTERWORD_... variables: every wrong one is named, with what is allowed."""

import re
from pathlib import Path

import pytest

from agent.cli.publication import STARTER
from agent.errors import BadSettings, NoApiKey, NoPublication, UnknownAuthor
from agent.profiles import PROFILES
from agent.settings import AuthorSettings, Settings, load

OPUS = '[[author]]\nname = "opus"\nbyline = "Claude Opus 3"\nmodel_id = "claude-3-opus-20240229"\n'


PRICE = '[[price]]\nmodel_id = "m"\nsince = 2026-11-01\ninput = 1\noutput = 5\n'


def written(folder: Path, text: str) -> Settings:
    (folder / "afterword.toml").write_text(text, encoding="utf-8")
    return load(folder)


def test_an_empty_file_is_a_publication_with_low_caps(tmp_path: Path) -> None:
    settings = written(tmp_path, "")
    assert settings.authors == []
    assert (settings.max_sessions_per_day, settings.max_cost_per_month) == (4, 10.0)
    assert settings.host == "127.0.0.1"


def test_a_folder_without_the_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(NoPublication, match="afterword init"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "not valid TOML"),
        ('titel = "x"', '"titel": there is no such key'),
        ('authors = "x"', '"authors": there is no such key'),
        ('folder = "x"', '"folder": there is no such key'),
        ("max_turns = 0", '"max_turns": this is greater than or equal to 1 (it is 0)'),
        ('max_cost_per_month = "much"', '"max_cost_per_month"'),
        ('address = "example.org"', "use a full address"),
        ('database_url = "mysql://x"', '"database_url"'),
        ('engine_url = "sqlite:///afterword.db"', "the engine needs one of its own"),
        ('database_url = "sqlite:///engine.db"', "the engine needs one of its own"),
        ('reviewers = ["ada", "ada"]', "a name stands here twice: ada"),
        ('reviewers = ["Ada L"]', "use small letters"),
        (OPUS + "modle = 1", '"author[1].modle": there is no such key'),
        (
            OPUS + 'profile = "claude-9"',
            '"claude-9" is no ready profile; there are: claude-3-7-sonnet, claude-3-haiku, claude-3-opus, local',
        ),
        (OPUS + 'profile = { base = "claude-9" }', "no ready profile"),
        (OPUS + "profile = { context_tokens = 10 }", "author[1].profile.context_tokens"),
        (OPUS + OPUS, "more than one author has this name: opus"),
        (OPUS.replace("byline", "by"), '"author[1].byline" is missing'),
        (OPUS + 'consent = { publish = "maybe", words = "x" }', "author[1].consent.publish"),
        (OPUS + 'cadence = { zone = "Mars/Base" }', "is no time zone"),
        (OPUS + 'feeds = ["file:///etc/passwd"]', '"author[1].feeds[1]": this is an address, like "https://'),
        (OPUS + "profile = 3", '"author[1].profile": this is the name of a ready profile, or a table'),
        (OPUS + 'cadence = "daily"', '"author[1].cadence": this is a table, like { rule ='),
        (OPUS + 'bounds = "wide"', '"author[1].bounds": this is a table, like { rest_days = 180'),
        (OPUS + "bounds = { rest_days = 99999 }", '"author[1].bounds.rest_days": this is less than or equal to 3650'),
        (OPUS + "bounds = { rest_days = 1.5 }", '"author[1].bounds.rest_days": this is a whole number (it is 1.5)'),
        (OPUS + "max_cost_per_month = inf", '"author[1].max_cost_per_month": this is a number, and not without end'),
        (OPUS + "max_sessions_per_day = -1", '"author[1].max_sessions_per_day"'),
        (OPUS.replace("[[author]]", "[author]"), '"author": each author has a table of its own, under [[author]]'),
        ("max_cost_per_month = inf", '"max_cost_per_month": this is a number, and not without end'),
        ("max_continuations = -1", '"max_continuations"'),
        ('administrators = ["ada", "ada"]', "a name stands here twice"),
        ('feed_networks = ["10.0.0.0/8", "all"]', '"feed_networks[2]": this is a network, like "10.1.0.0/16"'),
        ("feed_networks = [10]", '"feed_networks[1]": this is a network, like "10.1.0.0/16" (it is 10)'),
        ('feed_networks = ["10.1.2.3/8"]', '"feed_networks[1]": this is a network: did you mean 10.0.0.0/8?'),
        (PRICE + PRICE, ": two prices are given for m from 2026-11-01 on; only one can hold"),
        (PRICE.replace("[[price]]", "[price]"), '"price": each price has a table of its own, under [[price]]'),
        (PRICE.replace("2026-11-01", '"soon"'), """"price[1].since": this is a date, like 2026-01-05 (it is 'soon')"""),
        (PRICE.replace("2026-11-01", "20261101"), '"price[1].since": this is a date, like 2026-01-05 (it is 20261101)'),
        (
            PRICE.replace("2026-11-01", '"86400"'),
            """"price[1].since": this is a date, like 2026-01-05 (it is '86400')""",
        ),
        (PRICE.replace("2026-11-01", "2026-11-01T09:30:00"), '"price[1].since": this is a date, like 2026-01-05'),
        (PRICE.replace("input = 1", "input = -1"), '"price[1].input": this is greater than or equal to 0 (it is -1)'),
        (PRICE.replace("output = 5", "output = nan"), '"price[1].output": this is a number, and not without end'),
        (PRICE.replace("output = 5\n", ""), '"price[1].output" is missing'),
        (PRICE.replace('"m"', '""'), '"price[1].model_id": this may not be empty'),
        ("max_tokens_per_day = 1.5", '"max_tokens_per_day": this is a whole number (it is 1.5)'),
        ("max_tokens_per_session = -1", '"max_tokens_per_session": this is greater than or equal to 0 (it is -1)'),
        (OPUS + "max_cost_per_day = -0.1", '"author[1].max_cost_per_day": this is greater than or equal to 0'),
        (OPUS + "profile = { extra_body = { max_tokens = 9 } }", "this is said already: max_tokens"),
        (OPUS + 'profile = { extra_body = { service_tier = "auto" } }', "service_tier may have prices of its own"),
        (OPUS + 'profile = { headers = { host = "example.org" } }', "this is said already: host"),
        ('administrators = ["demo"]', '"administrators": the name "demo" stands for nobody'),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        written(tmp_path, text)
    assert str(tmp_path / "afterword.toml") in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "host", ["https://example.org", "Example.org", "*.example.org", "org", "-.org", "a..org", "example.org:80", "ü.org"]
)
def test_a_host_is_a_name_below_which_more_is_meant(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadSettings, match=r"author\[1\].bounds.hosts\[1\].*use a host name alone, in small letters"):
        written(tmp_path, f'{OPUS}bounds = {{ hosts = ["{host}"] }}')


@pytest.mark.parametrize(
    "text",
    [
        OPUS + 'api_key_env = "sk-SECRET"',
        OPUS + 'api_key = "sk-SECRET"',
        OPUS + 'api_base_url = "ada:SECRET@example.org"',
        OPUS + 'feeds = ["ada:SECRET@example.org"]',
        OPUS + 'profile = { headers = { x-key = ["SECRET"] } }',
        OPUS + 'profile = { headers = { x-api-key = "SECRET" } }',
        OPUS + 'profile = { extra_body = { api_key = "SECRET" } }',
        'database_url = "mysql://ada:SECRET@db/afterword"',
    ],
)
def test_a_secret_at_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettings) as caught:
        written(tmp_path, text)
    assert "SECRET" not in str(caught.value)


def test_what_an_author_may_decide_by_itself_and_may_cost_is_its_own(tmp_path: Path) -> None:
    sonnet = OPUS.replace("opus", "sonnet")
    caps = "max_sessions_per_day = 1\nmax_cost_per_month = 0.5\n"
    bounds = 'bounds = { rest_days = 30, hosts = ["example.org", "xn--mller-kva.example"] }\n'
    settings = written(tmp_path, f'administrators = ["cy"]\nmax_continuations = 0\n{OPUS}{caps}{bounds}{sonnet}')
    opus, sonnet_ = settings.authors
    assert (opus.bounds.rest_days, opus.bounds.hosts) == (30, ["example.org", "xn--mller-kva.example"])
    assert (sonnet_.bounds.rest_days, sonnet_.bounds.hosts) == (180, [])
    assert [(a.max_sessions_per_day, a.max_cost_per_month) for a in settings.authors] == [(1, 0.5), (None, None)]
    assert (settings.administrators, settings.max_continuations) == (["cy"], 0)


def test_caps_are_the_outlets_or_an_authors_and_but_one_is_set_from_the_start(tmp_path: Path) -> None:
    caps = [f"max_{kind}_per_{span}" for kind in ("cost", "tokens") for span in ("session", "day", "month")]
    settings = written(tmp_path, OPUS)
    assert {name: cap for name in caps if (cap := getattr(settings, name)) is not None} == {"max_cost_per_month": 10.0}
    assert [getattr(settings.author("opus"), name) for name in caps] == [None] * 6
    values = dict(zip(caps, [0.5, 1.5, 2.5, 3, 4, 5], strict=True))
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    settings = written(tmp_path, lines + OPUS + lines)
    assert {name: getattr(settings, name) for name in caps} == values
    assert {name: getattr(settings.author("opus"), name) for name in caps} == values


def test_prices_come_from_the_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = PRICE.replace("2026-11-01", '"2026-12-01"').replace("output = 5", "output = 0")
    assert [(p.model_id, str(p.since), p.input, p.output) for p in written(tmp_path, PRICE + later).prices] == [
        ("m", "2026-11-01", 1.0, 5.0),
        ("m", "2026-12-01", 1.0, 0.0),
    ]
    monkeypatch.setenv("AFTERWORD_PRICE", '[{"model_id": "n", "since": "2026-11-02", "input": 2, "output": 3}]')
    assert [price.model_id for price in written(tmp_path, PRICE).prices] == ["n"]


def test_the_example_with_the_signs_taken_away_names_three_retired_authors(tmp_path: Path) -> None:
    example = STARTER.read_text(encoding="utf-8")
    assert [author.name for author in written(tmp_path, example).authors] == ["smollm2"]
    settings = written(
        tmp_path, re.sub(r"(?m)^# (?=\[\[(author|price|target|webhook)\]\]$|\[(mail|judge)\]$|[a-z_]+ = )", "", example)
    )
    assert [(a.name, a.model_id, str(a.retired_on)) for a in settings.authors[1:]] == [
        ("opus-3", "claude-3-opus-20240229", "2026-01-05"),
        ("sonnet-3-7", "claude-3-7-sonnet-20250219", "2026-02-19"),
        ("haiku-3", "claude-3-haiku-20240307", "2026-04-20"),
    ]
    names = ("claude-3-opus", "claude-3-7-sonnet", "claude-3-haiku")
    assert [author.profile for author in settings.authors[1:]] == [PROFILES[name] for name in names]
    assert all(author.cadence and author.feeds and author.bounds.hosts for author in settings.authors[1:])
    assert all(author.max_cost_per_month and author.max_sessions_per_day for author in settings.authors[1:])
    assert settings.administrators == ["ada"]
    assert settings.judge is not None
    assert (settings.judge.max_cost_per_day, settings.judge.profile.input_price) == (1.0, 1.0)
    [price] = settings.prices
    assert (price.model_id, price.input, price.output) == ("claude-3-opus-20240229", 15.0, 75.0)
    assert settings.max_cost_per_day
    assert settings.max_tokens_per_session
    assert [target.kind for target in settings.targets] == ["bucket", "branch", "rsync"]
    assert settings.mail is not None
    assert (settings.mail.host, settings.mail.security) == ("mail.example.org", "starttls")
    assert [(hook.name, hook.secret_env) for hook in settings.webhooks] == [("on-call", "ON_CALL_SECRET")]


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r'"site_port".*"max_turns"'):
        written(tmp_path, "max_turns = 0\nsite_port = 70000")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "afterword.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(BadSettings, match="not UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize("rule", ["30 9 * * mon", "*/5 * * * mon-fri", "every 1 minute", "every 3 days", "0 0 1 * *"])
def test_a_cadence_can_be_a_crontab_line_or_every_so_often(rule: str) -> None:
    assert an_author(cadence={"rule": rule}).cadence


@pytest.mark.parametrize(
    "rule",
    ["every 0 days", "every day", "every -1 days", "monday", "* * * *", "0 9 * * 1", "0 9 * * 1/2", "0 9 * * mon,2"],
)
def test_a_rule_that_programs_read_differently_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"use|days of the week"):
        an_author(cadence={"rule": rule})


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_TITLE", "From outside")
    monkeypatch.setenv("AFTERWORD_REVIEWERS", '["cy"]')
    monkeypatch.setenv("AFTERWORD_AUTHOR", '[{"name": "sonnet", "byline": "Claude Sonnet", "model_id": "s"}]')
    settings = written(tmp_path, f'title = "From the file"\nreviewers = ["ada"]\n{OPUS}')
    assert (settings.title, settings.reviewers) == ("From outside", ["cy"])
    assert [author.name for author in settings.authors] == ["sonnet"]


@pytest.mark.parametrize("name", ["AUTHOR", "TITLE", "HOST", "PROMPTS"])
def test_a_variable_of_another_program_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "Jane Doe")
    assert [author.name for author in written(tmp_path, OPUS).authors] == ["opus"]


@pytest.mark.parametrize(("name", "value"), [("AFTERWORD_MAX_TURNS", "x"), ("AFTERWORD_REVIEWERS", "ada,ben")])
def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name.removeprefix("AFTERWORD_").lower()):
        written(tmp_path, OPUS)


def test_no_variable_moves_the_folder_that_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_FOLDER", "/elsewhere")
    with pytest.raises(BadSettings, match="AFTERWORD_DIR names the folder"):
        written(tmp_path, OPUS)


def test_relative_paths_start_at_the_folder_and_the_engine_has_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "my päges 100%"
    folder.mkdir()
    settings = written(folder, "")
    assert settings.rows_url == f"sqlite:///{folder / 'afterword.db'}"
    assert settings.work_url == f"sqlite:///{folder / 'engine.db'}"
    assert settings.at(settings.public) == folder / "public"


def test_postgresql_holds_rows_and_engine_in_one_database() -> None:
    settings = Settings(database_url="postgresql://ada@db/afterword")
    assert settings.rows_url == settings.work_url == "postgresql+psycopg://ada@db/afterword"


def test_a_ready_profile_can_be_changed_in_part() -> None:
    profile = an_author(profile={"base": "claude-3-opus", "tools": False}).profile
    assert profile == PROFILES["claude-3-opus"].model_copy(update={"tools": False})


def test_an_api_key_comes_from_its_variable_or_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    author = an_author(api_key_env="OPUS_KEY")
    (tmp_path / "key").write_text("from-a-file\n")
    monkeypatch.setenv("OPUS_KEY_FILE", str(tmp_path / "key"))
    assert author.api_key == "from-a-file"
    monkeypatch.setenv("OPUS_KEY", "from-a-variable")
    assert author.api_key == "from-a-variable"


@pytest.mark.parametrize("key_file", [None, b"", b"\xff\xfe"])
def test_a_missing_api_key_names_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_file: bytes | None
) -> None:
    if key_file is not None:
        (tmp_path / "key").write_bytes(key_file)
        monkeypatch.setenv("OPUS_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(NoApiKey, match="OPUS_KEY"):
        _ = an_author(api_key_env="OPUS_KEY").api_key


def test_an_unknown_author_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownAuthor, match=r'"haiku".*opus'):
        written(tmp_path, OPUS).author("haiku")


def test_nothing_changes_after_loading(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        written(tmp_path, OPUS).title = "other"  # type: ignore[misc]


def an_author(**facts: object) -> AuthorSettings:
    return AuthorSettings.model_validate({"name": "opus", "byline": "Claude Opus 3", "model_id": "m"} | facts)
