"""Detached signatures by OpenSSH: who vouches for a file, with the keys that people have."""

from __future__ import annotations

import subprocess
from pathlib import Path

from fmbstats.errors import SourceError

NAMESPACE = "fmbstats-ledger"


def sign(path: Path, key: Path) -> Path:
    """Sign a file with a private key; the signature lies beside it as ``NAME.sig``.

    Raises SourceError: ssh-keygen is missing, or does not take the key.
    """
    signature = path.with_name(f"{path.name}.sig")
    signature.unlink(missing_ok=True)
    _run("sign", "-f", str(key), "-n", NAMESPACE, str(path), path=path)
    return signature


def verify(path: Path, signers: Path, signer: str) -> None:
    """Refuse a file that `signer` has not signed.

    `path`: ``NAME.sig`` lies beside it. `signers`: the allowed signers, as ``ssh-keygen -Y verify``
    wants them. `signer`: their identity in `signers`, such as an address. Raises SourceError: no
    signature, another's, or the file was changed after it was signed.
    """
    signature = path.with_name(f"{path.name}.sig")
    if not signature.is_file():
        raise SourceError(f"{path.name}: has no signature {signature.name} beside it.")
    with path.open("rb") as content:
        _run(
            "verify", "-f", str(signers), "-I", signer, "-n", NAMESPACE, "-s", str(signature),
            path=path, stdin=content,
        )  # fmt: skip


def _run(verb: str, *arguments: str, path: Path, stdin=None) -> None:
    try:
        done = subprocess.run(
            ["ssh-keygen", "-Y", verb, *arguments],
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise SourceError(
            "ssh-keygen is not installed; it comes with OpenSSH (package openssh-client)."
        ) from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        reason = said[-1][:160] if said else f"ssh-keygen ended with {done.returncode}"
        raise SourceError(f"{path.name}: {verb} failed ({reason}).")
