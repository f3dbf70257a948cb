"""`afterword doctor`: every author is looked at by itself, and what to do is said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from agent import app, pausing, schedule
from agent.cli import main
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.settings import Settings, load
from agent.tables import AuditEvent, Pause, Rest
from agent.testing import NOON
from tests.messages_api import MessagesApi

pytestmark = pytest.mark.slow

OPUS = "claude-3-opus-20240229"


def an_author(name: str, url: str, **facts: str) -> str:
    """One [[author]] table, with further keys as TOML."""
    given = {"byline": f'"{name.title()}"', "model_id": f'"{OPUS}"', "profile": '"claude-3-opus"'} | facts
    rows = [f'name = "{name}"', f'api_base_url = "{url}"', *(f"{key} = {value}" for key, value in given.items())]
    return "\n".join(["[[author]]", *rows, ""])


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    with MessagesApi(api_key="sk-ant-test", models={OPUS}) as double:
        yield double


class Doctor:
    """Runs `afterword doctor` on a publication with the authors named."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def begin(self, *authors: str) -> None:
        begin(self.folder, 'reviewers = ["ada", "ben"]\n' + "\n".join(authors))

    def __call__(self, *words: str) -> tuple[object, str]:
        self._monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(self.folder), "doctor", *words])
        with pytest.raises(SystemExit) as leaving:
            main()
        return leaving.value.code, self._capsys.readouterr().out

    def on(self, author: str) -> list[tuple[str, str]]:
        """What is said of one author: states and words."""
        return self.about(f"author {author}")

    def about(self, what: str) -> list[tuple[str, str]]:
        found = json.loads(self("--json")[1])
        return [(row["state"], row["words"]) for row in found if row["looked_at"] == what]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(tmp_path / "pub", monkeypatch, capsys)


CONSENT = '{ publish = "yes", words = "Declared for a test." }'


def test_each_author_has_a_line_of_its_own_and_one_that_fails_hides_no_other(
    api: MessagesApi, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-ant-SECRET")
    monkeypatch.setenv("BROKEN_KEY", "sk ant\nSECRET")
    doctor.begin(
        an_author("unreachable", "http://127.0.0.1:9"),
        an_author("broken", api.url, api_key_env='"BROKEN_KEY"'),
        an_author("keyless", api.url, api_key_env='"NO_KEY"'),
        an_author("mistaken", api.url, api_key_env='"OTHER_KEY"'),
        an_author("lapsed", api.url, model_id='"claude-2.1"'),
        an_author("opus", api.url, consent=CONSENT),
    )
    code, printed = doctor()
    assert code == 1
    assert "SECRET" not in printed
    # A path has no place to be folded at, however long it is.
    assert max(len(line) for line in printed.splitlines() if "/" not in line) <= 100
    lines = printed.replace("\n       ", " ").splitlines()
    said = {
        name: next(line for line in lines if f"author {name}: " in line and " not asked yet" not in line)
        for name in ("unreachable", "broken", "keyless", "mistaken", "lapsed", "opus")
    }
    assert all(line.startswith("wrong  ") for name, line in said.items() if name != "opus")
    assert "unreachable: http://127.0.0.1:9 could not be reached" in said["unreachable"]
    assert "run afterword doctor again" in said["unreachable"]
    assert "cannot be called: The API key of broken is empty or holds characters" in said["broken"]
    assert ": No API key for keyless: the variable NO_KEY is not set. Set it" in said["keyless"]
    assert "wrong key: " in said["mistaken"]
    assert "Check the variable OTHER_KEY, then `afterword resume mistaken`." in said["mistaken"]
    assert "lapsed: " in said["lapsed"]
    assert "does not know claude-2.1 (HTTP 404): it is retired there, or this key has no access" in said["lapsed"]
    assert "Ask the service for access" in said["lapsed"]
    assert said["opus"].startswith("good   ")
    assert f"reachable: {OPUS} answers (the service calls it active)" in said["opus"]


def test_all_is_well_where_every_author_answers(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT))
    assert doctor()[0] == 0
    assert doctor.on("opus") == [("good", f"reachable: {OPUS} answers (the service calls it active)")]


