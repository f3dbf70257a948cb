"""Sign-in by a directory, against a real OpenID provider on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import select

from agent.adapters.oidc import Oidc
from agent.desk import create_app
from agent.directory import OidcSettings
from agent.errors import DirectoryError
from agent.outlet import Outlet
from agent.staff.people import set_email
from agent.tables import AuditEvent, DeskSession, User
from agent.testing import MovableClock
from tests.an_openid_provider import CLIENT, SECRET, Provider, a_key
from tests.desk.a_desk import Browser, words_of

pytestmark = pytest.mark.slow


@pytest.fixture
def provider(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that knows Ada by her address."""
    monkeypatch.setenv("AFTERWORD_OIDC_SECRET", SECRET)
    with outlet.database.write() as db:
        ada = db.exec(select(User).where(User.name == "ada")).one()
        set_email(db, ada, "Ada@Example.org", outlet.now(), actor="ann")
    with Provider(now=outlet.now().timestamp()) as provider:
        yield provider


@pytest.fixture
def with_it(outlet: Outlet, provider: Provider) -> FastAPI:
    """The desk, where staff may also sign in by the provider."""
    settings = OidcSettings(name="Example", issuer=provider.url, client_id=CLIENT)
    return create_app(replace(outlet, directory=Oidc(settings, outlet.now)))


@pytest.fixture
def someone(with_it: FastAPI) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(with_it)


def to_the_provider(browser: Browser, after: str = "") -> str:
    """Begin, and let the provider let them in; return the path to which the browser is sent back."""
    began = browser.get("/sign-on", params={"next": after} if after else {})
    assert began.status_code == 303, words_of(began)
    sent = httpx2.get(began.headers["location"], trust_env=False, verify=False, follow_redirects=False).headers[
        "location"
    ]
    split = urlsplit(sent)
    assert split.path == "/sign-on/back"
    return f"{split.path}?{split.query}"


def come_back(browser: Browser, path: str) -> httpx2.Response:
    """Come back as a browser does: from another site."""
    return browser.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})


def sessions(outlet: Outlet) -> int:
    with outlet.database.read() as db:
        return len(db.exec(select(DeskSession)).all())


def refused(browser: Browser, outlet: Outlet, path: str) -> str:
    """The words with which somebody who comes back is refused; no session begins."""
    before = sessions(outlet)
    answer = come_back(browser, path)
    assert answer.status_code == 403
    assert "desk=" not in answer.headers.get("set-cookie", "").replace("desk-sign-on=", "")
    assert browser.get("/queue").status_code == 303
    assert sessions(outlet) == before
    return words_of(answer)


def test_somebody_of_the_staff_comes_in_by_the_directory(someone: Browser, outlet: Outlet, provider: Provider) -> None:
    assert "Sign in with Example" in someone.words("/session")
    path = to_the_provider(someone, "/pieces")
    answer = come_back(someone, path)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/pieces">' in answer.text
    assert '<a href="/pieces">' in answer.text
    session = next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("desk="))
    assert "SameSite=strict" in session
    assert "ada" in someone.words("/queue")
    assert "desk-sign-on" not in someone.cookies
    with outlet.database.read() as db:
        came = db.exec(select(AuditEvent).where(AuditEvent.action == "signed_in")).one()
    assert (came.subject, came.reason) == ("ada", "by Example")


def test_what_was_begun_stays_with_the_browser_and_goes_out_as_it_should(someone: Browser, provider: Provider) -> None:
    began = someone.get("/sign-on")
    cookie = began.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=600"):
        assert part in cookie
    asked = {name: values[0] for name, values in parse_qs(urlsplit(began.headers["location"]).query).items()}
    assert asked["redirect_uri"] == "http://127.0.0.1:8701/sign-on/back"
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["desk", "another"], "azp": "another"}, "azp"),
        ({"iss": "https://id.example.org"}, "iss"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"email_verified": False}, "has not verified"),
        ({"email_verified": None}, "has not verified"),
        ({"email": None}, "names no e-mail address"),
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(
    someone: Browser, outlet: Outlet, provider: Provider, claims: dict[str, object], words: str
) -> None:
    provider.claims = claims
    said = refused(someone, outlet, to_the_provider(someone))
    assert words in said.lower()
    assert "You can still sign in with your password" in said
    with outlet.database.read() as db:
        assert len(db.exec(select(AuditEvent).where(AuditEvent.action == "sign_in_failed")).all()) == 1


@pytest.mark.parametrize("how", ["another key", "none", "the public key as a secret"])
def test_an_id_token_that_the_directory_did_not_sign_lets_nobody_in(
    someone: Browser, outlet: Outlet, provider: Provider, how: str
) -> None:
    if how == "another key":
        provider.key = a_key("another")
    elif how == "none":
        provider.alg = "none"
    else:
        provider.alg = "HS256"
    assert "its ID token does not hold" in refused(someone, outlet, to_the_provider(someone))


def test_whoever_the_staff_do_not_know_stays_out_and_is_made_nobody(
    someone: Browser, outlet: Outlet, provider: Provider
) -> None:
    provider.email = "cy@example.org"
    with outlet.database.read() as db:
        before = len(db.exec(select(User)).all())
    assert "nobody of the staff has your e-mail address" in refused(someone, outlet, to_the_provider(someone))
    with outlet.database.read() as db:
        assert len(db.exec(select(User)).all()) == before
        failed = db.exec(select(AuditEvent).where(AuditEvent.action == "sign_in_failed")).one()
    assert failed.subject.startswith("no such name ")
    assert "cy@" not in f"{failed.subject}{failed.reason}"


