"""The mail server as a channel, against real ones on loopback."""

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.adapters.letter import letter, message_id
from agent.adapters.mail import Mail
from agent.channels import MailSettings
from agent.errors import ChannelError
from agent.outlet import Message
from agent.testing import NOON
from tests.a_mail_server import HOST, Hanging, MailServer, a_certificate

SENDER = "afterword@example.org"
NEWS = Message("veto:12", "A veto waits", "A piece has a veto.", "https://desk.example/revisions/3", at=NOON)
SLOW = pytest.mark.slow


def mail(port: int, *, seconds: float = 10, in_all: float = 20, **given: Any) -> Mail:
    settings = MailSettings(**{"host": HOST, "port": port, "security": "none", "sender": SENDER} | given)
    return Mail(settings, title="Afterword", address="https://example.org/", seconds=seconds, in_all=in_all)


def to(*addresses: str) -> Message:
    return Message(NEWS.key, NEWS.subject, NEWS.words, NEWS.link, to=addresses, at=NEWS.at)


def fault_of(channel: Mail, message: Message = NEWS) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.send(message)
    return caught.value


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls") / "mail.pem")


@SLOW
def test_a_mail_reads_well_and_says_what_programs_ask_for() -> None:
    with MailServer() as server:
        mail(server.port).send(to("ada@example.org"))
    [(whom, got)] = server.mails
    assert whom == "ada@example.org"
    assert got.get_content() == "A piece has a veto.\n\nhttps://desk.example/revisions/3\n"
    assert {name: got[name] for name in ("From", "To", "Subject", "Date", "List-Id", "Auto-Submitted")} == {
        "From": "Afterword <afterword@example.org>",
        "To": "ada@example.org",
        "Subject": "[Afterword] A veto waits",
        "Date": "Sun, 01 Nov 2026 12:00:00 +0000",
        "List-Id": "<notices.example.org>",
        "Auto-Submitted": "auto-generated",
    }
    assert got["Message-ID"] == message_id("veto:12", "ada@example.org", "example.org", "https://example.org/")


def test_a_body_is_folded_for_narrow_windows_and_an_address_stays_whole() -> None:
    link = "https://desk.example/" + "x" * 90
    words = f"{'word ' * 30}\n\n- {'item ' * 20}\n\n{link}\n\n-- \nAda"
    sent = letter(
        Message("veto:1", "x" * 400, words, "", at=NOON),
        "ada@example.org",
        title="A",
        sender=SENDER,
        address="https://x/",
    )
    head, _, body = sent.decode().partition("\r\n\r\n")
    lines = body.split("\r\n")
    assert [line for line in lines if len(line) > 72] == [link]
    assert "-- " in lines
    assert [line[:4] for line in lines if "item" in line] == ["- it", "  it"]
    assert not re.search(r"\r\n[ \t]", head)


def test_the_same_message_to_the_same_person_has_the_same_id_and_no_other_has() -> None:
    ids = [
        message_id(key, whom, "example.org", site)
        for key in ("veto:1", "veto:11")
        for whom in ("ada@example.org", "ben@example.org")
        for site in ("https://a.example/", "https://b.example/")
    ]
    assert len(set(ids)) == 8
    assert message_id("veto:1", "ada@example.org", "example.org", "https://a.example/") == ids[0]
    assert ids[0].startswith("<veto.1.")


