"""The mail server (only `smtplib`)."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from agent.adapters.deadline import Deadline
from agent.adapters.letter import letter, one_line
from agent.channels import MAIL, MailSettings
from agent.errors import ChannelError
from agent.outlet import Message

if TYPE_CHECKING:
    import smtplib

SECONDS = 15.0
"""So long the server may take for one answer."""
IN_ALL = 60.0
"""So long one message may take."""


class Mail:
    """Keeps the Channel protocol, by SMTP. Each address gets a mail of its own: nobody learns who else was told, and
    one that is refused stops no other."""

    name = MAIL

    def __init__(
        self, settings: MailSettings, *, title: str, address: str, seconds: float = SECONDS, in_all: float = IN_ALL
    ) -> None:
        self._settings = settings
        self._title = title
        self._address = address
        self._seconds = seconds
        self._in_all = in_all

    def look(self) -> str:
        """Reach the server, as far as signing in."""
        with self._line() as line:
            self._ask(line.noop)
        settings = self._settings
        as_whom = f", signed in as {settings.user}" if settings.user else ""
        how = {"starttls": "STARTTLS", "tls": "TLS", "none": "not encrypted"}[settings.security]
        return f"{settings.host}:{settings.port} answers ({how}{as_whom}); mails come from {settings.sender}"

    def send(self, message: Message) -> None:
        """Hand a message over, address by address. Raises ChannelError, after the last, for those that were refused."""
        refused: list[ChannelError] = []
        with self._line() as line:
            for to in message.to:
                mail = letter(message, to, title=self._title, sender=self._settings.sender, address=self._address)
                try:
                    self._ask(line.sendmail, self._settings.sender, [to], mail)
                except ChannelError as fault:
                    if fault.of_all:
                        raise
                    refused.append(fault)
        if refused:
            reason = "; ".join(str(fault.facts["reason"]) for fault in refused)
            raise self._fault(reason, permanent=all(fault.permanent for fault in refused), of_all=False)

    @contextmanager
    def _line(self) -> Iterator["smtplib.SMTP"]:
        """A connection that may send."""
        settings = self._settings
        if settings.user and not settings.password:
            raise self._fault(f"the variable {settings.password_env} is not set", permanent=True)
        with Deadline(self._in_all) as deadline:
            line = self._open(deadline)
            try:
                self._greet(line, deadline)
                yield line
            finally:
                with suppress(Exception):
                    line.quit()
                line.close()

    def _open(self, deadline: Deadline) -> "smtplib.SMTP":
        import smtplib

        settings, seconds = self._settings, self._seconds

        class Plain(smtplib.SMTP):
            def _get_socket(self, host: str, port: int, timeout: float) -> Any:
                # Here and not later: a server may take its time with its very first line.
                made = super()._get_socket(host, port, timeout)  # type: ignore[misc]
                deadline.hold(made)
                return made

        # The name by which we greet: the library's own would be asked of a name server, with no end to it.
        own = settings.sender.partition("@")[2]
        is_tls = settings.security == "tls"

        def connected() -> smtplib.SMTP:
            if is_tls:
                made: smtplib.SMTP = smtplib.SMTP_SSL(
                    local_hostname=own, timeout=seconds, context=ssl.create_default_context()
                )
            else:
                made = Plain(local_hostname=own, timeout=seconds)
            # As the library does where it is given a host at once; TLS takes the name from there.
            made._host = settings.host  # type: ignore[attr-defined]
            code, said = made.connect(settings.host, settings.port)
            if code != 220:
                made.close()
                raise smtplib.SMTPConnectError(code, said)
            return made

        line: smtplib.SMTP = self._ask(connected)
        if line.sock is not None:
            deadline.hold(line.sock)
        return line

    def _greet(self, line: "smtplib.SMTP", deadline: Deadline) -> None:
        settings = self._settings
        self._ask(line.ehlo_or_helo_if_needed)
        if settings.security == "starttls":
            self._ask(line.starttls, context=ssl.create_default_context())
            if line.sock is not None:
                deadline.hold(line.sock)
            self._ask(line.ehlo)
        if settings.user:
            self._ask(line.login, settings.user, settings.password)

    def _ask(self, ask: Any, *given: Any, **named: Any) -> Any:
        """One thing asked of the server; whatever goes wrong with it becomes a ChannelError."""
        import smtplib

        try:
            return ask(*given, **named)
        except smtplib.SMTPRecipientsRefused as no:
            # One address at a time, so there is one.
            to, (code, said) = next(iter(no.recipients.items()))
            raise self._fault(f"{to} was refused: {_said(code, said)}", code, of_all=False) from None
        except smtplib.SMTPAuthenticationError as no:
            reason = f"the user {self._settings.user} and the password in {self._settings.password_env} were refused"
            raise self._fault(f"{reason}: {_said(no.smtp_code, no.smtp_error)}", no.smtp_code) from None
        except smtplib.SMTPDataError as no:
            raise self._fault(
                f"the message was refused: {_said(no.smtp_code, no.smtp_error)}", no.smtp_code, of_all=False
            ) from None
        except smtplib.SMTPResponseException as no:
            raise self._fault(_said(no.smtp_code, no.smtp_error), no.smtp_code) from None
        except smtplib.SMTPNotSupportedError as no:
            able = "STARTTLS" if "STARTTLS" in str(no) else "sign-in" if "AUTH" in str(no) else "what is asked of it"
            words = f'it offers no {able}; compare "security" and "user" in [mail] with what the server takes'
            raise self._fault(words, permanent=True) from None
        except ssl.SSLCertVerificationError as no:
            raise self._fault(f"its certificate does not hold ({no.verify_message})", permanent=True) from None
        except smtplib.SMTPServerDisconnected as no:
            is_late = isinstance(no.__context__, TimeoutError)
            raise self._fault("it did not answer in time" if is_late else "the connection broke off") from None
        except TimeoutError:
            raise self._fault("it did not answer in time") from None
        except ssl.SSLError as no:
            words = (
                f'no encrypted connection came about ({no.reason or "TLS"}); compare "security" and "port" in [mail]'
            )
            raise self._fault(words) from None
        except smtplib.SMTPException as no:
            raise self._fault(f"it answered in a way that nobody can read ({type(no).__name__})") from None
        except OSError as no:
            raise self._fault(no.strerror or "it cannot be reached") from None

    def _fault(
        self, reason: str, code: int | None = None, *, permanent: bool = False, of_all: bool = True
    ) -> ChannelError:
        settings = self._settings
        return ChannelError(
            channel=f"The mail server {settings.host}:{settings.port}",
            reason=reason.rstrip("."),
            permanent=permanent if code is None else 500 <= code < 600,
            of_all=of_all,
        )


def _said(code: int, words: bytes | str) -> str:
    """What the server said, on one line."""
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {one_line(said)}".strip()
