"""Who is named in a text, and what is said of them: for people.py.

naming.py        names of people in prose
nomenclature.py  words by which such a name is told from others
accusing.py      what could harm somebody if it were false
"""
