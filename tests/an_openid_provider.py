"""A real OpenID provider on loopback: discovery, authorize, token and keys, over a socket. It signs with RS256, checks
the client, the redirect address, the code (once) and PKCE, and can be told to do any of it wrongly."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "desk", "a secret of the client"


@cache
def a_key(_: str) -> RSAKey:
    """A key, by a name of ours; all of them call themselves the same. Making one takes its time."""
    return RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """Whoever comes is let in as `email`. What is in `claims` takes the place of what an ID token says (None: leaves
    it out); `key` of what it is signed with."""

    email: str = "ada@example.org"
    now: float = 0.0
    claims: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    own: RSAKey = field(default_factory=lambda: a_key("its own"))
    key: RSAKey | None = None
    alg: str = "RS256"
    denies: str = ""
    is_down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> "Provider":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def authorize(self, given: dict[str, str]) -> str:
        """Let somebody in, and return where their browser is sent."""
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT
        assert set(given["scope"].split()) == {"openid", "email"}
        assert given["code_challenge_method"] == "S256"
        back = {"state": given["state"], "iss": self.url}
        if self.denies:
            return f"{given['redirect_uri']}?{urlencode(back | {'error': self.denies})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = given
        return f"{given['redirect_uri']}?{urlencode(back | {'code': code})}"

    def token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What a client gets for a code."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization not in (f"Basic {basic}", f"Basic {plain}"):
            return 401, {"error": "invalid_client"}
        begun = self.codes.pop(given.get("code", ""), None)
        if begun is None or begun["redirect_uri"] != given.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if challenge.decode().rstrip("=") != begun["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        says = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "17",
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            "nonce": begun["nonce"],
            "email": self.email,
            "email_verified": True,
        } | self.claims
        said = {name: value for name, value in says.items() if value is not None}
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self.signed(said)}

    def signed(self, said: dict[str, Any]) -> str:
        """An ID token."""
        if self.alg in ("none", "HS256"):
            # No library makes these: unsigned, or with the public key as if it were a secret.
            words = ".".join(_b64(json.dumps(part).encode()) for part in ({"alg": self.alg, "kid": "one"}, said))
            made = hmac.new(self.own.as_pem(private=False), words.encode(), hashlib.sha256).digest()
            return f"{words}.{_b64(made) if self.alg == 'HS256' else ''}"
        key = self.key or self.own
        return jwt.encode({"alg": self.alg, "kid": "one"}, said, key, algorithms=[self.alg])

    def description(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.described


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        split, provider = urlsplit(self.path), self.provider
        provider.asked.append(split.path)
        if provider.is_down:
            self._answer(503, {})
        elif split.path == "/.well-known/openid-configuration":
            self._answer(200, provider.description())
        elif split.path == "/keys":
            self._answer(200, {"keys": [provider.own.as_dict(private=False) | {"use": "sig"}]})
        elif split.path == "/authorize":
            given = {name: values[0] for name, values in parse_qs(split.query).items()}
            self.send_response(302)
            self.send_header("location", provider.authorize(given))
            self.end_headers()
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(*self.provider.token(given, self.headers.get("authorization", "")))

    def _answer(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
