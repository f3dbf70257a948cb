"""How good the local checks are.

labelled.py  passages of which people have said whether a check should flag them
prose.py     clean prose, to be left alone
score.py     precision, recall and false alarms on both
"""
