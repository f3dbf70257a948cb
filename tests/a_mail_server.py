"""A real SMTP server on loopback, with a certificate of its own where one is wished for."""

import datetime
import email
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class MailServer:
    """Takes mails on a port of its own. `says` is asked for its answer to each address and, as "DATA", to each mail;
    an empty one means yes. `heard` is told of each mail before it is answered."""

    certificate: Path | None = None
    tls: bool = False
    user: str = ""
    password: str = ""
    says: Callable[[str], str] = lambda _: ""
    heard: Callable[[], None] = lambda: None
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        context = None
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
        mine = self

        class Server(Controller):
            def factory(self) -> SMTP:
                return SMTP(
                    self.handler,
                    hostname="mail.test",
                    tls_context=None if mine.tls else context,
                    require_starttls=context is not None and not mine.tls,
                    authenticator=mine._is_known if mine.user else None,
                    auth_required=bool(mine.user),
                    auth_require_tls=context is not None and not mine.tls,
                )

        self._server = Server(self, hostname=HOST, port=_free(), ssl_context=context if self.tls else None)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(no_assert=True)

    @property
    def port(self) -> int:
        return self._server.port

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if said := self.says(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.heard()
        if said := self.says("DATA"):
            return said
        self.raw.append(envelope.content)
        mail = email.message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails += [(to, mail) for to in envelope.rcpt_tos]
        return "250 OK"

    def _is_known(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login, given.password) == (self.user.encode(), self.password.encode())
        return AuthResult(success=right, handled=False)


class Hanging:
    """Takes a connection, says so much of a greeting, one byte after another, and then nothing."""

    def __init__(self, says: bytes = b"", pause: float = 0.0) -> None:
        self._listening = socket.create_server((HOST, 0))
        self.port = self._listening.getsockname()[1]
        self.met = threading.Event()
        self._says, self._pause = says, pause
        self._held: list[socket.socket] = []
        threading.Thread(target=self._meet, daemon=True).start()

    def _meet(self) -> None:
        try:
            while True:
                line, _ = self._listening.accept()
                self._held.append(line)
                self.met.set()
                for byte in self._says:
                    line.sendall(bytes([byte]))
                    time.sleep(self._pause)
        except OSError:
            return  # It was closed.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in (self._listening, *self._held):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def a_certificate(file: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that vouches for itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def _free() -> int:
    with socket.create_server((HOST, 0)) as trial:
        port: int = trial.getsockname()[1]
        return port
