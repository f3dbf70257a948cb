"""How staff are told of what waits for them outside the desk: settings of the mail server, of webhooks, of Apprise.

No secret stands in them: a table names the variable that holds one, or the file that a `..._FILE` variable names.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from agent.places import secret
from agent.profiles import Part

MAIL = "mail"
"""What the mail server is called where a channel is named."""
DIGEST = "07:00"
HERE = re.compile(r"localhost|127\.[\d.]+|::1")


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        # Not repeated: it may be the secret itself.
        raise ValueError("this is the name of a variable; what it holds never stands here")
    return name


def _url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", url):
        raise ValueError('this is an address, like "https://hooks.example.org/afterword", without a password in it')
    return url


def _host(host: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
        raise ValueError('this is the name of a server alone, like "mail.example.org"; its port stands in "port"')
    return host


def _mailbox(address: str) -> str:
    if not is_mailbox(address):
        raise ValueError('this is an e-mail address alone, like "afterword@example.org"')
    return address


def _security(word: str) -> str:
    if word not in ("starttls", "tls", "none"):
        raise ValueError('this is "starttls", "tls" or "none"')
    return word


def _minute(given: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", given):
        raise ValueError('this is a time of day in UTC, like "07:00"')
    return given


def _name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError('use small letters, digits and hyphens, like "on-call"')
    if name == MAIL:
        raise ValueError(f'"{MAIL}" means the mail server; use another name')
    return name


def is_mailbox(address: str) -> bool:
    """Whether this is one plain e-mail address, which can stand in a header as it is."""
    return (
        len(address) <= 254
        and re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", address) is not None
        and not (set('<>()[],;:\\"') & set(address) or address.count("@") > 1)
    )


Variable = Annotated[str, AfterValidator(_variable)]
Name = Annotated[str, AfterValidator(_name)]


class MailSettings(Part):
    """The SMTP server that takes notices, and whom they come from."""

    host: Annotated[str, AfterValidator(_host)]
    port: int = Field(587, ge=1, le=65535)
    security: Annotated[str, AfterValidator(_security)] = "starttls"
    """starttls, tls from the first byte, or none: for a server on this machine or network alone."""
    user: str = ""
    password_env: Variable = Field("AFTERWORD_MAIL_PASSWORD")
    """The variable that holds the password, where there is a user: it never stands in the file."""
    sender: Annotated[str, AfterValidator(_mailbox)]
    digest: Annotated[str, AfterValidator(_minute)] = DIGEST
    """When, in UTC, the daily digest goes out."""

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.security == "none" and self.user and not HERE.fullmatch(self.host):
            raise ValueError('with "security" = "none" the password would travel in the clear; use "starttls" or "tls"')
        return self

    @property
    def password(self) -> str:
        """The password, from the variable or from the file that `..._FILE` names."""
        return secret(self.password_env)


class WebhookSettings(Part):
    """An address that is told of what waits, each message signed with a secret that it shares."""

    name: Name
    url: Annotated[str, AfterValidator(_url)]
    secret_env: Variable
    """The variable that holds the secret ("whsec_..."): it never stands in the file."""

    @property
    def secret(self) -> str:
        """The secret, from the variable or from the file that `..._FILE` names."""
        return secret(self.secret_env)


class AppriseSettings(Part):
    """A service that Apprise knows how to tell: a chat, a pager, a telephone."""

    name: Name
    url_env: Variable
    """The variable that holds its address as Apprise writes it: such an address is a secret in itself."""

    @property
    def url(self) -> str:
        """The address, from the variable or from the file that `..._FILE` names."""
        return secret(self.url_env)