def test_a_price_of_a_model_that_no_author_has_is_worth_a_look(api: MessagesApi, doctor: Doctor) -> None:
    price = '[[price]]\nmodel_id = "{}"\nsince = {}\ninput = 15\noutput = 75\n'
    days = ("2026-01-01", "2026-06-01")
    prices = [price.format(model_id, day) for model_id in (OPUS, "claude-3-opsu") for day in days]
    doctor.begin(an_author("opus", api.url, consent=CONSENT), *prices)
    assert doctor()[0] == 0
    assert doctor.about("prices") == [
        ("look", 'no author has the model_id "claude-3-opsu", so its [[price]] is not used: look at the spelling')
    ]


def test_words_that_nobody_has_translated_are_named(doctor: Doctor) -> None:
    doctor.begin('language = "de"\ntheme = "theme"\n')
    folder = doctor.folder / "theme"
    folder.mkdir()
    (folder / "words.de.yaml").write_text("language: de\nsite: {skip: Zum Text}\nquiet: still\n")
    (unasked, missing) = doctor.about("words")
    assert unasked == ("look", "no page asks for quiet: look at the spelling")
    assert missing[0] == "look"
    assert missing[1].startswith("direction, months, ")
    assert missing[1].endswith("more not said in de, so said in English")
    assert "site.skip" not in missing[1]
    (folder / "words.de.yaml").write_text("site: nothing\n")
    assert [state for state, _ in doctor.about("words")] == ["wrong"]


def test_a_language_without_words_is_said_in_one_sentence(doctor: Doctor) -> None:
    doctor.begin('language = "xx"\n')
    assert doctor.about("words") == [("look", "there are no words for xx; the site is in English")]


def test_a_model_that_is_called_retired_is_asked_whether_it_still_answers(doctor: Doctor) -> None:
    with (
        MessagesApi(models={OPUS}, lifecycle="retired") as answers,
        MessagesApi(models={OPUS}, lifecycle="retired", counts=False) as silent,
    ):
        doctor.begin(
            an_author("reached", answers.url, consent=CONSENT),
            an_author("gone", silent.url, consent=CONSENT),
            an_author(
                "unsure", silent.url, consent=CONSENT, profile='{ base = "claude-3-opus", counts_tokens = false }'
            ),
        )
        assert doctor.on("reached") == [("good", f"reachable: {OPUS} answers (the service calls it retired)")]
        [(state, words)] = doctor.on("gone")
        assert (state, words.split(":")[0]) == ("wrong", "lapsed")
        [(state, words)] = doctor.on("unsure")
        assert (state, words.split(":")[0]) == ("look", "perhaps lapsed")
        assert answers.finished == silent.finished == [], "nothing was paid"


def test_what_else_keeps_an_author_silent_is_said_with_what_to_do(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(
        an_author("new", api.url),
        an_author("tight", api.url, consent=CONSENT, max_cost_per_month="0.1"),
        an_author("unpriced", api.url, consent=CONSENT, profile="{ max_output_tokens = 100 }"),
        an_author("resting", api.url, consent=CONSENT),
    )
    doctor()
    outlet = app.build(load(doctor.folder))
    pausing.set_pause(outlet, "new", paused=True, actor="ada", reason="The key is being changed.")
    with outlet.database.write() as db:
        db.add(Rest(author_id=4, until=NOON.date().replace(year=2999), at=NOON))
    outlet.database.close()
    assert [state for state, _ in doctor.on("new")] == ["good", "look", "look"]
    _, (_, asked), (_, paused) = doctor.on("new")
    assert "afterword interview new" in asked
    assert paused == "paused by ada: The key is being changed. To go on: `afterword resume new`"
    state, words = doctor.on("tight")[1]
    assert state == "wrong", "one reply alone would pass it"
    assert words.startswith("it is not invited for now: max_cost_per_month of tight is $0.10")
    assert doctor.on("unpriced")[1][0] == "wrong"
    assert "its price is unknown" in doctor.on("unpriced")[1][1]
    assert doctor.on("resting")[1] == ("good", "rests by its own wish, and is not invited before 2999-11-01")


def test_what_stands_still_is_found_and_is_wrong_only_where_somebody_must_act(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT), an_author("tight", api.url, consent=CONSENT))
    doctor()
    outlet = app.build(load(doctor.folder))
    with outlet.database.write() as db:
        db.add(AuditEvent(actor="outlet", action="bytes_left", subject="database", reason="Some are.", at=NOON))
    assert doctor()[0] == 0
    assert doctor.about("database")[1] == ("look", "Some are")
    with outlet.database.write() as db:
        db.add(Pause(author_id=1, paused=True, actor="outlet", reason="It is gone.", at=NOON))
    slot = schedule.ask_now(outlet, "tight")
    assert doctor()[0] == 1
    [_, (state, words)] = doctor.on("opus")
    assert (state, words.startswith("paused by the outlet itself: It is gone.")) == ("wrong", True)
    settings = doctor.folder / "afterword.toml"
    settings.write_text(settings.read_text().replace('name = "tight"', 'name = "tight"\nmax_tokens_per_day = 1'))
    [_, (state, words)] = doctor.on("tight")
    assert (slot, state) == (1, "wrong")
    assert words.startswith("1 slot waits: max_tokens_per_day of tight is 1"), "said once"
    outlet.database.close()


