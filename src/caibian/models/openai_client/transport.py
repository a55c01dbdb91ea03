"""HTTP to one OpenAI-compatible server: retries with backoff, a limit on calls at once, errors in our words."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from caibian.errors import ContextOverflow, ModelError, RemoteError
from caibian.sockets import LOOPBACK

logger = logging.getLogger(__name__)

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST_WAIT = 0.5  # seconds, doubled at each retry
_LONGEST_WAIT = 30.0
_LONGEST_ASKED = 120.0  # a server that asks for more is reported instead of waited for


class Refused(RemoteError):
    """The server answered with an error status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Transport:
    """Posts JSON and reads JSON or server-sent events.

    Args:
        url: base URL up to and including `/v1`.
        key: API key or None; goes into a header, never into a message or a log.
        timeout: seconds without a byte.
        retries: further attempts after a failure that may pass (overload, timeouts, broken connections).
        concurrency: calls at the same time.
        on_retry: hears of each retry.
    """

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        timeout: float,
        retries: int,
        concurrency: int,
        on_retry: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parsed = httpx.URL(url)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            base_url=parsed,
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            limits=httpx.Limits(max_connections=concurrency),
            trust_env=parsed.host not in LOOPBACK,  # no proxy between this machine and itself
        )
        self._where = f"{parsed.scheme}://{parsed.netloc.decode().rpartition('@')[2]}{parsed.path}"
        self._retries, self._on_retry, self._sleep = retries, on_retry, sleep
        self._slots = threading.BoundedSemaphore(concurrency)

    def request(self, method: str, route: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON a route answers.

        Raises:
            RemoteError: the server refused, or did not answer after all retries.
            ContextOverflow: the server says that the conversation is too long.
        """
        with self._slots:
            response = self._retrying(lambda: self._client.request(method, route, json=body))
        try:
            value = response.json()
        except ValueError as error:
            raise RemoteError(
                f"{self._where}/{route}: the answer is not JSON ({response.text[:120]!r})"
            ) from error
        if not isinstance(value, dict):
            raise RemoteError(f"{self._where}/{route}: the answer is not a JSON object")
        return value

    @contextmanager
    def events(self, route: str, body: dict[str, Any]) -> Iterator[Iterator[dict[str, Any]]]:
        """The server-sent events a route answers, as JSON objects. Leaving the block hangs up.

        Retried until the first byte, not afterwards: half an answer was already shown.
        """

        def open_stream() -> httpx.Response:
            response = self._client.send(self._client.build_request("POST", route, json=body), stream=True)
            if response.status_code != httpx.codes.OK:
                response.read()
                response.close()
            return response

        with self._slots:
            response = self._retrying(open_stream)
            try:
                yield self._parse(response)
            finally:
                response.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _parse(self, response: httpx.Response) -> Iterator[dict[str, Any]]:
        try:
            for line in response.iter_lines():
                if not line.startswith("data:"):
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    return
                event = json.loads(data)
                if "error" in event:
                    raise RemoteError(f"{self._where}: {_message(event)}")
                yield event
        except httpx.HTTPError as error:
            raise RemoteError(f"{self._where}: the connection broke during the answer ({error!r})") from error
        except ValueError as error:
            raise RemoteError(f"{self._where}: an event is not JSON ({error})") from error
        raise RemoteError(f"{self._where}: the connection ended before the answer was complete")

    def _retrying(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        wait = _FIRST_WAIT
        for attempt in range(self._retries + 1):
            asked: float | None = None
            try:
                response = send()
                if response.status_code == httpx.codes.OK:
                    return response
                failure: ModelError = self._refusal(response)
                if response.status_code not in _RETRIED:
                    raise failure
                asked = _retry_after(response)
                if asked is not None and asked > _LONGEST_ASKED:
                    raise failure
            except httpx.TransportError as error:
                failure = RemoteError(f"{self._where}: no answer ({type(error).__name__}: {error})")
            except RuntimeError as error:
                raise ModelError("this model was closed") from error
            if attempt == self._retries:
                break
            # Jitter: clients that failed together do not come back together.
            pause = asked if asked is not None else random.uniform(wait / 2, wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            logger.info("retry %d of %d in %.1f s: %s", attempt + 1, self._retries, pause, failure)
            self._on_retry()
            self._sleep(pause)
        raise RemoteError(f"{failure} (after {self._retries + 1} attempts)")

    def _refusal(self, response: httpx.Response) -> ModelError:
        try:
            value = response.json()
        except ValueError:
            value = {}
        reason = _message(value) or response.text[:200] or response.reason_phrase
        text = f"{self._where}: HTTP {response.status_code}: {reason}"
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            text += " (is the API key set? see `api_key_env`)"
        error = value.get("error") if isinstance(value, dict) else None
        if isinstance(error, dict) and error.get("code") == "context_length_exceeded":
            return ContextOverflow(text)
        return Refused(text, response.status_code)


def _message(value: Any) -> str:
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(error, dict):
        return str(error.get("message") or error)
    return str(error or "")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    header = response.headers.get("retry-after")
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
