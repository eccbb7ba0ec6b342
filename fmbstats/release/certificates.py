"""The released counts of certificates: protected by the one rule, given away beside the page.

Certificates are events of persons, and a person has several. So a count is absent when few
*persons* stand behind it (`rule.protect_counts` of them says so, by the same secret number),
however many their certificates are; and of one person no more certificates count in a group than
two fifths of a block, drawn by their secret keys. Else a stranger who knows how many certificates
one person has could say in which groups they are (tests/attack/test_certificates.py). Which blocks:
of spells that last, many certificates fall out. In a synthetic register the share planned over the
limit, 30.40 % in all years together, is then told so much too low: by 3.1 points where 6 of a
person count, by 1.8 where 12 do, by 0.39 where 24 do, by 0.07 where 30 do, by nothing where 48 do.
So 24 do, and more where so many persons are in a group that larger blocks (`unit`) cost less.
ICF codes are counted in blocks as much larger as a certificate has codes: as one number, for who
adds up the certificates with one code, with two, ... has their noise averaged away. Of who has many
some fall out here, too: of 10 000 certificates the share of given codes that FMB lists is told 0.1
points too low, a tenth of its interval's half-width; of a million, nothing (tests/bench).

The secret number of a count is made of the very certificates in it and of all of the register: one
certificate more anywhere, and every count is drawn anew.

That units are alike is told by one factor per group and measure (`rule.protect_factors`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl

from fmbstats import words
from fmbstats.atomic import write_bytes, write_text
from fmbstats.release.rule import MIN_PATH, Rule, protect_counts, protect_factors
from fmbstats.store.issued import ALL, GROUP
from fmbstats.words.refused import RefusedStore

CERTIFICATES, CERTIFICATES_SIDECAR = "certificates.parquet", "certificates.json"
FORMAT = 3
# Column -> unit and meaning; see `open_data.LEDGER_COLUMNS`.
CERTIFICATE_COLUMNS = {
    "margin": ("", "what the groups are: all, renewed (first certificate of a spell, or not), "
               "county, profession, speciality, year and month of signing"),
    "rec_id": ("", "entry of FMB; empty: all diagnoses together"),
    "stratum": ("", "which of the groups"),
    "what": ("", "what the certificates are, or hold: n (any), n_judged (with a limit), n_surely "
             "and n_possibly (planned over the longest, the shortest limit), n_within, the same "
             "with a reason in field 37.1 (n_motivated_...), n_further (diagnosis), n_first (of "
             "a spell), n_shown and n_opened (FMB), n_listed and n_icf (of entries with ICF codes; "
             "with any given); ICF codes of FMB (icf_listed), given (icf_hit: among them; "
             "icf_missed: not), of central ones (icf_central, icf_hit_central); _2: at the second "
             "level. Of a row with effect: the measure"),
    "unit": ("", "how many times the base a block is: 1, up to 4 with the root of the number of "
             "persons above a thousand; of codes, times so many as count as one certificate"),
    "n": ("certificates or codes", "number, a multiple of the base times unit"),
    "effect": ("", "how much larger the variance is than of independent certificates, Student's "
               "quantile counted in; in steps of 1.25"),
}  # fmt: skip


def rule_of(threshold: int) -> Rule:
    """Return the rule by which certificates are counted under a threshold for spells."""
    return Rule(10 * Rule(threshold).base)


def most_of_one(threshold: int) -> int:
    """Return how many certificates of one person count in a group whose unit is 1."""
    return 2 * rule_of(threshold).base // 5


def kept_folder(store: Path) -> Path:
    """Return where the protected counts of the certificates of a release store are kept."""
    return store.with_suffix(".certificates")


def read_certificates(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read what `write_certificates` wrote.

    Raises RefusedStore: nothing is kept there, or what an earlier version counted otherwise.
    """
    kept = folder / CERTIFICATES_SIDECAR
    about = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    if about.get("format") != FORMAT:
        raise RefusedStore("certificates_uncounted", folder=folder)
    return pl.read_parquet(folder / CERTIFICATES), about