def test_whoever_holds_no_role_any_more_stays_out(someone: Browser, outlet: Outlet, with_it: FastAPI) -> None:
    changed = outlet.settings.model_copy(update={"reviewers": ["ben"]})
    path = to_the_provider(someone)
    with_it.state.outlet = replace(with_it.state.outlet, settings=changed)
    assert "nobody of the staff" in refused(someone, outlet, path)


def test_an_answer_is_taken_once(someone: Browser, outlet: Outlet, provider: Provider) -> None:
    began = someone.get("/sign-on")
    kept = someone.cookies["desk-sign-on"]
    sent = httpx2.get(began.headers["location"], trust_env=False, verify=False, follow_redirects=False).headers[
        "location"
    ]
    path = sent.removeprefix("http://127.0.0.1:8701")
    assert come_back(someone, path).status_code == 200
    someone.cookies.clear()
    someone.cookies.set("desk-sign-on", kept, domain="127.0.0.1")
    asked = len(provider.asked)
    assert "was used already" in refused(someone, outlet, path)
    assert len(provider.asked) == asked, "the directory is not even asked"


def test_an_answer_is_worth_nothing_in_another_browser(
    someone: Browser, outlet: Outlet, with_it: FastAPI, clock: MovableClock
) -> None:
    path = to_the_provider(someone)
    thief = Browser(with_it)
    assert "not begun in this browser" in refused(thief, outlet, path)
    to_the_provider(thief)
    assert "not begun in this browser" in refused(thief, outlet, path), "nor with a handshake of their own"
    clock.forward(minutes=11)
    assert "took longer than ten minutes" in refused(someone, outlet, path)


def test_a_handshake_that_somebody_made_up_is_refused(someone: Browser, outlet: Outlet) -> None:
    path = to_the_provider(someone)
    kept = someone.cookies["desk-sign-on"]
    for made in (kept[:-1] + ("0" if kept[-1] != "0" else "1"), "x.y", ".", "e30=." + kept.rpartition(".")[2]):
        someone.cookies.set("desk-sign-on", made, domain="127.0.0.1", path="/")
        assert "Begin it again" in refused(someone, outlet, path)


def test_a_code_that_was_not_given_for_this_sign_in_is_not_taken(
    someone: Browser, outlet: Outlet, provider: Provider, with_it: FastAPI
) -> None:
    stolen = parse_qs(urlsplit(to_the_provider(Browser(with_it))).query)["code"][0]
    mine = to_the_provider(someone)
    code = parse_qs(urlsplit(mine).query)["code"][0]
    assert "did not take the code (invalid_grant)" in refused(someone, outlet, mine.replace(code, stolen))


def test_a_directory_that_lets_nobody_in_or_is_another_is_named(
    someone: Browser, outlet: Outlet, provider: Provider
) -> None:
    provider.denies = "access_denied"
    assert "The directory Example: it let nobody in (access_denied)" in refused(
        someone, outlet, to_the_provider(someone)
    )
    provider.denies = ""
    path = to_the_provider(someone).replace("iss=http", "iss=https")
    assert "comes from another directory" in refused(someone, outlet, path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: setattr(p, "is_down", True), "its description cannot be read (HTTP 503"),
        (lambda p: p.described.update(issuer="https://other.example"), "calls itself https://other.example"),
        (lambda p: p.described.update(token_endpoint="http://id.example.org/t"), "token_endpoint is missing, or"),
        (lambda p: p.described.update(jwks_uri=None), "jwks_uri is missing"),
    ],
    ids=["down", "another", "not https", "no keys"],
)
def test_discovery_that_fails_is_said_and_a_password_still_works(
    someone: Browser, provider: Provider, spoil: Callable[[Provider], object], words: str
) -> None:
    spoil(provider)
    answer = someone.get("/sign-on")
    assert answer.status_code == 502
    assert words in words_of(answer)
    assert "You can still sign in with your password." in words_of(answer)


def test_a_directory_that_nobody_reaches_or_whose_way_is_open_is_said(outlet: Outlet) -> None:
    for issuer, words in (
        ("http://127.0.0.1:9", "its description cannot be read (ConnectError"),
        ("http://id.example.org", "is not https"),
    ):
        with pytest.raises(DirectoryError, match=words.replace("(", r"\(")):
            Oidc(OidcSettings(issuer=issuer, client_id="desk"), outlet.now).begin("http://127.0.0.1/")


def test_where_the_extra_is_missing_it_is_named(
    outlet: Outlet, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "authlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "authlib", None)
    with pytest.raises(DirectoryError, match=r"pip install 'afterword\[oidc\]'"):
        Oidc(OidcSettings(issuer=provider.url, client_id=CLIENT), outlet.now).begin("http://127.0.0.1/")


def test_without_a_directory_there_is_no_such_way_in(stranger: Browser) -> None:
    assert [stranger.get(path).status_code for path in ("/sign-on", "/sign-on/back?state=x")] == [404, 404]
