"""Somebody of the staff at the desk, in a browser of their own."""

from typing import Any

from playwright.sync_api import Browser, Page

PASSWORD = "quince river comma weather"


def a_page(browser: Browser, **facts: Any) -> Page:
    """A page with no cookies; `facts` go to the browser: java_script_enabled, timezone_id, color_scheme."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | facts)
    context.set_default_timeout(10_000)
    return context.new_page()


def sign_in(page: Page, address: str, name: str) -> None:
    """Sign in by the form."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/queue")
