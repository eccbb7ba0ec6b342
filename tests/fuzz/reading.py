"""Every reader of outside data as it is: without the boundary that tells what is unforeseen.

Run as a program it reads requests (kind, files) and answers how each ended, so that an abort of the
interpreter, a file that is read for ever and one that takes all memory are answers like others.
"""

from __future__ import annotations

import pickle
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

DAY = date(2019, 6, 30)
SECONDS, MIB = 30, 1_500


def register(folder: Path) -> None:
    """Read a register with all that lies beside it, as a build does up to its first table."""
    import duckdb

    from fmbstats.store.own_register import RegisterRequest, open_register
    from fmbstats.store.staging import stage_register

    there = {path.name: path for path in folder.iterdir()}
    file = next(path for name, path in there.items() if name.startswith("r."))
    evidence = (there["e.csv"],) if "e.csv" in there else None
    request = RegisterRequest(
        (file,), mapping=there.get("m.toml"), deaths=there.get("d.csv"), evidence=evidence,
        extraction_date=None if "m.toml" in there else DAY, max_reject_share=0.5,
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set threads = 1")
        stage_register(connection, open_register(request), 0.5)


def settings(folder: Path) -> None:
    """Read files of settings, each as its own kind."""
    from fmbstats.pages.publication import Publication
    from fmbstats.rounds import read_rounds
    from fmbstats.store.own_register import find_register

    find_register(folder)
    read_rounds(folder)
    Publication.of(folder)


def bands(folder: Path) -> None:
    """Read a publisher's table by a mapping."""
    from fmbstats.sources.published import mapped
    from fmbstats.sources.published.literature import literature_facts
    from fmbstats.sources.published.published_write import band_facts

    found = mapped.read_mapped(folder / "n.csv", folder / "n.toml")
    if found.bands:
        band_facts(found.bands, "n.csv")
    literature_facts(found.facts, "n.csv")


def edition(folder: Path) -> None:
    """Read an edition of FMB, of either service or as a sheet, and join it to a history."""
    from fmbstats.recommendations.join_tables import Recommendations
    from fmbstats.sources.fmb.answers import read_fmb

    found = read_fmb(sorted(folder.iterdir()), fetched=date(2022, 1, 2), edition="2022-01")
    Recommendations([found]).changes  # noqa: B018


def codes(folder: Path) -> None:
    """Read a code list."""
    from fmbstats.sources.codes.code_list import merge
    from fmbstats.sources.codes.fhir import is_fhir, read_fhir
    from fmbstats.sources.codes.icd10se import read_icd10se

    path = next(folder.iterdir())
    merge([read_fhir(path) if is_fhir(path) else read_icd10se(path)])


def fk(folder: Path) -> None:
    """Read Försäkringskassan's workbook or open statistics."""
    from fmbstats.sources.published import fk
    from fmbstats.sources.published.published_write import band_facts, figure_facts

    path = next(folder.iterdir())
    if path.suffix == ".json" or fk.is_open(path):
        figure_facts(fk.read_open(path), path.name)
    else:
        band_facts(fk.read_bands(path).bands, path.name)


def inera(folder: Path) -> None:
    """Read an export of Inera's."""
    from fmbstats.sources.published import inera
    from fmbstats.sources.published.published_write import band_facts

    path = next(folder.iterdir())
    rows = inera.band_rows(inera.read_export(path), path, code=None, year=None, counted="ongoing")
    band_facts(rows, path.name)


def literature(folder: Path) -> None:
    """Read a literature sheet."""
    from fmbstats.sources.published.literature import literature_facts, read_sheet

    path = next(folder.iterdir())
    literature_facts(read_sheet(path), path.name)


def ledger(folder: Path) -> None:
    """Read a ledger of either kind."""
    from fmbstats.release.exchange import KIND, read_margins
    from fmbstats.store.ledger_file import kind_of, read_ledger

    path = next(folder.iterdir())
    read_margins(path) if kind_of(path) == KIND else read_ledger(path)


def small_tables(folder: Path) -> None:
    """Read events, rules, dates of a roll-out and a source's own description."""
    from fmbstats.evaluate.events import read_events
    from fmbstats.evaluate.rollout import read_dates
    from fmbstats.sources.fmb.rule_files import read_occupations, read_rule_rows, rule_files
    from fmbstats.sources.sidecar import read_sidecar

    read_events(folder)
    read_occupations(folder)
    for path in rule_files(folder):
        read_rule_rows(path)
    if (folder / "t.csv").exists():
        read_dates(folder / "t.csv")
    if (folder / "source.json").exists():
        read_sidecar(folder)


READERS = {
    reader.__name__: reader
    for reader in (
        register, settings, bands, edition, codes, fk, inera, literature, ledger, small_tables
    )
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """How a reading ended: nothing said where it was right, a sentence, or a fault of ours."""

    said: str = ""
    fault: str = ""
    seconds: float = 0.0
    mib: int = 0


def _read(kind: str, files: dict[str, bytes]) -> Read:
    from fmbstats.errors import UserError

    begun = time.monotonic()
    said = fault = ""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        try:
            READERS[kind](folder)
        except UserError as error:
            said = str(error)
            if not any(Path(name).name in said for name in files):
                fault = f"names no file: {said[:300]}"
        except BaseException:  # a panic of a compiled reader is no Exception
            fault = traceback.format_exc(limit=-6)
    return Read(said, fault, time.monotonic() - begun, _peak_mib())


def _peak_mib() -> int:
    """This program's largest memory; `ru_maxrss` would count that of the process that began it."""
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kib) // 1024


class Reader:
    """A process that reads for the tests; ended and begun anew where it hangs or dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def __call__(self, kind: str, files: dict[str, bytes]) -> Read:
        """Read files of a kind."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        _send(self._process.stdin, (kind, files))
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        if not ready:
            self.end()
            return Read(fault=f"read for more than {SECONDS} s")
        try:
            return Read(*_receive(self._process.stdout))
        except EOFError:
            code = self._process.wait()
            self._process = None
            return Read(fault=f"the process that read ended with {code}")

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None


def _send(to: BinaryIO, what: object) -> None:
    content = pickle.dumps(what)
    to.write(len(content).to_bytes(8, "big") + content)
    to.flush()


def _receive(source: BinaryIO) -> tuple:
    size = source.read(8)
    if len(size) < 8:
        raise EOFError
    return pickle.loads(source.read(int.from_bytes(size, "big")))


def _serve() -> None:
    """Answer requests until there are no more; what readers print is not an answer."""
    import os

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while size := sys.stdin.buffer.read(8):
        kind, files = pickle.loads(sys.stdin.buffer.read(int.from_bytes(size, "big")))
        _send(answers, astuple(_read(kind, files)))


if __name__ == "__main__":
    _serve()
