"""What the headings and labels of published tables mean: bands, sexes, codes, periods.

The forms are those that Försäkringskassan, Inera and other publishers write; a label that is none
of them stays unknown rather than guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fmbstats import codes

Band = tuple[int, int | None]

_DAYS = r"\s*(?:d|dag|dagar|days?)?"
_CLOSED = re.compile(rf"(\d+)\s*(?:-|–|—|till|to)\s*(\d+){_DAYS}", re.IGNORECASE)
#: Form of the label, and how much its number is before the first day or after the last one.
_ONE_SIDED = (
    (re.compile(rf"(?:>=|≥)\s*(\d+){_DAYS}", re.IGNORECASE), "first", 0),
    (re.compile(rf"(\d+)(?:\s*\+{_DAYS}|{_DAYS}\s*(?:\+|(?:eller|och) mer|or more))",
                re.IGNORECASE), "first", 0),
    (re.compile(rf"(?:>|över|mer än|more than|over)\s*(\d+){_DAYS}", re.IGNORECASE), "first", 1),
    (re.compile(rf"(?:<=|≤|högst|up to)\s*(\d+){_DAYS}", re.IGNORECASE), "last", 0),
    (re.compile(rf"(?:<|under|less than)\s*(\d+){_DAYS}", re.IGNORECASE), "last", -1),
)  # fmt: skip
#: Inera writes its two longest bands in years.
_YEARS = {"1-2 år": (365, 730), "2- år": (731, None), "över 2 år": (731, None)}
_MAX_DAY = 36_500

# Compiled when they are used: a command that shows what was imported needs few of them.
_WOMEN = r"(?i)kvinn|\bwom[ae]n|\bfemale"
_MEN = r"(?i)\bmän\b|\bmanliga?\b|\bmen\b|\bmales?\b"
_EVERYBODY = (
    r"(?i)tot(?:al)?t?|totalsumma|samtliga|alla|båda könen|all|both(?: sexes)?|antal(?: sjukfall)?"
    r"(?: totalt)?"
)
TOTALS = ("totalsumma", "totalt", "summa", "total")

_CODE = r"(?<![\w.-])[A-Z]\d\d(?:\.?\d[0-9A-Z]{0,2})?(?![\w.]|-[A-Z]\d\d)"
_RANGE = r"(?<![\w.-])[A-Z]\d\d-[A-Z]\d\d(?!\w)"
_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ENGLISH = {"may": "maj", "oct": "okt"}
_MONTH_NAME = (
    r"(?:jan(?:uari|uary)?|feb(?:ruari|ruary)?|mar(?:s|ch)?|apr(?:il)?|maj|may|jun[ie]?|jul[iy]?"
    r"|aug(?:usti|ust)?|sept?(?:ember)?|o[kc]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH = rf"(?i)({_MONTH_NAME})[ -]?((?:19|20)\d\d)"
_ISO_MONTH = r"((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])"
_YEAR_FIRST = r"((?:19|20)\d\d)(?:[/-]\d{2,4})?"
_WHEN = rf"(?i)\b(?:{_MONTH_NAME}|(?:kv|kvartal|q) ?[1-4]|(?:19|20)\d\d)\b"
_WHOLE = ("riket", "hela riket", "sverige")


class Period(NamedTuple):
    """A period as the source writes it, the year it begins in, and its month if it is one."""

    text: str
    year: int
    month: int | None = None


class RowLabel(NamedTuple):
    """What a row's label says; None or "" where it says nothing."""

    code: str | None
    year: int | None
    period: str
    area: str


def parse_band(label: str) -> Band | None:
    """Read a band's first and last day from its label; None when it is no band.

    A band from the beginning has first day 1; an open one has no last day.

    >>> parse_band("15-29 dagar"), parse_band(">=365 dagar"), parse_band("366 dagar eller mer")
    ((15, 29), (365, None), (366, None))
    >>> parse_band("<15"), parse_band("Under 15 dagar"), parse_band("15–30"), parse_band("731+")
    ((1, 14), (1, 14), (15, 30), (731, None))
    >>> parse_band("1-2 år"), parse_band("2- år"), parse_band(">90"), parse_band("Totalsumma")
    ((365, 730), (731, None), (91, None), None)
    """
    text = " ".join(label.split())
    if text.lower() in _YEARS:
        return _YEARS[text.lower()]
    if found := _CLOSED.fullmatch(text):
        first, last = int(found[1]), int(found[2])
        return (first, last) if 1 <= first <= last <= _MAX_DAY else None
    for form, side, shift in _ONE_SIDED:
        if found := form.fullmatch(text):
            day = int(next(g for g in found.groups() if g)) + shift
            if not 1 <= day <= _MAX_DAY:
                return None
            return (day, None) if side == "first" else (1, day)
    return None


