"""A user's own register: which files, in which format, with which settings.

Files in ``data_raw/register/``, or named on the command line, replace the synthetic register.
What the files do not say of themselves stands in ``register.toml`` beside them, or is given on
the command line, which goes first.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from fmbstats.errors import SourceError, UnknownNameError

FORMATS = ("midas", "spells", "certificates")
LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
SETTINGS_FILE = "register.toml"
DEFAULT_NAME = "Eget register"
DEFAULT_MAX_REJECT_SHARE = 0.01
# A cell of the ledger has room for start years to 2053.
LATEST_EXTRACTION = date(2053, 12, 31)
_NO_DATA = (".md", ".toml", ".json")


@dataclass(frozen=True)
class RegisterRequest:
    """What a user asks to be built from; None where nothing was said.

    Attributes
    ----------
    files : tuple of Path
        At least one, all of one format.
    format : {"midas", "spells", "certificates"} or None
        None: told from the columns.
    mapping : Path or None
        TOML file with a plain spell table's column names; implies the format "spells".
    name : str or None
        What reports call the register.
    extraction_date : date or None
        The register is known to and including this day.
    gap, lag : int or None
        Days; the cut-off for everybody is extraction − gap − lag.
    length_basis : {"paid_days", "certificate_days", "episode_days"} or None
    max_reject_share : float or None
        0 to 1; a build fails when a larger share of the lines is bad.
    is_synthetic : bool or None
        True for a register made by ``fmbstats synth``.
    employee_entry_day : int or None
        Certificates only: employees' spells enter after this day.
    """

    files: tuple[Path, ...]
    format: str | None = None
    mapping: Path | None = None
    name: str | None = None
    extraction_date: date | None = None
    gap: int | None = None
    lag: int | None = None
    length_basis: str | None = None
    max_reject_share: float | None = None
    is_synthetic: bool | None = None
    employee_entry_day: int | None = None

    @property
    def reject_share(self) -> float:
        """Largest share of lines that may be rejected."""
        given = self.max_reject_share
        return DEFAULT_MAX_REJECT_SHARE if given is None else given

    def over(self, other: RegisterRequest) -> RegisterRequest:
        """Fill what is not said here from `other`."""
        said = {n: v for n, v in vars(self).items() if v is not None and n != "files"}
        return replace(other, **said, files=self.files or other.files)

    def to_json(self) -> str:
        """Write the request down, files with their whole paths."""
        content = {n: v for n, v in asdict(self).items() if v is not None}
        content["files"] = [str(p.resolve()) for p in self.files]
        if self.mapping is not None:
            content["mapping"] = str(self.mapping.resolve())
        return json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RegisterRequest:
        """Read what `to_json` wrote."""
        content = json.loads(text)
        content["files"] = tuple(Path(p) for p in content["files"])
        if "mapping" in content:
            content["mapping"] = Path(content["mapping"])
        if "extraction_date" in content:
            content["extraction_date"] = date.fromisoformat(content["extraction_date"])
        return cls(**content)


def find_register(folder: Path) -> RegisterRequest | None:
    """Find a user's register in a folder; None when it holds no data file.

    Raises
    ------
    SourceError, UnknownNameError
        The settings are no TOML, or hold an unknown key or an impossible value.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return None
    files = tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in _NO_DATA
    )
    if not files:
        return None
    settings = folder / SETTINGS_FILE
    found = RegisterRequest(files)
    return found.over(read_settings(settings)) if settings.is_file() else found


