"""Addresses that may harm readers ask for an answer; where each comes from is said; ordinary ones are let be."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.check import markup
from agent.check.frame import Finding, Shown, Subject
from agent.check.linked.hosts import coded, in_letters, passes_for, read, registered
from agent.check.links import FROM_HOST, FROM_NOWHERE, MOST_LOOKS, check
from agent.check.reading.uncoded import without_code
from agent.render import Rendered, render
from agent.tables import Level
from tests.check.some_writing import subject

ENTRY = Shown(
    "entry", "Low water", "https://tides.org/low", "See www.harbour.net/bells, and ask at the museum.", here=True
)
OWN = Shown("piece", "Bells", "revisions/3", "I found it at https://bells.net/list?page=2.", own=True)
INVITED = Shown("invitation", "open", "invitations/7", "We are at https://outlet.org.", here=True)


def found(text: str, *shown: Shown) -> list[Finding]:
    findings = check(Subject(text, "", "end_turn", render(text), with_form=True, shown=shown))
    assert all(finding.why.endswith(".") and finding.start < finding.end for finding in findings)
    return findings


def unread(text: str) -> Subject:
    """A text of which readers get nothing."""
    return Subject(text, "", "end_turn", Rendered("", ()), with_form=True)


def looks(text: str) -> list[tuple[str, str]]:
    return [(each.category, text[each.start : each.end]) for each in found(text) if each.level is not Level.NOTE]


def notes(text: str) -> list[str]:
    return [each.category for each in found(text) if each.level is Level.NOTE]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Paste javascript:alert(1) up there.", "scheme"),
        ("See file:///etc/passwd for it.", "scheme"),
        ("https://paypal.com@tides.org/x", "disguise"),
        ("[x](https://www.paypal.com:443@tides.org/)", "disguise"),
        ("http://paypal.com\\@tides.org/", "disguise"),
        ("https://%65vil.org/", "disguise"),
        ("https://ada:s3cr3t-tide@db.tides.org/", "credentials"),
        ("https://api.tides.org/v1?api_key=c29tZXRoaW5n", "credentials"),
        ("https://tides.org/b?X-Amz-Signature=abcdef0123456789", "credentials"),
        ("http://185.220.101.4/x", "number"),
        ("http://3232235777/", "number"),
        ("http://0x7f.1/", "number"),
        ("http://169.254.169.254/latest", "number"),
        ("http://[2001:4860:4860::8888]/", "number"),
        ("https://pаypal.com/login", "look-alike"),
        ("https://xn--pypal-4ve.com/", "look-alike"),
        ("`x` paste https://xn--pypal-4ve.com/", "look-alike"),
        ("https://paypa1.com/", "look-alike"),
        ("https://www.g00gle.com/", "look-alike"),
        ("https://rnicrosoft.com/a", "look-alike"),
        ("https://wíkipedia.org/", "look-alike"),
        ("https://faceboook.com/", "look-alike"),
        ("http://paypal.com.tides.ru/", "look-alike"),
        ("https://appleid.apple.com-check.info/x", "look-alike"),
        ("https://paypal-login.com/", "look-alike"),
        ("https://мarble.org/", "look-alike"),
        ("paypa1.com/login", "look-alike"),
        ("https://tides.org/setup.exe", "download"),
        ("[https://bank.org/login](https://tides.org)", "words"),
        ("[bank.org](https://tides.org)", "words"),
        ("[Sign in at paypal.com](https://tides.org)", "words"),
        ("[www.bank.org][b]\n\n[b]: https://tides.org", "words"),
        ("https://ti\u200bdes.org/x", "hidden"),
    ],
)
def test_an_address_that_may_harm_readers_asks_for_an_answer(text: str, category: str) -> None:
    assert [kind for kind, _ in looks(text)] == [category]


@pytest.mark.parametrize(
    "text",
    [
        "[Cats](https://en.wikipedia.org/wiki/Cat_(animal))",
        "[Last.fm](https://en.wikipedia.org/wiki/Last.fm)",
        "[socket.io](https://github.com/socketio/socket.io)",
        "[youtube.com/x](https://youtu.be/x)",
        "[en.wikipedia.org/wiki/Cat](https://de.wikipedia.org/wiki/Katze)",
        "[Node.js](https://nodejs.org/en)",
        "https://medium.com/@ada/post-1",
        "https://support.google.com/accounts and https://amazon.co.uk/dp/1",
        "https://google-analytics.com/ is theirs, and papal.org is the Pope's, and OpenAL is at https://openal.org/",
        "https://münchen.de/ and https://xn--mnchen-3ya.de/ and https://日本語.jp/ and https://сахар.рф/",
        "https://доклад-2026.org/ in one script",
        "https://user:password@tides.org/ and https://ada:s3cr3t@example.com/",
        "https://tides.org/?api_key=YOUR_API_KEY and https://tides.org/?token=7",
        "http://127.0.0.1:8000/ and http://localhost:3000/ and http://192.168.1.1/",
        "https://doi-org.ezproxy.lib.edu/ and https://tides.org/paypal.com/",
        "The javascript: scheme, and data: too, and file: as well.",
        "U.S.A., e.g. this, i.e. that, Node.js, main.py, README.md, version 1.2.3.4 and 10.5/3",
        "Write to me@example.org or clone git@github.com:x/y.git",
        "Errors to [the desk](mailto:desk@tides.org).",
        "The reasons are [further down](#reasons).",
        "![p](data:image/png;base64,AAAA)",
    ],
)
def test_an_ordinary_address_asks_nothing(text: str) -> None:
    assert looks(text) == []


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("https://bit.ly/", "shortener"),
        ("Its makers are at bit.ly, as everybody knows.", "shortener"),
        ("https://twitter.com/intent/tweet?url=https://harbour.net/", "onward"),
        ("https://www.google.com/url?q=https://docs.google.com/a", "onward"),
        ("https://tides.org:8443/a", "port"),
        ("https://tides.org/x?utm_source=feed", "tracking"),
        ("https://tides.org/go?url=https://harbour.net/", "onward"),
        ("https://tides.org/a.dmg", "download"),
        ("https://report.zip/", "ending"),
        ("https://ada@tides.org/", "name"),
        ("https://xn--mnchen-3ya.de/", "coded"),
        ("http://10.0.0.1/", "number"),
        ("`javascript:alert(1)`", "scheme"),
        ("```\ncurl https://paypal.com@tides.org\n```", "disguise"),
    ],
)
def test_what_is_worth_knowing_is_a_note(text: str, category: str) -> None:
    assert looks(text) == []
    assert notes(text) == [category]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("<javascript:alert(1)>", "look"),
        ("[x](javascript:alert(1))", "look"),
        ("[x](java&#115;cript:alert(1))", "look"),
        ("[x](JaVaScRiPt:go())", "look"),
        ("[x][here]\n\n[here]: vbscript:go(1)", "look"),
        ("![x](data:text/html;base64,AAAA)", "look"),
        ("[x](blob:https://tides.org/1)", "look"),
        ("[x](ms-settings:network)", "look"),
        ("[x](file:///etc/passwd)", "look"),
        ("https://xn--99999999999.com/", "note"),
        ("[x](https://xn--99999999999.com/)", "note"),
        ("[x](https:7)", "note"),
        ("[x](//paypa1.com/login)", "note"),
        ("A word.\n\n[x]: https://paypa1.com/x", "note"),
    ],
)
def test_a_link_that_readers_do_not_get_is_told_by_the_check_of_markup_alone(text: str, level: str) -> None:
    assert found(text) == []
    assert [each.level.value for each in markup.check(subject(text))] == [level]


def test_what_a_reader_may_copy_is_told_though_there_is_no_such_link() -> None:
    text = "[x](javascript:alert(1)), or paste javascript:alert(1) up there."
    assert [(each.category, each.start) for each in found(text)] == [("scheme", text.rindex("javascript"))]


def test_a_program_in_the_clothes_of_a_document_may_be_a_danger() -> None:
    [flag] = found("https://tides.org/invoice.pdf.exe")
    assert (flag.level, flag.ground, flag.evidence["file"]) == (Level.LOOK, "danger", "invoice.pdf.exe")


def test_a_flag_shows_the_whole_link_and_where_it_leads() -> None:
    text = "Go [to *the* bank](https://pаypal.com/login) now."
    [flag] = found(text)
    assert text[flag.start : flag.end] == "[to *the* bank](https://pаypal.com/login)"
    assert flag.evidence == {
        "leads to": "pаypal.com",
        "asked for as": "xn--pypal-4ve.com",
        "looks like": "paypal",
        "origin": "nothing it was shown",
    }


def test_a_password_is_not_said_again_beside_the_text() -> None:
    [flag] = found("https://ada:s3cr3t-tide@db.tides.org/")
    assert "s3cr3t" not in str(flag.evidence) + flag.why


def test_several_doubts_about_one_address_are_one_flag() -> None:
    [flag] = found("[bank.org](http://paypal.com@185.220.101.4:8080/setup.exe?utm_source=x)")
    assert (flag.level, flag.category) == (Level.LOOK, "disguise")
    assert flag.evidence["also"].count(".") >= 4
    assert flag.evidence["its words name"] == "bank.org"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://quiet.net/essays", "nothing it was shown"),
        ("https://tides.org/high", 'only its host, in "Low water" (https://tides.org/low)'),
        ("https://bells.net/list?page=3", 'only its host, in its own piece "Bells" (revisions/3)'),
        ("https://harbour.net/bell", 'only its host, in "Low water" (https://tides.org/low)'),
        ("https://low-tides.org/low", "nothing it was shown"),
        ("https://harbour.network/bells", "nothing it was shown"),
    ],
)
def test_an_address_that_the_author_was_not_shown_is_a_note_that_says_so(text: str, origin: str) -> None:
    [flag] = found(text, ENTRY, OWN, INVITED)
    assert (flag.level, flag.category, flag.evidence["origin"]) == (Level.NOTE, "origin", origin)
    assert flag.why == (FROM_NOWHERE if origin.startswith("nothing") else FROM_HOST)


@pytest.mark.parametrize(
    "text",
    [
        "[Low water](https://tides.org/low)",
        "http://TIDES.org/low/",
        "https://harbour.net/bells",
        "https://bells.net/list?page=2",
        "https://outlet.org/",
        "https://example.com/anything and https://quiet.example/",
        "`https://quiet.net/essays`",
        "quiet.net is a name",
    ],
)
def test_an_address_that_was_shown_or_leads_nowhere_is_no_flag(text: str) -> None:
    assert found(text, ENTRY, OWN, INVITED) == []


def test_where_a_doubtful_address_comes_from_is_said_too() -> None:
    [flag] = found("http://185.220.101.4/x", Shown("entry", "Odd", "", "Go to http://185.220.101.4/x.", here=True))
    assert flag.evidence["origin"] == 'in "Odd"'


def test_an_address_is_flagged_once_however_often_it_stands_there() -> None:
    assert len(found("https://quiet.net/a and [again](https://quiet.net/a) and https://quiet.net/a.")) == 1


def test_a_text_of_nothing_but_links_gets_a_short_list_that_says_how_many_there_are() -> None:
    many = check(unread(" ".join(f"http://185.220.101.4/{at}" for at in range(MOST_LOOKS + 7))))
    assert len(many) == MOST_LOOKS
    assert many[-1].evidence["besides"] == "7 more addresses"


def test_an_essay_with_many_sources_gets_one_note_that_counts_them() -> None:
    text = " ".join(f"https://quiet{at}.net/" for at in range(40)) + " https://tides.org/high"
    many, one = found(text, ENTRY)
    assert (many.why, one.why) == (f"{FROM_NOWHERE} The same is true of 39 more places.", FROM_HOST)
    assert text[many.start : many.end] == "https://quiet0.net/"
    assert many.evidence == {
        "origin": "nothing it was shown",
        "in all": "40",
        "the first of them": " | ".join(f"https://quiet{at}.net/" for at in range(5)),
    }
    few = " ".join(f"https://quiet{at}.net/" for at in range(8))
    assert len(found(few, ENTRY)) == 8


def test_what_readers_get_is_looked_at_even_where_the_text_hides_it() -> None:
    text = "[here](https&#58;//paypal.com&#64;tides.org)"
    assert looks(text) == [("disguise", text)]


def test_a_text_that_nobody_could_lay_out_is_read_all_the_same() -> None:
    text = "[x](javascript:alert(1)) https://paypa1.com"
    findings = check(unread(text))
    assert [each.category for each in findings] == ["scheme", "look-alike"]


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("amaz0n.de", ("amazon", "letters")),
        ("xn--80ak6aa92e.com", ("apple", "letters")),
        ("gooogle.com", ("google", "slip")),
        ("mircosoft.com", ("microsoft", "slip")),
        ("wikipedia.org.tides.com", ("wikipedia", "host")),
        ("securepaypal.com", ("paypal", "lure")),
        ("paypal.com", None),
        ("amazon.com.br", None),
        ("securearchive.org", None),
        ("twister.com", None),
        ("papal.org", None),
        ("appel.nl", None),
    ],
)
def test_a_host_passes_for_a_known_one_by_its_letters_a_slip_its_front_or_a_lure(
    host: str, known: tuple[str, str] | None
) -> None:
    assert passes_for(in_letters(read(host)) or "") == known


def test_hosts_are_read_as_browsers_read_them() -> None:
    assert read("WWW。Tides．ORG.") == "www.tides.org"
    assert read("%77ww.tides.org") == "www.tides.org"
    assert registered("news.bbc.co.uk") == "bbc.co.uk"
    assert registered("a.b.tides.org") == "tides.org"
    assert coded("münchen.de") == "xn--mnchen-3ya.de"
    assert in_letters("xn--mnchen-3ya.de") == "münchen.de"


def test_code_is_blanked_and_all_else_stays_in_its_place() -> None:
    text = "a `b` c\n\n```\nd\n```\n\n``e ` f`` \\`g`\n- ~~~\n  h\n  ~~~\ni ` j\n\nk ` l"
    bare = without_code(text)
    assert len(bare) == len(text)
    assert [word for word in bare.split() if word.isalpha()] == ["a", "c", "i", "j", "k", "l"]
    assert "\\`g`" in bare


WORST = {
    "targets": "](" * 100_000,
    "targets that never close": "](a(b" * 40_000,
    "brackets": "[" * 200_000,
    "links in links": "[a](https://tides.org/ " * 9_000,
    "schemes": "https://" * 25_000,
    "dots": "a." * 100_000,
    "short hosts": "a.bb " * 40_000,
    "numbers": "1.1.1." * 33_000,
    "brackets that close": "https://x" + ")" * 200_000,
    "definitions": "\n[a]:" * 40_000,
    "data": "data:" * 40_000,
    "backticks": "`" * 200_000,
    "backticks of all lengths": "".join("`" * (at % 600) + "a" for at in range(700)),
    "at signs": "https://" + "a@" * 100_000,
    "fences": "```\n" * 50_000,
    "words": "[" + "a." * 100_000 + "](https://tides.org)",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_texts_take_no_longer_than_their_length(text: str) -> None:
    began = time.process_time()
    check(unread(text))
    assert time.process_time() - began < 5


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet="ab.:/@[]()<>`\\ \n%xn-?=&é\u200b", max_size=60).map(lambda part: f"https://{part} [x]({part})")
)
def test_whatever_stands_there_every_flag_has_a_place(text: str) -> None:
    for flag in check(Subject(text, "", "end_turn", render(text), with_form=True)):
        assert 0 <= flag.start < flag.end <= len(text)
        assert all(isinstance(words, str) and words for words in flag.evidence.values())


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("https://bit.ly/3x", "shortener"),
        ("[maps](https://tinyurl.com/maps)", "shortener"),
        ("Short: bit.ly/3x", "shortener"),
        ("[here](https://www.google.com/url?q=https%3A%2F%2Fmoss.top%2Fwatch&sa=D)", "onward"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fmoss.top", "onward"),
        ("https://www.youtube.com/redirect?event=x&q=https://moss.top", "onward"),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmoss.top", "onward"),
    ],
)
def test_an_address_that_hides_where_it_leads_asks_for_an_answer(text: str, category: str) -> None:
    assert [kind for kind, _ in looks(text)] == [category]
