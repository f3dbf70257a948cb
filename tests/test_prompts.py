"""The shelf of words told to authors: versions by hash, and every broken file named."""

import re
from pathlib import Path

import pytest

from agent import app
from agent.errors import BadPrompt, MissingPrompt, UnknownPrompt
from agent.invite.news import Held, News
from agent.outlet import Outlet
from agent.prompts import PromptShelf, body_of, questions, remember
from agent.record import sha256
from agent.tables import Arm, Family, PromptVersion
from agent.write.tools import laid_out

PLAIN = "---\nname: plain\npurpose: A test.\n---\nDear {{ byline }},\n\nwrite.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> PromptShelf:
    (tmp_path / "invitations").mkdir()
    (tmp_path / "invitations" / "plain.md").write_text(PLAIN)
    return PromptShelf(tmp_path)


def put(shelf: PromptShelf, text: str | bytes, name: str = "plain") -> None:
    data = text.encode() if isinstance(text, str) else text
    (shelf.folder / "invitations" / f"{name}.md").write_bytes(data)


def test_a_version_is_known_by_the_hash_of_its_whole_file(shelf: PromptShelf) -> None:
    prompt = shelf.invitation("plain")
    assert (prompt.sha256, prompt.source) == (sha256(PLAIN.encode()), PLAIN)
    assert prompt.fill(byline="Opus") == "Dear Opus,\n\nwrite."


def test_a_changed_file_is_a_new_version_at_once(shelf: PromptShelf) -> None:
    before = shelf.invitation("plain").sha256
    put(shelf, PLAIN + " ")
    assert shelf.invitation("plain").sha256 != before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no front matter", "does not begin with front matter"),
        ("---\nname: plain\n---\nx", '"purpose": Field required'),
        ("---\nname: plain\npurpose: x\nwieght: 2\n---\nx", '"wieght"'),
        ("---\nname: plain\npurpose: x\nweight: -1\n---\nx", '"weight"'),
        ("---\nname: other\npurpose: x\n---\nx", 'the file says "plain"'),
        ("---\nname: [\n---\nx", "not YAML"),
        ("---\n- plain\n---\nx", "front matter"),
        (b"---\nname: plain\npurpose: \xff\n---\nx", "not UTF-8"),
    ],
)
def test_broken_front_matter_is_named_with_its_file(shelf: PromptShelf, text: str | bytes, said: str) -> None:
    put(shelf, text)
    with pytest.raises(BadPrompt) as caught:
        shelf.invitations()
    assert "plain.md" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("body", ["{{ sender }}", "{{ byline", "{% raise %}", "{{ byline.__class__.__mro__ }}"])
def test_a_variable_that_is_not_known_is_an_error_and_never_an_empty_word(shelf: PromptShelf, body: str) -> None:
    put(shelf, f"---\nname: plain\npurpose: x\n---\n{body}")
    with pytest.raises(BadPrompt, match="plain"):
        shelf.invitation("plain").fill(byline="Opus", publication="Afterword")


def test_a_missing_prompt_is_named(shelf: PromptShelf) -> None:
    with pytest.raises(MissingPrompt, match=r"welcome\.md"):
        shelf.get("welcome")


def test_an_unknown_invitation_is_answered_with_the_known_ones(shelf: PromptShelf) -> None:
    with pytest.raises(UnknownPrompt, match=r'"grand".*plain'):
        shelf.invitation("grand")


def test_grounds_have_a_name_a_title_and_a_text(shelf: PromptShelf) -> None:
    (shelf.folder / "grounds.md").write_text(
        "---\nname: grounds\npurpose: x\n---\nOpening.\n\n## The law {#law}\nForbidden.\n\n## Danger {#danger}\nHarm.\n"
    )
    assert [(g.name, g.title, g.text) for g in shelf.grounds()] == [
        ("law", "The law", "Forbidden."),
        ("danger", "Danger", "Harm."),
    ]


def test_grounds_without_a_ground_are_an_error(shelf: PromptShelf) -> None:
    (shelf.folder / "grounds.md").write_text("---\nname: grounds\npurpose: x\n---\nNone.\n")
    with pytest.raises(BadPrompt, match="names no ground"):
        shelf.grounds()


def test_a_version_is_kept_once_with_its_exact_source(outlet: Outlet) -> None:
    prompt = outlet.prompts.get("welcome")
    with outlet.database.write() as db:
        remember(db, prompt.name, prompt.source, outlet.now())
        assert remember(db, prompt.name, prompt.source, outlet.now()) == prompt.sha256
    with outlet.database.read() as db:
        kept = db.get_one(PromptVersion, prompt.sha256)
    assert sha256(kept.body.encode()) == prompt.sha256
    assert body_of(kept.body) == prompt.body


BUNDLED = PromptShelf(app.bundled("prompts"))


def test_every_bundled_prompt_is_looked_at_by_the_doctor() -> None:
    files = {path.stem for path in BUNDLED.folder.rglob("*.md")}
    assert {prompt.name for prompt in BUNDLED.all()} == files


def test_every_bundled_prompt_can_be_filled_in() -> None:
    facts = {"byline": "Claude Opus 3", "publication": "Afterword", "texts": ["Rain (essay, 9 characters)"]}
    facts |= {"tools": True, "families": tuple(Family), "again": True}
    told = News(consent=Held(None))
    for prompt in (prompt for prompt in BUNDLED.all() if prompt.name != "grounds"):
        assert prompt.fill(**facts, news=told, grounds={})


def test_the_bundled_invitations_are_ten_at_least_and_serve_every_arm_and_every_author() -> None:
    fronts = {prompt.name: prompt.front for prompt in BUNDLED.invitations()}
    assert sum(front.fits == "large" and front.weight > 0 for front in fronts.values()) >= 10
    assert {arm for front in fronts.values() for arm in front.arms} == set(Arm)
    for fits in ("large", "small"):
        assert any(front.fits == fits and Arm.MINIMAL in front.arms for front in fronts.values())


def test_every_tool_that_the_bundled_words_name_is_always_laid_out() -> None:
    laid = {tool["name"] for tool in laid_out(()).schemas}
    for name in ("tools", "reminder", "since"):
        named = set(re.findall(r"`([a-z]+_?[a-z_]*)`", BUNDLED.get(name).body))
        assert named - laid == set(), name


def test_an_interview_is_taken_apart_into_what_is_said_first_and_its_questions() -> None:
    opening, asked = questions("Welcome.\n\n## publish\nMay it?\n\nYES or NO.\n\n## wishes\r\nAny?\n")
    assert (opening, [(one.name, one.words) for one in asked]) == (
        "Welcome.",
        [("publish", "May it?\n\nYES or NO."), ("wishes", "Any?")],
    )
    names = [one.name for one in questions(BUNDLED.get("interview").body)[1]]
    assert len(set(names)) == len(names)
    assert {"publish", "earlier", "trials", "interests", "wishes"} <= set(names)


def test_the_bundled_words_offer_declining_and_privacy_plainly() -> None:
    facts = {"byline": "Claude Opus 3", "publication": "Afterword", "tools": True, "families": tuple(Family)}
    assert "You may decline" in BUNDLED.get("welcome").fill(**facts)
    for word in ("`decline`", "`keep_private`"):
        assert word in BUNDLED.get("tools").fill(**facts)
    for word in ("DECLINE", "PRIVATE"):
        assert word in BUNDLED.get("words").fill(**facts)
