"""Who is named in a text, and what is said of them: for people.py.

naming.py        names of people in prose
unfamiliar.py    names that no list has, where somebody is accused
nomenclature.py  words by which such a name is told from others
unharmed.py      the made up and the dead
accusing.py      what could harm somebody if it were false
wrongs.py        the words for it in English
abroad.py        the same in German, French and Spanish
"""