def read_settings(path: Path) -> RegisterRequest:
    """Read ``register.toml``."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name}: is not TOML ({error}).") from None
    known = [n for n in RegisterRequest.__dataclass_fields__ if n != "files"]
    for key, value in content.items():
        if key not in known:
            raise UnknownNameError.among(
                f"{path.name}: key", key, known, f"Known keys: {', '.join(known)}."
            )
        _check_setting(f"{path.name}, {key}", key, value)
    if "mapping" in content:
        content["mapping"] = path.parent / content["mapping"]
    return RegisterRequest((), **content)


def _check_setting(where: str, key: str, value: object) -> None:
    def is_whole(v: object) -> bool:
        return isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 3650

    expected = {
        "format": (value in FORMATS, f"one of {', '.join(map(repr, FORMATS))}"),
        "length_basis": (value in LENGTH_BASES, f"one of {', '.join(map(repr, LENGTH_BASES))}"),
        "extraction_date": (type(value) is date, "a date such as 2019-06-30, without quotes"),
        "gap": (is_whole(value), "whole days, 0 or more"),
        "lag": (is_whole(value), "whole days, 0 or more"),
        "employee_entry_day": (is_whole(value), "whole days, 0 or more"),
        "max_reject_share": (
            isinstance(value, int | float) and 0 <= value <= 1,
            "a share from 0 to 1",
        ),
        "is_synthetic": (isinstance(value, bool), "true or false"),
    }.get(key, (isinstance(value, str) and value != "", "a text"))
    if not expected[0]:
        raise SourceError(f"{where}: {value!r} came; expected {expected[1]}.")


def open_register(request: RegisterRequest):
    """Make the spell source that a request asks for.

    Returns
    -------
    fmbstats.sources.registers.spellsource.SpellSource

    Raises
    ------
    SourceError
        A file is missing or of another format than the others; no extraction date.
    """
    from fmbstats.sources.registers.spellsource import as_paths

    files = as_paths(request.files)
    _refuse_namesakes(files)
    layout = _format(request, files)
    source = {"spells": _open_spells, "midas": _open_midas, "certificates": _open_certificates}[
        layout
    ](request, files)
    if source.info.extraction_date > LATEST_EXTRACTION:
        raise SourceError(
            f"The extraction date {source.info.extraction_date} lies after {LATEST_EXTRACTION}. "
            "Mend it."
        )
    if request.length_basis is None:
        return source
    return replace(source, info=replace(source.info, length_basis=request.length_basis))


def _refuse_namesakes(files: Sequence[Path]) -> None:
    places: dict[str, Path] = {}
    for path in files:
        if places.setdefault(path.name, path.resolve()) != path.resolve():
            raise SourceError(
                f"{path.name}: two files of this name, in {places[path.name].parent} and "
                f"{path.resolve().parent}. Rename one: rejects are told apart by file name."
            )


def _format(request: RegisterRequest, files: Sequence[Path]) -> str:
    if request.mapping is not None and request.format in (None, "spells"):
        return "spells"
    if request.mapping is not None:
        raise SourceError(f"A mapping is for plain spell tables; the format is {request.format!r}.")
    if request.format is not None:
        return request.format
    found = {path.name: _detected(path) for path in files}
    if len(set(found.values())) > 1:
        said = ", ".join(f"{name}: {layout}" for name, layout in found.items())
        raise SourceError(f"The files are of different formats ({said}). Build from one at a time.")
    return next(iter(found.values()))


def _detected(path: Path) -> str:
    from fmbstats.sources.check_files import find_contract

    contract = find_contract(path)
    if contract.name not in FORMATS:
        raise SourceError(
            f"{path.name}: is {contract.title}, not a register. Expected a MiDAS extract, a plain "
            "spell table or certificates."
        )
    return contract.name


def _common(request: RegisterRequest) -> dict[str, object]:
    if request.extraction_date is None:
        raise SourceError(
            "The extraction date of the register is not known; without it nobody knows which "
            f"spells are still ongoing. Give --extraction YYYY-MM-DD, or write extraction_date = "
            f"YYYY-MM-DD into {SETTINGS_FILE} beside the files."
        )
    given = {
        "name": request.name,
        "is_synthetic": request.is_synthetic,
        "gap_days": request.gap,
        "lag_days": request.lag,
        "extraction_date": request.extraction_date,
    }
    return {n: v for n, v in given.items() if v is not None}


def _open_spells(request: RegisterRequest, files: Sequence[Path]):
    from fmbstats.sources.registers import spells
    from fmbstats.sources.registers.spell_mapping import SpellMapping, read_mapping
    from fmbstats.sources.registers.spellsource import RegisterSettings

    if request.mapping is None:
        return spells.read(files, SpellMapping(RegisterSettings(**_common(request))))
    mapping = read_mapping(request.mapping)
    dated = replace(
        request, extraction_date=request.extraction_date or mapping.settings.extraction_date
    )
    return spells.read(
        files, replace(mapping, settings=replace(mapping.settings, **_common(dated)))
    )


def _open_midas(request: RegisterRequest, files: Sequence[Path]):
    from fmbstats.sources.registers import midas

    return midas.read(files, midas.MidasSettings(**_common(request)))


def _open_certificates(request: RegisterRequest, files: Sequence[Path]):
    from fmbstats.sources.registers import certificates

    settings = certificates.CertificateSettings(**_common(request))
    if request.employee_entry_day is not None:
        settings = replace(settings, employee_entry_day=request.employee_entry_day)
    return certificates.read(files, settings)
