"""The names of the groups that results are broken down by."""

from __future__ import annotations

from fmbstats.words.catalogue import has_phrase, phrase, phrase_keys
from fmbstats.words.forms import age_group
from fmbstats.words.plain import visible

# Statistics Sweden's codes (SCB, Regionala koder); the names are phrases, ``county_name.<code>``.
COUNTIES = tuple(key.removeprefix("county_name.") for key in phrase_keys("county_name."))


#: Stands between the names of groups that are parted by several things at once.
SEVERAL = " × "


def county(code: str, language: str = "") -> str:
    """Return the county's name; an unknown code stands as it came.

    Examples
    --------
    >>> county("14"), county("14", "en")
    ('Västra Götalands län', 'Västra Götaland')
    """
    key = f"county_name.{code}"
    return phrase(key, language) if has_phrase(key) else visible(code)


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
    """
    if value is None or value != value:
        return phrase("stratum.missing", language)
    if SEVERAL in by:
        pairs = zip(by.split(SEVERAL), str(value).split(SEVERAL), strict=True)
        return SEVERAL.join(stratum(one, part, language) for one, part in pairs)
    key = f"stratum.{by}.{value}"
    if has_phrase(key):
        return phrase(key, language)
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
