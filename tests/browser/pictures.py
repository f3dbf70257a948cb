"""Takes the pictures of the README: `scripts/pictures`.

Those of the site come from the library, whose texts are ours, written for the layout, and a few by the local author;
each is one sheet of a page by day and by night, on a desk, a tablet and a telephone. Those of the desk come from a
demonstration, in which nothing is staged: the pieces are the local author's, and one of them waits.
"""

import secrets
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from agent import app
from agent.adapters.web import preview
from agent.desk import create_app
from agent.review.queue import queue
from agent.settings import load
from agent.staff import set_password
from tests.browser.a_library import an_open_outlet, bring_out, fill
from tests.browser.browser import chromium_page, served

PICTURES = Path(__file__).with_name("pictures")
REVIEWER = "demo"
SCREENS = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (360, 780)}
TALL = 600
"""Pixels that each screen is high on a sheet."""
GAP = 24
HOW = "summary >> text=How this was written"


def main(demo: Path | None) -> None:
    """Take every picture of the site; those of the desk, too, where a demonstration is given."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        outlet = an_open_outlet(Path(folder))
        numbers = fill(outlet)
        with served(preview(bring_out(outlet))) as site:
            _sheet("home", f"{site}/index.html")
            _sheet("piece", f"{site}/pieces/{numbers['lamps']}.html")
            _sheet("poem", f"{site}/pieces/{numbers['tide-table']}.html")
            _sheet("ledger", f"{site}/ledger.html")
            _sheet("provenance", f"{site}/pieces/{numbers['lamps']}.html", open_at=HOW)
        outlet.database.close()
    if demo is not None:
        _desk(demo)


def _sheet(name: str, url: str, *, open_at: str = "") -> None:
    """One page on all screens, by day above and by night below."""
    rows = []
    for dark in (False, True):
        with chromium_page(dark=dark) as page:
            rows.append([_shot(page, url, size, open_at) for size in SCREENS.values()])
    width = sum(shot.width for shot in rows[0]) + GAP * (len(rows[0]) - 1)
    sheet = Image.new("RGB", (width, TALL * 2 + GAP), "#8a8a8a")
    for row, shots in enumerate(rows):
        left = 0
        for shot in shots:
            sheet.paste(shot, (left, row * (TALL + GAP)))
            left += shot.width + GAP
    sheet.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def _shot(page: Page, url: str, size: tuple[int, int], open_at: str) -> Image.Image:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(url)
    if open_at:
        found = page.locator(open_at).first
        found.click()
        found.evaluate("part => { part.scrollIntoView({ block: 'start' }); scrollBy(0, -24) }")
        page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.screenshot(path=file.name)
        with Image.open(file.name) as taken:
            return taken.convert("RGB").resize((round(size[0] * TALL / size[1]), TALL), Image.Resampling.LANCZOS)


def _desk(demo: Path) -> None:
    settings = load(demo)
    outlet = app.build(settings)
    app.open_up(outlet)
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


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
