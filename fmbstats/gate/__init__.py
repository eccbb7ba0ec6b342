"""The release gate: may a finished folder leave the house? It fails closed.

A folder of reports or an export is read file by file, as a stranger would: what does not belong
there, what names a person or a machine, what is not marked for release, what can be worked out by
subtraction, what no row of the table holds. Only a folder in which nothing is found is signed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fmbstats.gate.findings import Finding, Findings

__all__ = ["Finding", "GateResult", "run_gate"]


@dataclass(frozen=True, eq=False)
class GateResult:
    """What the gate says of a folder."""

    folder: Path
    findings: tuple[Finding, ...]  #: Empty when the folder may leave.
    n_files: int
    n_looks: Mapping[str, int]  #: Check -> how many things it looked at.
    #: About the sign-off, the earlier release, and how the check was made.
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 when nothing was found, else 1."""
        return 1 if self.findings else 0

    def text(self, most: int = 50) -> str:
        """Write the findings, `most` at the most, and a last line that says all."""
        lines = [finding.text() for finding in self.findings[:most]]
        if len(self.findings) > most:
            lines.append(f"… and {len(self.findings) - most} more.")
        lines += self.notes
        looks = ", ".join(f"{name} {n}" for name, n in self.n_looks.items())
        lines.append(f"Looked at: {looks}.")
        verdict = f"{len(self.findings)} findings: it must not leave" if self.findings else "passed"
        lines.append(f"{self.folder}: {self.n_files} files, {self.seconds:.1f} s: {verdict}.")
        return "\n".join(lines)


def run_gate(folder: Path, *, previous: Path | None = None, sign: str | None = None) -> GateResult:
    """Check a finished folder, and sign it when nothing is found.

    `folder`: made by `fmbstats report` (``reports/<year>``, a round's) or `fmbstats export`.
    `previous`: folder of an earlier release to compare with. `sign`: who answers for the release;
    writes ``release.json`` when nothing is found. Raises UserError: `folder` or `previous` is no
    such folder, or `sign` no name.
    """
    from fmbstats.gate.checks import check_files
    from fmbstats.gate.inventory import RECORD, open_folder
    from fmbstats.gate.record import check_record, checked_name, digest_of, write_record

    started = time.perf_counter()
    if sign is not None:
        checked_name(sign)
    findings = Findings()
    opened = open_folder(folder, findings)
    notes = []
    # Who signs anew answers for what changed since the last time.
    if sign is None:
        notes.append(check_record(opened, findings))
    threshold, told = check_files(opened, previous, findings)
    notes += told
    found = findings.sorted()
    if sign is not None and not found:
        before = digest_of(previous) if previous else ""
        write_record(opened, sign, threshold, findings, before)
        notes.append(f"Signed by {sign}: {folder / RECORD}.")
    return GateResult(
        folder,
        found,
        len(opened.files),
        findings.n_looks,
        tuple(filter(None, notes)),
        time.perf_counter() - started,
    )
