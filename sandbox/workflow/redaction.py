"""Keeps the values of secure parameters out of what is recorded."""

from collections.abc import Iterable
from urllib.parse import quote

from pydantic import JsonValue

from .utf16 import well_formed
from .values import Json, compact_json, to_text

HIDDEN = "*sanitized*"


class Redactor:
    """Replaces every occurrence of a secret in a recorded value, plain or escaped."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {
            form
            for secret in secrets
            for form in (secret, quote(secret, safe=""), compact_json(secret)[1:-1])
        }
        # The longest first: a secret may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A string without secrets, and without halves of characters."""
        text = well_formed(text)
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def value(self, value: Json) -> JsonValue:
        """A JSON value without secrets; a decimal becomes a float."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(each) for each in value]
            case dict():
                return {self.text(name): self.value(each) for name, each in value.items()}
            case bool() | int() | float() | None:
                return value
            case _:
                return float(to_text(value))
