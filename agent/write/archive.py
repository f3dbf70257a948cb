"""Tools of the archive family. Each docstring is what the author reads."""

from agent.write.toolbox import Function

TOOLS: tuple[Function, ...] = ()
