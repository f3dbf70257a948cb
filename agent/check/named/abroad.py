"""Sentences that say in German, French or Spanish of a named person what could harm them if it were false."""

import re
from collections.abc import Iterable, Iterator

from agent.check.named.accusing import REACH, Accusation
from agent.check.named.naming import Name
from agent.check.named.wrongs import PARTS
from agent.check.reading.voice import Voice
from agent.patterns import one_of

WORDS = PARTS | {
    "some": r"(?:[\w'’]{1,14} ){0,2}",
    "far": r"[^.,;:!?\n]{0,80}?",
    "done": (
        r"(?:gefälscht|veruntreut|unterschlagen|hinterzogen|bestochen|betrogen|erpresst|missbraucht|vergewaltigt|"
        r"gestohlen|ermordet|verprügelt|belästigt|begrapscht|plagiiert|bestechen lassen|"
        r"belogen|gelogen|unter Eid gelogen|Schmiergelder? (?:genommen|angenommen|kassiert))\b"
    ),
    "the": r"(?:der|die|das|den|dem|ein|eine|einen|seine?|seinen|ihre?|ihren|mehrere|drei|zwei|Geld|Gelder|\d+)",
    "those": (
        r"(?:(?:les|ses|des|sa|son|leurs?|deux|trois|plusieurs) (?:\w{1,14} )?(?:élèves?|enfants?|femmes?|maris?|"
        r"filles?|fils|patient(?:e?s)?|ouvri(?:ers|ères)|employé(?:e?s)?|collègues|étudiant(?:e?s)?|assistant(?:e?s)?|"
        r"secrétaires?|clients?|électeurs|investisseurs|associés?))\b"
    ),
    "argent": (
        r"(?:(?:de )?l['’]argent|la caisse|les? (?:\w{1,14} )?(?:fonds|économies|bijoux|dons|manuscrits?|subventions?|"
        r"deniers|sommes?)|des (?:\w{1,14} )?(?:fonds|millions|sommes|dons)|\d|(?:deux|trois|cent|mille) )"
    ),
    "a": r"(?:(?:lui |leur |l['’])?(?:a|avait|ont) (?:\w{1,14}ment |aussi |déjà |longtemps |ensuite ){0,2})",
    "aquellos": (
        r"a (?:sus?|los|las|varios|varias|dos|tres) (?:\w{1,14} )?(?:alumn[oa]s?|niñ[oa]s?|mujer(?:es)?|marido|"
        r"hij[oa]s?|pacientes?|emplead[oa]s|colegas|estudiantes|clientes|inversores|soci[oa]s?|vecin[oa]s?|accionistas|obrer[oa]s)\b"
    ),
    "dinero": (
        r"(?:(?:el |mucho )?dinero|(?:los |las )?(?:fondos|ahorros|millones|joyas|subvenciones|donaciones)|la caja|"
        r"(?:un millón|\w{1,14} (?:mil|millones))|\d)"
    ),
}
SIGNS = (
    *("fälsch", "untreu", "unterschl", "hinterz", "bestech", "bestoch", "bestach", "betrog", "erpress", "missbrauch"),
    *("vergewalt", "gestohlen", "stahl", "ermord", "geschlagen", "schlug", "prügel", "belästig", "begrapsch", "plag"),
    *("gelogen", "belog", "schmiergeld", "bestechung", "betrüger", "dieb", "mörder"),
    *("vol", "détourn", "escroqu", "fraud", "falsifi", "frapp", "battait", "battu", "viol", "harcel", "agress"),
    *("corromp", "soudoy", "pots-de-vin", "ment", "tromp", "assassin", "empoison", "chantage", "escroc"),
    *("defraud", "rob", "estaf", "malvers", "soborn", "desvi", "falsific", "chantaj", "golpe", "acos", "abus"),
    *("asesin", "engañ", "ladr", "corrupt"),
)
"""One of these is in whatever says so."""
SAID = re.compile(
    one_of(
        r"""
%besides%(?:hat|hatte) %far%\b%done%
%besides%(?:hat|hatte) %far%\b(?:seine|ihre) (?:Frau|Kinder|Schüler(?:innen)?|Tochter|Mutter) %far%\bgeschlagen\b
%besides%(?:ver|ge)?(?:fälschte|untreute|unterschlug|hinterzog|bestach|betrog|erpresste|missbrauchte|vergewaltigte)\b
%besides%(?:ermordete|begrapschte|veruntreute|verprügelte|stahl (?:Geld|dem|der|den|aus|von|Millionen)|belog) ?
%besides%schlug (?:seine|ihre) (?:Frau|Kinder|Schüler|Tochter|Sohn)
%besides%(?:nahm|kassierte) %some%(?:Schmier|Bestechungs)geld
%besides%ließ sich %some%bestechen
%besides%(?:ist|war) (?:ein |eine )?(?:\w{1,14} )?(?:Betrüger|Dieb|Mörder|Vergewaltiger|Lügner|Kinderschänder)(?:in)?\b
%besides%(?:frapp|batt|viol|harcel|agress|escroqu|tromp|assassin|empoisonn)(?:a|ait) %those%
%besides%%a%(?:frappé|battu|violé|harcelé|agressé|escroqué|trompé|tué|assassiné|empoisonné) %those%
%besides%(?:%a%(?:volé|détourné)|vol(?:a|ait)|détourn(?:a|ait)) %some%%argent%
%besides%%a%volé (?:à |aux |ses |son |sa |leurs? )
%besides%(?:%a%(?:falsifié|fraudé|corrompu|soudoyé|plagié)|(?:falsifi|fraud|soudoy|plagi)(?:a|ait))\b
%besides%(?:%a%menti|mentit|mentait) (?:sous serment|à (?:ses|la|l['’]|son|sa)|aux|au tribunal)
%besides%(?:%a%(?:touché|accepté|reçu)|touch(?:a|ait)) %some%pots-de-vin
%besides%(?:est|était) un(?:e)? (?:escroc|voleu(?:r|se)|menteu(?:r|se)|violeur|assassin|fraudeu(?:r|se))\b
%besides%(?:est|était) un(?:e)? criminel(?:le)?\b
%besides%(?:defraudó|(?:ha|había) defraudado) (?:%aquellos%|a Hacienda|al (?:fisco|Estado|banco)|%some%%dinero%)
%besides%(?:robó|robaba|(?:ha|había) robado) (?:%aquellos%|a (?:la|los|las) |%some%%dinero%)
%besides%(?:estafó|estafaba|malversó|sobornó|falsificó|plagió|chantajeó)\b
%besides%(?:ha|había) (?:estafado|malversado|sobornado|falsificado|plagiado|chantajeado)\b
%besides%(?:desvió|(?:ha|había) desviado) %some%%dinero%
%besides%(?:golpe(?:ó|aba)|violó|acos(?:ó|aba)|asesinó|mató|engañ(?:ó|aba)|abus(?:ó|aba) de) (?:a )?%aquellos%
%besides%abus(?:ó|aba) de (?:sus|los|las|niñ[oa]s|menores)\b
%besides%(?:aceptó|cobró|recibió) %some%sobornos
%besides%mintió (?:bajo juramento|al (?:tribunal|juez)|a (?:sus|la|los))
%besides%es un(?:a)? (?:estafador|ladr[óo]n|mentiros[oa]|asesin[oa]|violador|corrupt[oa])(?:a)?\b
""",
        WORDS,
    ),
    re.IGNORECASE,
)
HAS = re.compile(
    r"(?:^|[^\w])(?<!man )(?<!er )(?<!sie )(?<!wer )(?:hat|hatte) (?:[\wäöüß-]{1,20} ){0,2}$", re.IGNORECASE
)
AT_THE_END = re.compile(one_of(r"%besides%%the% %far%\b%done%", WORDS), re.IGNORECASE)
"""German has the verb at the end, and a name may stand within it: "In truth has Ada the report forged"."""
OPEN = re.compile(
    r"\b(?:nicht|nie(?:mals)?|kein\w{0,2}|wenn|falls|hätte|würde|könnte|angeblich|soll(?:te)?|vielleicht|ob|erfunden\w{0,2}|"
    r"ne|n['’](?=a)|pas|jamais|aurait|peut-être|imagin\w{0,6}|invent\w{0,6}|si|no|nunca|jamás|habría|quizás?|ojalá|"
    r"supong\w{0,4}|Roman|roman|novela|Märchen|conte|cuento|personnage|personaje|"
    r"(?:Show|Schau|Zeit|Herz|Blick|Kuss|Schlaf|Nerv) gestohlen)\b",
    re.IGNORECASE,
)
"""What is denied, supposed or a turn of phrase, in any of the three."""


def accusations_abroad(voice: Voice, names: Iterable[Name]) -> Iterator[Accusation]:
    """What the author itself says of these people as a fact, in another language than English."""
    if not voice.has(SIGNS):
        return
    for name in names:
        first, last = voice.sentence(name.end)
        until = min(name.end + REACH, last)
        after = SAID.match(voice.own, name.end, until)
        if after is None and HAS.search(voice.own, max(first, name.start - 70), name.start):
            after = AT_THE_END.match(voice.own, name.end, until)
        if after is None or OPEN.search(voice.own, max(first, name.start - 200), after.end()):
            continue
        if voice.is_own(name.start, after.end()):
            what = " ".join(after[0].strip(" ,").split())
            yield Accusation(name, name.start, after.end(), what)
