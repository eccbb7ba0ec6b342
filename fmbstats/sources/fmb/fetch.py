"""Fetch the open FMB API's two documents; an optional extra, the service may be gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats.errors import FetchError

if TYPE_CHECKING:
    import httpx

BASE_URL = "https://api.socialstyrelsen.se/fmb/"
#: The API's two documents, by what it calls the items in them.
DOCUMENTS = ENTRY_TYPE, CASE_TYPE = ("forsakringsmedicinskdiagnosinformation", "typfall")
MAX_BYTES = 100_000_000
ADVICE = "Use files instead: 'fmbstats import fmb FILE…'."


def fetch_documents(
    folder: Path,
    *,
    base_url: str = BASE_URL,
    timeout_seconds: float = 20.0,
    n_tries: int = 3,
    wait_seconds: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Path]:
    """Fetch entries and cases and write them to `folder`.

    `folder`: an existing folder; receives ``<document>.json``, both or none. `timeout_seconds`: for
    connecting and for each read. `n_tries`: per document, ≥ 1; a time-out, a lost connection and
    the answers 429 and 5xx are tried again, anything else is not. `wait_seconds`: before the second
    try; doubled each time. `sleep`: how to wait. Raises FetchError: says address, what came, how
    many tries and what to do.
    """
    # Here, as it takes a tenth of a second, and hardly any run fetches.
    import httpx

    answers: dict[str, bytes] = {}
    with httpx.Client(timeout=timeout_seconds, follow_redirects=True) as client:
        for document in DOCUMENTS:
            url = f"{base_url.rstrip('/')}/{document}?inlinehtmlmarkup=true"
            answers[document] = _fetch(client, url, n_tries, wait_seconds, sleep)
    paths = [folder / f"{document}.json" for document in answers]
    for path, body in zip(paths, answers.values(), strict=True):
        path.write_bytes(body)
    return paths


def _fetch(client: httpx.Client, url: str, n_tries: int, wait_seconds: float, sleep) -> bytes:
    reason = ""
    for number in range(1, n_tries + 1):
        if number > 1:
            sleep(wait_seconds * 2 ** (number - 2))
        try:
            return _checked(url, _read(client, url))
        except _TryAgain as trouble:
            reason = str(trouble)
    tries = f"{n_tries} {'try' if n_tries == 1 else 'tries'}"
    raise FetchError(f"{url}: {reason}, after {tries}. The service may be gone. {ADVICE}")


class _TryAgain(Exception):
    """Trouble that may pass."""


def _read(client: httpx.Client, url: str) -> bytes:
    """Read one answer; raise `_TryAgain` when another try may help."""
    import httpx

    try:
        with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            if answer.status_code == 429 or answer.status_code >= 500:
                raise _TryAgain(f"the service answered {answer.status_code}")
            if answer.status_code != 200:
                raise FetchError(
                    f"{url}: the service answered {answer.status_code}. The address may have "
                    f"changed or the service be gone. {ADVICE}"
                )
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    most = f"{MAX_BYTES // 1_000_000} MB"
                    raise FetchError(f"{url}: more than {most}; no FMB document is.")
            return bytes(body)
    except httpx.TimeoutException:
        raise _TryAgain("no answer in time") from None
    except httpx.TransportError as error:
        raise _TryAgain(f"no connection ({type(error).__name__})") from None
    except (httpx.InvalidURL, httpx.TooManyRedirects, httpx.DecodingError) as error:
        raise FetchError(f"{url}: {error}. {ADVICE}") from None


def _checked(url: str, body: bytes) -> bytes:
    """Refuse an answer that is no FMB document before anything is written."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        start = body[:40].decode("utf-8", "replace").strip()
        raise FetchError(f"{url}: the answer is not JSON; it begins {start!r}. {ADVICE}") from None
    if not isinstance(document, dict) or not document.get("data"):
        raise FetchError(f"{url}: the answer holds no 'data'. {ADVICE}")
    return body
