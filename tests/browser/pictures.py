"""Takes the pictures of the README: `scripts/pictures`.

Those of the site come from the library, whose texts are ours, written for the layout, and a few by the local author;
each is one sheet of a page by day and by night, on a desk, a tablet and a telephone. Those of the desk come from a desk
with forty of the same texts waiting, and three months of verdicts that chance gave.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from agent.adapters.web import preview
from agent.desk import create_app
from agent.review.queue import queue
from tests.browser.a_busy_desk import PASSWORD, an_open_desk
from tests.browser.a_busy_desk import fill as fill_desk
from tests.browser.a_library import an_open_outlet, bring_out, fill
from tests.browser.browser import chromium_page, served

PICTURES = Path(__file__).with_name("pictures")
FRAME = 400
"""Milliseconds in which the frame of a text takes its height."""
SCREENS = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (360, 780)}
TALL = 600
"""Pixels that each screen is high on a sheet."""
GAP = 24
HOW = "summary >> text=How this was written"


def main(which: list[str]) -> None:
    """Take every picture, or those of "site" or "desk" alone."""
    PICTURES.mkdir(exist_ok=True)
    if "site" in which or not which:
        _site()
    if "desk" in which or not which:
        with tempfile.TemporaryDirectory() as folder:
            _desk(Path(folder))


def _site() -> None:
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


def _desk(folder: Path) -> None:
    """The desk on a long day, as Ada sees it."""
    outlet = an_open_desk(folder)
    fill_desk(outlet)
    with outlet.database.read() as db:
        draft = next(row.revision for row in queue(db) if row.worst == "look")
    with served(create_app(outlet)) as desk, chromium_page(height=900) as page:
        page.goto(f"{desk}/session")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").first.click()
        page.wait_for_url("**/queue")
        _kept(page, "queue")
        page.goto(f"{desk}/revisions/{draft}")
        page.keyboard.press("f")
        page.get_by_role("heading", name="What the checks say").wait_for()
        _kept(page, "review")
        page.keyboard.press("v")
        page.get_by_role("dialog").get_by_label("Ground").wait_for()
        _kept(page, "veto")
        page.goto(f"{desk}/calibration")
        _kept(page, "calibration")
    outlet.database.close()


def _kept(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(FRAME)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