def test_a_database_that_takes_nothing_more_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor.begin()
    assert [state for state, _ in doctor.about("database")] == ["good"]
    pages: list[int] = []

    def no_room(engine: Engine) -> None:
        with engine.connect() as connection:
            pages.append(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
            connection.rollback()
        event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages[0]}"))
        engine.dispose()

    build = app.build

    def with_no_room(settings: Settings) -> Outlet:
        outlet = build(settings)
        no_room(outlet.database.engine)
        return outlet

    monkeypatch.setattr(app, "build", with_no_room)
    [(state, words)] = doctor.about("database")
    assert state == "wrong"
    assert words.startswith("The disk that holds the database sqlite:///")
    assert words.endswith("afterword.db is full. Nothing more was stored. Make room there, and run it again.")
    monkeypatch.setattr(app, "build", build)
    assert [state for state, _ in doctor.about("database")] == ["good"]


def test_to_open_every_address_to_feeds_is_pointed_out(doctor: Doctor) -> None:
    doctor.begin()
    assert doctor.about("feeds") == []
    path = doctor.folder / "afterword.toml"
    path.write_text("allow_private_feeds = true\n" + path.read_text("utf-8"), "utf-8")
    [(state, words)] = doctor.about("feeds")
    assert state == "look"
    assert "any address" in words
    assert "feed_networks" in words


def test_authors_are_looked_at_though_the_database_is_wrong(
    api: MessagesApi, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor.begin(an_author("opus", api.url))
    (doctor.folder / "afterword.db").write_bytes(b"not a database at all, and long enough to be looked at" * 50)
    assert doctor()[0] == 1
    assert [state for state, _ in doctor.on("opus")] == ["good"]


JUDGE = '[judge]\nmodel_id = "{}"\napi_base_url = "{}"\nprofile = {{ input_price = 1.0, output_price = 5.0 }}\n{}\n'


def test_a_judge_is_asked_whether_it_can_be_called(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT), JUDGE.format(OPUS, api.url, ""))
    assert doctor()[0] == 0
    assert doctor.about("judge") == [("good", f"reachable: {OPUS} answers (the service calls it active)")]


def test_without_a_judge_it_is_said_what_is_not_checked(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT))
    [(state, words)] = doctor.about("judge")
    assert state == "look"
    assert words.startswith("no judge is set: 7 policies are not checked. ")


def test_a_judge_that_does_not_answer_is_named_with_its_address(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT), JUDGE.format("a-judge", "http://127.0.0.1:9", ""))
    [(state, words)] = doctor.about("judge")
    assert state == "wrong"
    assert words.startswith("the judge does not answer: http://127.0.0.1:9 could not be reached: ")
    assert words.endswith("[judge] names a-judge at http://127.0.0.1:9; until it answers, 7 policies are not checked.")


def test_a_profile_that_nobody_knows_is_named(api: MessagesApi, doctor: Doctor) -> None:
    doctor.begin(f'[judge]\nmodel_id = "a-judge"\napi_base_url = "{api.url}"\nprofile = "claude-9"\n')
    [(state, words)] = doctor.about("settings")
    assert state == "wrong"
    assert '"claude-9" is no ready profile; there are: ' in words


@pytest.mark.parametrize(
    ("model_id", "more", "said"),
    [
        ("claude-2.1", "", "the judge has lapsed (404): "),
        (OPUS, 'api_key_env = "NO_KEY"', "the judge cannot be called: its key is missing: set the variable NO_KEY"),
    ],
)
def test_a_judge_that_cannot_be_called_is_wrong(
    api: MessagesApi, doctor: Doctor, model_id: str, more: str, said: str
) -> None:
    doctor.begin(an_author("opus", api.url, consent=CONSENT), JUDGE.format(model_id, api.url, more))
    assert doctor()[0] == 1
    [(state, words)] = doctor.about("judge")
    assert state == "wrong"
    assert words.startswith(said)