@pytest.mark.parametrize(
    "bad",
    ["x\r\nBcc: cy@example.org", "x\nSubject: y", "x\u2028Bcc: cy@example.org", "x\x00y", "\u202egnol", "ü" * 900],
)
def test_no_words_end_a_header_or_begin_another(bad: str) -> None:
    sent = letter(
        Message(f"veto:{bad}", bad, bad, "", at=NOON), "ada@example.org", title=bad, sender=SENDER, address="https://x/"
    )
    head, _, _ = sent.partition(b"\r\n\r\n")
    names = Counter(line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t")))
    assert names == Counter(
        b"From To Subject Date Message-ID List-Id Auto-Submitted Content-Type Content-Transfer-Encoding "
        b"MIME-Version".split()
    )
    assert b"\n" not in head.replace(b"\r\n", b"")


@SLOW
def test_letters_beyond_ascii_arrive(certificate: Path) -> None:
    with MailServer() as server:
        mail(server.port).send(Message("piece:1", "Größe", "Ein Stück – von Öpus", "", to=["ada@example.org"], at=NOON))
    [(_, got)] = server.mails
    assert (got["Subject"], got.get_content()) == ("[Afterword] Größe", "Ein Stück – von Öpus\n")
    assert all(len(line) < 998 for line in server.raw[0].split(b"\r\n"))


@SLOW
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_signs_in_over_an_encrypted_line(certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("AFTERWORD_MAIL_PASSWORD", "quince river")
    with MailServer(certificate, tls=security == "tls", user="outlet", password="quince river") as server:
        channel = mail(server.port, security=security, user="outlet")
        assert channel.look().startswith(f"{HOST}:{server.port} answers ({security.upper()}, signed in as outlet)")
        assert server.mails == []
        channel.send(to("ada@example.org"))
        assert len(server.mails) == 1
        monkeypatch.setenv("AFTERWORD_MAIL_PASSWORD", "wrong")
        fault = fault_of(channel, to("ada@example.org"))
        assert (fault.permanent, fault.of_all) == (True, True)
        assert "the user outlet and the password in AFTERWORD_MAIL_PASSWORD were refused: 535" in str(fault)
        assert "wrong" not in str(fault)


@SLOW
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_ends_it(certificate: Path, security: str) -> None:
    with MailServer(certificate, tls=security == "tls") as server:
        fault = fault_of(mail(server.port, security=security), to("ada@example.org"))
    assert "its certificate does not hold" in str(fault)
    assert fault.permanent
    assert server.mails == []


@SLOW
def test_where_no_encryption_is_offered_nothing_is_said() -> None:
    with MailServer() as server:
        fault = fault_of(mail(server.port, security="starttls"), to("ada@example.org"))
    assert "it offers no STARTTLS" in str(fault)
    assert (fault.permanent, server.mails) == (True, [])


def test_without_its_password_the_variable_is_named() -> None:
    fault = fault_of(mail(9, security="tls", user="outlet"))
    assert "the variable AFTERWORD_MAIL_PASSWORD is not set" in str(fault)
    assert fault.permanent


@SLOW
def test_one_who_is_refused_stops_nobody_else() -> None:
    says = {"gone@example.org": "550 5.1.1 no such user", "full@example.org": "452 4.2.2 mailbox full"}
    with MailServer(says=lambda whom: says.get(whom, "")) as server:
        channel = mail(server.port)
        fault = fault_of(channel, to("gone@example.org", "ada@example.org", "full@example.org", "ben@example.org"))
        assert [whom for whom, _ in server.mails] == ["ada@example.org", "ben@example.org"]
        assert [got["To"] for _, got in server.mails] == ["ada@example.org", "ben@example.org"]
        assert (fault.permanent, fault.of_all) == (False, False)
        assert "gone@example.org was refused: 550 5.1.1 no such user" in str(fault)
        assert fault_of(channel, to("gone@example.org")).permanent
        assert not fault_of(channel, to("full@example.org")).permanent


@SLOW
def test_a_server_that_says_later_takes_it_later() -> None:
    said = iter(["451 4.7.1 greylisted", ""])
    with MailServer(says=lambda what: next(said) if what == "DATA" else "") as server:
        fault = fault_of(mail(server.port), to("ada@example.org"))
        assert (fault.permanent, fault.of_all) == (False, False)
        assert "the message was refused: 451 4.7.1 greylisted" in str(fault)
        mail(server.port).send(to("ada@example.org"))
    assert len(server.mails) == 1


@SLOW
@pytest.mark.parametrize(
    ("says", "pause", "waits", "said"),
    [
        (b"", 0.0, {"seconds": 0.3}, "it did not answer in time"),
        (b"220 mail.test\r\n", 0.0, {"seconds": 0.3}, "it did not answer in time"),
        (b"220 " + b"x" * 500, 0.05, {"in_all": 0.4}, "the connection broke off"),
    ],
)
def test_a_server_that_hangs_or_drips_is_left(says: bytes, pause: float, waits: dict[str, float], said: str) -> None:
    with Hanging(says, pause) as server:
        begun = time.monotonic()
        fault = fault_of(mail(server.port, **waits), to("ada@example.org"))
        assert time.monotonic() - begun < 5
    assert said in str(fault)
    assert not fault.permanent


@SLOW
def test_where_nobody_listens_it_says_so() -> None:
    with Hanging() as server:
        port = server.port
    fault = fault_of(mail(port), to("ada@example.org"))
    assert str(fault) == f"The mail server {HOST}:{port}: Connection refused."
    assert not fault.permanent
