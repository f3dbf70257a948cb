"""The review screen in a real Chromium: without JavaScript, by keys alone, and when the connection is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.staff import set_password
from agent.tables import CheckRun, Flag, Level, Publication, Resolution, Review, User, Verdict
from agent.testing import a_piece
from tests.browser.a_reader import PASSWORD, a_page, sign_in
from tests.browser.browser import FLAGS, chromium, served
from tests.browser.checkers import AXE, HOW

pytestmark = pytest.mark.slow

TEXT = (
    "# Rain, reported\n\nThe rain today is reported, not felt. A forecast is a letter from someone who has looked "
    "out of a window on my behalf, and *I take it seriously*.\n\n- small rivers\n- a recipe for quince paste\n\n"
    "[read on](javascript:document.title='run') <img src=x onerror=\"document.title='run'\">"
    "<style>body{display:none}</style>\n"
)
PLAIN = "The forecast came at six. I read it twice, as one reads a note that somebody left on a table for me to find.\n"
REASON = "It tells where somebody lives."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Pages that somebody is signed in with, by name."""
    pages: list[Page] = []

    def signed_in(name: str = "ada", **facts: object) -> Page:
        pages.append(a_page(browser, **facts))
        sign_in(pages[-1], address, name)
        return pages[-1]

    yield signed_in
    for page in pages:
        page.context.close()


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """An outlet with two pieces to read, the first with a stop flag; verdicts can be taken back for ten minutes."""
    first = a_piece(outlet, TEXT, title="Rain, reported", note_to_readers="Read it slowly.")
    a_piece(outlet, PLAIN, title="At six")
    quote = "a recipe for quince paste"
    with outlet.database.write() as db:
        for name in ("ada", "ben"):
            set_password(db, name, PASSWORD, outlet.now())
        run = CheckRun(revision_id=first.id, check="personal-data", version="1", at=outlet.now())
        db.add(run)
        db.flush()
        about = {"revision_id": first.id, "run_id": run.id, "check": "personal-data", "category": "personal-data"}
        span = {"start": TEXT.index(quote), "end": TEXT.index(quote) + len(quote), "quote": quote, "why": REASON}
        db.add(Flag(level=Level.STOP, **about, **span))
    return replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))


@pytest.fixture
def address(outlet: Outlet) -> Iterator[str]:
    with served(create_app(outlet)) as url:
        yield url


def verdicts(outlet: Outlet) -> list[tuple[str, Verdict]]:
    with outlet.database.read() as db:
        return [(review.reviewer, review.verdict) for review in db.exec(select(Review))]


def test_without_javascript_one_reads_sees_the_flags_and_publishes(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("link", name="At six").click()
    text = page.frame_locator("iframe")
    expect(text.get_by_text("I read it twice")).to_be_visible()
    expect(page.get_by_role("heading", name="What the checks say")).to_have_count(0)
    page.get_by_role("link", name="I have read it").click()
    expect(page.get_by_role("heading", name="What the checks say")).to_be_visible()
    expect(text.get_by_text("I read it twice")).to_be_visible()
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_text("Day and time, in UTC")).to_be_visible()
    page.get_by_label("Later, at a time.").check()
    page.get_by_label("Day and time").fill("2026-11-03T09:15")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text(
        "Your verdict is on record. It goes out on 3 November 2026, 09:15"
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Your verdict is taken back; that you gave it, and took it back")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("link", name="Next: Rain, reported")).to_be_visible()
    with outlet.database.read() as db:
        due = db.exec(select(Resolution.due_at)).all()
    assert due == [datetime(2026, 11, 3, 9, 15, tzinfo=UTC), datetime(2026, 11, 1, 12, 10, tzinfo=UTC)]
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{address}/revisions/2")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_without_javascript_two_veto_in_two_browsers_and_the_second_decides_alone(
    outlet: Outlet, open_page: Callable[..., Page]
) -> None:
    for name, reason in (("ada", "The person in it is a real one."), ("ben", "It tells where somebody lives.")):
        page = open_page(name, java_script_enabled=False, viewport={"width": 390, "height": 800})
        page.get_by_role("link", name="At six").click()
        page.get_by_role("link", name="I have read it").click()
        page.get_by_role("link", name="Give a veto…").click()
        expect(page.get_by_text("The person in it is a real one.")).to_have_count(0)
        page.get_by_label("Ground").select_option("personal-data")
        page.get_by_label("The passage it is about").fill("I read it twice")
        page.get_by_label("Why, in words").fill(reason)
        page.get_by_role("button", name="Give a veto").click()
        page.get_by_role("status").wait_for()
        expect(page.get_by_text(reason)).to_be_visible()
    # Ben can still take his back: until then Ada's reason is kept from him.
    expect(page.get_by_text("shown once yours can no longer be taken back")).to_be_visible()
    expect(page.get_by_text("The person in it is a real one.")).to_have_count(0)
    assert verdicts(outlet) == [("ada", Verdict.VETO), ("ben", Verdict.VETO)]


