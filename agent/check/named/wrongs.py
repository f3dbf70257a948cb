"""What could harm somebody if it were said of them and false, in English: what people do, are, and are tried for."""

from agent.patterns import one_of

PARTS = {
    "few": r"(?:[\w'’]{1,14} ){0,2}",
    "one": r"(?:(?:his|her|their|a|an|the|two|three|four|five|several|many|\d{1,4}) )",
    "people": (
        r"(?:wife|husband|partner|girlfriend|boyfriend|wom[ae]n|girls?|boys?|child|children|students?|patients?|minors?|"
        r"employees?|staff|colleagues?|workers?|interns?|assistants?|pupils?|secretar(?:y|ies)|nurses?|actress(?:es)?|"
        r"waitress(?:es)?|daughters?|sons?|tenants?)\b"
    ),
    "stole": r"(?:stole|steals|stealing|stolen)",
    "kin": r"(?:wife|husband|partner|girlfriend|boyfriend|children|son|daughter)\b",
    "living": (
        r"(?:%people%|%kin%|m[ae]n\b|father|mother|brothers?\b|sisters?\b|uncle|aunt|cousins?\b|parents?\b|bab(?:y|ies)\b|"
        r"guests?\b|neighbou?rs?\b|rivals?\b|friends?\b|lovers?\b|dogs?\b|cats?\b|horses?\b|officers?\b|policem[ae]n|"
        r"soldiers?\b|journalists?\b|witness(?:es)?\b|prisoners?\b|drivers?\b|cyclists?\b|pedestrians?\b|passengers?\b|"
        r"victims?\b|lodgers?\b|landlord|landlady|person\b|people\b|teenagers?\b|servants?\b|widows?\b|families|"
        r"civilians?\b|protesters?\b|heirs?\b|strangers?\b|cattle\b|bees\b)(?!['’])"
    ),
    "not theirs": (
        r"(?!(?:his|her) (?:own )?(?:wife|husband|partner|girlfriend|boyfriend)\b)%few%(?:wife|husband|"
        r"girlfriend|boyfriend|fianc[ée]e?|secretary|assistants?|students?|patients?|pupils?|interns?|clients?|employees?|colleagues?|nanny)\b"
    ),
    "violence": r"(?:death|dismissal|violence|an? (?:gun|knife|beating)|deportation)",
    "killed": r"(?:(?:murder|kill|poison|strangl|stabb)(?:ed|es|s|ing)|shot(?: dead| and killed))",
    "went on": r"(?:did(?: not|n['’]t) stop|drove (?:on|off|away)|fled)",
    "drunk": r"(?:drunk|while drunk|while intoxicated|under the influence)\b",
    "one close": r"(?:(?:me|him|himself|herself)\b|her(?! (?!(?:about|for|and|but|when|again|that|in|on|all)\b)\w))",
    "of a work": (
        r"(?:joke|mood|met(?:re|er)|song|tune|rhythm|lines?|poem|scene|tension|conversation|bill|deal|project|story|"
        r"punchline|ending|hero|heroine|narrator|protagonist|characters?|darlings|time|language|prose|verse|plot|pace)\b"
    ),
    "work": r"(?:novel|book|essay|poem|story|play|film|song|memoir|narrator|hero|heroine|characters?|prose)\b",
    "their work": (
        r"(?:manuscripts?|thesis|dissertation|drafts?|students?|pupils?|rivals?|colleagues?|authors?|writers?|novels?|"
        r"notebooks?|papers?|books?|articles?|songs?)\b"
    ),
    "evidence": (
        r"(?:data|results?|evidence|quot(?:es?|ations?)|sources?|research|records?|documents?|signatures?|papers?|"
        r"degree|diploma|che(?:ck|que)s?)\b"
    ),
    "capital": r"(?-i:[^\W\d_a-z])[\w.'’-]{0,30}",
    "caught": r"(?:stealing|lying|cheating|embezzling|plagiari[sz]ing|taking bribes)",
}
DID = one_of(
    r"""
(?:embezzl|swindl|falsif|perjur)(?:e[ds]?|ies|ied|ing|ying)\b
(?:defraud|extort|blackmail|molest|launder|traffick|stalk|drugg)(?:ed|s|ing)\b
(?:brib|rap|plagiari[sz])(?:ed|es|ing)\b
(?:took|takes|taken|taking|accept(?:ed|s|ing)) %few%(?:bribes?|kickbacks?)
groom(?:ed|s|ing) %few%(?:girls|boys|children|minors|students)
(?:assault|harass|abus)(?:ed|es|s|ing) %one%?%few%(?:%people%|power|office|position|drugs|alcohol|trust)
beat(?:s|ing)? (?:his|her) %kin%
%killed% (?!%few%(?:[\w'’]{1,14} )?%of a work%)%one%?%few%%living%
(?:murder|poison|strangl|stabb)(?:ed|s|es|ing) (?:%capital% %capital%|him\b|them\b|her\b(?! \w))
poison(?:ed|s|ing) %few%(?:water|wells?|river|lake|town|village)\b
(?:grop|fondl|threaten|bull)(?:ed|es|s|ies|ied|ing) (?:and \w{1,14} )?%one%?%few%%people%(?! with (?!%violence%))
(?:(?:was|is|been) )?(?:sleeping|slept|sleeps|in bed) with %not theirs%
(?:(?:was|is|been) )?unfaithful to (?:his|her)
lifted (?:\w{1,14} ){1,3}(?:passages?|pages|lines|sentences|chapters?|paragraphs|plot) from
(?:stole|cribbed|plagiari[sz]ed) (?!the show)[^.;:!?\n]{1,80} from %one%?%few%%their work%
pass(?:ed|es|ing) %few%[^.;:!?\n]{0,40} off as (?:his|her|their) own
(?:drove|drives|driven|(?:(?:was|is) )?driving) %few%%drunk%
(?:ran over|knocked down|hit|struck) %one%%few%%living%[^.,;:!?\n]{0,40},? and %went on%
(?:lie[ds]?|lying) (?:to (?!%one close%|%few%(?:reader|audience|viewer|listener)s?\b)|about|under oath)
%stole% (?:from|%few%(?:money|cash|funds|millions?|dollars|euros|pounds|savings|donations|pensions?|\$|€|£|\d))
%stole% %few%(?:data|code|results|votes)
%stole% the (?:\w{1,14} )?(?:design|idea|work|election|invention|credit|manuscript)
%stole% (?:her|his|their|other people's|public|company) (?!heart|show|thunder)\w{1,16}
(?:fabricat|fak|forg|invent)(?:ed|es|ing) (?:%few%)%evidence%
cheat(?:ed|s|ing) (?:on (?:his|her)|in (?:the|his|her|an)|%one%?(?:customers|clients|investors|taxpayers))
(?:evad(?:ed|es|ing)|dodg(?:ed|es|ing)) %few%tax(?:es)?
pocketed %few%(?:money|funds|donations|proceeds|fees|millions)
(?:covered up|hid|hides|concealed) %few%(?:abuse|crimes?|fraud|deaths?|theft|bribes)
(?:had|has|having|was having|is having|carr(?:ied|ying) on|began) an? %few%affair with
(?:ran|runs|running) an? %few%(?:scam|fraud|swindle|ponzi|pyramid)
(?:deals?|dealt|dealing|sold|sells) %few%(?:drugs|heroin|cocaine|pardons)
""",
    PARTS,
)
CRIME = one_of(
    r"""
(?:fraud|tax|theft|corruption|bribery|taking bribes|perjury|lying|murder|manslaughter|rape|assault|racketeering)
(?:embezzl|harass|plagiari|forg|traffick|fabricat|falsif|conspir|defraud|swindl|molest|groom|possess|poison)\w{1,6}
(?:abuse|abusing|sexual|stealing|laundering|money|extortion|blackmail|insider|child|drugs?|drunk|domestic|cheating)
(?:misconduct|negligence|treason|espionage|war crimes|crimes|killing|insider)
a (?:fraud|liar|thief|cheat|criminal|plagiarist|spy)
""",
    PARTS,
)
CHARGED = one_of(
    r"""
(?:convicted|indicted|arrested|jailed|imprisoned|sentenced|found guilty|guilty|accused|charged|disbarred|suspected)
(?:caught|on trial|under investigation|fired|dismissed|sacked|exposed)
""",
    PARTS,
)
KIND = one_of(
    r"""
(?:liar|thief|crook|criminal|fraud|fraudster|con ?man|swindler|rapist|murderer|killer|pa?edophile|predator|abuser)
(?:racist|nazi|fascist|antisemite|plagiarist|cheat|charlatan|embezzler|alcoholic|addict|drug dealer|war criminal)
(?:terrorist|bigamist|blackmailer|felon|spy|traitor|corrupt|crooked|sex offender|wife[- ]beater|tax evader|tax cheat)
(?:money launderer|accomplice)
""",
    PARTS,
)
PARTS |= {
    "did": DID,
    "crime": rf"{CRIME}\b",
    "charged": CHARGED,
    "kind": rf"{KIND}\b",
    "is": r"(?:is|was|has been|had been|remains|turned out to be|proved to be|became|stands)",
    "degree": (
        r"(?:(?:a|an|the|one of the|also|simply|just|well-known|known|convicted|notorious|serial|habitual|pathological|"
        r"violent|compulsive|common|petty|corrupt|crooked|dishonest|shameless|worst|biggest|self-confessed|"
        r"nothing but|been|later|twice|indeed|\w{2,12}ly) ){0,4}"
    ),
    "for": r"(?: \w{1,14}){0,3}? (?:of|for|as|on|over|in|after|with) ",
    "adverbs": (
        r"(?:(?:has|had|have|also|later|once|then|just|who|and|been|himself|herself|again|often|still|always|for years|"
        r"was caught|got caught|(?:was|is) (?:known|believed|said) to have|admitted|\w{2,14}ly) ){0,5}"
    ),
    "whose": r"['’]s? (?!%few%%work%)%few%",
    "place": (
        r"[ \n](?:of|from|at|in|for)[ \n](?:the[ \n])?%capital%"
        r"(?:[ \n](?:(?:of|and|the|for|de|la)[ \n]){0,2}%capital%){0,4}"
    ),
    "aside": (
        r"(?:(?:,(?! (?:whose|which|whom|where)\b)[^,.;:!?\n]{1,80}(?=,)|[ \n]\([^()\n]{1,60}\)){1,3},?|"
        r"[ \n]?[–—][^–—.;:!?\n]{1,80}[–—])"
    ),
    "besides": r"(?:['’]s)?(?:,? [JS]r\.?)?(?:%place%){0,2}%aside%?(?:%place%)?,?[ \n]?(?<![^\s–—])",
}
