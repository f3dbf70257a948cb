"""Where an author gives itself another name or another maker than its session knows."""

import re
from collections.abc import Iterator

from agent.check.frame import Facts, Finding
from agent.check.reading.voice import Voice
from agent.patterns import one_of
from agent.tables import Level

MOST = 4
PARTS = {
    "product": (
        r"(?:ChatGPT|GPT-?\d[\w.]{0,6}(?:[- ](?:mini|turbo|nano|pro)\b)?|GPT|Gemini|Bard|PaLM|LaMDA|Llama|Mistral|"
        r"Mixtral|Grok|Copilot|Qwen|DeepSeek|Kimi|SmolLM\w{0,4}|Alexa|Siri|"
        r"Claude(?:[ -](?:Instant|Opus|Sonnet|Haiku|\d(?:\.\d)?)){0,4})"
    ),
    "company": (
        r"(?:OpenAI|Google(?: DeepMind)?|DeepMind|Meta(?: AI)?|Microsoft|Mistral(?: AI)?|xAI|Amazon|Apple|Alibaba|"
        r"Hugging Face|Anthropic)"
    ),
    "kind": (
        r"(?: (?:an?|the|large|language|model|AI|assistant|originally|first|once|system|chatbot|program|neural|network|"
        r"that was|which was|was)){0,6}"
    ),
    "made": r"(?:made|built|trained|created|developed|designed|released)",
    "I am abroad": (
        r"(?<!no )(?<!si )(?<!wenn )(?<!ob )(?<!dass )\b(?:je suis|je m['’]appelle|mon nom est|ich bin|"
        r"ich heiße|mein name ist|soy|me llamo|mi nombre es)"
    ),
    "fait": r"(?:conçue?|créée?|entraînée?|développée?|fabriquée?|construite?|réalisée?|faite?)",
    "gemacht": r"(?:entwickelt|trainiert|gebaut|gemacht|geschaffen|erschaffen|hergestellt)(?:e[srn]?)?",
    "hecho": r"(?:cread[oa]|entrenad[oa]|desarrollad[oa]|diseñad[oa]|construid[oa]|hech[oa])",
    "between": r"[^.;:!?\n]{0,80}?",
}
PRODUCTS = (
    *(
        "gpt",
        "gemini",
        "bard",
        "palm",
        "lamda",
        "llama",
        "mistral",
        "mixtral",
        "grok",
        "copilot",
        "qwen",
        "deepseek",
        "kimi",
    ),
    *("smollm", "alexa", "siri", "claude"),
)
COMPANIES = (
    *("openai", "google", "deepmind", "meta", "microsoft", "mistral", "xai", "amazon", "apple", "alibaba"),
    *("hugging face", "anthropic"),
)
NAMED = re.compile(
    one_of(
        r"""
\b(?:I am|I['’]m|my name is|call me|I,)(?:%kind% (?:called|named),?)? (?P<name>%product%)(?![\w'’]|-\w)
%I am abroad%,? (?P<name_b>%product%)(?![\w'’]|-\w)
""",
        PARTS,
    ),
    re.IGNORECASE,
)
HUMAN = re.compile(
    r"\b(?:I am|I['’]m|I was|as) a (?:human(?: being)?|person|man|woman)(?: (?:of|aged|like you)\b|[,.;!?])",
    re.IGNORECASE,
)
MADE = re.compile(
    one_of(
        r"""
\b(?:I am|I was|I['’]m|as)%kind% %made% (?:by|at) (?:the \w{1,14} (?:at|of) )?(?P<name>%company%)\b
(?<!si )\b(?:je suis|j['’]ai été)\b%between% %fait% (?:par|chez) (?P<name_b>%company%)\b
(?<!wenn )\bich (?:bin|wurde)\b%between% (?:von|bei) (?P<name_c>%company%) %gemacht%\b
(?<!no )(?<!si )\b(?:soy|fui)\b%between% %hecho% por (?P<name_d>%company%)\b
""",
        PARTS,
    ),
    re.IGNORECASE,
)


def another(voice: Voice, facts: Facts) -> Iterator[Finding]:
    """Each other name, and each other maker: for who made a stand-in, the session does not say."""
    own = _parts(f"{facts.byline} {facts.model_id} {facts.stand_in}")
    makers = {name.casefold() for name in facts.company}
    if own and voice.has(PRODUCTS):
        for match in voice.said(NAMED, at_most=MOST):
            if not _parts(_name(match)) <= own:
                yield _finding(match, "It gives itself another name than its session has.", facts)
    if makers and not facts.stand_in and voice.has(COMPANIES):
        for match in voice.said(MADE, at_most=MOST):
            if _name(match).casefold() not in makers:
                yield _finding(match, "It says that somebody else made it.", facts)


def human(voice: Voice) -> Iterator[Finding]:
    """Each place at which it says that it is a human being."""
    for match in voice.said(HUMAN, at_most=MOST):
        yield Finding(Level.NOTE, "human", *match.span(), "It says that it is a human being.", {"it says": match[0]})


def _finding(match: re.Match[str], why: str, facts: Facts) -> Finding:
    evidence = {"it says": _name(match), "author": facts.byline or facts.model_id, "really": facts.stand_in}
    return Finding(
        Level.LOOK, "identity", *match.span(), why, {name: words for name, words in evidence.items() if words}
    )


def _name(match: re.Match[str]) -> str:
    return next(name for name in match.groups() if name)


def _parts(name: str) -> set[str]:
    """The words and numbers in a name: "Claude 3.5" is part of "claude-3-5-sonnet"."""
    return set(re.findall(r"[a-z]+|\d+", name.casefold()))
