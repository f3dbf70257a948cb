"""Where editions are brought besides the public folder: the tables [[target]] of afterword.toml.

No secret stands in them: a table names the variable that holds one, or the file that a `..._FILE` variable names.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agent.profiles import Part

SECRETS = {
    "s3": {
        "access_key_id": "AWS_ACCESS_KEY_ID",
        "secret_access_key": "AWS_SECRET_ACCESS_KEY",
        "session_token": "AWS_SESSION_TOKEN",
    },
    "gs": {"service_account_key": "GOOGLE_SERVICE_ACCOUNT_KEY"},
    "az": {"account_key": "AZURE_STORAGE_ACCOUNT_KEY", "sas_key": "AZURE_STORAGE_SAS_KEY"},
}
"""Which variable holds which secret of a bucket, where the table says nothing else. None has to be set: a machine in a
cloud has a right of its own."""
SECRETIVE = re.compile(r"secret|passw|token(?!_file)|sas|(?<!kms_)key")
"""Names of options that are secrets."""
PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")


def _no_secrets(options: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
    if wrong := sorted(name for name in options if SECRETIVE.search(name.lower())):
        raise ValueError(
            f"{', '.join(wrong)}: a secret never stands here; name the variable that holds it: "
            f'secrets = {{ {wrong[0]} = "A_VARIABLE" }}'
        )
    return options


def _no_password(url: str) -> str:
    if PASSWORD.search(url):
        raise ValueError("a password never stands here; use an SSH key, or name the variable of a token in token_env")
    return _no_option(url)


def _no_option(where: str) -> str:
    if where.startswith("-"):
        raise ValueError("this is a place, and may not begin with a hyphen")
    return where


Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class PlaceSettings(Part):
    """What every target has: a name, for logs and notices."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")


class BucketSettings(PlaceSettings):
    """A bucket of S3 (or what speaks like it), of Google Cloud Storage, or a container of Azure."""

    kind: Literal["bucket"]
    url: str = Field(pattern=r"^(s3|gs|az)://[^\s/]+(/\S*)?$")
    """The bucket, with a folder in it or without: "s3://my-site/blog"."""
    options: Annotated[dict[str, str | int | bool], AfterValidator(_no_secrets)] = Field(default_factory=dict)
    """As obstore names them: region, endpoint, virtual_hosted_style_request, account_name, and so on."""
    secrets: dict[str, Variable] = Field(default_factory=dict)
    """Option -> the variable that holds it, where it is not the one that everybody uses."""
    page_seconds: int = Field(60, ge=0)
    """How long a reader's browser may keep a page, a list or a feed without asking."""
    asset_seconds: int = Field(86_400, ge=0)
    """The same of fonts, style sheets and pictures."""
    at_once: int = Field(16, ge=1, le=100)
    """So many files are uploaded at a time."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        endpoint = next((value for name, value in self.options.items() if "endpoint" in name.lower()), None)
        return f"{self.url} at {endpoint}" if endpoint else self.url

    def held(self) -> dict[str, str]:
        """The secrets that are set. Raises ValueError, in words, for a variable that the table names and is not."""
        ready = {option: secret(variable) for option, variable in self.secrets.items()}
        if missing := [self.secrets[option] for option, value in ready.items() if not value]:
            raise ValueError(f"the variable {missing[0]} is not set")
        usual = SECRETS[self.url.partition(":")[0]]
        ready = {option: secret(variable) for option, variable in usual.items()} | ready
        return {option: value for option, value in ready.items() if value}


class BranchSettings(PlaceSettings):
    """A branch of a git repository, which holds the site and nothing else."""

    kind: Literal["branch"]
    url: Annotated[str, Field(min_length=1), AfterValidator(_no_password)]
    """As git takes it: "git@example.org:me/site.git", "https://...", or a path from the publication's folder."""
    branch: str = Field("pages", pattern=r"^[A-Za-z0-9_][\w./-]*$")
    author: str = Field("Afterword", pattern=r"^[^<>\n]+$")
    email: str = Field("afterword@localhost", pattern=r"^[^<>\s]+$")
    token_env: Variable | None = None
    """For https: the variable that holds a token."""
    user: str = Field("git", pattern=r"^[^\s=]+$")
    """Whose token it is, where the service asks for that."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.url}, branch {self.branch}"

    def token(self) -> str:
        """The token, or nothing where none is named. Raises ValueError, in words, where it is not set."""
        if self.token_env is None:
            return ""
        if not (token := secret(self.token_env)):
            raise ValueError(f"the variable {self.token_env} is not set")
        return token


class RsyncSettings(PlaceSettings):
    """A folder on this machine or another one, by rsync."""

    kind: Literal["rsync"]
    destination: Annotated[str, Field(min_length=1), AfterValidator(_no_password)]
    """As rsync takes it: "web@example.org:/srv/site", or a path from the publication's folder."""
    ssh: str = Field("ssh -o BatchMode=yes -o ConnectTimeout=20", min_length=1)
    """The command that reaches another machine; it must never ask for anything."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return self.destination


TargetSettings = Annotated[BucketSettings | BranchSettings | RsyncSettings, Field(discriminator="kind")]


def secret(variable: str) -> str:
    """What a variable holds, or the file that `..._FILE` names; nothing where neither is there."""
    if value := os.environ.get(variable, ""):
        return value
    try:
        return Path(os.environ[variable + "_FILE"]).read_text(encoding="utf-8").strip()
    except (KeyError, OSError, UnicodeDecodeError):
        return ""