def parse_sex(label: str) -> str | None:
    """Read of whom a heading is: women, men or all; None when it says nothing of that.

    >>> parse_sex("Antal sjukfall för kvinnor"), parse_sex("Män"), parse_sex("Kvinnor och män")
    ('women', 'men', 'all')
    >>> parse_sex("Antal sjukfall totalt"), parse_sex("Läkare")
    ('all', None)
    """
    women, men = bool(re.search(_WOMEN, label)), bool(re.search(_MEN, label))
    if women != men:
        return "women" if women else "men"
    return "all" if women or re.fullmatch(_EVERYBODY, label.strip()) else None


def is_total(label: str) -> bool:
    """Whether a heading names a sum over the others."""
    return label.strip().lower() in TOTALS


def codes_in(text: str) -> list[str]:
    """Return the codes and chapters that a text names, normalised, each once.

    >>> codes_in("F32 Depressiv episod"), codes_in("M54.5 och F43.8A"), codes_in("F00-F99 Psykiska")
    (['F32'], ['M545', 'F438A'], ['F00-F99'])
    """
    found = [codes.normalise(c) for c in re.findall(_CODE, text) if codes.is_code(c)]
    return list(dict.fromkeys([*re.findall(_RANGE, text), *found]))


def years_in(text: str) -> list[int]:
    """Return the years that a text names, each once.

    >>> years_in("januari 2016–december 2017")
    [2016, 2017]
    """
    return list(dict.fromkeys(int(y) for y in re.findall(_YEAR, text)))


def parse_period(text: str) -> Period | None:
    """Read a year, a financial year or a month; None when it is none of them.

    >>> parse_period("2019/20"), parse_period("Apr2018")
    (Period(text='2019/20', year=2019, month=None), Period(text='2018-04', year=2018, month=4))
    >>> parse_period("2018-04").month, parse_period("jan 2017").text, parse_period("19/20")
    (4, '2017-01', None)
    >>> parse_period("2018/04").text, parse_period("2003/04").text
    ('2018-04', '2003/04')
    """
    text = text.strip()
    found = re.fullmatch(_ISO_MONTH, text)
    # "2003/04" is a financial year, "2018/04" is none.
    if found and not ("/" in text and int(found[1]) % 100 + 1 == int(found[2])):
        return Period(f"{found[1]}-{found[2]}", int(found[1]), int(found[2]))
    if found := re.fullmatch(_YEAR_FIRST, text):
        return Period(text, int(found[1]))
    if found := re.fullmatch(_MONTH, text):
        name = found[1][:3].lower()
        month = _MONTHS.index(_ENGLISH.get(name, name)) + 1
        return Period(f"{found[2]}-{month:02d}", int(found[2]), month)
    return None


def parse_row(label: str) -> RowLabel:
    """Read code, year, period and area from the label of a row.

    >>> parse_row("jan 2017"), parse_row("Gävleborg 2016").area, parse_row("F32 Depression").code
    (RowLabel(code=None, year=2017, period='jan 2017', area=''), 'Gävleborg', 'F32')
    """
    named, years, places = codes_in(label), years_in(label), list(re.finditer(_WHEN, label))
    period, area = "", label
    if places:
        first, last = places[0].start(), places[-1].end()
        period, area = label[first:last], label[:first] + label[last:]
    area = area.strip(" ,;-–")
    if named or parse_sex(area) or area.lower() in _WHOLE:
        area = ""  # beside a code stands the diagnosis' name
    code = named[0] if len(named) == 1 else None
    return RowLabel(code, years[0] if len(years) == 1 else None, period, area)
