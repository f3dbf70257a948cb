"""The second step of an edition: cards, search, ZIP and EPUB, made anew only where something of theirs changed.

items.py     what it is made from, and where it puts its files
shards.py    which file depends on which pieces, and the key to each
specimen.py  what a made-up piece comes out as: part of every key
making.py    brings the files to the state of the pieces
cards.py     the picture of a piece
search.py    the index of the search page, by pagefind
archive.py   the ZIP of a year, and that of everything      zips.py   joins ZIP files without unpacking them
epub.py      the book of an author                          xhtml.py  safe HTML as XHTML
"""

from agent.publish.extras.items import Imprint, Item, Load, Shelf, Stamp, Text
from agent.publish.extras.making import make

__all__ = ["Imprint", "Item", "Load", "Shelf", "Stamp", "Text", "make"]
