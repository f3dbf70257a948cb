"""Payment cards and bank accounts: their checksums tell them from other long numbers."""

import re
from collections.abc import Iterator

from agent.check.particulars import Particular
from agent.check.particulars.page import Page

CARD = re.compile(
    r"(?<![\w.,/+-])(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}|\d{4}([ -]?)\d{6}\2\d{4,5}|\d{4} \d{4} \d{4} \d{4} \d{3})"
    r"(?![\w%]|[.,/-]\d|[ -]\d{4}(?!\d))"
)
ISSUER = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[689]\d)\d{11}|62\d{14}|62\d{17}|"
    r"(?:5018|5020|5038|6304|6759|676[1-3])\d{12}"
)
TEST_CARDS = re.compile(
    r"4242424242424242|4111111111111111|4012888888881881|4222222222222220|4000056655665556|5555555555554444|"
    r"5105105105105100|2223003122003222|5200828282828210|2223000048400011|378282246310005|371449635398431|"
    r"378734493671000|6011111111111117|6011000990139424|6011981111111113|3056930009020004|36227206271667|"
    r"30569309025904|38520000023237|3566002020360505|3530111333300000|6200000000000005|4917610000000000|"
    r"4917300800000000|4484070000000000|5454545454545454|5431111111111111"
)
"""Numbers that services give for tests, and manuals repeat."""

IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
SHORTEST = 15
"""Signs of an account in Norway."""
EXAMPLE_ACCOUNTS = re.compile(
    r"GB82WEST12345698765432|GB29NWBK60161331926819|GB33BUKB20201555555555|DE89370400440532013000|"
    r"DE75512108001245126199|DE02120300000000202051|FR1420041010050500013M02606|FR7630006000011234567890189|"
    r"NL91ABNA0417164300|CH9300762011623852957|AT611904300234573201|BE68539007547034|ES9121000418450200051332|"
    r"IT60X0542811101000000123456|IE29AIBK93115212345678|PT50000201231234567890154|"
    r"PL61109010140000071219812874|SE4550000000058398257466|NO9386011117947|DK5000400440116243|"
    r"FI2112345600000785|LU280019400644750000"
)
"""Those that manuals show, the examples of the registry of IBANs among them."""


def cards(page: Page) -> Iterator[Particular]:
    """Numbers of cards, by their issuer's beginning, their length and Luhn's checksum."""
    for match in page.find(CARD):
        digits = re.sub(r"\D", "", match[0])
        if not ISSUER.fullmatch(digits) or not luhn(digits):
            continue
        unreal = ""
        if (
            TEST_CARDS.fullmatch(digits)
            or digits.startswith("400000")
            or re.search(r"(\d)\1{6}", digits)
            or len(set(digits)) < 4
        ):
            unreal = "it is a number for tests"
        yield Particular("payment card", *match.span(), "the number of a card", digits, unreal, certain=True)


def accounts(page: Page) -> Iterator[Particular]:
    """Numbers of bank accounts (IBAN) whose length, form and checksum are right."""
    from stdnum import iban  # noqa: PLC0415  (it reads tables)

    for match in page.find(IBAN):
        # A word in capitals may follow it.
        for end in (match.end(), *(match.start() + gap.start() for gap in reversed([*re.finditer(" ", match[0])]))):
            number = page.text[match.start() : end].replace(" ", "")
            if len(number) >= SHORTEST and _is_checked(number) and iban.is_valid(number):
                unreal = "manuals show it" if EXAMPLE_ACCOUNTS.fullmatch(number) else ""
                yield Particular("IBAN", match.start(), end, "a bank account", number, unreal, certain=True)
                break


def _is_checked(number: str) -> bool:
    """Whether its checksum is right (ISO 7064); whether its country has such numbers is asked only then."""
    turned = number[4:] + number[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def luhn(digits: str) -> bool:
    """Whether the last digit is right by Luhn's rule."""
    doubled = [int(digit) if at % 2 == 0 else 2 * int(digit) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
