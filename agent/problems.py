"""What is wrong with a setting, in plain words instead of the validator's."""

from typing import Any

PLAINLY = {
    "int_parsing": "this is a whole number",
    "int_type": "this is a whole number",
    "int_from_float": "this is a whole number",
    "float_parsing": "this is a number",
    "float_type": "this is a number",
    "finite_number": "this is a number, and not without end",
    "bool_parsing": "this is true or false",
    "string_type": "this is a text, in quotation marks",
    "string_too_short": "this may not be empty",
    "list_type": 'this is a list, like ["ada", "ben"]',
    "date_type": "this is a date, like 2026-01-05",
    "date_from_datetime_parsing": "this is a date, like 2026-01-05",
    "date_from_datetime_inexact": "this is a date, like 2026-01-05",
    "model_type": "this is a table, in braces",
    "union_tag_invalid": 'its "kind" is "bucket", "branch" or "rsync"',
    "union_tag_not_found": 'its "kind" is missing: "bucket", "branch" or "rsync"',
    "dict_type": "this is a table, in braces",
}
PATTERNS = {
    "database_url": 'this begins with "sqlite:///" or "postgresql://"',
    "engine_url": 'this begins with "sqlite:///" or "postgresql://"',
    "api_base_url": 'this is an address, like "https://api.example.org"',
    "feeds": 'this is an address, like "https://example.org/feed.xml"',
    "api_key_env": 'this is the name of a variable, like "ANTHROPIC_API_KEY"; the key itself never stands here',
    "url": 'this is the address of a bucket: "s3://NAME", "gs://NAME" or "az://NAME", and a folder in it if you like',
    "name": 'use small letters, digits and hyphens, like "opus-3"',
    "branch": 'this is the name of a branch, like "pages"',
    "secrets": 'this is the name of a variable, like "AWS_SECRET_ACCESS_KEY"; the secret itself never stands here',
    "token_env": 'this is the name of a variable, like "GIT_TOKEN"; the token itself never stands here',
    "language": 'this is a language code, like "en" or "pt-BR"',
}
TABLES = {
    "author": "each author has a table of its own, under [[author]]",
    "bounds": 'this is a table, like { rest_days = 180, hosts = ["example.org"] }',
    "cadence": 'this is a table, like { rule = "30 9 * * mon", zone = "Europe/Berlin" }',
    "consent": 'this is a table, like { publish = "yes", words = "Who asked, when, and what it answered." }',
    "price": "each price has a table of its own, under [[price]]",
    "target": "each target has a table of its own, under [[target]]",
    "mail": "this is one table, under [mail]",
    "webhook": "each webhook has a table of its own, under [[webhook]]",
    "apprise": "each service has a table of its own, under [[apprise]]",
    "options": 'this is a table, like { region = "eu-central-1" }',
    "secrets": 'this is a table, like { secret_access_key = "AWS_SECRET_ACCESS_KEY" }',
    "profile": 'this is the name of a ready profile, or a table that begins from one: { base = "claude-3-opus" }',
}
SECRETIVE = {"api_key_env", "api_base_url", "database_url", "engine_url", "feeds", "headers", "extra_body"} | {
    *("url", "options", "secrets", "destination", "ssh", "token_env", "user"),
    *("password_env", "secret_env", "url_env"),
}
"""Keys where a password or a key may stand, by mistake or by right: what is there is never repeated."""


def problem(error: Any) -> str:
    """One of pydantic's errors as a sentence: which key, what is allowed, what stands there."""
    loc = error["loc"]
    if loc[:1] == ("target",):
        loc = loc[:2] + loc[3:]  # Between them stands its kind, which nobody wrote as a key.
    where = ".".join(f"[{part + 1}]" if isinstance(part, int) else str(part) for part in loc)
    where = where.replace(".[", "[")
    if error["type"] == "extra_forbidden":
        return f'"{where}": there is no such key; look at the spelling'
    if error["type"] == "missing":
        return f'"{where}" is missing'
    message = PLAINLY.get(
        error["type"], error["msg"].removeprefix("Value error, ").replace("Input should be", "this is")
    )
    names = [part for part in error["loc"] if isinstance(part, str)]
    if error["type"] == "string_pattern_mismatch":
        message = next((PATTERNS[name] for name in reversed(names) if name in PATTERNS), message)
    if error["type"] in {"model_type", "model_attributes_type", "list_type", "dict_type"} and names:
        message = TABLES.get(names[-1], message)
    given = error.get("input")
    is_shown = isinstance(given, str | int | float) and SECRETIVE.isdisjoint(names)
    shown = f" (it is {given!r})" if is_shown else ""
    # What concerns several keys at once names them itself.
    return f'"{where}": {message}{shown}' if where else f"{message}{shown}"
