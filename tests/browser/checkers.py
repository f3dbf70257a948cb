"""Checkers of the field, as scripts/checkers installs them: Nu HTML checker, axe-core, Lighthouse."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.browser import chromium

INSTALLED = Path(__file__).parents[2] / ".checkers/node_modules"
AXE = INSTALLED / "axe-core/axe.min.js"
VNU = INSTALLED / "vnu-jar/build/dist/vnu.jar"
LIGHTHOUSE = INSTALLED / "lighthouse/cli/index.js"
LOOPBACK = "nu.validator.servlet.allow-forbidden-hosts"
"""Without it, no page of this machine is read."""
HOW = "run scripts/checkers first (scripts/test does)"


def nu_html_checker(addresses: list[str]) -> list[str]:
    """What the Nu HTML checker says of pages that are served, errors and warnings alike: one line each, with where."""
    assert VNU.exists(), HOW
    said = subprocess.run(
        [
            "java",
            "-Xss1m",
            f"-D{LOOPBACK}=true",
            "-jar",
            VNU,
            "--format",
            "json",
            "--exit-zero-always",
            "--stdout",
            *addresses,
        ],
        capture_output=True,
        check=True,
        timeout=300,
    )
    messages: list[dict[str, Any]] = json.loads(said.stdout)["messages"]
    return [f"{m.get('url')}:{m.get('lastLine')}: {m['message']} {m.get('extract', '')!r}" for m in messages]


def lighthouse(address: str, *, desktop: bool = False) -> dict[str, Any]:
    """Lighthouse's report of one page that is served, on a slow telephone or on a desktop."""
    assert LIGHTHOUSE.exists(), HOW
    said = subprocess.run(
        [
            "node",
            LIGHTHOUSE,
            address,
            "--quiet",
            "--no-enable-error-reporting",
            "--output=json",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            "--only-categories=accessibility,best-practices,seo,performance",
            *(["--preset=desktop"] if desktop else []),
        ],
        capture_output=True,
        check=True,
        timeout=180,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        | {"CHROME_PATH": chromium() or _fetched(), "NO_UPDATE_NOTIFIER": "1"},
    )
    report: dict[str, Any] = json.loads(said.stdout)
    return report


def _fetched() -> str:
    """Where the Chromium is that playwright fetched."""
    with sync_playwright() as play:
        return play.chromium.executable_path
