"""Personal data taken out of what goes to an engine elsewhere, and put back into what it answers."""

from __future__ import annotations

from typing import Any

from caibian.masking import Vault
from caibian.service.wire import BadRequest

_KEPT = frozenset(
    [
        *("model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "best_of", "seed"),
        *("temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty"),
        *("repetition_penalty", "encoding_format", "dimensions", "input_type", "reasoning_effort"),
    ]
)
"""Fields that hold numbers and words of the interface alone. Any that is neither here nor hidden below stays at home:
nobody knows what may stand in it, or what it makes the other side do with the text (`store`, `metadata`, `documents`)."""


def hidden(body: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """A request in OpenAI's form without personal data.

    Raises:
        BadRequest: it asks for log-probabilities, whose tokens cannot be put back.
    """
    if body.get("logprobs") not in (None, False):
        message = "personal data is hidden from this engine, and log-probabilities would show placeholders: ask without"
        raise BadRequest(message, "logprobs")
    wanted = body.get("response_format")
    vault.json = isinstance(wanted, dict) and wanted.get("type") in ("json_object", "json_schema")
    changed = {name: value for name, value in body.items() if name in _KEPT}
    if isinstance(messages := body.get("messages"), list):
        changed["messages"] = [_turn(turn, vault) for turn in messages]
    for name in ("prompt", "input", "stop", "response_format"):
        if name in body:
            changed[name] = _text(body[name], vault)
    return changed


def restored(said: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """A whole answer with personal data where it was."""
    for choice in said.get("choices") or ():
        message = choice.get("message")
        if isinstance(message, dict) and isinstance(message.get("content"), str):
            message["content"] = vault.restore(message["content"])
        if isinstance(choice.get("text"), str):
            choice["text"] = vault.restore(choice["text"])
    return said


class Mender:
    """Puts personal data back into the events of one answer."""

    def __init__(self, vault: Vault) -> None:
        self._restorer = vault.restorer()

    def mend(self, said: dict[str, Any]) -> dict[str, Any]:
        """An event with personal data where it was; what may be half a placeholder comes with a later one."""
        choices = said.get("choices")
        if not isinstance(choices, list) or not choices:
            return said
        choice = choices[0]
        place, name = (
            (choice["delta"], "content") if isinstance(choice.get("delta"), dict) else (choice, "text")
        )
        text = place.get(name)
        text = self._restorer.push(text) if isinstance(text, str) else ""
        if choice.get("finish_reason") is not None:
            text += self._restorer.finish()
        if text or name in place:
            place[name] = text
        return said


def _turn(turn: Any, vault: Vault) -> Any:
    if not isinstance(turn, dict):
        return turn
    content = turn.get("content")
    if isinstance(content, list):  # one text, so that no number is divided between two parts
        content = "".join(
            str(part.get("text", "")) if isinstance(part, dict) else str(part) for part in content
        )
    return {"role": turn.get("role"), "content": _text(content, vault)}


def _text(value: Any, vault: Vault) -> Any:
    """All strings of a value, without personal data; the names of a schema's fields among them."""
    if isinstance(value, str):
        return vault.hide(value)
    if isinstance(value, list):
        return [_text(part, vault) for part in value]
    if isinstance(value, dict):
        return {vault.hide(str(name)): _text(one, vault) for name, one in value.items()}
    return value
