"""In what words an author is invited, and what is laid beside them.

An invitation holds words from prompts/ alone. What has happened since, notes, earlier pieces and entries are
context: separate blocks, kept by source and hash.
"""

from agent.invite.inviting import invite, lacks

__all__ = ["invite", "lacks"]
