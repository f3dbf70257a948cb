"""Browsers at the desk of `outlet`: Ada's, Ben's, and a stranger's."""

from collections.abc import Callable
from functools import cache

import pytest
from argon2 import PasswordHasher
from sqlmodel import select
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.outlet import Outlet
from agent.staff import begin_session, passwords
from agent.tables import User
from tests.desk.a_desk import Browser


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Real argon2 with little work in it: what it is worth is tested in test_staff.py.
    monkeypatch.setattr(passwords, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)))
    monkeypatch.setattr(passwords, "_nobodys_hash", cache(passwords._nobodys_hash.__wrapped__))


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    """The application."""
    return create_app(outlet)


@pytest.fixture
def stranger(desk: ASGIApp) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(desk)


@pytest.fixture
def browser_of(outlet: Outlet, desk: ASGIApp) -> Callable[[str], Browser]:
    """A browser that somebody is signed in with, by name."""

    def signed_in(name: str) -> Browser:
        browser = Browser(desk)
        with outlet.database.write() as db:
            user = db.exec(select(User).where(User.name == name)).one()
            browser.cookies.set("desk", begin_session(db, user, outlet.now()), domain="127.0.0.1")
        return browser

    return signed_in


@pytest.fixture
def ada(browser_of: Callable[[str], Browser]) -> Browser:
    """Ada's browser."""
    return browser_of("ada")


@pytest.fixture
def ben(browser_of: Callable[[str], Browser]) -> Browser:
    """Ben's browser."""
    return browser_of("ben")
