"""How a text is set, for markup.py.

layout.py      what is hard to lay out, or was meant to be laid out and is not
difference.py  what was written beside what readers get
"""
