"""Sign-in by a directory that staff have elsewhere (OpenID Connect): its settings."""

from typing import Annotated

from pydantic import Field

from agent.places import secret
from agent.profiles import Part


class OidcSettings(Part):
    """An OpenID provider. It says who somebody is, by a verified e-mail address; who is of the staff is said here."""

    name: str = Field("your directory", min_length=1)
    """What the button says: "Sign in with NAME"."""
    issuer: Annotated[str, Field(pattern=r"^https?://\S+$")]
    client_id: str = Field(min_length=1)
    client_secret_env: str = Field("AFTERWORD_OIDC_SECRET", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The variable that holds the client's secret: it never stands in the file."""

    @property
    def client_secret(self) -> str:
        """The secret, from the variable or from the file that `..._FILE` names."""
        return secret(self.client_secret_env)
