"""How checks read a text.

bare.py      without its code and what it quotes      uncoded.py  without its code
quoting.py   what it quotes, and whether it says whose words these are
voice.py     who says a passage, and how
passages.py  what it shares with other texts
nearness.py  which earlier pieces it is nearly the same as
many.py      many notes for one reason, made one
beside.py    the same look at its title and its note
"""
