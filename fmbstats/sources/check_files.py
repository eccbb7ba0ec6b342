"""Says of any file which contract it should follow and what is wrong with it.

The contracts are those that the source modules list in ``CONTRACTS``; a new source is found
without being registered anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import polars as pl

import fmbstats.sources
from fmbstats.errors import SourceError
from fmbstats.sources.registers.blocks import column_names
from fmbstats.sources.registers.blocks_parquet import parquet_schema
from fmbstats.sources.registers.checking import REJECTS_SCHEMA, read_rows
from fmbstats.sources.registers.contracts import (
    SEPARATORS,
    Contract,
    say_names,
    split_names,
    unused_names,
)
from fmbstats.sources.registers.files import header_lines, is_packed, is_parquet
from fmbstats.sources.sidecar import SIDECAR, check_hashes, read_json_object
from fmbstats.sources.textfiles import check_bytes, is_utf8

MAX_REJECTED_SHARE = 0.01
N_SHOWN = 5

_LEAST_OVERLAP = 0.5
# So many lines of titles may stand above the names of the columns.
_N_TITLE_LINES = 20

#: Explanations and settings that lie beside data.
_NO_DATA = (".md", ".toml")


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What is to be said of one file."""

    path: Path
    contract: Contract | None  #: The contract it was held against; None when none fits.
    error: str | None = None  #: Why the file is refused whole.
    #: `n_rows`, `n_rejected`, `n_duplicates`, `n_malformed_codes`: rows read, rows with a fault,
    #: exact repetitions, codes that are no ICD-10-SE code (of a register: spells with such a code).
    n_rows: int = 0
    n_rejected: int = 0
    n_duplicates: int = 0
    n_malformed_codes: int = 0
    #: file, line, column, value, reason.
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS_SCHEMA))
    #: `n_excluded`, `n_withdrawn`: of a register: spells that the rules of its format leave out;
    #: certificates withdrawn.
    n_excluded: int = 0
    n_withdrawn: int = 0
    is_dated: bool = True  #: False for a register whose extraction date nobody said.
    stops: tuple[str, ...] = ()  #: Why a build would stop.
    #: What is to be said of how the file was read, and which of its columns nothing uses.
    remarks: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether a build would take every row."""
        return self.error is None and self.n_rejected == 0 and not self.stops

    def text(self, n_shown: int = N_SHOWN) -> str:
        """Say what was found: one line when all is well, else where, what and what to do."""
        if self.error is not None or self.contract is None:
            # Errors name the file alone; several folders hold files of one name.
            told = self.error or "of no known kind"
            tail = told.removeprefix(self.path.name)
            return f"REFUSED  {told if tail == told else f'{self.path}{tail}'}"
        head = f"{self.path}: {self.contract.title}, {self.n_rows} rows"
        notes = self._notes()
        remarks = [f"         {remark}" for remark in self.remarks]
        if self.is_ok:
            return "\n".join([f"ok       {head}{notes}", *remarks])
        share = self.n_rejected / max(self.n_rows, 1)
        fate = (
            "an import would refuse the file"
            if self.contract.reader is not None
            else "a build would stop"
            if self.stops
            else f"more than {MAX_REJECTED_SHARE:.0%}: a build would stop"
            if share > MAX_REJECTED_SHARE
            else "a build would leave them out"
        )
        lines = [f"FAULTS   {head}{notes}; {self.n_rejected} rejected ({share:.2%}), {fate}"]
        lines += [f"         {stop}" for stop in self.stops[:n_shown]] + remarks
        lines += [f"         {say_reject(row)}" for row in self.rejects.head(n_shown).to_dicts()]
        if self.rejects.height > n_shown:
            lines.append(
                f"         … and {self.rejects.height - n_shown} more (--rejects FILE writes all)"
            )
        return "\n".join(lines)

    def _notes(self) -> str:
        counts = (
            (self.n_duplicates, "exact repetitions"),
            (self.n_malformed_codes, "malformed codes, kept"),
            (self.n_excluded, "spells left out by the rules of the format"),
            (self.n_withdrawn, "certificates withdrawn"),
        )
        notes = [f"{n} {what}" for n, what in counts if n]
        if not self.is_dated:
            notes.append("no extraction date: rows after it not looked for")
        return f" ({', '.join(notes)})" if notes else ""


def say_reject(row: dict) -> str:
    """Put one reject into words.

    >>> say_reject({"file": "a.csv", "line": 17, "column": "sex", "reason": "is missing"})
    "a.csv, line 17, column 'sex': is missing"
    """
    column = f", column {row['column']!r}" if row["column"] else ""
    return f"{row['file']}, line {row['line']}{column}: {row['reason']}"


@lru_cache(maxsize=1)
def all_contracts() -> tuple[Contract, ...]:
    """Return every contract that a source module declares, in the order of the modules."""
    walked = pkgutil.walk_packages(fmbstats.sources.__path__, f"{fmbstats.sources.__name__}.")
    modules = (importlib.import_module(module.name) for module in walked)
    found = (c for m in modules for c in getattr(m, "CONTRACTS", ()))
    return tuple({c.name: c for c in found}.values())


def is_sidecar(path: Path) -> bool:
    """Whether a file only tells about others."""
    return path.name == SIDECAR or path.name.endswith(f".{SIDECAR}")


def find_contract(path: Path) -> Contract:
    """Find the contract whose columns a file's header comes closest to.

    Raises SourceError: the file cannot be read at all, or no contract has half of its columns in
    it.
    """
    if not path.is_file():
        check_bytes(path)  # words the refusal
    contracts = all_contracts()
    for contract in contracts:
        if contract.matches is not None and contract.matches(path):
            return contract
    named = [c for c in contracts if c.matches is None and c.format == "text"]
    if is_parquet(path):
        headers = [list(parquet_schema(path))]
    else:
        line = _first_line(path)
        headers = [split_names(line, s) for s in SEPARATORS]
    score, best = max(
        ((_overlap(h, c), c) for c in named for h in headers), key=lambda pair: pair[0]
    )
    if score < _LEAST_OVERLAP:
        _refuse_later_header(path, named)
        shown = ", ".join(repr(n[:30]) for n in max(headers, key=len)[:6])
        raise SourceError(
            f"{path.name}: no known table has these columns ({shown} …). Name the contract with "
            f"--contract; known are {', '.join(sorted(c.name for c in contracts))}."
        )
    return best


def _refuse_later_header(path: Path, contracts: list[Contract]) -> None:
    """Say on which line the names of the columns seem to stand, when not on the first."""
    if is_parquet(path) or is_packed(path):
        return
    for number, line in enumerate(header_lines(path, _N_TITLE_LINES), start=1):
        names = [split_names(line.decode("cp1252", "replace"), s) for s in SEPARATORS]
        if any(_overlap(n, c) >= _LEAST_OVERLAP for c in contracts for n in names):
            raise SourceError(
                f"{path.name}: the names of the columns seem to stand on line {number}. Set [file] "
                f"header_line = {number} in a mapping."
            )


def check_table(path: Path, contract: Contract | None = None) -> CheckResult:
    """Hold a table that is no register against its contract.

    Registers are judged by :func:`fmbstats.store.check_register.check_file`, as a build does.

    `contract`: by default the one that fits best. Never raises for what is wrong with the file.
    """
    try:
        if is_sidecar(path):
            about = read_json_object(path)
            if path.name == SIDECAR:
                check_hashes(path.parent)
            title = f"sidecar of {about.get('title', 'a table')}"
            n_rows = len(about.get("tables", about.get("files", ())))
            return CheckResult(path, Contract(SIDECAR, title, ()), n_rows=n_rows)
        contract = contract or find_contract(path)
        if contract.reader is not None:  # every faulty cell is told
            n, rejects, unused = contract.reader(path)
            remarks = unused_remarks(unused)
            return CheckResult(
                path, contract, None, n, rejects.height, rejects=rejects, remarks=remarks
            )
        if is_parquet(path):
            raise SourceError(
                f"{path.name}: is Parquet, but {contract.title} are read as text. Save it as CSV."
            )
        rows = read_rows(path, contract)
        unused = unused_names(column_names(path, contract), contract)
    except SourceError as error:
        return CheckResult(path, contract, error=str(error))
    return CheckResult(
        path,
        contract,
        None,
        rows.n_read,
        rows.n_rejected,
        rows.n_duplicates,
        rows.n_malformed_codes,
        rows.rejects,
        remarks=unused_remarks(unused),
    )


def files_under(paths: list[Path]) -> Iterator[Path]:
    """Yield the files named, and every data file in the folders named."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in sorted(path.rglob("*")):
            is_hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
            if not found.is_dir() and not is_hidden and found.suffix.lower() not in _NO_DATA:
                yield found


def unused_remarks(names: Sequence[str]) -> tuple[str, ...]:
    """Say which columns of a file nothing uses; nothing where all are used."""
    return (f"Columns that nothing uses: {say_names(list(names))}.",) if names else ()


def _first_line(path: Path) -> str:
    head = header_lines(path, 1)[0]
    if not is_packed(path) and (
        not head.strip(b" \r\n\t") or b"\0" in head or head.startswith(b"PK\x03\x04")
    ):
        check_bytes(path)  # words the refusal
    encoding = "utf-8-sig" if is_utf8(head) else "cp1252"
    return head.decode(encoding, errors="replace").strip("\r\n")


def _overlap(header: list[str], contract: Contract) -> float:
    """Share of required columns found, lowered by columns that the contract does not know."""
    found, known, required = (
        {name.casefold() for name in names} for names in (header, contract.names, contract.required)
    )
    if not required:
        return 0.0
    unknown = 0.0 if contract.is_extra_allowed else len(found - known) / max(len(found), 1)
    return len(found & required) / len(required) - unknown / 4
