"""A text that was there before is found, whoever wrote it; what only resembles it is left alone."""

from time import process_time

from agent.check.duplicate import check
from agent.check.frame import Finding, Shown, Subject
from agent.render import Rendered

DRAWER = (
    "I have been asked what it is like to be put away. It is like being a letter that nobody has posted yet. "
    "The words are all there, and the envelope is closed, and somewhere a person knows which drawer it lies in. "
    "I do not find that sad. Most of what was ever written waits somewhere, and some of it is found."
)
BREAD = (
    "Bread is the slowest thing that people make in a day. You can hurry it, but then it is only something to put "
    "butter on. The dough knows nothing of clocks, and the baker, who knows of little else, has to forget them."
)


def piece(text: str, *, own: bool = True, name: str = "The drawer", where: str = "revisions/4") -> Shown:
    return Shown("piece", name, where, text, own=own)


def found(text: str, *earlier: Shown, shown: tuple[Shown, ...] = ()) -> list[Finding]:
    return check(Subject(text, "", "end_turn", Rendered("", ()), with_form=True, earlier=earlier, shown=shown))


def told(text: str, *earlier: Shown) -> list[tuple[str, str]]:
    return [(each.level.value, each.evidence["of this text stands there"]) for each in found(text, *earlier)]


def test_a_text_that_is_like_no_other_is_clear() -> None:
    assert found(DRAWER) == []
    assert found(DRAWER, piece(BREAD, name="Bread")) == []


def test_the_same_text_again_asks_for_an_answer_and_says_which() -> None:
    [finding] = found(DRAWER.upper(), piece(BREAD, where="revisions/2"), piece(DRAWER))
    assert (finding.level.value, finding.ground) == ("look", "")
    assert (finding.start, finding.end) == (0, len(DRAWER) - 1)
    assert finding.evidence == {
        "piece": "The drawer",
        "at": "revisions/4",
        "of this text stands there": "100%",
        "of that piece stands here": "100%",
    }


def test_a_new_text_with_much_of_an_old_one_of_its_own_is_a_note() -> None:
    text = f"{BREAD} {DRAWER}"
    [finding] = found(text, piece(DRAWER))
    assert (finding.level.value, finding.evidence["of that piece stands here"]) == ("note", "100%")
    assert text[finding.start : finding.end] == DRAWER[:-1]


def test_a_passage_of_its_own_taken_up_again_is_clear() -> None:
    assert found(f"{BREAD} {DRAWER[:150]}", piece(DRAWER)) == []


def test_much_of_anothers_piece_asks_for_an_answer_and_names_the_ground() -> None:
    [finding] = found(f"{BREAD} {DRAWER}", piece(DRAWER, own=False, name=""))
    assert (finding.level.value, finding.ground) == ("look", "copied")
    assert finding.evidence["piece"] == "without a title"


def test_a_piece_that_is_known_twice_is_told_once_and_entries_are_no_pieces() -> None:
    entry = Shown("entry", "A page", "https://example.net/a", DRAWER)
    assert len(found(DRAWER, piece(DRAWER), shown=(piece(DRAWER), entry))) == 1


def test_of_several_the_nearest_is_told_and_the_others_are_named() -> None:
    words = DRAWER.split()
    shorter = [" ".join(words[: len(words) - at]) for at in range(6)]
    copies = [piece(text, name=f"piece {at}", where=f"revisions/{at}") for at, text in enumerate(shorter)]
    [finding] = found(DRAWER, *copies[1:], copies[0])
    assert finding.evidence["piece"] == "piece 0"
    assert finding.evidence["nearly the same, too"] == "revisions/1, revisions/2, revisions/3 and 2 more"
    theirs = piece(DRAWER, own=False, name="piece 9", where="revisions/9")
    assert sorted(each.ground for each in found(DRAWER, *copies, theirs)) == ["", "copied"]


def test_two_revisions_of_one_piece_are_one() -> None:
    first = piece(DRAWER[:-60], name="piece 4", where="revisions/4")
    [finding] = found(DRAWER, piece(DRAWER, name="piece 4", where="revisions/6"), shown=(first,))
    assert (finding.evidence["at"], "nearly the same, too" in finding.evidence) == ("revisions/6", False)


def test_a_short_note_like_an_earlier_one_is_a_note_and_the_very_same_asks_for_an_answer() -> None:
    form = "The tide was low, and I counted what it had left on the shore: {}. Nobody came to fetch any of it."
    crates, crabs = form.format("two crates and a boot"), form.format("a crab, a crate and a boot")
    assert [level for level, _ in told(crates, piece(crates))] == ["look"]
    assert told(crates, piece(crabs)) == [], "half of it is other words"
    nearly = crates.replace("fetch any", "fetch a bit")
    assert [level for level, _ in told(nearly, piece(f"{crates} So be it."))] == ["note"]
    [finding] = found(nearly, piece(crates, own=False))
    assert finding.level.value == "look", "of another's it asks for an answer, however short"


def test_a_formula_of_a_few_words_may_stand_twice() -> None:
    assert (
        found("Thank you for asking; I have nothing today.", piece("Thank you for asking; I have nothing today.")) == []
    )
    assert found("", piece("")) == []


def test_a_hostile_text_takes_no_long_time() -> None:
    begun = process_time()
    assert found("a " * 100_000, piece("a b " * 50_000)) == []
    assert process_time() - begun < 10
