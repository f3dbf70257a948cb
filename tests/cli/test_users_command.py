"""The staff at the command line: the first administrator, and everybody after."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from agent.adapters import clock
from agent.cli.publication import begin
from agent.desk import create_app
from agent.outlet import Outlet
from agent.tables import Appointment
from agent.testing import an_outlet
from tests.cli.a_terminal import TWO, Terminal
from tests.desk.a_desk import PASSWORD, Browser

pytestmark = pytest.mark.slow


@pytest.fixture
def outlet(tmp_path: Path) -> Outlet:
    begin(tmp_path / "pub", TWO)
    outlet = an_outlet(tmp_path / "pub")
    outlet.database.close()
    return outlet


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


@pytest.fixture
def desk(outlet: Outlet) -> FastAPI:
    """Beside the command line, as in a process of its own. Its clock is the same as theirs: the real one."""
    return create_app(replace(outlet, now=clock.now))


def test_the_first_administrator_is_added_and_comes_in_by_the_link(terminal: Terminal, desk: FastAPI) -> None:
    assert terminal("users", "add", "ann", "--role", "administrator", "--email", "ann@example.org") == 0
    address, slash, token = terminal.said.strip().partition("/links/")
    assert (address, len(token)) == ("http://127.0.0.1:0", 43), "as the settings have it: any port"
    assert "works once" in terminal.error
    listed = {row["name"]: row for row in terminal.json("users")}
    assert listed["ann"] == {
        "name": "ann",
        "roles": ["administrator"],
        "named_by": "the command line",
        "can_sign_in": False,
        "second_factor": False,
        "sessions": 0,
        "email": "ann@example.org",
    }
    assert (listed["ada"]["roles"], listed["ada"]["named_by"]) == (["reviewer"], "afterword.toml")
    browser = Browser(desk)
    given = {"password": PASSWORD, "again": PASSWORD}
    assert browser.post(slash + token, data=given).status_code == 303
    assert browser.get("/users").status_code == 200
    assert terminal("users") == 0
    ann = next(line.split() for line in terminal.said.splitlines() if line.startswith("ann"))
    assert ann[-3:] == ["yes", "no", "1"]
    assert terminal("users", "sessions", "ann", "--revoke") == 0
    assert terminal.said == "1 ended.\n"
    assert browser.get("/users").status_code == 303
    assert terminal("users", "sessions", "ann") == 0
    assert terminal.said == "ann is signed in nowhere.\n"


def test_roles_are_changed_and_somebody_removed_on_record(terminal: Terminal, outlet: Outlet) -> None:
    assert terminal("users", "add", "cy", "--role", "reviewer") == 0
    assert terminal("users", "roles", "cy", "--role", "operator", "--role", "reviewer") == 0
    assert terminal.said == "cy is reviewer and operator.\n"
    assert terminal("users", "email", "cy", "cy@example.org") == 0
    assert terminal("users", "remove", "cy") == 0
    assert "cy" not in [row["name"] for row in terminal.json("users")]
    with outlet.database.read() as db:
        rows = [(row.actor, row.roles) for row in db.exec(select(Appointment).order_by(Appointment.id))]
    outlet.database.close()
    assert rows == [("operator", ["reviewer"]), ("operator", ["reviewer", "operator"]), ("operator", [])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "cy"), "Choose at least one role for cy"),
        (("add", "Cy", "--role", "reviewer"), '"Cy" cannot be a name here'),
        (("add", "cy", "--role", "king"), "'king' is not one of"),
        (("add", "cy", "--role", "reviewer", "--email", "cy"), '"cy" is no e-mail address'),
        (("link", "cy"), 'Nobody called "cy" may do that. Who may: ada, ben.'),
        (("password", "cy"), 'Nobody called "cy" may do that. Who may: ada, ben.'),
        (("remove", "ada"), "afterword.toml names ada as reviewer"),
        (("roles", "ada", "--role", "operator"), "afterword.toml names ada as reviewer"),
        (("second-factor", "ada", "--off"), "ada has no second factor"),
        (("second-factor", "ada"), "Missing option '--off'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    assert terminal("users", *words) != 0
    assert said in terminal.error
    assert "Traceback" not in terminal.error
    assert [row["name"] for row in terminal.json("users")] == ["ada", "ben"]


def test_a_password_is_taken_from_standard_input(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert terminal("users", "password", "ada") == 0
    assert terminal.said == "ada can sign in at the desk.\n"
    assert PASSWORD not in terminal.said + terminal.error
    assert [row["can_sign_in"] for row in terminal.json("users")] == [True, False]
