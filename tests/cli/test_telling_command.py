"""`afterword notices try`, `send`, `told`, and what `afterword doctor` says of channels: with real servers."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Receiver

from agent.adapters import clock
from agent.cli.publication import begin
from agent.tables import Review, Verdict
from agent.testing import a_piece, an_outlet
from tests.a_hook import Hook
from tests.a_mail_server import MailServer
from tests.cli.a_terminal import TWO, Terminal
from tests.telling import lives_at

pytestmark = pytest.mark.slow
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
MAIL = '\n[mail]\nhost = "127.0.0.1"\nport = {}\nsecurity = "none"\nsender = "afterword@example.org"\n'
HOOK = '\n[[webhook]]\nname = "ops"\nurl = "{}"\nsecret_env = "HOOK_SECRET"\n'


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    begin(tmp_path / "pub", TWO)
    return Terminal(tmp_path / "pub", monkeypatch, capsys)


def settings(terminal: Terminal, words: str) -> None:
    (terminal.folder / "afterword.toml").write_text(TWO + words, encoding="utf-8")


def test_a_channel_is_tried_out_and_what_came_of_it_is_said(terminal: Terminal) -> None:
    with MailServer() as server, Hook(204, 500) as hook:
        settings(terminal, MAIL.format(server.port) + HOOK.format(hook.url))
        assert terminal("notices", "try", "mail", "--to", "ada@example.org") == 0
        assert "The message was taken; look into the mail box of ada@example.org." in terminal.said
        assert terminal("notices", "try", "ops") == 0
        assert terminal.said == "messages are signed and go to 127.0.0.1.\nThe message was taken.\n"
        assert terminal("notices", "try", "ops") == 1
        assert terminal.error == "afterword: The webhook ops: it does not take messages for now (HTTP 500)."
    assert [whom for whom, _ in server.mails] == ["ada@example.org"]
    assert Receiver(SECRET).verify(hook.got[0][1], hook.got[0][0])["type"] == "afterword.try"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], 'No channel is called "nobody". There are: mail, ops.'),
        (["mail"], "Say which address gets it: --to ada@example.org"),
        (["mail", "--to", "ada@x\nBcc: cy@x"], "Say which address gets it"),
        (["ops", "--to", "ada@example.org"], "ops has one receiver, so --to says nothing there."),
        (["mail", "--to", "ada@example.org"], "The mail server 127.0.0.1:9: Connection refused."),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(terminal: Terminal, words: list[str], said: str) -> None:
    settings(terminal, MAIL.format(9) + HOOK.format("http://127.0.0.1:9/"))
    assert terminal("notices", "try", *words) == 1
    assert said in terminal.error


@pytest.mark.parametrize("words", [["try", "mail"], ["send"]])
def test_without_a_channel_it_says_what_is_missing(terminal: Terminal, words: list[str]) -> None:
    assert terminal("notices", *words) == 1
    assert "afterword.toml has no [mail], [[webhook]] or [[apprise]]" in terminal.error


def test_without_a_running_process_what_waits_is_sent_by_hand(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailServer() as server:
        settings(terminal, MAIL.format(server.port) + 'digest = "00:00"\n')
        outlet = an_outlet(terminal.folder)
        lives_at(outlet, "ada")
        assert terminal("notices", "told") == 0
        assert terminal.said == "Nobody was told anything yet.\n"
        assert terminal("notices", "send") == 0
        assert terminal.said == "Nothing was sent.\n"
        revision = a_piece(outlet)
        with outlet.database.write() as db:
            given = {"record_sha256": revision.record_sha256, "reviewer": "ben", "verdict": Verdict.VETO}
            db.add(Review(revision_id=revision.id, at=clock.now(), **given))
        assert terminal("notices", "send") == 0, terminal.error
        assert terminal.said == "1 sent.\n"
    [(whom, mail)] = server.mails
    assert (whom, mail["Subject"]) == (
        "ada@example.org",
        "[Afterword] A veto of piece 1 by Claude Opus 3 needs a second reviewer",
    )
    [row] = json.loads(json.dumps(terminal.json("notices", "told")))
    assert (row["to"], row["about"], row["tries"], row["fault"]) == ("mail:ada", "veto:1", 1, "")
    assert row["sent_at"] is not None


def test_doctor_looks_at_each_channel_and_at_who_can_be_told(terminal: Terminal) -> None:
    with MailServer() as server:
        settings(terminal, MAIL.format(server.port) + HOOK.format("http://hooks.example.org/"))
        found = terminal_doctor(terminal)
    assert ("channel mail", "good") in found
    assert (
        found["channel mail", "look"]
        == "no e-mail address of ada, ben is known, so no notice goes there: afterword users email NAME ADDRESS"
    )
    assert found["channel ops", "look"] == "messages travel in the clear: use an https address"
    assert "lead to http://127.0.0.1:" in found["desk_address", "look"]
    settings(terminal, MAIL.format(9))
    assert terminal_doctor(terminal)["channel mail", "wrong"] == "The mail server 127.0.0.1:9: Connection refused."


def terminal_doctor(terminal: Terminal) -> dict[tuple[str, str], str]:
    terminal("doctor", "--json")
    return {(row["looked_at"], row["state"]): row["words"] for row in json.loads(terminal.said)}
