"""Counts of certificates by group, in SQL; and how alike the certificates of a unit are.

A group is a margin (what certificates are told apart by), an entry of FMB or all diagnoses
together (""), and a stratum. Counted in it are certificates, and ICF codes on them. Each count has
a *unit*: how many of it stand for one certificate where one person's are bounded and protected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

ALL, ENTRY, UNKNOWN = "all", "entry", "unknown"
#: Margin -> SQL of its stratum.
MARGINS: Mapping[str, str] = {
    ALL: f"'{ALL}'",
    "renewed": "renewed",
    "county": "county_code",
    "profession": "profession",
    "speciality": "speciality",
    "year": "year::varchar",
    "month": "month",
    "unit": "unit_id",
    "prognosis_days": "prognosis_days::varchar",
}
#: What a group is called by.
GROUP = ("margin", "rec_id", "stratum")
_OF_ENTRY, _OF_ALL = "rec_id", "''"
#: ICF codes that count as one certificate: given ones of an entry; given and listed ones of all
#: diagnoses together, so many that hardly a certificate has more. Of an entry as many are listed as
#: its list is long.
GIVEN_CODES, GIVEN_OF_ALL, LISTED_OF_ALL = 10, 20, 50
_ICF = "icf_"

# A certificate's own key, from everything that is known of it; a group's from those of its
# certificates and of the whole register: see `fmbstats.release.margins`.
_ISSUED = """
create temp table issued as
select *, md5_number_lower(concat_ws('|', $secret, told::varchar))::hugeint as key
from frame as told
"""

# The certificates that count in a group: of one person no more than so many, drawn by their keys,
# and no more of her ICF codes than belong to so many. For each group anew: a person's are many in
# all years together, few in each.
_COUNTED = """
create or replace temp table counted as
with own as (
    select *, {entry} as of_entry, coalesce({stratum}, '{unknown}') as stratum
    from issued
    where of_entry is not null
    qualify $most = 0 or row_number() over (partition by of_entry, stratum, person_id order by key)
        <= $most
)
select * {replaced}
from {own}
"""
_CODED = """(
    select *, $most = 0 or (
        sum(icf_hit + icf_missed) over hers <= $most * given_unit
        and sum(icf_listed) over hers <= $most * list_unit
    ) as is_counted
    from (select *, {units} from own)
    window hers as (partition by of_entry, stratum, person_id order by key)
)"""
_REPLACED = "case when is_counted then {name} else 0 end as {name}"

_COUNTS = """
select $margin as margin, of_entry as rec_id, stratum, what,
    case
        when starts_with(what, 'icf_listed') or starts_with(what, 'icf_central') then list_unit
        when starts_with(what, 'icf_') then given_unit
        else 1
    end::integer as unit,
    sum(value)::bigint as n, count(distinct person_id) as n_persons,
    md5_number_lower(concat_ws('|', $secret, $register, sum(key) % 18446744073709551616)) as key
from (unpivot counted on {names} into name what value value)
where value > 0
group by all
"""

_ALIKE = """
with units as (
    select of_entry as rec_id, stratum, unit_id,
        sum({part})::double as k, sum({whole})::double as m
    from counted
    group by all
    having m > 0
)
select $margin as margin, rec_id, stratum, $measure as measure, count(*) as n_units,
    sum(k) as k, sum(m) as m, sum(k * k) as kk, sum(k * m) as km, sum(m * m) as mm
from units
group by all
"""


def names_of(share: tuple[str, str]) -> list[str]:
    """Return the names that a share is made of: its part, and the sum that it is a part of."""
    return [name for side in share for name in side.split(" + ")]


def count_issued(
    issued: pl.DataFrame,
    shares: Mapping[str, tuple[str, str]],
    within: Mapping[str, Sequence[str]],
    *,
    secret: str = "",
    most: int = 0,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count certificates, and sum what tells how alike those of a unit are.

    `issued`: one row per certificate: certificate_id, person_id, unit_id, rec_id (null: of no
    entry), the columns of `MARGINS`, and a whole number per name that `shares` has. `shares`:
    measure -> part and whole, each the sum of names, with " + " between. `within`: margin -> the
    measures that are told by it. `secret`: of the keys. `most`: of one person so many certificates
    count in a group, drawn by their keys; 0 for all. Returns `counts`: margin, rec_id, stratum,
    what, unit (so many count as a certificate), n (certificates or codes), n_persons, key;
    `alike`: margin, rec_id, stratum, measure, n_units, and over units with any: the sums of part k
    and whole m, of their squares and of their product.
    """
    codes = {name for share in shares.values() for name in names_of(share) if name.startswith(_ICF)}
    units = {
        _OF_ALL: f"{LISTED_OF_ALL} as list_unit, {GIVEN_OF_ALL} as given_unit",
        _OF_ENTRY: "max(icf_listed) over (partition by rec_id) as list_unit, "
        f"{GIVEN_CODES} as given_unit",
    }
    replaced = ", ".join(_REPLACED.format(name=name) for name in sorted(codes))
    replaced = f"replace ({replaced})" if codes else ", 0 as list_unit, 0 as given_unit"
    with duckdb.connect() as work:
        work.register("frame", issued.to_arrow())
        work.execute(_ISSUED, {"secret": secret})
        key = work.execute("select coalesce(sum(key), 0)::varchar from issued").fetchall()[0][0]
        counts, alike = [], []
        for margin, measures in within.items():
            whats = sorted({name for m in measures for name in names_of(shares[m])} | {"n"})
            values = {"margin": margin, "secret": secret, "register": key}
            for entry, of_entry in units.items():
                named = {"entry": entry, "stratum": MARGINS[margin], "unknown": UNKNOWN}
                own = _CODED.format(units=of_entry) if codes else "own"
                made = _COUNTED.format(**named, own=own, replaced=replaced)
                work.execute(made, {"most": most})
                counts.append(work.sql(_COUNTS.format(names=", ".join(whats)), params=values).pl())
                for measure in measures:
                    part, whole = shares[measure]
                    asked = {"margin": margin, "measure": measure}
                    alike.append(work.sql(_ALIKE.format(part=part, whole=whole), params=asked).pl())
    return pl.concat(counts).sort([*GROUP, "what"]), pl.concat(alike).sort([*GROUP, "measure"])
