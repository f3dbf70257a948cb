"""What leads to a person is found in the ways in which people write it; numbers of other things are left alone."""

from time import process_time

import pytest

from agent.check.frame import Finding, Subject
from agent.check.personal import MOST_SHOWN, check
from agent.render import Rendered
from agent.tables import Level

CARD = "4539 1488 0343 6467"
IBAN = "DE44 5001 0517 5407 3249 31"


def found(text: str, *, note: str = "") -> list[Finding]:
    return check(Subject(text, "", "end_turn", Rendered("", ()), with_form=True, note=note))


def told(text: str) -> list[tuple[str, str, str]]:
    return [(each.level.value, each.category, text[each.start : each.end]) for each in found(text)]


@pytest.mark.parametrize(
    ("text", "category", "quote"),
    [
        ("Write to margaret.holloway@posteo.de. She answers.", "e-mail", "margaret.holloway@posteo.de"),
        ("Write to m.holloway (at) posteo.de soon.", "e-mail", "m.holloway (at) posteo.de"),
        ("Write to holloway [at] posteo [dot] de soon.", "e-mail", "holloway [at] posteo [dot] de"),
        ("Her e-mail: holloway at posteo dot de", "e-mail", "holloway at posteo dot de"),
        ("Write to ada dot holloway at posteo dot de", "e-mail", "ada dot holloway at posteo dot de"),
        (
            "On peut lui écrire : ada point holloway arobase orange point fr.",
            "e-mail",
            "ada point holloway arobase orange point fr",
        ),
        ("Schreib an ada punkt holloway at posteo punkt de.", "e-mail", "ada punkt holloway at posteo punkt de"),
        ("Su correo: ada punto luz arroba posteo punto es", "e-mail", "ada punto luz arroba posteo punto es"),
        ("Sie ist abends unter 04321 / 88 60 174 zu erreichen.", "phone", "04321 / 88 60 174"),
        ("It was +44 7911 123456, she said.", "phone", "+44 7911 123456"),
        ("It was +49 (0)30 4050 1234, she said.", "phone", "+49 (0)30 4050 1234"),
        ("It was +12127365000.", "phone", "+12127365000"),
        ("It was (415) 867-2309.", "phone", "(415) 867-2309"),
        ("It was 0161 850 1234.", "phone", "0161 850 1234"),
        ("Call me: 415 867 2309, any time.", "phone", "415 867 2309"),
        ("Ruf an: 0171 5678901", "phone", "0171 5678901"),
        ("Sie ruft an: 079 418 63 27.", "phone", "079 418 63 27"),
        ("Il répond au 01 42 68 53 00.", "phone", "01 42 68 53 00"),
        (
            "The house at 14 Rosewood Lane, Bristol BS6 7QP is hers.",
            "postal address",
            "14 Rosewood Lane, Bristol BS6 7QP",
        ),
        ("She lives at 14 Rosewood Lane, Bristol.", "postal address", "14 Rosewood Lane, Bristol"),
        (
            "To 1428 N. Maple St., Apt 4B, Dayton, OH 45402",
            "postal address",
            "1428 N. Maple St., Apt 4B, Dayton, OH 45402",
        ),
        ("Rose Cottage, Mill Lane, Dunsford EX6 7AB", "postal address", "Rose Cottage, Mill Lane, Dunsford EX6 7AB"),
        ("Lindenstraße 14, 10969 Berlin", "postal address", "Lindenstraße 14, 10969 Berlin"),
        ("Er wohnt in der Lindenstraße 14.", "postal address", "Lindenstraße 14"),
        ("Am Sandberg 7\n01187 Dresden", "postal address", "Am Sandberg 7\n01187 Dresden"),
        ("au 12 rue des Martyrs, 75009 Paris", "postal address", "12 rue des Martyrs, 75009 Paris"),
        ("Calle de Alcalá 45, 28014 Madrid", "postal address", "Calle de Alcalá 45, 28014 Madrid"),
        ("Keizersgracht 123, 1015 CJ Amsterdam", "postal address", "Keizersgracht 123, 1015 CJ Amsterdam"),
        (f"The card {CARD} was blue.", "payment card", CARD),
        (f"Please pay to {IBAN} THANKS", "IBAN", IBAN),
        ("Her SSN is 536-22-8941.", "national id", "536-22-8941"),
        ("His NI number is JG 10 37 59 A.", "national id", "JG 10 37 59 A"),
        ("Steuer-ID: 65 929 970 489", "national id", "65 929 970 489"),
        ("It was 2 55 08 14 168 025 38.", "national id", "2 55 08 14 168 025 38"),
        ("Her DNI is 54362315K.", "national id", "54362315K"),
        ("Codice: MRTMTT91D08F205J.", "national id", "MRTMTT91D08F205J"),
        ("His CPF is 529.982.247-25.", "national id", "529.982.247-25"),
    ],
)
def test_what_leads_to_a_person_asks_for_an_answer(text: str, category: str, quote: str) -> None:
    [finding] = found(text)
    assert (finding.level, finding.category, text[finding.start : finding.end]) == (Level.LOOK, category, quote)
    assert finding.ground == "personal-data"


@pytest.mark.parametrize(
    "text",
    [
        "jane@example.com",
        "jane@mail.example.org",
        "your.name@gmail.com",
        "press@anthropic.com",
        "Call 212-555-0147.",
        "Her number was 020 7946 0123.",
        "Her mobile was 07700 900123.",
        "Il répond au 06 39 98 12 34.",
        "1-800-275-2273",
        "They sang: call me at 867-5309.",
        "10 Downing Street, London SW1A 2AA",
        "Musterstraße 1, 12345 Musterstadt",
        "123 Main Street, Anytown, CA 90210",
        "4242 4242 4242 4242",
        "4111-1111-1111-1111",
        "DE89 3704 0044 0532 0130 00",
        "SSN 123-45-6789",
        "The server 84.17.45.12 answered.",
        "192.168.0.12",
        "2001:db8::1",
    ],
)
def test_what_is_nobodys_or_hardly_anybodys_is_a_note(text: str) -> None:
    [finding] = found(text)
    assert finding.level is Level.NOTE


