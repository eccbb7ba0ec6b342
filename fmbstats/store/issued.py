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
#: Units are told in tenths. That of more persons than this grows with the root of their number, as
#: the sampling error does, until hardly anybody has a certificate that falls out.
TENTHS, MOST_TENTHS, PERSONS = 10, 40, 1000

# A certificate's own key, from everything that is known of it; a group's from those of its
# certificates and of the whole register: see `fmbstats.release.margins`. Few persons have so many
# certificates, or ICF codes on them, that some may fall out of a group.
_ISSUED = """
create temp table issued as
with keyed as (
    select *, md5_number_lower(concat_ws('|', $secret, told::varchar))::hugeint as key
    from frame as told
),
persons as (
    select
        person_id,
        row_number() over ()::integer as person_no,
        $most > 0 and (count(*) > $most {or_codes}) as is_many
    from keyed
    group by person_id
)
select * from keyed join persons using (person_id)
"""
_OR_CODES = f"""
or sum(icf_hit + icf_missed) > $most * {GIVEN_CODES} or sum(icf_listed) > $most * {LISTED_OF_ALL}
"""

# The unit of each group, with a number drawn for it: nothing follows from where it grows.
_SIZED = f"""
create or replace temp table sized as
select
    {{entry}} as of_entry,
    coalesce({{stratum}}, '{UNKNOWN}') as stratum,
    case when $most = 0 then {TENTHS} else least({MOST_TENTHS}, greatest({TENTHS}, floor(
        {TENTHS} * sqrt(count(distinct person_no) / {PERSONS})
        + md5_number_lower(concat_ws('|', $secret, $register, $margin, of_entry, stratum)) / 2**64
    ))) end::integer as tenths,
    $most * tenths // {TENTHS} as most,
    {{list_unit}} as list_unit,
    {{given_unit}} as given_unit
from issued
where of_entry is not null
group by of_entry, stratum
"""

# The certificates that count in a group: of one person no more than so many, drawn by their keys,
# and no more of her ICF codes than belong to so many. For each group anew: a person's are many in
# all years together, few in each.
_COUNTED = f"""
create or replace temp table counted as
with own as (
    select
        {{entry}} as of_entry,
        coalesce({{stratum}}, '{UNKNOWN}') as stratum,
        is_many, person_no, unit_id, key, {{names}}
    from issued
    where of_entry is not null
)
select * from own where not is_many
union all
select * exclude (tenths, most, list_unit, given_unit, nth, is_coded) {{replaced}}
from (
    select *, row_number() over hers as nth, {{is_coded}} as is_coded
    from own
    join sized using (of_entry, stratum)
    where is_many
    window hers as (partition by of_entry, stratum, person_no order by key)
)
where nth <= most
"""
_IS_CODED = """sum(icf_hit + icf_missed) over hers <= most * given_unit
    and sum(icf_listed) over hers <= most * list_unit"""
_NEEDED = ("icf_hit", "icf_missed", "icf_listed")
_REPLACED = "case when is_coded then {name} else 0 end as {name}"

# Side by side, and then one below another: a column at a time is quicker than a row of each.
_COUNTS = f"""
with sums as (select of_entry, stratum, {{sums}} from counted group by all),
keys as (select of_entry, stratum, {{keys}} from counted group by all),
hers as (select of_entry, stratum, person_no, {{held}} from counted group by all),
persons as (select of_entry, stratum, {{persons}} from hers group by all)
select $margin as margin, of_entry as rec_id, stratum, what,
    tenths * case
        when starts_with(what, 'icf_listed') or starts_with(what, 'icf_central') then list_unit
        when starts_with(what, 'icf_') then given_unit
        else 1
    end / {TENTHS}.0 as unit,
    n, n_persons,
    md5_number_lower(concat_ws('|', $secret, $register, key % 18446744073709551616)) as key
from (unpivot sums on {{names}} into name what value n)
join (unpivot keys on {{names}} into name what value key) using (of_entry, stratum, what)
join (unpivot persons on {{names}} into name what value n_persons) using (of_entry, stratum, what)
join sized using (of_entry, stratum)
where n > 0
"""
_SIDE_BY_SIDE = {
    "sums": "sum({name})::bigint as {name}",
    "keys": "sum(key) filter ({name} > 0) as {name}",
    "held": "bool_or({name} > 0) as {name}",
    "persons": "count_if({name}) as {name}",
}

_OF_UNITS = """
create or replace temp table units as
select of_entry as rec_id, stratum, unit_id, {sums} from counted group by all
"""
_ALIKE = """
select $margin as margin, rec_id, stratum, $measure as measure, count(*) as n_units,
    sum(k) as k, sum(m) as m, sum(k * k) as kk, sum(k * m) as km, sum(m * m) as mm
from (select rec_id, stratum, ({part})::double as k, ({whole})::double as m from units)
where m > 0
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
    count in a group, times its unit, drawn by their keys; 0 for all. Returns `counts`: margin,
    rec_id, stratum, what, unit (so many count as a certificate), n (certificates or codes),
    n_persons, key; `alike`: margin, rec_id, stratum, measure, n_units, and over units with any: the
    sums of part k and whole m, of their squares and of their product.
    """
    has_codes = any(name.startswith(_ICF) for share in shares.values() for name in names_of(share))
    units = {
        _OF_ALL: (LISTED_OF_ALL, GIVEN_OF_ALL),
        _OF_ENTRY: ("max(icf_listed)" if has_codes else 0, GIVEN_CODES),
    }
    with duckdb.connect() as work:
        work.register("frame", issued.to_arrow())
        made = _ISSUED.format(or_codes=_OR_CODES if has_codes else "")
        work.execute(made, {"secret": secret, "most": most})
        key = work.execute("select coalesce(sum(key), 0)::varchar from issued").fetchall()[0][0]
        counts, alike = [], []
        for margin, measures in within.items():
            whats = sorted({name for m in measures for name in names_of(shares[m])} | {"n"})
            codes = [name for name in whats if name.startswith(_ICF)]
            taken = dict.fromkeys([*whats, *(_NEEDED if codes else ())])
            values = {"margin": margin, "secret": secret, "register": key}
            for entry, (list_unit, given_unit) in units.items():
                named = {"entry": entry, "stratum": MARGINS[margin]}
                sized = _SIZED.format(**named, list_unit=list_unit, given_unit=given_unit)
                work.execute(sized, values | {"most": most})
                replaced = ", ".join(_REPLACED.format(name=name) for name in codes)
                counted = _COUNTED.format(
                    **named, names=", ".join(taken), is_coded=_IS_CODED if codes else "true",
                    replaced=f"replace ({replaced})" if codes else "",
                )  # fmt: skip
                work.execute(counted)
                columns = {
                    part: ", ".join(form.format(name=name) for name in whats)
                    for part, form in _SIDE_BY_SIDE.items()
                }
                query = _COUNTS.format(names=", ".join(whats), **columns)
                counts.append(work.sql(query, params=values).pl())
                work.execute(_OF_UNITS.format(sums=columns["sums"]))
                for measure in measures:
                    part, whole = shares[measure]
                    asked = {"margin": margin, "measure": measure}
                    alike.append(work.sql(_ALIKE.format(part=part, whole=whole), params=asked).pl())
    return pl.concat(counts).sort([*GROUP, "what"]), pl.concat(alike).sort([*GROUP, "measure"])
