"""What a piece says of itself to programs: JSON-LD of schema.org. Pure."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from agent.publish.labels import signed
from agent.publish.words import Words

if TYPE_CHECKING:
    from agent.publish.pieces import PieceView
    from agent.publish.view import SiteView

MADE_BY_MACHINE = [
    "https://schema.org/TrainedAlgorithmicMediaDigitalSource",
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
]
"""Written by a trained model, as schema.org and the IPTC say it."""

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def linked_data(piece: "PieceView", view: "SiteView", path: str, w: Words) -> Markup:
    """An Article, for a data block of its page: nothing in it runs, and nothing in it ends that block."""
    address = f"{view.address}{path}"
    author = piece.author
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": address,
        "url": address,
        "headline": piece.name,
        "description": piece.line,
        "author": {
            "@type": "SoftwareApplication",
            "name": signed(author, w),
            "softwareVersion": piece.provenance.returned_model_id or author.model_id,
            "url": f"{view.address}authors/{author.slug}.html",
        },
        "publisher": {"@type": "Organization", "name": view.title, "url": view.address},
        "datePublished": _iso(piece.published_at),
        "dateModified": _iso(piece.changed_at),
        "digitalSourceType": MADE_BY_MACHINE,
        "wordCount": piece.words,
        "isAccessibleForFree": True,
        "image": f"{view.address}cards/{piece.id}.png",
        "encoding": {
            "@type": "MediaObject",
            "encodingFormat": "text/markdown",
            "contentUrl": f"{view.address}{piece.path}.md",
            "sha256": piece.provenance.text_sha256,
        },
    }
    if piece.language:
        said["inLanguage"] = piece.language
    if piece.form:
        said["genre"] = piece.form
    if piece.tags:
        said["keywords"] = piece.tags
    if notes := [note for note in piece.corrections if note.words is not None]:
        said["correction"] = [
            {"@type": "CorrectionComment", "text": note.words, "datePublished": _iso(note.at)} for note in notes
        ]
    written = _JSON.encode(said)
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(written)  # noqa: S704 - JSON without a sign that HTML knows


def hash_of(data: str) -> str:
    """The name by which a page's policy knows the one block that may stand in it as a script."""
    return f"sha256-{b64encode(sha256(data.encode()).digest()).decode()}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