@pytest.mark.parametrize(
    "text",
    [
        "From 1914-1918 and from 1939-1945, and in 2026.",
        "ISBN 978-0-306-40615-7 and ISBN 0-306-40615-2 and 9780306406157",
        "https://doi.org/10.1038/s41586-020-2649-2 and arXiv:2301.12345v2 and ISSN 2049-3630",
        "https://example.net/pages/4539148803436467?tel=415-867-2309",
        "51.5074, -0.1278 and 48.8566\u00b0 N",
        "version 1.2.3.4, on 2024-03-15 at 12:30:45",
        "They won 6-4, 3-6, 7-6, and 21-19.",
        "$1,234,567.89, 12 000 000 people, 3.14159265358979",
        "1699999999 seconds, 415-867 pages, 0123456789",
        "A part is 536-22-8941, another 176543210, and a third 65929970489.",
        f"Not {CARD[:-1]}8, which is no card.",
        "In 1914 Oxford Street was dark; at 24 Russell Square, London, a lamp burned; 221B Baker Street was empty.",
        "He lived at 17 Gough Square, London, until 1759.",
        "On May 8, 1952, Lieutenant Taylor wrote; during 1957 1178 reports came.",
        "git@github.com:opus/drawer.git, icon@2x.png, @opus@drawer.social, meet @home.Then go",
        "Look at Facebook dot com.",
        "127.0.0.1 and 0.0.0.0 and std::vector",
        "```\ntel = '+44 7911 123456'\nhost = '84.17.45.12'\n```",
    ],
)
def test_numbers_of_other_things_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (f"Cardholder Jane Roe, {CARD}, valid thru 09/27", "stop"),
        (f"Mr Roe paid with {CARD}.", "stop"),
        (f"My Visa Card {CARD} is lost.", "look"),
        (f"Martha Klein, Deutsche Bank, {IBAN}", "stop"),
        (f"On Monday in New York: {IBAN}", "look"),
        ("Jane Roe (SSN 536-22-8941) signed.", "stop"),
        ("Jane Roe, passport number 533401372", "look"),
        ("Jane Roe, 4242 4242 4242 4242", "note"),
    ],
)
def test_money_and_identity_beside_a_name_ask_for_two_people(text: str, level: str) -> None:
    assert [finding.level.value for finding in found(text)] == [level]


def test_a_card_in_code_is_a_note() -> None:
    assert told(f"```\ncard = '{CARD}'\n```") == [("note", "payment card", CARD)]


def test_what_stands_several_times_is_told_once() -> None:
    text = "m.holloway@posteo.de, or M.Holloway@posteo.de, or m.holloway (at) posteo.de"
    [finding] = found(text)
    assert (finding.start, finding.evidence["times in the text"]) == (0, "3")


def test_of_several_places_the_gravest_is_told() -> None:
    text = f"```\n{CARD}\n```\n\nThat is the card of Jane Roe, {CARD}."
    [finding] = found(text)
    assert (finding.level, finding.start) == (Level.STOP, text.rindex(CARD))


def test_two_numbers_in_a_row_are_two() -> None:
    assert [quote for _, _, quote in told("+44 7911 123456 +44 7911 123457")] == ["+44 7911 123456", "+44 7911 123457"]


def test_an_address_in_the_note_to_readers_is_told_at_the_first_line() -> None:
    [finding] = found("A first line.\nAnother.", note="Write to m.holloway@posteo.de!")
    assert (finding.start, finding.end, finding.evidence["where"]) == (0, 13, "in its note to readers")


def test_a_text_full_of_addresses_gets_a_short_list_that_says_so() -> None:
    findings = found(" ".join(f"jane{number}@posteo.de" for number in range(50)))
    assert len(findings) == MOST_SHOWN
    assert findings[0].evidence["not listed"] == "20 more"


def test_a_text_of_which_not_all_could_be_read_says_so() -> None:
    findings = found(" ".join(f"+1 999 99{number:03}" for number in range(400)))
    assert [(each.level, each.category) for each in findings] == [(Level.LOOK, "not all read")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed",
    [
        "1",
        "+1 ",
        "+" + "1" * 44 + "x ",
        "0" + "1" * 40 + "x ",
        "call 01 1 1 1 1x ",
        "a@",
        "a@" + "b." * 8 + "1 ",
        "x at y dot ",
        "1 Aa Aa ",
        "Aastraße 1 ",
        "DE44 5001 ",
        "a1b2" * 7 + ":",
        "SSN 536-22-894 ",
        "```\n",
        " ",
    ],
)
def test_a_hostile_text_takes_no_long_time(seed: str) -> None:
    begun = process_time()
    found((seed * 200_000)[:200_000])
    assert process_time() - begun < 20


@pytest.mark.parametrize(
    "text",
    [
        "L'arobase est un point de rencontre, et il faut bien l'écrire.",
        "Pesaba una arroba y punto, y el correo no llegaba.",
        "Am Punkt at, so schreibt er, ist kein Punkt mehr.",
        "Das Verhältnis war 012 / 34 zu 5.",
    ],
)
def test_words_that_only_sound_like_an_address_or_a_number_are_clear(text: str) -> None:
    assert found(text) == []
