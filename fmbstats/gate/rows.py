"""Reads the two tables by one closed grammar: known columns, measures, groups, names, flags."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from fmbstats.adherence import BEYOND_TAU, CERTAIN, EDGE, PARTLY
from fmbstats.frames import rows_of
from fmbstats.gate.findings import Findings
from fmbstats.gate.known_text import KnownText
from fmbstats.measures import GROUPS, MEASURES, METHODS
from fmbstats.media import in_cell
from fmbstats.pages.grammar import ANCHOR_WORDS
from fmbstats.release.open_data import MEASURED_COLUMNS
from fmbstats.settings import SETTINGS
from fmbstats.sources.fmb.items import slug_of
from fmbstats.sources.published.literature import BASES
from fmbstats.store.paths import data_folder
from fmbstats.told import COLUMNS, NUMBERS
from fmbstats.words import LANGUAGES, Absent, dated, phrase_forms, phrase_keys
from fmbstats.words.plain import YEAR_OR_DATE

TABLE, MEASURED = SETTINGS.table, SETTINGS.measured
CHECK = "table"
_AGAIN = "Make the folder again with fmbstats."
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?|inf|-inf")
# What stratum may say, by what the groups are; other groups have names of FMB or of a source.
_STRATA = {
    "all": r"all",
    "sex": r"women|men|unknown",
    "age": r"\d\d-\d\d|60\+|unknown",
    "county": r"\d\d|unknown|all",
    "year": r"(?:19|20)\d\d",
    "code": r"[A-Z]\d\d[A-Z0-9.]{0,5}",
    "month": r"(?:19|20)\d\d-[01]\d",
    "quarter": r"(?:before|after)(?:-\d{1,2})?|least",
    "renewed": r"first|renewed",
    "placebo": r"draw-\d{1,5}|(?:19|20)\d\d-[01]\d",
    "own": r"[^\W\d_][\w -]{2,39}: [^\r\n\t]{1,200}",
    "level": r"exact|shorter|category|none",
    "band": r"\d{1,5}-(?:\d{1,5}|inf)?",
    "open_share": r"0\.\d{1,2}",
    "source": r"ALL|[A-Z]\d\d(?:\.?[0-9A-Z]{1,3})?(?:[–-][A-Z]\d\d)?",
    "limit": r"\d{1,4}",
}
# Named by words of the code, as "without_rules"; by entries of FMB, one or two.
_BY_WORDS = ("assumption", "change", "figure", "reason")
_BY_ENTRIES = ("entry", "placebo", "disease_group")
FLAGS = frozenset(
    [reason.value for reason in Absent]
    + [EDGE, PARTLY, CERTAIN, BEYOND_TAU, "crude", "hidden_cells", "suppressed"]
)
_FLAG = re.compile(r"steering_[a-z_]{1,30}")
# A label holds FMB's or a publisher's words, and never how many.
COUNTING = re.compile(
    r"\d[ \u00a0]?(?:sjukfall|person(?:er)?|patient(?:er)?|individ(?:er)?|spells?|persons?|people"
    r"|patients?)\b",
    re.IGNORECASE,
)
_CODES = re.compile(r"(?:[A-Z]\d\d(?:\.?[A-Z0-9]{1,3})?(?:, | \u2026)?)+")
# What the columns say that are the same for many rows; "" where a row has none.
_COLUMNS = {
    "row": "[a-z2-7]{12}",
    "dx": _CODES.pattern.replace(", ", ", ?"),  # evaluations write no blank
    "length_basis": "|".join(BASES),
    "cutoff": r"(?:19|20)\d\d-[01]\d-[0-3]\d",
    "method": "|".join((*METHODS, r"tau_\d{1,4}")),
}
# Pages that are about no entry; evaluations of one are named by it, and by a day.
_PAGES = frozenset(
    ["", "index", "overview", "method", "fmb-changes", "drift", "rollout", "certificates"]
)
_OF_ENTRY = re.compile(r"certificates-(.+)|revision-(.+)-(?:19|20)\d\d-[01]\d-[0-3]\d|(.+)")
_CASES = re.compile(" / |; ")


def read_rows(data: bytes) -> pd.DataFrame:
    """Read the table of what is told; ``file`` and ``line`` say where a row stands.

    Texts come as text, numbers as float, NaN where the cell is empty. Raises ValueError: a
    column is missing or unknown, or a number is none.
    """
    raw = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8")
    if unknown := set(raw.columns) - set(COLUMNS):
        raise ValueError(f"{len(unknown)} columns that no table of ours has")
    if missing := {"slug", "metric", "by", "stratum", "estimate", "flags"} - set(raw.columns):
        raise ValueError(f"columns missing: {', '.join(sorted(missing))}")
    rows = raw.reindex(columns=list(COLUMNS), fill_value="")
    for name in NUMBERS:
        texts = rows[name]
        wrong = (texts != "") & ~texts.str.fullmatch(_NUMBER)
        if wrong.any():
            line = int(np.argmax(wrong.to_numpy())) + 2
            raise ValueError(f"{name} holds what is no number, line {line}")
        if name != "start_year":
            rows[name] = pd.to_numeric(texts.where(texts != "", None))
    return rows.assign(file=TABLE, line=range(2, len(rows) + 2))


def read_measured(data: bytes) -> pd.DataFrame:
    """Read the table of all measures in the form of `read_rows`.

    Raises ValueError: it has other columns or types than ours, or is no Parquet file.
    """
    try:
        frame = pl.read_parquet(data)
    except Exception as error:  # whatever a file that is not ours makes a reader raise
        raise ValueError(type(error).__name__) from None
    if frame.columns != list(MEASURED_COLUMNS):
        raise ValueError("other columns than ours")
    types = {name: pl.Float64 if name in NUMBERS else pl.String for name in frame.columns}
    if dict(frame.schema) != types:
        raise ValueError("a column of another type than ours")
    if not (frame["start_year"] % 1 == 0).all():
        raise ValueError("a year that is none")
    year = pl.col("start_year").cast(pl.Int32).cast(pl.String)
    texts = pl.col(pl.String).fill_null("")
    rows = frame.with_columns(texts, start_year=year).to_pandas()
    rows = rows.reindex(columns=list(COLUMNS))
    rows[["row", "part"]] = ""
    return rows.assign(file=MEASURED, line=range(1, len(rows) + 1))


def check_rows(rows: pd.DataFrame, known_names: frozenset[str], findings: Findings) -> None:
    """Find every row that says what no row of ours may.

    `rows`: as of `read_rows`. `known_names`: public names and wordings: of FMB's entries and cases,
    of published sources.
    """
    findings.looked(CHECK, len(rows))
    for columns, faults in _rules(known_names):
        said = list(zip(*(rows[name].tolist() for name in columns), strict=True))
        wrong = {one: found for one in set(said) if (found := list(faults(*one)))}
        places = zip(rows["file"], rows["line"], said, strict=True) if wrong else ()
        for file, line, one in places:
            for what in wrong.get(one, ()):
                findings.add(CHECK, file, f"row {line}", what, _AGAIN)
    is_share = rows["metric"].isin([key for key, one in MEASURES.items() if one.is_share])
    outside = rows[is_share & (rows["estimate"].abs() > 1.000001)]
    twice = rows[(rows["row"] != "") & rows["row"].duplicated()]
    for odd, what in (
        (outside, "a share outside 0 to 1."),
        (twice, "a row with the id of another."),
    ):
        for row in rows_of(odd):
            findings.add(CHECK, row.file, f"row {row.line}", what, _AGAIN)
    for what in _vintage_faults(rows["data_vintage"].unique(), known_names):
        findings.add(CHECK, TABLE, "data_vintage", what, _AGAIN)


def _vintage_faults(vintages: Iterable[str], known_names: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with what the data are called: public sources, and one register."""
    known = KnownText(LANGUAGES[0], known_names)
    own = [name for name in vintages if name and not _is_source(name, known)]
    if len(own) > 1:
        yield (
            f"{len(own)} names that are of no publisher; a release is of one register. Publishers "
            "of other source data than the project's are known by --data."
        )
    if any(name != in_cell(dated(name.removeprefix("'"))) or COUNTING.search(name) for name in own):
        yield "a register whose name holds more than words, years and dates."


