"""What `verify` looks at, one thing a file.

looking.py   reads each file once, and compares its hash with the signed one
chain.py     follows the ledger from line to line
heads.py     dated heads, and those that a reader kept
texts.py     each text, its record, what was committed to, and its page
rows.py      the ledger page: each invitation once, and the totals
on_disk.py   a folder, as a place to read
"""
