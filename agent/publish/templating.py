"""Jinja as the site uses it: everything is escaped, what never changes is put in when a template is compiled, and
escaping is quick. Ten thousand pages with two hundred values each are most of what an edition does."""

import re
from typing import Any

import jinja2
from jinja2.compiler import CodeGenerator
from jinja2.ext import Extension
from jinja2.runtime import Context, Macro

from agent.publish import filters
from agent.publish.phrases import Phrase, escaped
from agent.publish.words import Section, Words

FIXED = re.compile(r"\{\{ w((?:\.\w+)+) \}\}")


class _Quick(CodeGenerator):
    """Writes templates that call `environment.escaped` wherever Jinja would call `escape`."""

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(" + (finalize.src or ""))


class _Context(Context):
    """Calls what is called, and asks first only of macros how they wish to be."""

    def call(self, called: Any, /, *args: Any, _block_vars: Any = None, _loop_vars: Any = None, **kwargs: Any) -> Any:
        if type(called) is Macro:
            return super().call(called, *args, **kwargs)
        return called(*args, **kwargs)


class _Said(Extension):
    """Replaces `{{ w.piece.note }}` and the like by what they come to."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source of a template with the words in it, line by line as it was."""
        return FIXED.sub(lambda found: self._words(found) or found[0], source)

    def _words(self, found: re.Match[str]) -> str:
        """The words as HTML; empty where they have gaps, are several lines or are none."""
        entry = self.environment.globals["w"]
        for part in found[1].split(".")[1:]:
            entry = entry.get(part) if isinstance(entry, Section) else None
        html = str(entry.__html__()) if isinstance(entry, Phrase) else ""
        return "" if "{" in html or "\n" in html else html


class Templates(jinja2.Environment):
    """The templates of the site in one language, which every template knows as `w`."""

    code_generator_class = _Quick
    context_class = _Context
    escaped = staticmethod(escaped)

    def __init__(self, loader: jinja2.BaseLoader, words: Words) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=-1,
        )
        self.filters |= filters.FILTERS
        self.globals["w"] = words
        self.add_extension(_Said)
