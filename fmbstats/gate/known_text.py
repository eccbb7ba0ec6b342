"""Which words and numbers a released text may hold beside told numbers: a closed list.

The words of our pages come from the catalogues of phrases, from public names (FMB, published
sources, codes) and from what the table of the release says of itself. A word that is in none of
them is nobody's but somebody's name. A number that stands in no row must be part of such a phrase
or name, or a day, date, year, code or version in its own form.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from babel import Locale

from fmbstats.gate.whole_phrases import WholePhrases, plain_forms
from fmbstats.release.margins import AGES
from fmbstats.words import LANGUAGES, age_group, locale_of, phrase_forms, phrase_keys, phrase_text
from fmbstats.words.catalogue import texts
from fmbstats.words.strata import OF_OWN

NBSP = "\N{NO-BREAK SPACE}"
_CUT = "…"
# Of a name that is cut so much must be left, and no name is longer.
_LEAST_CUT, _LONGEST_NAME = 16, 400
_SLOT = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
# One and none are numbers only before what is counted, or of whom.
_ONE, _NO = "en|ett|one|single|enda", "ingen|inget|inga"
_OF_WHOM = "av|i|bland|hos|from|among|of|in"
_COUNTED = (
    r"sjukfall\w*|person\w*|patient\w*|individ\w*|kvinn\w+|m[aä]n\b|spells?|persons?|people"
    r"|women|men|woman|man"
)
_ADDRESS = re.compile(r"https://[^\s\"'<>]+[^\s\"'<>.,)]")
# A day stands with its unit, as "dag 15" or "22-42 dagar".
_DAY_BEFORE = re.compile(r"\b(?:dag|dagen|days?)[ \xa0](?:\d+[–-])?$", re.IGNORECASE)
_DAY_AFTER = re.compile(
    r"[ \xa0]?(?:dag|dagar|dagars|days?|d|wk|mo|y|v|vecka|veckor|weeks?|mån(?:ad(?:er)?)?|months?"
    r"|år|years?)\b|[–-]$"
)
_COUNTIES = re.compile(r"[ \xa0](?:län|counties)\b")


@dataclass(frozen=True)
class Number:
    """A number as it is written; in a percentage `value` is in per cent."""

    value: float
    decimals: int
    is_percent: bool
    text: str
    before: str = field(default="", compare=False)
    after: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False)
class KnownText:
    """What may be said in one language."""

    language: str
    #: Public names and wordings; see `rows.public_names`.
    public: frozenset[str] = field(repr=False)
    #: What the table says of the release itself: its register, labels, groups.
    own: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the language's phrases and of public names, in small letters."""
        return _words_of(self.public) | _own_words(self.language) | _words_of(self.own)

    @cached_property
    def phrases(self) -> WholePhrases:
        """The phrases and names that are said whole.

        Groups of the register's own are known for such by words that nobody else has.
        """
        common = _words_of(self.public) | _own_words(self.language)
        values = {text.partition(OF_OWN)[2] for text in self.own} - {""}
        groups = frozenset(v for v in values if not _words_of([v]) <= common)
        names = self.public | self.own | {"CSV", "Parquet"}
        # Links to the neighbours leave out what stands in brackets.
        names |= {name.partition(" (")[0] for name in self.public}
        names |= {name.removeprefix("vid ") for name in self.public}
        strata = {text.partition(OF_OWN)[0] for text in self.own if OF_OWN in text}
        return WholePhrases(self.language, names | strata, frozenset(values | strata), groups)

    @cached_property
    def public_addresses(self) -> frozenset[str]:
        """Addresses of public sources."""
        return frozenset(a for text in self.public for a in _ADDRESS.findall(text))

    def unknown_words(self, text: str) -> list[str]:
        """Return the words that nothing of ours holds; pages repeat most of what they say."""
        if text not in self._unknown:
            self._unknown[text] = self._unknown_words(text)
        return self._unknown[text]

    @cached_property
    def _unknown(self) -> dict[str, list[str]]:
        return {}

    def _unknown_words(self, text: str) -> list[str]:
        words = (m[0] for m in _WORD.finditer(text) if len(m[0]) > 1)
        found = [word for word in words if word.lower() not in self.words]
        return found if text.isascii() else [*found, *_odd_signs(text)]

    def numbers(self, text: str) -> list[Number]:
        """Return the numbers of a text that are no part of a phrase, a name or a date.

        Examples
        --------
        >>> known = KnownText("en", frozenset())
        >>> [n.text for n in known.numbers("17 in 100 passed 42 days on 2 April 2020")]
        ['17', '42']
        """
        left = self._left(text)
        return plain_numbers(left, self.language) if _DIGIT.search(left) else []

    def in_words(self, text: str) -> list[str]:
        """Return the numbers in words that are no part of a phrase or a name."""
        pattern = _in_words(self.language)
        return pattern.findall(self._left(text)) if pattern.search(text) else []

    def _left(self, text: str) -> str:
        """Return a text without what is said in it by phrases, names, dates and codes."""
        if text not in self._lefts:
            self._lefts[text] = self._without_known(text)
        return self._lefts[text]

    @cached_property
    def _lefts(self) -> dict[str, str]:
        return {}

    def _without_known(self, text: str) -> str:
        if text.strip() in self._names or text.strip() in _phrases(self.language)[1]:
            return ""
        left = _forms(self.language).sub("·", text)
        if self._has_number(left):
            left = _phrases(self.language)[0].sub("·", left)
        if self._has_number(left):
            for name in self._found_names(text):
                for form in (name, name[:1].upper() + name[1:], name[:1].lower() + name[1:]):
                    left = left.replace(form, "·")
        if self._has_number(left) and _CUT in left:
            left = self._without_cut_names(left)
        return left

    def _without_cut_names(self, text: str) -> str:
        """Take out names that are cut at a word: "Sårskada, arbete där händerna …"."""
        whole = text.replace(NBSP, " ")
        for end in (m.start() for m in re.finditer(_CUT, whole)):
            before = whole[:end].rstrip(" ,")
            starts = (m.start() for m in re.finditer(r"(?<!\w)\w", before[-_LONGEST_NAME:]))
            offset = max(0, len(before) - _LONGEST_NAME)
            for start in (offset + s for s in starts):
                if len(before) - start >= _LEAST_CUT and self._begins_a_name(before[start:]):
                    return self._without_cut_names(
                        text[:start] + "·" * (end + 1 - start) + text[end + 1 :]
                    )
        return text

    def _begins_a_name(self, piece: str) -> bool:
        at = bisect_left(self._sorted_names, piece.lower())
        return at < len(self._sorted_names) and self._sorted_names[at].startswith(piece.lower())

    @cached_property
    def _sorted_names(self) -> list[str]:
        return sorted(name.lower().replace(NBSP, " ") for name in self._names)

    def _has_number(self, text: str) -> bool:
        return bool(_DIGIT.search(text) or _in_words(self.language).search(text))

    @cached_property
    def _names(self) -> frozenset[str]:
        """Public names with a digit, or a number in words, that are more than numbers."""
        found = filter(self._has_number, (*self.public, *self.own))
        return frozenset(t for t in found if _says_more(t, self.language))

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        """Names by their longest word: a text is searched for those that it can hold."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            longest = max(_WORD.findall(name), key=len)
            if len(longest) > 2:
                found.setdefault(longest.lower(), []).append(name)
        return found

    def _found_names(self, text: str) -> list[str]:
        words, small = dict.fromkeys(_WORD.findall(text)), text.lower()
        found = {name for w in words for name in self._by_word.get(w.lower(), ())}
        found = {name for name in found if name.lower() in small}
        return sorted(found, key=len, reverse=True)


def is_day(number: Number, days: Collection[float]) -> bool:
    """Whether a number is a known day or length, in a form of one; a class may begin after it.

    Examples
    --------
    >>> known = KnownText("en", frozenset())
    >>> [is_day(n, {42.0}) for n in known.numbers("17 in 100 passed 42 days; 42 men; 43–60 days")]
    [False, True, False, True, False]
    """
    if number.decimals or number.is_percent:
        return False
    after, before = number.after, number.before
    is_first, is_last = after[:1] in ("–", "-"), before[-1:] in ("–", "-")
    looks = _DAY_BEFORE.search(before) or _DAY_AFTER.match(after) or is_first
    looks = looks or (is_last and not after.strip(" .,;:)"))
    # Longer than 180 days is at least 181.
    begins = is_first or before.endswith(("minst ", "at least "))
    is_known = number.value in days or (begins and number.value - 1 in days)
    return bool(looks) and is_known


def is_county_count(number: Number) -> bool:
    """Whether it says how many counties are shown; there are 21."""
    return 0 <= number.value <= 21 and not number.decimals and bool(_COUNTIES.match(number.after))


def _odd_signs(text: str) -> list[str]:
    """Return numbers of other scripts and signs that nobody sees: no page of ours has any.

    Quarters of a degree and a square after its letter are ours.
    """
    return [
        sign
        for before, sign in zip(" " + text, text, strict=False)
        if not sign.isascii()
        and (unicodedata.category(sign)[0] == "N" or unicodedata.category(sign) == "Cf")
        and sign not in "\xbc\xbd\xbe"
        and not (sign == "\xb2" and before.isalpha())
    ]


def _words_of(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(w.lower() for text in texts for w in _WORD.findall(text))


@cache
def _own_words(language: str) -> frozenset[str]:
    """Words of the catalogues; of both, as names of sources and files stand in either."""
    said = (text for key in phrase_keys() for x in LANGUAGES for text in phrase_forms(key, x))
    found = {_SLOT.sub(" ", text) for text in said}
    found |= {*LANGUAGES}
    locale = Locale.parse(locale_of(language))
    for form in ("wide", "abbreviated"):
        for kind in ("format", "stand-alone"):
            found |= set(locale.months[kind][form].values())
    return _words_of(found)


@cache
def _in_words(language: str) -> re.Pattern[str]:
    """Numbers in words; one and none only before what is counted, or of whom."""
    single = rf"(?:{_ONE}|{_NO}|no)(?=\s+(?:\w+\s+)?(?:{_COUNTED}))"
    of_whom = rf"(?:{_ONE}|{_NO}|none|no one)(?=\s+(?:{_OF_WHOM})\s)"
    words = "|".join(phrase_text("gate.number_words", language).split())
    return re.compile(rf"\b(?:{words}|{single}|{of_whom})\b", re.I)


@cache
def _forms(language: str) -> re.Pattern[str]:
    """Dates, years, codes, versions, ages: numbers that say of nobody how many."""
    ages = "|".join(re.escape(age_group(a, language)) for a in AGES if _DIGIT.search(a))
    return re.compile(f"{plain_forms(language).pattern}|{ages}")


@cache
def _phrases(language: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """Pieces of phrases that hold a number, longest first; and whole phrases that are short."""
    pieces, whole = set(), set()
    for text in (text for key in phrase_keys() for text in phrase_forms(key, language)):
        for piece in _SLOT.split(text):
            if not (_DIGIT.search(piece) or _in_words(language).search(piece)):
                continue
            if _says_more(piece, language):
                pieces.add(piece.strip())
            else:
                whole.add(piece.strip())
    ordered = sorted(pieces, key=len, reverse=True)
    edged = (_edged(piece) for piece in ordered)
    return re.compile("|".join(edged)), frozenset(whole)


def _says_more(text: str, language: str) -> bool:
    """Whether a text with numbers, also such in words, has another word."""
    others = _in_words(language).sub("", text)
    return max((len(w) for w in _WORD.findall(others)), default=0) > 1


def _edged(piece: str) -> str:
    start = r"(?<![\w.,])" if piece[0].isalnum() else ""
    end = r"(?!\w|[.,]\d)" if piece[-1].isalnum() else ""
    return start + re.escape(piece) + end


@cache
def _number_pattern(language: str) -> re.Pattern[str]:
    own = texts(language)
    group, point = re.escape(own.group), re.escape(own.point)
    return re.compile(
        rf"(?P<n>[−+]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d+)?(?!\d)|[−+]?\d+(?:{point}\d+)?)"
        r"(?P<sign>[ \xa0]?%)?"
    )


def plain_numbers(text: str, language: str) -> list[Number]:
    """Return every number of a text, whatever it is part of."""
    return list(_each_number(text, language))


def _each_number(text: str, language: str) -> Iterator[Number]:
    group, point = texts(language).group, texts(language).point
    for match in _number_pattern(language).finditer(text):
        plain = match["n"].replace("−", "-").replace(group, "")
        whole, _, decimals = plain.partition(point)
        after = text[match.end() : match.end() + 24]
        # The sign of an interval stands at its end: 28,9-31,0 %.
        is_percent = bool(match["sign"]) or bool(re.match(r"[–-][\d.,]+[ \xa0]?%", after))
        yield Number(
            float(f"{whole}.{decimals or 0}"), len(decimals), is_percent, match[0],
            text[max(0, match.start() - 12) : match.start()], after,
        )  # fmt: skip
