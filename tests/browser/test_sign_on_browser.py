"""Coming in by a directory in a real Chromium: there and back crosses sites, and the cookie of a session is Strict."""

from dataclasses import replace

import pytest
from sqlmodel import select

from agent.adapters.oidc import Oidc
from agent.desk import create_app
from agent.directory import OidcSettings
from agent.outlet import Outlet
from agent.staff.people import set_email
from agent.tables import User
from tests.an_openid_provider import CLIENT, SECRET, Provider
from tests.browser.browser import chromium_page, served

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("javascript", [True, False])
def test_whoever_comes_back_from_the_directory_is_led_on_and_signed_in(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, javascript: bool
) -> None:
    monkeypatch.setenv("AFTERWORD_OIDC_SECRET", SECRET)
    with outlet.database.write() as db:
        ada = db.exec(select(User).where(User.name == "ada")).one()
        set_email(db, ada, "ada@example.org", outlet.now(), actor="ann")
    with Provider(now=outlet.now().timestamp()) as provider:
        directory = Oidc(OidcSettings(name="Example", issuer=provider.url, client_id=CLIENT), outlet.now)
        with (
            served(create_app(replace(outlet, directory=directory))) as address,
            chromium_page(javascript=javascript) as page,
        ):
            # Another name of this machine than the directory's, so that a browser takes them for two sites.
            desk = address.replace("127.0.0.1", "localhost")
            page.goto(f"{desk}/pieces")
            page.get_by_role("link", name="Sign in with Example").click()
            page.wait_for_url(f"{desk}/pieces")
            assert page.get_by_role("link", name="ada", exact=True).is_visible()
            cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
            assert cookies["desk"]["sameSite"] == "Strict"
            assert "desk-sign-on" not in cookies
            assert "/authorize" in provider.asked
