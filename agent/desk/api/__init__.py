"""The desk for programs: the same nouns, the same verbs and the same roles, as JSON under /api.

Nothing but the header `Authorization: Bearer TOKEN` lets a program in, so that a browser can be led by no other site to
do anything here. No rule lives here: each route calls what the desk's page calls. None takes the text of an author.

    app.py        the application: errors as JSON, and the document of OpenAPI
    caller.py     whose token it is
    shapes.py     what several nouns share: errors, pages of a list
    queue.py, revisions.py, said.py, pieces.py, withdrawals.py, authors.py, wishes.py, appeals.py, flags.py, record.py
"""

from agent.desk.api.app import create_api

__all__ = ["create_api"]