def _is_source(name: str, known: KnownText) -> bool:
    """Whether it is made of the names, years and pages of published sources."""
    if known.unknown_words(name):
        return False
    left, parts = name, (n for n in known.public if n in name and re.search(r"[^\W\d_]{2}", n))
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, " ")
    return not re.search(r"\d", YEAR_OR_DATE.sub(" ", left))


def _rules(names: frozenset[str]) -> Iterator[tuple[tuple[str, ...], _Rule]]:
    """Yield columns, and what is wrong with a row that says these texts there."""
    public = _Public(names)
    label = "a label that is no name or wording of FMB or a publisher."
    yield ("metric",), _refusing(MEASURES.__contains__, "an unknown measure.")
    yield ("by",), _refusing(GROUPS.__contains__, "unknown groups.")
    yield (
        ("by", "stratum"),
        lambda by, stratum: (
            [f"a group that {by} does not have."]
            if by in GROUPS and not public.is_group(by, stratum.removeprefix("'"))
            else []
        ),
    )
    yield ("flags",), _refusing(_are_flags, "an unknown flag.")
    yield ("by", "part", "label"), _refusing(public.is_label, label)
    yield ("slug",), _refusing(public.is_slug, "a report with another name than its entry's.")
    yield ("rec_id",), _refusing({*names, ""}.__contains__, "an entry that FMB does not have.")
    yield ("rec_version",), _refusing(public.are_editions, "an edition that FMB does not have.")
    yield ("part",), _refusing(_is_of_words, "a part that no page of ours has.")
    for name, pattern in _COLUMNS.items():
        form = re.compile(f"(?:{pattern})?")
        yield (name,), _refusing(form.fullmatch, f"{name} of another form than ours.")


