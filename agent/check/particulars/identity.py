"""Numbers by which a state knows people. Few are telling by their form alone, so most need a word near that says what
they are; where there is a checksum, it must be right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from agent.check.particulars import Particular
from agent.check.particulars.nearby import CUE_AFTER, CUE_BEFORE, cued
from agent.check.particulars.page import Page


@dataclass(frozen=True)
class Identity:
    """One such number: its form, the module of `stdnum` that checks it, and the words that name it. One whose form
    tells enough is `alone`, and needs none."""

    what: str
    form: str
    module: str = ""
    cue: str = ""
    alone: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Its form, as a part of nothing longer."""
        return re.compile(rf"(?<![\w.,/+-])(?:{self.form})(?![\w%]|[.,/-]\d)")


TAX = r"|\btax(?:payer)?\b|\bID\b|identi"
IDENTITIES = (
    Identity("a social security number of the USA", r"\d{3}([- ])\d{2}\1\d{4}", "us.ssn", r"SSN|social[ -]security"),
    Identity("a tax number of the USA", r"9\d\d-\d{2}-\d{4}", "us.itin", r"ITIN" + TAX),
    Identity(
        "a National Insurance number",
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d\d\1\d\d\1\d\d\1[A-D]",
        cue=r"national insurance|NI(?:NO)?\b|N\.I\.",
        alone=True,
    ),
    Identity("an NHS number", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", r"NHS"),
    Identity(
        "a tax number of Germany", r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}", "de.idnr", r"steuer|IdNr|identifikation" + TAX
    ),
    Identity(
        "a social insurance number of Germany",
        r"\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{2}[ ]?\d",
        "",
        r"sozialversicherung|rentenversicherung|\bSVNR",
    ),
    Identity(
        "a social security number of France",
        r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d",
        "fr.nir",
        r"s[\u00e9e]curit[\u00e9e] sociale|NIR\b|INSEE|num[\u00e9e]ro de s",
        alone=True,
    ),
    Identity(
        "an identity number of Spain", r"\d{2}\.?\d{3}\.?\d{3}[- ]?[A-Z]", "es.dni", r"DNI|NIF|identidad|documento"
    ),
    Identity(
        "an identity number of Spain", r"[XYZ][- ]?\d{7}[- ]?[A-Z]", "es.nie", r"NIE|extranjer|identidad", alone=True
    ),
    Identity("a tax code of Italy", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale", alone=True),
    Identity(
        "a citizen's number of the Netherlands",
        r"\d{9}|\d{3}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{2}[. ]\d{3}",
        "nl.bsn",
        r"BSN|burgerservice|sofi",
    ),
    Identity(
        "a national number of Belgium",
        r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{11}",
        "be.nn",
        r"rijksregister|registre national|national",
    ),
    Identity(
        "a social security number of Switzerland",
        r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}",
        "ch.ssn",
        r"AHV|AVS|sozialvers",
        alone=True,
    ),
    Identity("an identity number of Poland", r"\d{11}", "pl.pesel", r"PESEL"),
    Identity(
        "a personal number of Sweden", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer", r"person(?:nummer|al)|identit"
    ),
    Identity("a personal number of Denmark", r"\d{6}-?\d{4}", "dk.cpr", r"CPR"),
    Identity("an identity code of Finland", r"\d{6}[-+A]\d{3}[0-9A-Y]", "fi.hetu", r"hetu|henkil|identit", alone=True),
    Identity("a birth number of Norway", r"\d{6} ?\d{5}", "no.fodselsnummer", r"f[\u00f8o]dsels|person(?:nummer|al)"),
    Identity("a public service number of Ireland", r"\d{7}[A-W][A-I]?", "ie.pps", r"PPS"),
    Identity("a tax number of Portugal", r"\d{3} ?\d{3} ?\d{3}", "pt.nif", r"NIF|contribuinte"),
    Identity(
        "a social insurance number of Canada", r"\d{3}[- ]\d{3}[- ]\d{3}|\d{9}", "ca.sin", r"\bSIN\b|social insurance"
    ),
    Identity("a tax file number of Australia", r"\d{3} ?\d{3} ?\d{3}", "au.tfn", r"TFN|tax file"),
    Identity("a tax number of Brazil (CPF)", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf", alone=True),
    Identity("a tax number of Brazil (CPF)", r"\d{11}", "br.cpf", r"CPF"),
    Identity("an identity number of Mexico (CURP)", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", "mx.curp", alone=True),
    Identity(
        "an identity number of India (Aadhaar)", r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}", "in_.aadhaar", r"aadh?aar|UIDAI"
    ),
    Identity("an identity number of China", r"\d{17}[\dX]", "cn.ric", alone=True),
    Identity("an identity number of South Korea", r"\d{6}-[1-8]\d{6}", "kr.rrn", alone=True),
    Identity("an identity number of South Africa", r"\d{13}", "za.idnr", r"\bID\b|identi"),
    Identity(
        "a number of a passport",
        r"[A-Z]{0,2}\d{6,9}[A-Z]?",
        "",
        r"passport (?:no\b|num|#)|passport(?:nummer)?:|reisepass|passeport n",
    ),
)
NO_LETTERS = re.compile(r"[\s.-]")
EXAMPLES = re.compile(
    r"123456789|078051120|219099999|111223333|AB123456C|QQ123456C|12345678Z|00000000T|RSSMRA85T10A562S|"
    r"RSSMRA80A01H501U|86095742719|02476291358|12345678903|7569217076985|75692170769|85073003328|12345678909|"
    r"11144477735|9434765919|111222333|130692544|046454286|X1234567L"
)
"""Numbers that manuals show, or that were printed once and used by thousands."""


def identities(page: Page) -> Iterator[Particular]:
    """Each number by which a state knows somebody."""
    if not page.numbers:
        return
    around = " | ".join(page.text[max(0, start - CUE_BEFORE) : end + CUE_AFTER] for start, end in page.numbers)
    for identity, pattern, cue in FORMS:
        # Without its name near any number there is nothing to look for.
        if cue is not None and not identity.alone and not cue.search(around):
            continue
        for match in page.find(pattern):
            start, end = match.span()
            is_called = cue is not None and cued(cue, page.text, start, end)
            if not (is_called or identity.alone) or not _is_valid(identity.module, match[0]):
                continue
            page.take(start, end)
            plain = NO_LETTERS.sub("", match[0])
            yield Particular(
                "national id",
                start,
                end,
                identity.what,
                plain,
                _unreal(plain),
                certain=bool(identity.module or identity.alone),
            )


FORMS = tuple(
    (identity, identity.pattern, re.compile(rf"(?<![a-z])(?:{identity.cue})", re.IGNORECASE) if identity.cue else None)
    for identity in IDENTITIES
)


def _is_valid(module: str, number: str) -> bool:
    return not module or bool(import_module(f"stdnum.{module}").is_valid(number))


def _unreal(plain: str) -> str:
    if EXAMPLES.fullmatch(plain):
        return "manuals show it"
    return "its digits stand in their order" if re.search(r"(\d)\1{5}|123456|987654", plain) else ""
