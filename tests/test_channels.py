"""The tables [mail], [[webhook]] and [[apprise]]: every wrong value is named, and no secret is repeated."""

from pathlib import Path

import pytest

from agent import app
from agent.channels import is_mailbox
from agent.errors import BadSettings
from agent.settings import Settings, load

MAIL = '[mail]\nhost = "mail.example.org"\nsender = "afterword@example.org"\n'
HOOK = '[[webhook]]\nname = "ops"\nurl = "https://hooks.example.org/x"\nsecret_env = "HOOK"\n'
CHAT = '[[apprise]]\nname = "chat"\nurl_env = "CHAT"\n'


def written(folder: Path, text: str) -> Settings:
    (folder / "afterword.toml").write_text(text, encoding="utf-8")
    return load(folder)


def test_each_table_is_a_channel_and_building_them_asks_nothing_of_the_world(tmp_path: Path) -> None:
    settings = written(tmp_path, MAIL + HOOK + CHAT)
    assert settings.mail is not None
    assert (settings.mail.port, settings.mail.security, settings.mail.digest) == (587, "starttls", "07:00")
    assert [channel.name for channel in app.build(settings).channels] == ["mail", "ops", "chat"]
    assert app.build(written(tmp_path, "")).channels == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            MAIL.replace("mail.example.org", "https://mail.example.org/"),
            '"mail.host": this is the name of a server alone',
        ),
        (MAIL.replace("afterword@", ""), '"mail.sender": this is an e-mail address alone'),
        (MAIL.replace("afterword@", "Afterword <a@"), '"mail.sender": this is an e-mail address alone'),
        (MAIL + "port = 0", '"mail.port": this is greater than or equal to 1 (it is 0)'),
        (MAIL + 'security = "ssl"', '"mail.security": this is "starttls", "tls" or "none"'),
        (MAIL + 'security = "none"\nuser = "x"', "the password would travel in the clear"),
        (MAIL + 'digest = "7 am"', '"mail.digest": this is a time of day in UTC, like "07:00"'),
        (MAIL + 'digest = "24:00"', '"mail.digest": this is a time of day in UTC'),
        (MAIL + 'password = "x"', '"mail.password": there is no such key'),
        ("[mail]", '"mail.host" is missing'),
        ('mail = "x"', '"mail": this is one table, under [mail]'),
        (MAIL.replace("[mail]", "[[mail]]"), '"mail": this is one table, under [mail]'),
        (HOOK.replace("ops", "mail"), '"webhook[1].name": "mail" means the mail server'),
        (HOOK.replace("ops", "Our Ops"), '"webhook[1].name": use small letters'),
        (HOOK.replace("https", "ftp"), '"webhook[1].url": this is an address, like "https://hooks'),
        (HOOK.replace("[[webhook]]", "[webhook]"), '"webhook": each webhook has a table of its own, under [[webhook]]'),
        (HOOK + HOOK, "more than one [[webhook]] or [[apprise]] has this name: ops"),
        (HOOK + CHAT.replace("chat", "ops"), "more than one [[webhook]] or [[apprise]] has this name: ops"),
        (CHAT.replace("[[apprise]]", "[apprise]"), '"apprise": each service has a table of its own, under [[apprise]]'),
        ('webhooks = "x"', '"webhooks": there is no such key'),
        ('apprises = "x"', '"apprises": there is no such key'),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as caught:
        written(tmp_path, text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        MAIL + 'password_env = "SECRET phrase"',
        MAIL + 'security = "none"\nuser = "SECRET"',
        HOOK.replace("HOOK", "whsec_+SECRET/"),
        HOOK.replace("https://", "ada:SECRET@"),
        HOOK.replace("https://", "https://ada:SECRET@"),
        CHAT.replace("CHAT", "slack://SECRET"),
        CHAT + 'url = "slack://SECRET"',
    ],
)
def test_a_secret_at_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettings) as caught:
        written(tmp_path, text)
    assert "SECRET" not in str(caught.value)


def test_variables_that_hold_secrets_are_known_and_a_misspelt_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = HOOK.replace('"HOOK"', '"AFTERWORD_HOOK"')
    monkeypatch.setenv("AFTERWORD_MAIL_PASSWORD", "quince")
    monkeypatch.setenv("AFTERWORD_METRICS_TOKEN", "quince")
    monkeypatch.setenv("AFTERWORD_HOOK_FILE", str(tmp_path / "hook"))
    (tmp_path / "hook").write_text("whsec_x\n")
    settings = written(tmp_path, MAIL + own)
    assert settings.mail is not None
    assert (settings.mail.password, settings.webhooks[0].secret) == ("quince", "whsec_x")
    monkeypatch.setenv("AFTERWORD_MAIL_PASWORD", "quince")
    with pytest.raises(BadSettings, match="AFTERWORD_MAIL_PASWORD: there is no such setting"):
        written(tmp_path, MAIL + own)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("ada@example.org", True),
        ("ada+desk@localhost", True),
        ("o'hara@example.org", True),
        ("ada", False),
        ("ada@", False),
        ("@example.org", False),
        ("ada@b@example.org", False),
        ("a da@example.org", False),
        ("ada@example.org\n", False),
        ("ada@exam\rple.org", False),
        ("<ada@example.org>", False),
        ("ada@example.org,ben@example.org", False),
        ("ada@exämple.org", False),
        (f"{'a' * 250}@example.org", False),
    ],
)
def test_an_address_is_one_plain_mailbox(address: str, is_one: bool) -> None:
    assert is_mailbox(address) is is_one
