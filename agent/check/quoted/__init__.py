"""Quoted words and cited works: whose they are said to be, and whether they stand in what the author was shown.

attributions.py  who is said to have said it, from the words around
speakers.py      what can be told of a name
reported.py      which of the texts that were shown is said to have it
folding.py       looks for words in these, whatever their case and signs
citations.py     numbers and years of works
works.py         articles that are cited without a number
"""
