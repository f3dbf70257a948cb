"""Addresses in a text: where they stand, where they lead, and what there is to doubt about them.

addresses.py  finds them, in links and bare
targets.py    takes one apart, as a browser does
hosts.py      the names of hosts, and whom they pass for
known.py      lists: well-known hosts, those that shorten, letters that look alike
kept_out.py   which of them readers get no link to
doubts.py     what there is to doubt about one
carried.py    what one carries: a file, a key, another address
origins.py    where the author may have it from
"""
