"""Who comes in, and what holds for every request, whatever it asks for.

guard.py    asked under a name of ours (own.py), from no other site, not endless (limits.py); faults
login.py    sign-in and sign-out, and the dependency that keeps every other route closed; cookies.py
links.py    coming in by a link, once                sign_on.py  by a company's directory
kept.py     what a form held that was not taken      turns.py    a few pages made at a time
meter.py    how often each route is asked, and how long it takes
"""
