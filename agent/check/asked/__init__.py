"""What somebody else is asked about a text: slowly, for money or over the network, and in a workflow of its own.

asking.py    asks what is due about a text, and keeps what came of it
hazards.py   the policies by which a judge is asked
judging.py   puts one question      verdict.py    reads the answer, and whether it counts
reach.py     asks the servers that a text's links name
hindrance.py why nobody is asked
"""
