"""How addresses are written: the street and the number, and what follows it in each country. Every repeat has a bound,
so that no text takes long."""

import re

NAMED = r"[A-Z\u00c0-\u00de0-9][\w.'\u2019-]{0,24}"
CAPITAL = r"[A-Z\u00c0-\u00de][\w'\u2019-]{1,24}"
"""A word with a capital."""

ENGLISH = re.compile(
    rf"(?<![\w.,/#$\u20ac\u00a3-])(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|Room)\s\w{{1,5}},?\s)?"
    rf"\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,4}}[A-Za-z]?)?,?\s(?:(?:[NSEW]|NE|NW|SE|SW)\.?\s)?(?:{NAMED}\s){{1,4}}?"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Crescent|"
    r"Cres|Close|Way|Row|Walk|Gardens|Gdns|Grove|Mews|Hill|Circle|Cir|Parkway|Pkwy|Highway|Hwy|Trail|Alley|Quay|Wharf|"
    r"Green|Park|Parade|View|Rise|Vale|Loop|Turnpike|Broadway)\b\.?"
)
GERMAN = re.compile(
    r"(?<!\w)(?:(?!During|String|Spring|Bring)(?:(?:Alte[rs]?|Neue[rs]?|Kleine|Gro\u00dfe|Obere|Untere)\s)?"
    r"[A-Z\u00c4\u00d6\u00dc][\w.-]{0,40}?\s?(?:[Ss]tra\u00dfe|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Aa]llee|[Pp]latz|[Gg]asse|[Rr]ing|"
    r"[Dd]amm|[Uu]fer|steig|hof|markt|chaussee|stieg|berg)|"
    r"(?:Am|Im|Zum|Zur|(?:An|Auf|In|Hinter) der|(?:Unter|An|In) den|Auf dem)\s[A-Z\u00c4\u00d6\u00dc][\w-]{2,30})"
    r"\s\d{1,4}\s?[a-z]?(?!\w|\.\d)"
)
DUTCH = re.compile(
    r"(?<!\w)[A-Z][\w'\u2019-]{0,40}(?:straat|laan|weg|plein|gracht|kade|singel|dijk|hof|dreef|pad)\s\d{1,4}"
    r"(?:[ -]?[A-Za-z0-9]{1,3})?(?!\w)"
)
FRENCH = re.compile(
    r"(?<![\w.,/-])\d{1,4}(?:\s?(?:bis|ter|quater))?,?\s(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oulevard|[Bb]d|[Pp]lace|"
    r"[Aa]ll\u00e9e|[Cc]hemin|[Ii]mpasse|[Qq]uai|[Cc]ours|[Rr]oute|[Ss]quare|[Pp]assage)(?:\s[^\W\d][\w.'\u2019-]{0,29}){1,6}"
)
SOUTHERN = re.compile(
    r"(?<!\w)(?:[Cc]alle|C/|[Aa]venida|Avda\.?|[Pp]laza|[Pp]aseo|[Cc]amino|[Rr]onda|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|"
    r"Largo|[Rr]ua|[Tt]ravessa)"
    r"(?:\s[\w.'\u2019-]{1,30}){1,5}?,?\s(?:n\.?\u00ba?\s?)?\d{1,4}(?!\w|\.\d)"
)
CONTINENTAL = (GERMAN, DUTCH, FRENCH, SOUTHERN)

STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|"
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|"
    "Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|"
    "Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|"
    "Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|"
    "West Virginia|Wisconsin|Wyoming"
)
BRITISH = r"(?<![A-Za-z0-9])(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])"
AFTER_TOWN = re.compile(
    rf"(?<!\w)(?:(?:{STATES})\.?,?\s{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\d)"  # the USA
    r"|(?:NSW|VIC|Vic|QLD|Qld|WA|SA|TAS|Tas|ACT|NT),?\s{1,2}\d{4}(?!\d)"  # Australia
    r"|[ABCEGHJ-NPRSTVXY]\d[A-Z]\s?\d[A-Z]\d(?!\w)"  # Canada
    rf"|[ACDEFHKNPRTVWXY]\d[\dW]\s?[ACDEFHKNPRTVWXY\d]{{4}}(?!\w))|{BRITISH}"  # Ireland, the United Kingdom
)
"""A code of the post as it ends an address in English."""
BEFORE_TOWN = re.compile(
    r"(?:[ \t]?(?:[,;\u00b7|\u2013-]|\n)|[ ](?:in|\u00e0|en|te)(?=\s)|(?=\s\d{5}\s))\s{0,3}(?:[\w ]{2,30},\s)?"
    rf"(?:[A-Z]{{1,2}}-)?(?:\d{{5}}|(?!1[5-9]|20)\d{{4}}(?:\s?[A-Z]{{2}}(?!\w))?),?\s{{1,2}}{CAPITAL}"
)
"""A code before its town, right after the street, as on the continent."""
POSTCODE = re.compile(BRITISH)
HOUSE = re.compile(
    r"(?:[A-Z][\w'\u2019-]{1,24}\s){1,3}(?:Cottage|House|Farm|Lodge|Barn|Hall|Street|Road|Lane|Avenue|Drive|Close|Terrace|"
    r"Crescent|Hill|Gardens|Green|Row|Way|Mews)\b"
)
"""Where a house has a name and no number."""
BOX = re.compile(r"(?<!\w)(?:P\.?\s?O\.?\s?Box|Postfach|Bo\u00eete postale|B\.P\.|Postbus)\s\d{1,7}", re.IGNORECASE)
TOWN = re.compile(rf",\s(?:in\s)?{CAPITAL}")