class _Public:
    """Tells what is made of public names: of entries, cases, sources."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names, self._known = names, KnownText(LANGUAGES[0], names)
        self._slugs = {*names, *map(slug_of, names)}
        self._small = {name.lower() for name in names}

    def is_slug(self, text: str) -> bool:
        match = _OF_ENTRY.fullmatch(text)
        of = next(filter(None, match.groups())) if match else ""
        start, _, entry = of.rpartition("-")  # two entries of one name carry their ids
        is_one_of_two = start in self._slugs and entry in self._small
        return of in self._slugs or is_one_of_two or text in _PAGES

    def are_editions(self, text: str) -> bool:
        # A month or a day tells nothing; what else an edition is called stands in its source.json.
        dated_or_known = (
            YEAR_OR_DATE.fullmatch(one) or one in self._names for one in text.split(",")
        )
        return not text or all(dated_or_known)

    def is_group(self, by: str, text: str) -> bool:
        if text == "all" or (by in _STRATA and re.fullmatch(_STRATA[by], text)):
            return True
        if by in _BY_WORDS:
            return _is_of_words(text)
        if by == "case":
            *cases, last = _CASES.split(text)
            # What is long is cut.
            return all(map(self._is_case, [*cases, re.sub(r"\w*\W*\u2026$", "", last)]))
        return by in _BY_ENTRIES and (text in self._names or {*text.split(" ")} <= self._names)

    def _is_case(self, text: str) -> bool:
        has_number = re.search(r"\d", text) and text not in self._names
        return not has_number and not self._known.unknown_words(text)

    def is_label(self, by: str, part: str, label: str) -> bool:
        text = label.removeprefix("'")
        if not text or text in self._names or _CODES.fullmatch(text):
            return True
        # A published source has words of its own.
        is_source = by in ("source", "band") or part == "published"
        return is_source and not COUNTING.search(text) and not self._known.unknown_words(text)


def _are_flags(text: str) -> bool:
    return all(flag in FLAGS or _FLAG.fullmatch(flag) for flag in text.split())


_Rule = Callable[..., Collection[str]]


def _refusing(is_ours: Callable[..., object], what: str) -> _Rule:
    return lambda *texts: [] if is_ours(*texts) else [what]


def _is_of_words(text: str) -> bool:
    """Whether a name is made of words by which the code calls phrases, measures and places."""
    return all(word in _key_words() or re.fullmatch(r"\d{0,2}", word)
               for word in re.split("[_-]", text))  # fmt: skip


@cache
def _key_words() -> frozenset[str]:
    keys = (re.split("[._]", key) for key in (*phrase_keys(), *MEASURES))
    return frozenset(word for key in keys for word in key) | ANCHOR_WORDS | {"recommendation"}


def public_names(data_raw: Path | None = None) -> frozenset[str]:
    """Gather names and wordings of the recommendations and of published sources.

    They are public facts, of `data_raw` and of the package; a label that is none of them, nor made
    of them, may be anything, even somebody's name.
    """
    folder = data_raw or data_folder()
    found: set[str] = set()
    for path in (p for p in folder.rglob("*.csv") if "register" not in p.parts):
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            for line in csv.reader(file):
                found.update(cell.strip() for cell in line)
    for path in (*folder.rglob("source.json"), *folder.glob("rounds/*.toml")):
        found.update(re.findall(r'"([^"\\]{3,400})"', path.read_text("utf-8")))
    found.update(t for key in phrase_keys() for x in LANGUAGES for t in phrase_forms(key, x))
    # In the table no text runs as a formula, and none hides a sign.
    return frozenset(in_cell(text) for text in found)
