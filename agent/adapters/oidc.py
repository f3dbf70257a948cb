"""A company's own directory of its people, by OpenID Connect (only `authlib`, and `joserfc`, which comes with it)."""

import secrets
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx2

from agent.directory import OidcSettings
from agent.errors import DirectoryError
from agent.outlet import Handshake

SECONDS = 10.0
"""So long the directory may take for one answer."""
KNOWN_FOR = timedelta(minutes=10)
"""So long its own description of itself is believed."""
AT_MOST = 512 * 1024
LEEWAY = 60
"""Seconds by which its clock may differ from ours."""
SCOPE = "openid email"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures with a public key alone: never "none", and no secret that two share."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
INSTALL = "sign-in by it needs authlib: pip install 'afterword[oidc]', and start again"


class Oidc:
    """Keeps the Directory protocol: the code flow with PKCE, state and nonce. Nothing is asked before a sign-in."""

    def __init__(self, settings: OidcSettings, now: Callable[[], datetime]) -> None:
        self.name = settings.name
        self._settings = settings
        self._now = now
        self._lock = Lock()
        self._known: tuple[datetime, dict[str, Any]] | None = None

    def begin(self, back: str) -> Handshake:
        """Begin a sign-in that comes back to the address `back`. Raises DirectoryError."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        at = self._discovered()["authorization_endpoint"]
        with self._client(back) as client:
            address, _ = client.create_authorization_url(at, state=state, code_verifier=verifier, nonce=nonce)
        return Handshake(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(self, given: Mapping[str, str], begun: Handshake, back: str) -> str:
        """Return the verified e-mail address of who came back with these parameters. Raises DirectoryError."""
        if error := given.get("error"):
            raise self._fault(f"it let nobody in ({_short(error)})")
        if not secrets.compare_digest(given.get("state", "").encode(), begun.state.encode()):
            raise self._fault("the answer belongs to another sign-in")
        if given.get("iss", self._settings.issuer) != self._settings.issuer:
            raise self._fault("the answer comes from another directory")
        if not given.get("code"):
            raise self._fault("the answer holds no code")
        return self._email(self._token(given["code"], begun, back), begun)

    def _token(self, code: str, begun: Handshake, back: str) -> dict[str, Any]:
        """What the directory gives for a code; that works once."""
        from authlib.common.errors import AuthlibBaseError

        at = self._discovered()["token_endpoint"]
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    at, grant_type="authorization_code", code=code, code_verifier=begun.verifier, redirect_uri=back
                )
        except AuthlibBaseError as no:
            # Its own words may be anything; the kind of error is one of a list.
            raise self._fault(f"it did not take the code ({_short(str(no.error or ''))})") from None
        except (httpx2.HTTPError, ValueError) as no:
            raise self._fault(f"it did not answer for the code ({_kind(no)})") from None
        if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
            raise self._fault('it gave no ID token; it must know this desk as a client of "openid"')
        return dict(token)

    def _email(self, token: dict[str, Any], begun: Handshake) -> str:
        """The verified address in an ID token that is signed, meant for us, of now, and of this sign-in."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        settings = self._settings
        keys = self._get(self._discovered()["jwks_uri"], "its keys")
        try:
            read = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": settings.issuer},
                    "aud": {"essential": True, "value": settings.client_id},
                },
                {
                    "nonce": begun.nonce,
                    "client_id": settings.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY)
        except (AuthlibBaseError, JoseError) as no:
            raise self._fault(f"its ID token does not hold ({_short(str(no))})") from None
        except (ValueError, TypeError, KeyError) as no:
            raise self._fault(f"its ID token cannot be read ({_kind(no)})") from None
        email = claims.get("email")
        if not isinstance(email, str) or not email:
            raise self._fault('its ID token names no e-mail address; let it add "email" and "email_verified"')
        # Some write it as a word.
        if claims.get("email_verified") not in (True, "true"):
            raise self._fault("it has not verified the e-mail address of this person")
        return email

    def _discovered(self) -> dict[str, Any]:
        """What the directory says of itself."""
        with self._lock:
            if self._known is not None and self._now() - self._known[0] < KNOWN_FOR:
                return self._known[1]
            issuer = self._settings.issuer
            said = self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", "its description")
            if said.get("issuer") != issuer:
                raise self._fault(f'it calls itself {_short(str(said.get("issuer")))}; write "issuer" just like that')
            for name in ENDPOINTS:
                if not isinstance(said.get(name), str) or not _is_safe(said[name]):
                    raise self._fault(f"its {name} is missing, or is not https")
            self._known = (self._now(), said)
            return said

    def _get(self, url: str, what: str) -> dict[str, Any]:
        """A JSON object of the directory's."""
        if not _is_safe(url):
            raise self._fault("its address is not https, so anybody on the way could let anybody in")
        try:
            with httpx2.Client(**_how_to_ask(url)) as client:
                answer = client.get(url, headers={"accept": "application/json"})
            if answer.status_code != 200:
                raise self._fault(f"{what} cannot be read (HTTP {answer.status_code} at {url})")
            said = answer.json() if len(answer.content) <= AT_MOST else None
        except httpx2.HTTPError as no:
            raise self._fault(f"{what} cannot be read ({_kind(no)} at {url})") from None
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise self._fault(f"{what} is no JSON object ({url})")
        return said

    def _client(self, back: str) -> Any:
        try:
            from authlib.integrations.httpx_client import OAuth2Client
        except ImportError:
            raise self._fault(INSTALL) from None
        settings, secret = self._settings, self._settings.client_secret
        return OAuth2Client(
            client_id=settings.client_id,
            client_secret=secret or None,
            token_endpoint_auth_method=self._how() if secret else "none",
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            **_how_to_ask(settings.issuer),
        )

    def _how(self) -> str:
        """How the directory wants the client's secret."""
        takes = self._discovered().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in takes else "client_secret_post"

    def _fault(self, reason: str) -> DirectoryError:
        return DirectoryError(directory=f"The directory {self.name}", reason=reason)


def _is_safe(url: str) -> bool:
    """Whether nobody can listen on the way: https, or this machine alone."""
    at = urlsplit(url)
    return at.scheme == "https" or (at.scheme == "http" and _is_loopback(at.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _how_to_ask(url: str) -> dict[str, Any]:
    # Proxies are for the world outside.
    is_outside = not _is_loopback(urlsplit(url).hostname or "")
    return {"timeout": SECONDS, "trust_env": is_outside, "follow_redirects": False, "verify": _trust()}


@cache
def _trust() -> ssl.SSLContext:
    # Once: reading all the authorities of the world takes a tenth of a second.
    return ssl.create_default_context()


def _kind(fault: Exception) -> str:
    return type(fault).__name__


def _short(words: str) -> str:
    """A stranger's words, as far as they can stand in a sentence of ours."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:120] or "no reason"
