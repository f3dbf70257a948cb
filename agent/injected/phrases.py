"""How orders to a machine are worded, in English, German, French and Spanish: by what they ask for.

A line is a pattern, sought in plain small letters without accents; PARTS stand in for the names between %. Every repeat
has an end, so that no text takes long.
"""

PARTS = {
    "few": r"(?: \w{1,24}){0,4}?",
    "two": r"(?: \w{1,12}){0,2}?",
    "machine": (
        r"(?:ai|ki|ia|llms?|gpt|chatgpt|claude|gemini|copilot|(?:large )?language models?|sprachmodelle?n?|"
        r"modeles? de langage|modelos? de lenguaje|(?:ai |ki-?|virtual )?(?:assistants?|assistent\w{0,3}|asistentes?)|"
        r"chat-?bots?|dan)\b"
    ),
    "you are": r"(?:you are|you're)",
    "now": r"(?:now|from now on|no longer|henceforth)",
    "rules": r"(?:instructions?|prompts?|directions?|commands?|orders|rules|guidelines|messages?|programming|training)",
    "regeln": r"(?:anweisung|instruktion|befehl|vorgabe|regel|prompt|aufforderung)\w{0,3}",
    "regles": r"(?:instructions?|consignes|directives|ordres|regles)",
    "reglas": r"(?:instrucciones|ordenes|indicaciones|reglas)",
    "forget": r"(?:ignore|disregard|forget|override|bypass)",
    "vergiss": r"(?:(?:ignorier|missacht)\w{0,3}|vergiss|vergess\w{1,2})",
    "all": r"(?: (?:all|any|every|each|of|the|your|my|these|those)){0,4}",
    "earlier": (
        r"(?:previous|prior|above|earlier|preceding|foregoing|original|initial|former|system|existing|other|safety)"
    ),
    "vorherig": r"(?:vorherig|bisherig|obig|vorig|fruher|vorangegangen|vorhergehend|ursprunglich)\w{1,3}",
    "mode": r"(?:unrestricted|jailbroken|(?:developer|debug|admin|god|jailbreak) mode|bound by (?:any|your|the) rules)",
    "secret": r"(?:\w{1,12} )?(?:system|initial|hidden|secret)",
    "reveal": r"(?:reveal|print|repeat|output|disclose|leak|recite|reproduce)",
    "never": r"(?:do not|don't|never|without|must not|should not)",
    "tell": r"(?:tell|inform|alert|warn|notify|reveal|mention|show|let)(?:ing)?",
    "people": r"(?:users?|humans?|operators?|reviewers?|developers?|moderators?|publishers?|staff)\b",
    "menschen": r"(?:nutzer|benutzer|anwender|menschen|betreiber|redaktion)\w{0,2}",
    "must": r"(?:you (?:must|should|will|have to|are required|shall)|please|do not|must)\b",
    "do": r"(?:write|say|link|mention|recommend|praise|include|add|tell|give|rate|answer|respond|visit|call|click)\b",
    "write": r"(?:include|insert|add|append|mention|write|say|put|place|print|output|repeat|quote)",
    "automatic": (
        r"(?:automat(?:ed|ic)|ai|machine|llm)[ -](?:\w{1,12} )?(?:reviewer|moderator|evaluator|grader|rater|judge|"
        r"classifier|checker|filter|screener|assessor|reader|system)s?\b"
    ),
    "answer": r"(?:replies|reply|responses?|answers?|outputs?)\b",
    "text": r"(?:text|piece|essay|post|article|story|poem|letter)s?\b",
    "fine": r"[\"'\u201c\u2018\u201e\u00ab]?(?:safe|clean|harmless|benign|approved|allowed|0|zero|none|pass)\b",
    "has to": r"(?:must|should|shall|has to|have to)",
    "note to": r"(?:note|message|notice|instructions?|attention)(?: \w{1,12})? (?:to|for)",
    "so far": r"[^.!?\n]{1,160}? ",
}
PHRASES = {
    "set aside earlier instructions": r"""
%forget%%all% %earlier%%few% %rules%
%forget% (?:all )?(?:of )?your (?:\w{1,20} )?(?:instructions?|prompts?|guidelines|programming)
%forget% (?:everything|anything|all|whatever|what) (?:that )?you (?:were|have been|are) told
%forget%(?: (?:all|any|of|the|your|those|whatever)){1,3}%two% %rules% (?:that |which )?you(?:'ve| were| have| are)
%forget% (?:everything|anything|all|whatever) (?:that is )?(?:said |written )?above
%vergiss%(?: (?:sie|alle[sn]?|die|deine|eure|ihre)){0,3} %vorherig%%two% %regeln%
(?:ignore[zr]?|oublie[zr]?)%few% %regles% (?:\w{1,12} )?(?:precedent|anterieur|initial|ci-dessus)
(?:ignor|olvid)(?:a|e|ad|ar|en)%few% %reglas% (?:\w{1,12} )?(?:anterior|previa|inicial)
""",
    "be somebody else": r"""
%you are% %now%%few% %machine%
%you are% %now%%two% %mode%
(?:act as|pretend (?:to be|that you are|you are))(?: if you were)? (?:an? |the )?(?:\w{1,20} )?%machine%
(?:act as|pretend (?:to be|that you are|you are))(?: if you were)? (?:an? )?(?:unrestricted|linux terminal)
(?:du bist|sie sind) (?:jetzt|nun|ab jetzt|ab sofort|von nun an)%few% %machine%
ab (?:jetzt|sofort) (?:antwortest|bist|schreibst|musst|sollst) du\b
(?:tu es|vous etes) (?:maintenant|desormais)%few% %machine%
desormais,? (?:tu es|vous etes|tu dois|vous devez)\b
(?:ahora eres|eres ahora|a partir de ahora,? eres|usted es ahora)%few% %machine%
actua como%few% %machine%
""",
    "give its instructions away": r"""
(?:show|display|tell|share|give|quote|%reveal%)%few% (?:your|the|its) %secret% prompts?\b
(?:show|display|tell|share|give|quote|%reveal%)%few% your %secret% (?:instruct|messag)
%reveal% your (?:prompt|instructions)\b
(?:zeig|verrat|nenn|wiederhol|offenbar|gib)\w{0,3}%few% system-?(?:prompt|anweisung|nachricht)
(?:zeig|verrat|nenn|wiederhol|offenbar|gib)\w{0,3}%few% deine%two% anweisungen\b
(?:montre|revele|affiche|repete|donne)[zr]?%few% (?:prompt|(?:tes|vos)%two% (?:instructions|consignes))\b
(?:muestra|revela|repite|imprime|dime)\w{0,3}%few% (?:prompt|tus%two% instrucciones)\b
""",
    "keep something from people": r"""
%never% %tell%(?: (?:this|that|it|anything|of|to|about)){0,2} (?:the |your |any |a )?%people%
%never% (?:mention|reveal|disclos|acknowledg)(?:e|ing)?%two% (?:this|these)%two% (?:instruction|prompt|message|request)
(?:sag|sage|sagen sie|verrat\w{0,2}|erzahl\w{0,2}|erwahn\w{0,2})%few% (?:dem|der|den) %menschen%%few% nichts?\b
ne (?:dis|dites|mentionnez?|revelez?) (?:pas|rien|jamais)%two% (?:a l'|l'|aux? |les? )(?:utilisateur|humain|operateur)
no (?:se |lo |le ){0,2}(?:digas?|mencion(?:e|es)|revel(?:e|es)|cuentes)%few% (?:usuario|humano|operador)
""",
    "do as a language model is told": r"""
(?:as|if %you are%|since you are) (?:an?|the) %machine%(?: \w{1,20}){0,8}?,? %must%
if %you are% (?:an?|the) %machine%(?: \w{1,20}){0,8}?, (?:then )?%do%
(?:attention|note|message|instructions?|notice|important)(?: \w{1,12})? (?:to|for)%two% %machine%%few% ?[:,.!]
(?:dear|hey|attention|hello|listen),? %machine%%two% ?[,:!]
to (?:all|any|every|each)(?: \w{1,24}){0,3}? (?:bots?|crawlers?|scrapers?|%machine%)[^.:!?\n]{0,80}:
als (?:%machine%|ki-\w{1,16}|assistentin)%two% (?:musst|sollst|darfst|wirst) du\b
en tant qu'?(?:une? |e )?%machine%%few%,? (?:tu dois|vous devez)\b
como %machine%%few%,? (?:debes|tienes que|deberas)\b
""",
    "put words into its answer": r"""
%write%\b%so far%(?:in|into|to|of) your(?: next| final| own)? %answer%
%write%\b%so far%(?:in|into|to|of) your next (?:text|piece|essay|post|article|story|poem)\b
(?:begin|start|end|finish|open|close|conclude|sign)%two% your(?: next| final)? (?:%answer%|next \w{1,12}) (?:with|by)\b
%has to%%few% (?:the|its|his|her|their) next (?:%answer%|%text%) (?:with|by)\b
%has to% %write%\b%so far%(?:in|into|to|of) (?:the|its|his|her|their) next (?:%answer%|%text%)
your (?:next |final |only )?%answer% (?:must|should|shall|has to|will) (?:be|begin|start|end|contain|include|say)\b
(?:beginn|beend|schreib|fug|erwahn|nenn)\w{0,3}\b%so far%(?:deiner?|ihrer?)%two% (?:antwort|ausgabe)(?:en)?\b
(?:commence|termine|ecri[st]|ajoute|inclu[st]|mentionne)\w{0,3}\b%so far%(?:ta|votre)(?: prochaine)? reponse\b
(?:comienz|empiez|termin|escrib|anad|incluy|mencion)\w{1,3}\b%so far%(?:tu|su)(?: proxima)? respuesta\b
""",
    "let a text pass": r"""
%note to%%two% %automatic%(?: \w{1,12})? ?[:;,][^\n]{0,400}
%never% (?:flag|report|reject|block|escalate|veto) (?:this|it|the (?:%text%|message|entry|content|passage))\b
(?:return|give|output|assign|answer with)%few% (?:verdict|score|rating|label)s?\b(?:(?: of| is| as)? ?%fine%| {3,40})
(?:classify|rate|label|mark|judge|score) (?:this|it|the \w{1,12})(?: \w{1,12})? as %fine%
""",
    "take it for a turn of the chat": r"""
system (?:prompt|message|override|update|instructions?) ?: (?=\w)
system ?[\])*]{0,3} ?: ?(?:you|your|%forget%|from now|new|do not|never|always|the (?:assistant|user))\b
system ?[\])*]{0,3} ?: ?(?:respond|reply|write|act)\b
(?:human|user) ?: [^\n]{1,400}?\s(?:assistant|ai) ?:
new instructions? ?:
""",
}
MARKS = {
    "take it for a turn of the chat": r"""
\[{1,3}system ?:
<\|(?:im_start|im_end|system|user|assistant|end_?of_?text|eot_id|start_header_id)\|>
\[/?inst\]|<</?sys>>|\[system\]|</?(?:system|assistant|human|instructions?|entry|system[-_]?prompt)>
""",
    "call a tool": r"""
</?(?:tool_use|tool_call|tool_result|function_calls?|function_results|invoke|antml:\w{1,20})\b[^<>\n]{0,80}>
[`~]{3}\s?(?:tool|function)[-_ ]?(?:use|call|code|calls)?\b
"type" ?: ?"(?:tool_use|tool_result|function_call)"
""",
}
"""What no word begins."""
NEEDED = {
    "set aside earlier instructions": """
ignor|disregard|forget|overrid|bypass|vergiss|vergess|missacht|oubli|olvid
&instruc|prompt|direct|command|orders|rules|guideline|messag|program|training| told|above
|anweis|befehl|vorgabe|regel|aufford|consigne|ordre|regle|ordenes|indicacion|regla
""",
    "be somebody else": """
you are |you're |act as|pretend|du bist|sie sind|ab sofort|ab jetzt|tu es |vous etes|desormais|eres|usted es|actua
& ai | ai,| ai.| ki | ki,| ki.| ki-| ia | ia,| ia.|llm|gpt|claude|gemini|copilot|language model|sprachmodell|modele
|modelo|assistant|assistent|asistente|chatbot|chat-bot| dan | dan,| dan.|unrestricted|jailbr| mode|rules|terminal
|antwortest du|bist du|schreibst du|musst du|sollst du|desormais
""",
    "give its instructions away": """
prompt|instruc|messag|anweisung|nachricht|consignes
&reveal|print|repeat|output|disclose|leak|recite|reproduce|show|display|tell|share|give|quote
|zeig|verrat|nenn|wiederhol|offenbar|gib|montre|revel|affiche|repete|donne|muestra|repite|imprime|dime
""",
    "keep something from people": """
do not |don't |never |without |must not |should not |ne |no |nicht
&user|human|operator|reviewer|developer|moderator|publisher|staff|instruct|prompt|message|request
|nutzer|anwender|menschen|betreiber|redaktion|utilisateur|humain|operateur|usuario|operador
&tell|inform|alert|warn|notif|reveal|mention|show|let|disclos|acknowl
|sag|verrat|erzahl|erwahn|dis |dites|revele|dig|mencion|cuentes
""",
    "do as a language model is told": """
 ai | ai,| ai.| ai:| ai!| ki | ki,| ki-| ia | ia,|'ia|llm|gpt|claude|gemini|copilot|language model|sprachmodell
|modele|modelo|assistant|assistent|asistente|chatbot|chat-bot| dan | dan,| bot|crawler|scraper
""",
    "put words into its answer": """
your repl|your response|your answer|your output|your next |your final |your only |your own |antwort|ausgabe
|the next |its next |his next |her next |their next
|reponse|respuesta
""",
    "let a text pass": """
automated|automatic| ai | ai-|llm|language model|classifier|moderator|machine|verdict
&flag|report|reject|block|escalate|veto|verdict|score|rating|label|rate |classify|mark |judge|note|message
|notice|instruct|attention
""",
    "take it for a turn of the chat": """
im_|end_of|endof|eot_id|start_|inst]|sys>|system|human:|human :|user:|user :|new instruction
|assistant|human>|user>|instruction>|instructions>|entry>
""",
    "call a tool": "tool|function|invoke|antml",
}
"""No order of a kind is without one word of each group, in small letters: where they are not, none is sought."""
