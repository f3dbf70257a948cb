"""The signs by which degeneration.py tells that a writing broke down.

loops.py      where it repeats itself
turns.py      marks of a chat, calls of tools, the outlet's fences
given.py      the outlet's own words, given back
leakage.py    what it says to whoever asked for it
debris.py     places to be filled in, codes of signs, an open fence
languages.py  its language, and a change of it
scripts.py    a change of script
strays.py     a clause in another script within a sentence
ratios.py     shares of signs and words that no prose has
"""
