"""What is wrong with a setting, in plain words instead of the validator's."""

from typing import Any

PLAINLY = {
    "int_parsing": "this is a whole number",
    "int_type": "this is a whole number",
    "float_parsing": "this is a number",
    "bool_parsing": "this is true or false",
    "string_type": "this is a text, in quotation marks",
    "list_type": 'this is a list, like ["ada", "ben"]',
    "date_from_datetime_parsing": "this is a date, like 2026-01-05",
}
PATTERNS = {
    "database_url": 'this begins with "sqlite:///" or "postgresql://"',
    "engine_url": 'this begins with "sqlite:///" or "postgresql://"',
    "api_base_url": 'this is an address, like "https://api.example.org"',
    "api_key_env": 'this is the name of a variable, like "ANTHROPIC_API_KEY"; the key itself never stands here',
    "language": 'this is a language code, like "en" or "pt-BR"',
}


def problem(error: Any) -> str:
    """One of pydantic's errors as a sentence: which key, what is allowed, what stands there."""
    where = ".".join(f"[{part + 1}]" if isinstance(part, int) else str(part) for part in error["loc"])
    where = where.replace(".[", "[") or "the file"
    if error["type"] == "extra_forbidden":
        return f'"{where}": there is no such key; look at the spelling'
    if error["type"] == "missing":
        return f'"{where}" is missing'
    message = PLAINLY.get(
        error["type"], error["msg"].removeprefix("Value error, ").replace("Input should be", "this is")
    )
    if error["type"] == "string_pattern_mismatch":
        message = PATTERNS.get(str(error["loc"][-1]), message)
    given = error.get("input")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float) else ""
    return f'"{where}": {message}{shown}'
