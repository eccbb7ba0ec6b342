"""The names of the groups that results are broken down by."""

from __future__ import annotations

import re

from fmbstats.words.catalogue import has_phrase, phrase, phrase_keys
from fmbstats.words.plain import visible

# Statistics Sweden's codes (SCB, Regionala koder); the names are phrases, ``county_name.<code>``.
COUNTIES = tuple(key.removeprefix("county_name.") for key in phrase_keys("county_name."))


_LETTERS, _DIGIT = re.compile(r"[^\W\d_]+"), re.compile(r"\d")

#: Stands between the names of groups that are parted by several things at once.
SEVERAL = " × "

#: What an analyst may write -> the ledger's column.
STRATA = {
    "sex": "sex",
    "age": "age_group",
    "county": "county_code",
    "year": "start_year",
    "code": "code",
}

#: What the groups of a stratum that a register brought are called in a release: its name, what
#: stands between, and the group's own ("unit: North").
OWN, OF_OWN = "own", ": "
#: Spells whose code tells not to which entry they belong, and the assumption that counts them in.
AMBIGUOUS = "ambiguous"


def own_group(name: str, value: object) -> str:
    """Return what a group of a register's own stratum is called in a release.

    >>> own_group("unit", "North")
    'unit: North'
    """
    return f"{name}{OF_OWN}{value}"


def county(code: str, language: str = "") -> str:
    """Return the county's name; an unknown code stands as it came.

    Examples
    --------
    >>> county("14"), county("14", "en")
    ('Västra Götalands län', 'Västra Götaland')
    """
    key = f"county_name.{code}"
    return phrase(key, language) if has_phrase(key) else visible(code)


def age_group(label: str, language: str = "") -> str:
    """Write an age group such as '30-39' or '65+' with an en dash and its unit.

    Examples
    --------
    >>> age_group("30-39"), age_group("65+", "en")
    ('30–39 år', '65+ years')
    """
    return f"{label.replace('-', '–')} {phrase('unit.years', language)}"


def stratum(by: str, value: object, language: str = "") -> str:
    """Return the name of one group, e.g. of sex 'women'.

    Parameters
    ----------
    by : str
        'all', 'sex', 'age_group', 'county_code', 'start_year', 'occupation', 'end_reason', …
    value : object
        The group's code in the ledger; None is "missing".

    Examples
    --------
    >>> stratum("sex", "women"), stratum("all", "all"), stratum("age_group", "30-39", "en")
    ('Kvinnor', 'Alla', '30–39 years')
    >>> stratum("quarter", "before-2"), stratum("placebo", "draw-3", "en")
    ('kvartal −2', 'permutation 3')
    """
    if value is None or value != value:
        return phrase("stratum.missing", language)
    if by == OWN:
        return _own(str(value))
    if SEVERAL in by:
        pairs = zip(by.split(SEVERAL), str(value).split(SEVERAL), strict=True)
        return SEVERAL.join(stratum(one, part, language) for one, part in pairs)
    key = f"stratum.{by}.{value}"
    if has_phrase(key):
        return phrase(key, language)
    name, _, n = str(value).partition("-")
    if has_phrase(key := f"stratum.{by}.{name}-n"):
        return phrase(key, language, n=n)
    if by == "county_code":
        return county(str(value), language)
    if by == "age_group":
        return age_group(visible(value), language)
    return visible(value)


def stratum_title(by: str, language: str = "") -> str:
    """Return the head of the column that names the groups.

    Examples
    --------
    >>> stratum_title("county_code"), stratum_title("sex", "en")
    ('Län', 'Sex')
    """
    if SEVERAL in by:
        return SEVERAL.join(stratum_title(one, language) for one in by.split(SEVERAL))
    key = f"stratum.{by}"
    return phrase(key, language) if has_phrase(key) else visible(by)


def _own(group: str) -> str:
    """A group of a register's own stratum; one that is little but a number keeps its name."""
    _, _, value = group.partition(OF_OWN)
    has_word = any(len(word) > 2 for word in _LETTERS.findall(value))
    return visible(value if has_word or not _DIGIT.search(value) else group)
