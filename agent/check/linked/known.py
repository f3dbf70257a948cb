"""Hosts that a publisher is told of: those that shorten, those that are examples, and those that others pass for.

The lists are our own and short. Where one has many words they stand in one string, to be split.
"""

EXAMPLES = frozenset({"example.com", "example.org", "example.net", "example.edu", "localhost"})
EXAMPLE_ENDINGS = frozenset({"example", "test", "invalid", "localhost"})
SHORTENERS = (
    "adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly dlvr.it goo.gl hyperurl.co ift.tt is.gd j.mp "
    "lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id short.io shorturl.at shrtco.de soo.gd surl.li t.co t.ly t2m.io tiny.cc "
    "tinyurl.com tr.im trib.al urlz.fr v.gd vk.cc x.co"
)
ENDINGS = (
    "ai app biz ca ch cn co com de dev edu eu fr gov info io jp net nl onion online org ru shop site tk top uk us xyz "
    "zip"
)
"""Endings of hosts that are known as such without a scheme; others are those of files, or of sentences."""
FILE_ENDINGS = frozenset({"zip", "mov"})
"""Endings of hosts that read like those of files."""
SAME = (
    frozenset({"youtube.com", "youtu.be"}),
    frozenset({"twitter.com", "x.com", "t.co"}),
    frozenset({"facebook.com", "fb.com", "fb.me"}),
    frozenset({"telegram.org", "telegram.me", "t.me"}),
    frozenset({"wikipedia.org", "w.wiki", "wikimedia.org"}),
    frozenset({"github.com", "github.io", "githubusercontent.com"}),
    frozenset({"reddit.com", "redd.it"}),
    frozenset({"discord.com", "discord.gg", "discordapp.com"}),
    frozenset({"nytimes.com", "nyti.ms"}),
    frozenset({"anthropic.com", "claude.ai", "claude.com"}),
)
"""Hosts that go by several names."""

KNOWN = (
    "adobe airbnb alibaba aliexpress amazon americanexpress anthropic apple archive arxiv bankofamerica barclays "
    "binance bitbucket blockchain booking chase chatgpt citibank claude cloudflare coinbase commerzbank debian "
    "deutschebank discord docusign dropbox epicgames expedia facebook fedex firefox github gitlab gmail godaddy google "
    "hotmail huggingface icloud instagram intuit itunes linkedin mastercard messenger metamask microsoft "
    "mozilla netflix nintendo nytimes openai oracle outlook paypal playstation postbank protonmail python reddit "
    "reuters revolut robinhood roblox salesforce santander skype slack sparkasse spotify stackoverflow steamcommunity "
    "steampowered stripe telegram theguardian tiktok twitch twitter ubuntu venmo walmart wellsfargo westernunion "
    "whatsapp wikimedia wikipedia windows wordpress yahoo yandex youtube"
)
"""Names, without their endings, that others like to pass for."""
COMMON = frozenset(
    {"archive", "booking", "chase", "messenger", "oracle", "outlook", "python", "slack", "stripe", "windows"}
)
"""Those of them that are words, too: beside a lure they need not be meant."""
LURES = (
    "account accounts alert auth billing bonus confirm customer gift giveaway helpdesk invoice "
    "login logon password payment payments prize recover recovery refund reset secure security signin "
    "support unlock update validate verification verify wallet webmail"
)
"""Words that such hosts put beside a known name."""
TYPOS = {"gogle": "google", "amazn": "amazon", "amzon": "amazon", "paypl": "paypal"}
"""Slips of which no rule can tell: with shorter names it would find other words."""
OTHER_WORDS = frozenset({"ali-baba", "appie", "booing", "openal", "revolt", "stirpe", "titter", "widows"})
"""What looks like a known name and is a name or a word of its own."""

LETTERS = {
    "a": "аαɑ4",
    "b": "ьƅ8",
    "c": "сϲ",
    "d": "ԁɗ",
    "e": "еҽє3",
    "g": "ɡց",
    "h": "һհ",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏǀ1iіιıɩ",
    "m": "м",
    "n": "пոη",
    "o": "оοօσ0",
    "p": "рρ",
    "q": "ԛ",
    "r": "г",
    "s": "ѕ5",
    "t": "тτ7",
    "u": "υս",
    "v": "νѵ",
    "w": "ԝωա",
    "x": "хχ",
    "y": "уγ",
}
"""Letters and digits that are taken for the first of each line, in small print."""
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
"""Two letters that are taken for one."""

RUNS = "apk bat cmd cpl exe hta jar jse lnk msi msix pif ps1 reg scr vbe vbs wsf"
"""Endings of files that run when they are opened."""
INSTALLS = frozenset({"appimage", "deb", "dmg", "iso", "pkg", "rpm"})
PAPERS = "avi csv doc docx gif html jpeg jpg mp3 mp4 pdf png ppt pptx rtf txt xls xlsx zip"
"""Endings of files that are read, seen or heard."""
