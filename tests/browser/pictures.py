"""Takes the pictures of the README from a demonstration: `scripts/pictures`.

Nothing is staged: the pieces are the local author's, and one of them waits at the desk.
"""

import secrets
import sys
from pathlib import Path

from agent import app
from agent.adapters.web import preview
from agent.desk import create_app
from agent.review.queue import queue
from agent.settings import load
from agent.staff import set_password
from tests.browser.browser import chromium_page, served

PICTURES = Path(__file__).with_name("pictures")
REVIEWER = "demo"


def main(folder: Path) -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    settings = load(folder)
    outlet = app.build(settings)
    app.open_up(outlet)
    public = settings.at(settings.public)
    [*_, newest] = sorted(public.glob("pieces/*.html"), key=lambda path: int(path.stem))
    with served(preview(public)) as site:
        _take(f"{site}/index.html", "home")
        _take(f"{site}/pieces/{newest.name}", "piece", opened=True)
        _take(f"{site}/pieces/{newest.name}", "piece-phone-dark", width=360, height=780, dark=True)
        _take(f"{site}/ledger.html", "ledger")
    password = secrets.token_urlsafe()
    with outlet.database.write() as db:
        set_password(db, REVIEWER, password, outlet.now())
    with outlet.database.read() as db:
        waiting = queue(db)
    with served(create_app(outlet)) as desk, chromium_page(height=860, javascript=False) as page:
        page.goto(f"{desk}/session")
        page.get_by_label("Name").fill(REVIEWER)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button").first.click()
        page.screenshot(path=PICTURES / "queue.png")
        page.goto(f"{desk}/revisions/{waiting[0].revision}")
        page.screenshot(path=PICTURES / "review.png")


def _take(
    url: str, name: str, *, width: int = 1280, height: int = 860, dark: bool = False, opened: bool = False
) -> None:
    with chromium_page(width=width, height=height, dark=dark) as page:
        page.goto(url)
        if opened:
            page.locator("summary", has_text="How this was written").click()
        page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
