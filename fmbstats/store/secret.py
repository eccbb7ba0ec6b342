"""What must not be guessed from outside: a secret that stays beside the store, and keys made of it.

A plain hash over exact counts is no protection: whoever knows the form of a cell tries all of
them. With a secret of 256 bits in it, a hash tells nothing to anybody who does not hold the file.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from fmbstats.errors import StoreError
from fmbstats.store.paths import side_folder

_BYTES = 32
_PRIVATE = 0o600


def secret_path(store: Path) -> Path:
    """Return the file with the secret of the store at `store`."""
    return side_folder(store) / Path(store).with_suffix(".secret").name


def secret_of(store: Path) -> bytes:
    """Return the secret of a store, drawn the first time it is asked for.

    It outlives the store, which is only a cache: were it drawn anew with each build, the releases
    of two builds could be averaged.

    Raises StoreError: it cannot be written, or what lies there is no secret.
    """
    path = secret_path(store)
    with suppress(FileExistsError):
        _draw(path)
    try:
        # A pipe would be waited for.
        secret = bytes.fromhex(path.read_text("ascii").strip()) if path.is_file() else b""
        if path.stat().st_mode & 0o077:
            path.chmod(_PRIVATE)
    except (OSError, ValueError):
        secret = b""
    if len(secret) != _BYTES:
        raise StoreError(
            f"{path} does not hold the secret of the store. Put back the file from a copy; without "
            "one remove it, and never publish what is made then beside what was published before."
        )
    return secret


def _draw(path: Path) -> None:
    """Write a new secret in one step; two processes at once end with the same one."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreError(
            f"{path}: the secret that protects what is published cannot be written "
            f"({error.strerror}). Give a store in a folder that may be written with --store."
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def keyed(secret: bytes, *parts: str) -> str:
    """Hash texts with a secret: HMAC-SHA-256 (RFC 2104), each text with its length.

    >>> keyed(b"s", "ab", "c") == keyed(b"s", "a", "bc")
    False
    """
    total = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8")
        total.update(str(len(data)).encode() + b":" + data)
    return total.hexdigest()
