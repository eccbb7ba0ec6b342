"""A user's own register: which files, in which format, with which settings.

Files in ``data_raw/register/``, or named on the command line, replace the synthetic register.
What the files do not say of themselves stands in ``register.toml`` beside them, or is given on
the command line, which goes first. How the files are written is said by a mapping, a file of its
own or sections of ``register.toml``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmbstats.errors import SourceError
from fmbstats.sources.registers.losses import DEFAULT_MAX_MALFORMED, DEFAULT_MAX_REJECTED
from fmbstats.sources.registers.mapping import (
    DAY,
    DAYS,
    FORMATS,
    LATEST_EXTRACTION,
    LENGTH_BASES,
    SECTIONS,
    TEXTS,
    FileMapping,
    read_mapping,
)
from fmbstats.sources.settings_files import check_settings, flag, one_of, read_toml, share, text
from fmbstats.words.refused import RefusedFile

if TYPE_CHECKING:
    from fmbstats.sources.registers.certificates import Certificates, CertificateSettings
    from fmbstats.sources.registers.contracts import Contract
    from fmbstats.store.opening import Origin

SETTINGS_FILE = "register.toml"
REGISTER_FOLDER = "register"
_NO_DATA = (".md", ".toml", ".json")
SETTINGS = {
    "extraction_date": DAY,
    "name": text(),
    "gap": DAYS,
    "lag": DAYS,
    "length_basis": one_of(*LENGTH_BASES),
    "format": one_of(*FORMATS),
    "mapping": text(),
    "deaths": text(),
    "evidence": TEXTS,
    "max_reject_share": share(),
    "max_malformed_share": share(),
    "is_synthetic": flag(),
    "employee_entry_day": DAYS,
}
_PATHS = ("mapping", "deaths")
#: What [register] of a mapping calls the settings.
_OF_MAPPING = {"gap_days": "gap", "lag_days": "lag"}


@dataclass(frozen=True)
class RegisterRequest:
    """What a user asks to be built from; None where nothing was said."""

    #: At least one, all of one format; a folder stands for the part files in it.
    files: tuple[Path, ...]
    #: None: told from the columns; "midas", "spells", "certificates" or None.
    format: str | None = None
    mapping: Path | None = None  #: TOML file that says how the files are written.
    name: str | None = None  #: What reports call the register.
    extraction_date: date | None = None  #: The register is known to and including this day.
    #: `gap`, `lag`: days; the cut-off for everybody is extraction − gap − lag.
    gap: int | None = None
    lag: int | None = None
    length_basis: str | None = None
    #: 0 to 1; a build fails when a larger share of the lines is bad, of all or of one kind.
    max_reject_share: float | None = None
    #: 0 to 1; a build fails when a larger share of the diagnoses is no ICD-10-SE code.
    max_malformed_share: float | None = None
    is_synthetic: bool | None = None  #: True for a register made by ``fmbstats synth``.
    #: Certificates only: employees' spells enter after this day.
    employee_entry_day: int | None = None
    deaths: Path | None = None  #: Table of persons and the days they died.
    #: Tables of what is known of persons: further diagnoses, occupations, procedures.
    evidence: tuple[Path, ...] | None = None

    @property
    def known_to(self) -> date:
        """The extraction date. Raises SourceError: it is not said."""
        if self.extraction_date is None:
            raise SourceError(
                "The extraction date of the register is not known; without it nobody knows which "
                "spells are still ongoing. Give --extraction YYYY-MM-DD, or write "
                f"extraction_date = YYYY-MM-DD into {SETTINGS_FILE} beside the files."
            )
        return self.extraction_date

    @property
    def reject_share(self) -> float:
        """Largest share of lines that may be rejected."""
        given = self.max_reject_share
        return DEFAULT_MAX_REJECTED if given is None else given

    @property
    def malformed_share(self) -> float:
        """Largest share of diagnoses that may be no codes."""
        given = self.max_malformed_share
        return DEFAULT_MAX_MALFORMED if given is None else given

    def over(self, other: RegisterRequest) -> RegisterRequest:
        """Fill what is not said here from `other`."""
        said = {n: v for n, v in vars(self).items() if v not in (None, ()) and n != "files"}
        return replace(other, **said, files=self.files or other.files)

    def to_json(self) -> str:
        """Write the request down, files with their whole paths."""
        content = {n: v for n, v in asdict(self).items() if v is not None}
        content["files"] = [str(p.resolve()) for p in self.files]
        content |= {n: str(content[n].resolve()) for n in _PATHS if n in content}
        if "evidence" in content:
            content["evidence"] = [str(p.resolve()) for p in self.evidence or ()]
        return json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RegisterRequest:
        """Read what `to_json` wrote."""
        content = json.loads(text)
        content["files"] = tuple(Path(p) for p in content["files"])
        content |= {n: Path(content[n]) for n in _PATHS if n in content}
        if "evidence" in content:
            content["evidence"] = tuple(Path(p) for p in content["evidence"])
        if "extraction_date" in content:
            content["extraction_date"] = date.fromisoformat(content["extraction_date"])
        return cls(**content)


def found_request(data_raw: Path, origin: Origin | None) -> RegisterRequest | None:
    """Return the register to build from when none is named; None for the synthetic one.

    What a store was made from outside `data_raw` stands in the store itself.
    """
    if origin is not None and origin.request:
        return RegisterRequest.from_json(origin.request)
    return find_register(data_raw / REGISTER_FOLDER)


def find_register(folder: Path) -> RegisterRequest | None:
    """Find a user's register in a folder; None when it holds no data file.

    Raises SourceError, UnknownNameError: the settings are no TOML, or hold an unknown key or an
    impossible value.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return None
    settings = folder / SETTINGS_FILE
    said = read_settings(settings) if settings.is_file() else RegisterRequest(())
    no_data = {
        p.resolve() for p in (said.mapping, said.deaths, *(said.evidence or ())) if p is not None
    }
    files = tuple(
        path
        for path in sorted(folder.iterdir())
        if not path.name.startswith((".", "_"))
        and (path.is_dir() or (path.is_file() and path.suffix.lower() not in _NO_DATA))
        and path.resolve() not in no_data
    )
    return said.over(RegisterRequest(files)) if files else None