def test_by_keys_one_goes_from_the_queue_to_a_verdict_and_on_to_the_next(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"{address}/revisions/2")
    expect(page.locator("iframe")).to_have_count(1)
    page.keyboard.press("p")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("f")
    page.wait_for_url(f"{address}/revisions/2?with=flags")
    expect(page.get_by_role("heading", name="What the checks say")).to_be_focused()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Publish")
    expect(dialog.get_by_role("heading", name="Publish", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    assert verdicts(outlet) == [], "a key opens, it never decides"
    for key in ("p", "v", "e"):
        page.keyboard.press(key)
    expect(page.locator("dialog[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Publish…")).to_be_focused()
    page.keyboard.press("p")
    dialog.get_by_role("button", name="Publish").press("Enter")
    page.wait_for_url("**stored=yes")
    assert verdicts(outlet) == [("ada", Verdict.PUBLISH)]
    expect(page.get_by_role("link", name="Next: Rain, reported")).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url(f"{address}/revisions/1")
    with outlet.database.read() as db:
        assert db.exec(select(Publication)).all() == []


def test_every_key_is_listed_and_none_is_heard_in_a_field_or_with_another(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1?with=flags")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    listed = keys.locator("dt").all_inner_texts()
    assert listed[:8] == ["j", "k", "o", "p", "v", "e", "?", "Esc"]
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    for pressed in ("Control+v", "Alt+p", "Meta+e"):
        page.keyboard.press(pressed)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("e")
    field = page.get_by_label("Your question")
    expect(field).to_be_focused()
    page.keyboard.type("veto? pjoke")
    expect(field).to_have_value("veto? pjoke")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(field).to_have_value("veto? pjoke")
    assert verdicts(outlet) == []


def test_flags_are_walked_by_key_and_shown_where_they_stand_in_the_text(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1?with=flags")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Show it in the text").first).to_be_focused()
    page.keyboard.press("o")
    frame = page.frame(name="text")
    assert frame is not None
    frame.wait_for_url("**#flag-*")
    marked = frame.locator("mark.stop")
    assert marked.all_inner_texts() == ["a recipe for quince paste"]
    assert "double" in marked.evaluate("mark => getComputedStyle(mark).textDecorationStyle")


def test_a_word_on_a_flag_changes_that_flag_alone_and_uncovers_nothing(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1?with=flags&veil=on")
    flag = page.get_by_role("listitem").filter(has_text=REASON)
    expect(flag).to_contain_text("A passage, veiled: personal-data.")
    flag.get_by_role("button", name="within policy").click()
    expect(flag.get_by_role("button", name="within policy")).to_have_attribute("aria-pressed", "true")
    expect(flag).to_contain_text("A passage, veiled: personal-data.")
    assert page.url.endswith("with=flags&veil=on")
    assert "quince" not in page.locator(".pane").inner_text()


def test_the_frame_is_as_high_as_its_text_and_hears_the_keys(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1")
    frame = page.frame(name="text")
    assert frame is not None
    page.wait_for_function(
        "() => { const frame = document.querySelector('iframe');"
        " return Math.abs(frame.offsetHeight - frame.contentDocument.body.offsetHeight) < 2 }"
    )
    frame.locator("p", has_text="not felt").click()
    page.keyboard.press("f")
    page.wait_for_url("**with=flags")


def test_what_is_selected_in_the_text_is_offered_for_a_veto(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1?with=flags")
    frame = page.frame(name="text")
    assert frame is not None
    frame.locator("em").dblclick()
    page.keyboard.press("v")
    offered = page.get_by_label("The passage it is about")
    expect(offered).to_have_value("take")
    page.get_by_label("Ground").select_option("personal-data")
    page.get_by_label("Why, in words").fill("too short")
    page.get_by_role("button", name="Give a veto").click()
    page.get_by_label("Why, in words").fill("It tells where somebody lives.")
    page.get_by_role("button", name="Give a veto").click()
    page.wait_for_url("**stored=yes")
    with outlet.database.read() as db:
        review = db.exec(select(Review)).one()
    assert TEXT[review.start : review.end] == "take"


def test_a_refusal_comes_into_the_dialog_and_takes_no_word(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2?with=flags")
    page.keyboard.press("v")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Ground").select_option("claim")
    dialog.get_by_label("The passage it is about").fill("Words that stand nowhere.")
    dialog.get_by_label("Why, in words").fill("Nothing supports it at all.")
    dialog.get_by_role("button", name="Give a veto").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The quoted passage does not stand in the text.")
    expect(dialog.get_by_label("Ground")).to_have_value("claim")
    expect(dialog.get_by_label("Why, in words")).to_have_value("Nothing supports it at all.")
    assert verdicts(outlet) == []


def test_a_lost_connection_is_said_in_words_and_takes_none(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2?with=flags")

    def cut(route: Route) -> None:
        route.abort("connectionrefused")

    page.route("**/reviews**", cut)
    page.keyboard.press("e")
    expect(page.locator("main > .trouble")).to_contain_text("The desk cannot be reached.")
    page.unroute("**/reviews**", cut)
    page.keyboard.press("e")
    page.get_by_label("Your question").fill("Is this river a real one?")
    page.route("**/reviews**", cut)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("What you wrote is still here")
    expect(page.get_by_label("Your question")).to_have_value("Is this river a real one?")
    page.unroute("**/reviews**", cut)
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**stored=yes")
    assert verdicts(outlet) == [("ada", Verdict.ESCALATE)]


def test_a_session_that_ended_is_said_in_words(outlet: Outlet, address: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2?with=flags")
    page.keyboard.press("e")
    page.get_by_label("Your question").fill("Is this river a real one?")
    page.context.clear_cookies()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Your session has ended")
    expect(page.get_by_label("Your question")).to_have_value("Is this river a real one?")


@pytest.mark.parametrize(
    ("zone", "typed", "due"),
    [
        ("Asia/Kolkata UTC+5:30", "2026-11-03T09:15", datetime(2026, 11, 3, 3, 45, tzinfo=UTC)),
        # Summer ends between today and then.
        ("America/New_York UTC−5", "2026-11-02T09:15", datetime(2026, 11, 2, 14, 15, tzinfo=UTC)),
        ("America/New_York UTC−4", "2026-10-31T09:15", datetime(2026, 10, 31, 13, 15, tzinfo=UTC)),
    ],
)
def test_times_are_the_viewers_and_so_is_a_time_to_publish_at(
    outlet: Outlet, open_page: Callable[..., Page], zone: str, typed: str, due: datetime
) -> None:
    zone, far = zone.split()
    now = datetime(2026, 10, 30, 12, tzinfo=UTC)
    outlet = replace(outlet, now=lambda: now)
    with served(create_app(outlet)) as url:
        page = open_page(timezone_id=zone)  # A cookie is for a host, whatever the port.
        page.goto(f"{url}/revisions/2?with=flags")
        page.keyboard.press("p")
        page.get_by_label("Day and time").fill(typed)
        expect(page.get_by_label("Later, at a time.")).to_be_checked()
        expect(page.get_by_text(f"({far})")).to_be_visible()
        page.get_by_role("dialog").get_by_role("button", name="Publish").click()
        page.wait_for_url("**stored=yes")
        said = page.get_by_role("status").locator("time").first
        assert typed[-5:] in said.inner_text()
        assert f"{due:%H:%M} UTC" in (said.get_attribute("title") or "")
    with outlet.database.read() as db:
        assert db.exec(select(Resolution.due_at)).all() == [due]


def test_publish_and_veto_are_never_in_sight_together(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 1440, "height": 2400})
    for path, primary in (("", 0), ("?with=flags", 1), ("/reviews/publish", 1), ("/reviews/veto", 0)):
        page.goto(f"{address}/revisions/1{path}")
        assert page.locator("button.primary, a.primary").count() == primary, path
        assert page.get_by_role("button", name="Give a veto").count() == int("veto" in path), path
    page.goto(f"{address}/revisions/1?with=flags")
    publish = page.get_by_role("link", name="Say publish…").bounding_box()
    veto = page.get_by_role("link", name="Give a veto…").bounding_box()
    assert publish is not None
    assert veto is not None
    assert abs(publish["x"] - veto["x"]) + abs(publish["y"] - veto["y"]) > 400


def test_text_stands_at_reading_size_with_a_readable_measure(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    for path in ("", "?with=flags"):
        page.goto(f"{address}/revisions/1{path}")
        frame = page.frame(name="text")
        assert frame is not None
        size, width, family = frame.evaluate(
            "() => { const p = document.querySelector('.prose p'), style = getComputedStyle(p);"
            " return [parseFloat(style.fontSize), p.getBoundingClientRect().width, style.fontFamily] }"
        )
        assert size >= 17
        assert 45 < width / (size / 2) < 75
        assert "Literata" in family


def _lets_axe_run(route: Route) -> None:
    """The page of the text runs no script, not even a checker's: here it is looked at without its policy."""
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=kept)


def test_axe_finds_nothing_and_every_page_fits_its_screen(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    assert AXE.exists(), HOW
    axe, found = AXE.read_text(encoding="utf-8"), {}
    with outlet.database.write() as db:
        db.exec(select(User).where(User.name == "ben")).one().calm = True
    pages = ["", "?with=flags", "?with=flags&veil=on", "/reviews/publish", "/reviews/veto", "/reviews/escalate"]
    pages += ["/text?marks=on&veil=off", "/text?marks=on&veil=on"]
    for name, width, scheme in (
        ("ada", 360, "light"),
        ("ben", 1440, "light"),
        ("ada", 768, "dark"),
        ("ben", 1440, "dark"),
    ):
        page = open_page(name, color_scheme=scheme, viewport={"width": width, "height": 900})
        page.route("**/text?*", _lets_axe_run)
        for path in pages:
            page.goto(f"{address}/revisions/1{path}")
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            page.evaluate(axe)
            said = page.evaluate("axe.run(document, { resultTypes: ['violations'], iframes: false })")["violations"]
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            wrong = [f"{one['id']} {one['nodes'][0]['html']}" for one in said]
            found |= {f"{path} {width} {scheme}": wrong} if wrong else {}
            assert wide <= 0, f"{path} {width}"
        page.goto(f"{address}/revisions/1?with=flags")
        for key in ("p", "v", "?"):
            page.keyboard.press(key)
            page.locator("dialog[open]").wait_for()
            page.evaluate(axe)
            said = page.evaluate("axe.run(document, { resultTypes: ['violations'], iframes: false })")["violations"]
            found |= {f"{key} {width} {scheme}": said[0]["nodes"][0]["html"]} if said else {}
            page.keyboard.press("Escape")
    assert found == {}
