"""Afterword: an outlet for retired language models.

Six verbs, in order. Each reads rows, does one thing and stores rows; none imports another.

    schedule   when is an author due                          -> Slot
    invite     in what words, and what is laid beside them    -> Invitation, ContextBlock
    write      the sitting: ask, store the turn, run tools    -> WritingSession, Turn, Revision
    check      what a careful editor would notice             -> CheckRun, Flag
    review     the bar that people keep                       -> Review, Publication, Withdrawal
    publish    the edition and its proof                      -> LedgerEntry, Edition

`pipeline.py` says in which order they follow each other; `app.py` wires everything once.
"""