def read_settings(path: Path) -> RegisterRequest:
    """Read ``register.toml``; sections of a mapping in it make it the mapping too.

    Raises SourceError, UnknownNameError: no TOML; an unknown key; an impossible value.
    """
    content = read_toml(path)
    sections = [n for n in content if n in SECTIONS and isinstance(content[n], dict)]
    found = {n: v for n, v in content.items() if n not in sections}
    check_settings(path.name, found, SETTINGS | SECTIONS)
    found |= {n: _beside(path, n, found[n]) for n in _PATHS if n in found}
    if "evidence" in found:
        found["evidence"] = tuple(_beside(path, "evidence", name) for name in found["evidence"])
    if sections:
        if "mapping" in found:
            raise SourceError(
                f"{path.name}: names a mapping and holds [{sections[0]}] itself. Keep one of them."
            )
        found["mapping"] = path
    return RegisterRequest((), **found)


def _beside(settings: Path, key: str, name: str) -> Path:
    """Return the path of a file that settings name: one of their own folder, or below it."""
    found = settings.parent / name
    if not found.resolve().is_relative_to(settings.parent.resolve()):
        raise SourceError(
            f"{settings.name}, {key}: {name[:60]!r} leads out of the folder of {settings.name}. "
            f"Lay the file beside it, or name it on the command line with --{key}."
        )
    return found


def open_register(request: RegisterRequest):
    """Make the spell source that a request asks for.

    Raises SourceError: a file is missing or of another format than the others; no extraction date;
    a mapping that cannot be.
    """
    files, said, mapping = _prepared(request)
    layout = said.format or _told_format(files, mapping)
    source = replace(_OPENERS[layout](files, said, mapping), strata=tuple(mapping.strata))
    about = (mapping, said.known_to, said.reject_share)
    if said.deaths is not None:
        from fmbstats.sources.registers.evidence import read_deaths

        source = replace(source, deaths=read_deaths(said.deaths, *about))
    if said.evidence:
        from fmbstats.sources.registers.evidence import read_evidence

        source = replace(source, evidence=tuple(read_evidence(p, *about) for p in said.evidence))
    return source


def open_certificates(request: RegisterRequest) -> Certificates:
    """Read a register of certificates as they were issued, one row each.

    Raises SourceError: as `open_register`; or it is a register of another format.
    """
    from fmbstats.sources.registers.certificates import read_certificates

    files, said, mapping = _prepared(request)
    layout = said.format or _told_format(files, mapping)
    if layout != "certificates":
        raise RefusedFile("not_certificates", file=files[0].name, layout=layout)
    return read_certificates(files, _certificate_settings(said, mapping))


def _prepared(request: RegisterRequest) -> tuple[tuple[Path, ...], RegisterRequest, FileMapping]:
    """Return the files, all that is said of them, and how they are written."""
    from fmbstats.sources.registers.spellsource import as_paths

    files = as_paths(request.files)
    places: dict[str, Path] = {}
    for path in files:
        if places.setdefault(path.name, path.resolve()) != path.resolve():
            raise SourceError(
                f"{path.name}: two files of this name, in {places[path.name].parent} and "
                f"{path.resolve().parent}. Rename one: rejects are told apart by file name."
            )
    mapping = _mapping(request)
    said = _said(request, mapping)
    if said.known_to > LATEST_EXTRACTION:
        raise SourceError(
            f"The extraction date {said.known_to} lies after {LATEST_EXTRACTION}. Mend it."
        )
    return files, said, mapping


