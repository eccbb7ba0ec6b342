"""Counts of certificates by group, in SQL; and how alike the certificates of a unit are.

A group is a margin (what certificates are told apart by), an entry of FMB or all diagnoses
together (""), and a stratum. What is counted in it is always *certificates with at least so many of
something*: a flag has at most one, ICF codes have many; the sum over `at_least` is the number of
flags or of codes.
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

# A certificate's own key, from everything that is known of it; a group's from those of its
# certificates and of the whole register: see `fmbstats.release.margins`.
_ISSUED = """
create temp table issued as
select *, md5_number_lower(concat_ws('|', $secret, told::varchar))::hugeint as key
from frame as told
"""

# The certificates that count in a group: of one person no more than so many, drawn by their keys.
# For each group anew: a person's are many in all years together, few in each.
_COUNTED = """
create or replace temp table counted as
select *, {entry} as of_entry, coalesce({stratum}, '{unknown}') as stratum
from issued
where of_entry is not null
qualify $most = 0 or row_number() over (partition by of_entry, stratum, person_id order by key)
    <= $most
"""

_COUNTS = """
with named as (
    select of_entry as rec_id, stratum, person_id, key, what, value
    from (unpivot counted on {names} into name what value value)
    where value > 0
),
by_value as (
    select rec_id, stratum, what, value, count(*) as n, sum(key) as key from named group by all
),
by_person as (
    select rec_id, stratum, what, value, count(*) as n_persons
    from (
        select rec_id, stratum, what, person_id, max(value) as value from named group by all
    )
    group by all
)
select $margin as margin, rec_id, stratum, what, at_least::integer as at_least,
    sum(n)::bigint as n, coalesce(sum(n_persons), 0)::bigint as n_persons,
    md5_number_lower(concat_ws('|', $secret, $register, sum(key) % 18446744073709551616)) as key
from (
    select *, unnest(range(1, value + 1)) as at_least
    from by_value left join by_person using (rec_id, stratum, what, value)
)
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
    measure -> the names whose sums it is made of. `within`: margin -> the measures that are told by
    it. `secret`: of the keys. `most`: of one person so many certificates count in a group, drawn by
    their keys; 0 for all. Returns `counts`: margin, rec_id, stratum, what, at_least, n
    (certificates), n_persons, key; `alike`: margin, rec_id, stratum, measure, n_units, and over
    units with any: the sums of part k and whole m, of their squares and of their product.
    """
    with duckdb.connect() as work:
        work.register("frame", issued.to_arrow())
        work.execute(_ISSUED, {"secret": secret})
        key = work.execute("select coalesce(sum(key), 0)::varchar from issued").fetchall()[0][0]
        counts, alike = [], []
        for margin, measures in within.items():
            whats = sorted({name for m in measures for name in shares[m]} | {"n"})
            values = {"margin": margin, "secret": secret, "register": key}
            for entry in (_OF_ALL, _OF_ENTRY):
                named = {"entry": entry, "stratum": MARGINS[margin], "unknown": UNKNOWN}
                work.execute(_COUNTED.format(**named), {"most": most})
                counts.append(work.sql(_COUNTS.format(names=", ".join(whats)), params=values).pl())
                for measure in measures:
                    part, whole = shares[measure]
                    asked = {"margin": margin, "measure": measure}
                    alike.append(work.sql(_ALIKE.format(part=part, whole=whole), params=asked).pl())
    order = [*GROUP, "what", "at_least"]
    return pl.concat(counts).sort(order), pl.concat(alike).sort([*GROUP, "measure"])