def protected_certificates(
    counts: pl.DataFrame, effects: pl.DataFrame, threshold: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Apply the rule to counts of certificates, and to their design effects.

    `counts`: as of `store.issued.count_issued`, with `most_of_one` and the store's secret.
    `effects`: margin, rec_id, stratum, measure, effect. `threshold`: for persons; for certificates
    see `rule_of`.
    """
    n, persons, keys = (
        counts[name].to_numpy().astype(kind)
        for name, kind in (("n", np.int64), ("n_persons", np.int64), ("key", np.uint64))
    )
    told, units = np.zeros_like(n), counts["unit"].to_numpy()
    for unit in np.unique(units):
        own = units == unit
        told[own] = protect_counts(n[own], keys[own], Rule(round(unit * rule_of(threshold).base)))
    told = np.where(protect_counts(persons, keys, Rule(threshold)) > 0, told, 0)
    found = counts.with_columns(n=pl.Series(told)).filter(pl.col("n") > 0)
    enough = found.filter((pl.col("what") == "n") & (pl.col("n") >= MIN_PATH))
    kept = effects.join(enough.select(*GROUP, "key"), on=list(GROUP)).drop_nans("effect")
    # A number of its own for each measure of a group.
    names = [crc32(name.encode()) for name in kept["measure"]]
    own = kept["key"].to_numpy().astype(np.uint64) ^ np.array(names, np.uint64)
    effect = pl.Series(protect_factors(kept["effect"].to_numpy(), own), dtype=pl.Float64)
    return (
        found.drop("n_persons", "key"),
        kept.with_columns(effect=effect).select(*GROUP, "measure", "effect"),
    )


def released_certificates(counts: pl.DataFrame, effects: pl.DataFrame) -> pl.DataFrame:
    """Return protected counts and design effects as one table, in `CERTIFICATE_COLUMNS`.

    Groups are called as a page, and its table, writes them: with nothing hidden in their names.
    """
    both = pl.concat([counts, effects.rename({"measure": "what"})], how="diagonal_relaxed")
    shown = {name: words.visible(name) for name in both["stratum"].unique()}
    both = both.with_columns(pl.col("unit").fill_null(0), pl.col("stratum").replace(shown))
    return both.select(list(CERTIFICATE_COLUMNS)).sort([*GROUP, "what", "unit"])


def certificates_about(frame: pl.DataFrame, entries: Collection[str]) -> pl.DataFrame:
    """Return what a folder gives away that tells of some entries ("" for all together).

    With all together, of each entry what is not told apart.
    """
    of_each = (pl.col("margin") == ALL) & ("" in entries)
    return frame.filter(pl.col("rec_id").is_in(list(entries)) | of_each)


def write_certificates(frame: pl.DataFrame, about: Mapping[str, Any], folder: Path) -> None:
    """Write protected counts and their sidecar into a folder.

    `frame`: as of `released_certificates`. `about`: as of `about_certificates`.
    """
    write_counts(frame, about, folder / CERTIFICATES, folder / CERTIFICATES_SIDECAR)


def write_counts(frame: pl.DataFrame, about: Mapping[str, Any], path: Path, sidecar: Path) -> None:
    """Write counts as Parquet, and beside them what is said of them."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())
    write_text(sidecar, json.dumps(about, indent=1, ensure_ascii=False) + "\n")


def about_rule(
    rule: Rule, threshold: int, columns: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """Return what a sidecar says of how counts were protected, and of their columns."""
    meanings = {name: meaning for name, (_, meaning) in columns.items()}
    facts = {"threshold": threshold, "base": rule.base, "variance": rule.variance}
    return facts | {"smallest_path": MIN_PATH, "columns": meanings}


def release_certificates(store: Path, entries: Collection[str], folder: Path) -> None:
    """Give away the certificates of entries that are kept beside a release store, if any."""
    if entries:
        counts, about = read_certificates(kept_folder(store))
        write_certificates(certificates_about(counts, entries), about, folder)


def about_certificates(
    threshold: int, missing: Collection[str], icf_edition: str
) -> dict[str, Any]:
    """Return what the sidecar says.

    `missing`: columns that no certificate carries. `icf_edition`: edition of FMB whose ICF codes
    the given ones are held against.
    """
    said = about_rule(rule_of(threshold), threshold, CERTIFICATE_COLUMNS)
    columns = said.pop("columns")
    own = {"missing": sorted(missing), "icf_edition": icf_edition, "columns": columns}
    return {"format": FORMAT} | said | own