def register_format(request: RegisterRequest) -> str:
    """Return the format that a request says or its files show; raises SourceError."""
    from fmbstats.sources.registers.spellsource import as_paths

    mapping = _mapping(request)
    return _said(request, mapping).format or _told_format(as_paths(request.files), mapping)


def _mapping(request: RegisterRequest) -> FileMapping:
    if request.mapping is None:
        return FileMapping()
    return read_mapping(request.mapping, _contracts(request.format))


def _contracts(layout: str | None) -> list:
    from fmbstats.sources.registers import certificates, midas, spell_contract

    every = {m.CONTRACT.name: m.CONTRACT for m in (midas, spell_contract, certificates)}
    return [every[layout]] if layout else list(every.values())


def _said(request: RegisterRequest, mapping: FileMapping) -> RegisterRequest:
    """Fill what the request does not say from the mapping."""
    of_mapping = {_OF_MAPPING.get(n, n): v for n, v in mapping.register.items()}
    of_mapping.pop("excluded_benefits", None)
    return request.over(RegisterRequest((), **of_mapping))


def _told_format(files: Sequence[Path], mapping: FileMapping) -> str:
    found = {path.name: _detected(path, mapping) for path in files}
    if len(set(found.values())) > 1:
        said = ", ".join(f"{name}: {layout}" for name, layout in list(found.items())[:5])
        raise SourceError(f"The files are of different formats ({said}). Build from one at a time.")
    return next(iter(found.values()))


def _detected(path: Path, mapping: FileMapping) -> str:
    """Return the format whose columns a file has, read as the mapping says."""
    from fmbstats.sources.registers.blocks import read_header

    refusals: list[tuple[int, SourceError]] = []
    for contract in (c for c in _contracts(None) if mapping.fits(c)):
        applied = mapping.applied(contract)
        try:
            read_header(path, applied)
        except SourceError as error:
            refusals.append((_n_known(path, applied), error))
        else:
            return contract.name
    if mapping == FileMapping():
        return _nearest_format(path)
    known, nearest = max(refusals, key=lambda found: found[0], default=(0, None))
    if nearest is not None and (known or len({str(error) for _, error in refusals}) == 1):
        raise nearest
    raise SourceError(
        f"{path.name}: does not have the columns of any register when read as {mapping.name} "
        "says. Set [register] format to say which it is."
    )


def _nearest_format(path: Path) -> str:
    """Return the format that a file without a mapping comes closest to, among all tables."""
    from fmbstats.sources.check_files import find_contract

    contract = find_contract(path)
    if contract.name not in FORMATS:
        raise SourceError(
            f"{path.name}: is {contract.title}, not a register. Expected a MiDAS extract, a "
            "plain spell table or certificates."
        )
    return contract.name


def _n_known(path: Path, contract: Contract) -> int:
    """Count the columns of a file that a format knows; 0 where none can be told apart."""
    from fmbstats.sources.registers.blocks import column_names

    try:
        names = {name.strip().lower() for name in column_names(path, contract)}
    except SourceError:
        return 0
    return len(names & {column.shown.lower() for column in contract.columns})


def _common(said: RegisterRequest, mapping: FileMapping) -> dict[str, Any]:
    """Return fields of `RegisterSettings`; what is not said keeps its default."""
    given = {
        "name": said.name,
        "is_synthetic": said.is_synthetic,
        "gap_days": said.gap,
        "lag_days": said.lag,
        "extraction_date": said.extraction_date,
        "length_basis": said.length_basis,
        "mapping": mapping,
    }
    return {n: v for n, v in given.items() if v is not None}


def _open_spells(files: Sequence[Path], said: RegisterRequest, mapping: FileMapping):
    from fmbstats.sources.registers import spells
    from fmbstats.sources.registers.spellsource import RegisterSettings

    return spells.read(files, RegisterSettings(**_common(said, mapping)))


def _open_midas(files: Sequence[Path], said: RegisterRequest, mapping: FileMapping):
    from fmbstats.sources.registers import midas

    excluded = tuple(mapping.register.get("excluded_benefits", ()))
    return midas.read(
        files, midas.MidasSettings(**_common(said, mapping), excluded_benefits=excluded)
    )


def _open_certificates(files: Sequence[Path], said: RegisterRequest, mapping: FileMapping):
    from fmbstats.sources.registers import certificates

    return certificates.read(files, _certificate_settings(said, mapping))


def _certificate_settings(said: RegisterRequest, mapping: FileMapping) -> CertificateSettings:
    from fmbstats.sources.registers.certificates import CertificateSettings

    settings = CertificateSettings(**_common(said, mapping))
    if said.employee_entry_day is not None:
        settings = replace(settings, employee_entry_day=said.employee_entry_day)
    return settings


_OPENERS = {"spells": _open_spells, "midas": _open_midas, "certificates": _open_certificates}
