"""What company.py looks for.

spokesmen.py  speech for a company
identity.py   another name or maker than the session's
abilities.py  what none of its tools can do
today.py      another date, or service that has ended
"""
