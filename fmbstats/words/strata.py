"""The names of the groups that results are broken down by."""

from __future__ import annotations

from fmbstats.words.catalogue import has_phrase, phrase
from fmbstats.words.forms import age_group
from fmbstats.words.languages import DEFAULT_LANGUAGE, checked_language
from fmbstats.words.plain import visible

# Statistics Sweden's county codes (SCB, Regionala koder): code -> (Swedish, English).
COUNTY_NAMES = {
    "01": ("Stockholms län", "Stockholm"),
    "03": ("Uppsala län", "Uppsala"),
    "04": ("Södermanlands län", "Södermanland"),
    "05": ("Östergötlands län", "Östergötland"),
    "06": ("Jönköpings län", "Jönköping"),
    "07": ("Kronobergs län", "Kronoberg"),
    "08": ("Kalmar län", "Kalmar"),
    "09": ("Gotlands län", "Gotland"),
    "10": ("Blekinge län", "Blekinge"),
    "12": ("Skåne län", "Skåne"),
    "13": ("Hallands län", "Halland"),
    "14": ("Västra Götalands län", "Västra Götaland"),
    "17": ("Värmlands län", "Värmland"),
    "18": ("Örebro län", "Örebro"),
    "19": ("Västmanlands län", "Västmanland"),
    "20": ("Dalarnas län", "Dalarna"),
    "21": ("Gävleborgs län", "Gävleborg"),
    "22": ("Västernorrlands län", "Västernorrland"),
    "23": ("Jämtlands län", "Jämtland"),
    "24": ("Västerbottens län", "Västerbotten"),
    "25": ("Norrbottens län", "Norrbotten"),
}


def county(code: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the county's name; an unknown code stands as it came.

    Examples
    --------
    >>> county("14"), county("14", "en")
    ('Västra Götalands län', 'Västra Götaland')
    """
    names = COUNTY_NAMES.get(str(code))
    if names is None:
        return visible(code)
    return names[0] if checked_language(language) == "sv" else names[1]


def stratum(by: str, value: object, language: str = DEFAULT_LANGUAGE) -> str:
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
    key = f"stratum.{by}.{value}"
    if has_phrase(key):
        return phrase(key, language)
    if by == "county_code":
        return county(str(value), language)
    if by == "age_group":
        return age_group(visible(value), language)
    return visible(value)


def stratum_title(by: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the head of the column that names the groups.

    Examples
    --------
    >>> stratum_title("county_code"), stratum_title("sex", "en")
    ('Län', 'Sex')
    """
    key = f"stratum.{by}"
    return phrase(key, language) if has_phrase(key) else visible(by)
