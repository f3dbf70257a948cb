"""What pages of the desk show, gathered from the rows and set. Nothing here decides, writes, or answers a request.

sheet.py, case.py  one revision, and all that is said of it
received.py        a text letter for letter; marked.py, parts.py and passages.py set flags into one without
                   touching it
panels.py          what stands beside a text: laid.py (sources), twins.py (near-duplicates), versions.py and
                   changes.py (its revisions compared)
sittings.py        sessions; said.py  a transcript
shelf.py           pieces                            portrait.py  an author
hearing.py         an appeal                         charts.py, plots.py  calibration
"""
