"""How staff are told of something outside the desk: settings of the mail server and of webhooks."""

from typing import Annotated

from pydantic import Field

from agent.places import secret
from agent.profiles import Part

Url = Annotated[str, Field(pattern=r"^https?://\S+$")]


class MailSettings(Part):
    """The SMTP server that takes notices, and whom they come from."""

    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    security: Annotated[str, Field(pattern="^(starttls|tls|none)$")] = "starttls"
    """starttls, tls from the first byte, or none: for a server on this machine alone."""
    user: str = ""
    password_env: str = Field("AFTERWORD_MAIL_PASSWORD", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The variable that holds the password, where there is a user: it never stands in the file."""
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    digest: str = Field("07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """When, in UTC, the daily digest goes out."""

    @property
    def password(self) -> str:
        """The password, from the variable or from the file that `..._FILE` names."""
        return secret(self.password_env)


class WebhookSettings(Part):
    """An address that is told of what waits, each message signed with a secret that it shares."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    url: Url
    secret_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The variable that holds the secret ("whsec_..."): it never stands in the file."""

    @property
    def secret(self) -> str:
        """The secret, from the variable or from the file that `..._FILE` names."""
        return secret(self.secret_env)
