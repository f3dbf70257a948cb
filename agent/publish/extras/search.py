"""The index that the search page reads, by pagefind: a folder for each shard, search/YYYY/K/.

Pagefind gets one small page a piece and never sees the site. It is told one language for all, the site's, so that one
search finds pieces in every language. It gets no filters: these alone it writes in another order each time.
"""

import json
import re
import subprocess
from collections.abc import Iterable
from html import escape
from pathlib import Path

from agent.errors import NotBuilt
from agent.publish.extras.items import Imprint, Item, Shelf

LIST = "search/shards.json"
"""Names the shards, the newest first: what site/assets/search.js asks for."""
ENTRY = "pagefind-entry.json"
"""Names the other files of a shard, so it comes last."""
NEEDED = ("index/", "fragment/", "pagefind.")
"""What site/assets/search.js uses of all that pagefind writes, and the WebAssembly of one language."""
SECONDS = 900.0
"""So long pagefind may take for the thousand pieces of a shard; it takes three."""
UNSPACED = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
"""Letters of scripts that put no space between words. Each is a word here, as it is in search.js."""


def page(item: Item, imprint: Imprint) -> str:
    """What pagefind is to know of one piece."""
    shown = {
        "title": item.name,
        "author": item.byline,
        "day": imprint.words.on(item.at),
        "date": f"{item.at:%Y-%m-%d}",
        "lang": item.language,
        "form": item.form,
        "tags": ", ".join(item.tags),
    }
    if (apart := spaced(said := f"{item.name} {item.byline}")) != said:
        shown["words"] = apart
    head = "".join(
        f'<meta data-pagefind-meta="{name}[content]" content="{escape(words)}">'
        for name, words in shown.items()
        if words.strip()
    )
    lines = [line for line in item.plain.splitlines() if line.strip()] or [item.name]
    # In one block: after each of several that ends in none, pagefind sets a full stop.
    body = escape(spaced(" ".join(lines)))
    language = escape(item.language or imprint.language)
    return f'<!doctype html><html lang="{language}"><meta charset="utf-8">{head}<body data-pagefind-body>{body}'


def spaced(words: str) -> str:
    """The words with each letter of a script without spaces standing alone."""
    return re.sub(f"(?<={UNSPACED})(?=\\S)|(?<=\\S)(?={UNSPACED})", " ", words)


def index(items: Iterable[Item], folder: str, imprint: Imprint, shelf: Shelf, scratch: Path) -> None:
    """Put a shard into its folder (with a slash at its end), and take away what is no longer of it. `scratch` is an
    empty folder. Raises NotBuilt."""
    source, made = scratch / "pages", scratch / "made"
    for item in items:
        path = source / f"{item.text.path}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(item, imprint), encoding="utf-8")
    _pagefind(source, made, imprint.language.split("-")[0].lower())
    entry = json.loads((made / ENTRY).read_bytes())
    wasm = {f"wasm.{language['wasm'] or 'unknown'}.pagefind" for language in entry["languages"].values()}
    found = {
        path.relative_to(made).as_posix(): path for path in made.rglob("*") if path.is_file() and path.name != ENTRY
    }
    kept = {name: path for name, path in sorted(found.items()) if name.startswith(NEEDED) or name in wasm}
    for name, path in [*kept.items(), (ENTRY, made / ENTRY)]:
        shelf.put(folder + name, path)
    for stale in sorted(set(shelf.paths(folder)) - {folder + name for name in (*kept, ENTRY)}):
        shelf.remove(stale)


def listing(shards: Iterable[tuple[str, int, int]]) -> bytes:
    """The file that names the shards: of each its folder, its year and how many pieces it holds. The newest first."""
    rows = [{"path": path, "year": year, "pieces": pieces} for path, year, pieces in shards]
    return (json.dumps({"v": 1, "shards": rows}, indent=1) + "\n").encode()


def _pagefind(source: Path, made: Path, language: str) -> None:
    from pagefind.service import get_executable  # noqa: PLC0415

    binary = get_executable()
    if binary is None:
        raise NotBuilt(reason="pagefind, which makes the search, is not there; `pip install 'pagefind[bin]'` brings it")
    options = ["--force-language", language, "--silent"]
    try:
        ran = subprocess.run(
            [binary, "--site", source, "--output-path", made, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except OSError as error:
        raise NotBuilt(reason=f"pagefind, which makes the search, cannot be started ({error.strerror})") from None
    except subprocess.TimeoutExpired:
        raise NotBuilt(reason=f"pagefind made no search in {SECONDS:.0f} seconds") from None
    if ran.returncode or not (made / ENTRY).is_file():
        said = " ".join((ran.stderr or ran.stdout).split())[:300] or f"exit code {ran.returncode}"
        raise NotBuilt(reason=f"pagefind could not make the search: {said}")
