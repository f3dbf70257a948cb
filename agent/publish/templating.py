"""Jinja as the site uses it: everything is escaped, what never changes is put in when a template is compiled, and
escaping is quick. Ten thousand pages with two hundred values each are most of what an edition does."""

import re
import traceback
from collections.abc import Iterator
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.runtime import Context, Macro

from agent.errors import BadTemplate
from agent.publish import filters
from agent.publish.phrases import Phrase, escaped
from agent.publish.words import Section, Words

FAULTS = (jinja2.TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What a mistake in a template comes to."""
FIXED = re.compile(r"\{\{ w((?:\.\w+)+) \}\}")
TEMPLATE = re.compile(r"(?:pages|templates)/(?!\.)[^/]+")
DRAWING = re.compile(r'\{% include "([\w/]+\.svg)" %\}')


class _Quick(CodeGenerator):
    """Writes templates that call `environment.escaped` wherever Jinja would call `escape`, and that give what stands
    between two tags as one string. Jinja gives each value by itself, through every template that a page extends: a
    fifth of the time that a page takes."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 - so Jinja calls it
        """As Jinja writes it where the parts are collected in a list, but that the list is given at once."""
        if frame.buffer is not None or frame.require_output_check or len(node.nodes) < 2:
            super().visit_Output(node, frame)
            return
        self.writeline("parts = []")
        collecting = frame.copy()
        collecting.buffer = "parts"
        super().visit_Output(node, collecting)
        self.writeline("yield concat(parts)")

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
    """Replaces `{{ w.piece.note }}` and the like by what they come to, and drawings by what they are."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source of a template with the words in it, line by line as it was."""
        source = DRAWING.sub(lambda found: self._drawing(found[1]), source)
        return FIXED.sub(lambda found: self._words(found) or found[0], source)

    def _drawing(self, name: str) -> str:
        loader = self.environment.loader
        return loader.get_source(self.environment, name)[0] if loader else ""

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
        self._ready: dict[str, jinja2.Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:  # noqa: A002
        """One that was compiled is there at once: nobody changes files below it, as `environment` makes a new one."""
        if self.auto_reload or name not in self._ready:
            self._ready[name] = super().get_template(name, parent, globals)
        return self._ready[name]

    def fill(self, name: str, /, **facts: Any) -> str:
        """Fill a template. Raises BadTemplate."""
        try:
            return self.get_template(name).render(facts)
        except FAULTS as fault:
            raise _named(fault, name) from fault

    def faults(self) -> Iterator[BadTemplate]:
        """What is wrong with any of the templates, as far as reading them shows it."""
        for name in self.list_templates(filter_func=lambda name: TEMPLATE.fullmatch(name) is not None):
            try:
                self.get_template(name)
            except FAULTS as fault:
                yield _named(fault, name)


def _named(fault: Exception, name: str) -> BadTemplate:
    """What is wrong with a template, and where: in a file that it brings in, perhaps."""
    if isinstance(fault, jinja2.TemplateSyntaxError):
        return BadTemplate(
            place=f"{fault.filename or fault.name or name}:{fault.lineno}", reason=_sentence(fault.message)
        )
    places = [place for place in traceback.extract_tb(fault.__traceback__) if not place.filename.endswith(".py")]
    where = f"{places[-1].filename}:{places[-1].lineno}" if places else name
    if isinstance(fault, jinja2.TemplateNotFound):
        return BadTemplate(place=where, reason=f"there is no template {fault.name}")
    kind = "" if isinstance(fault, jinja2.UndefinedError) else f"{type(fault).__name__}: "
    return BadTemplate(place=where, reason=kind + _sentence(str(fault)))


def _sentence(words: str | None) -> str:
    return " ".join((words or "it cannot be read").split()).rstrip(".")
