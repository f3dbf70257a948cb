"""Who the staff are, and how they come in. No password is made up here: until one is set, by a link that works once or
at the command line, nobody can sign in under a name.

    roles.py       what a name may do: by afterword.toml, and by its latest appointment
    people.py      invites, appoints and removes; lists the staff
    links.py       links by which somebody sets a password, once
    passwords.py   argon2 hashes
    codes.py       second factors: codes that change every half minute
    devices.py     browsers that somebody signed in with before
    pauses.py      how long a sign-in waits after failures, pure
    admission.py   the one door: failures counted, a session begun
    browsers.py    sessions of browsers, by the hash of their token
    tokens.py      tokens of programs
"""

from agent.staff.browsers import (
    SESSION_LASTS,
    begin_session,
    end_session,
    end_sessions,
    form_token,
    is_form_token,
    note_seen,
    session_of,
    sessions_of,
    user_of,
)
from agent.staff.passwords import is_password, set_password
from agent.staff.roles import having, named_staff, roles_in_file, roles_of

__all__ = [
    "SESSION_LASTS",
    "begin_session",
    "end_session",
    "end_sessions",
    "form_token",
    "having",
    "is_form_token",
    "is_password",
    "named_staff",
    "note_seen",
    "roles_in_file",
    "roles_of",
    "session_of",
    "sessions_of",
    "set_password",
    "user_of",
]
