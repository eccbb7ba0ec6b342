"""Whether a text is made of whole phrases, and not only of their words.

A phrase is said whole: its own pieces in their order, and in its slots what may be told: numbers,
names, groups, other phrases. Words of several phrases put together can say what no row holds
("women in Gotland are longer than recommended"), without a number. So each text must be one of our
phrases, a name, or several of them after each other; of a group of persons nothing is said but by
a phrase that has a place for it. Numbers are held against their rows elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from babel import Locale

from fmbstats import words
from fmbstats.release.margins import AGES
from fmbstats.words import LANGUAGES, locale_of, phrase_forms, phrase_keys

_SLOT = re.compile(r"\{+[^{}]*\}+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_AROUND = " \t\n.,:;()[]{}–-·•●○›‹?!”‘’\"'=+*/|"
# Between sentences, and between what is listed.
_SENTENCE = re.compile(r"(?<=[.!?:;,])\s+|\s+[·•›‹|]\s+|\s+(?:och|and)\s+|\n+|\s+(?=\()|(?<=/)")
_LISTED = re.compile(r"[,;:] | (?:och|and|×|–|-) |[()/]")
_BESIDE_GROUPS = (
    "absent.", "stratum.renewed.", "certificates.unknown", "unit.spells",
)  # fmt: skip
_NUMBERED = re.compile(r"^\W*\d+\.\s+")  # as of a table
_CUT = "…"
_COUNTED = _AROUND + "0123456789−%\xa0"
_CODE = r"[A-Z]\d\d(?:\.?\d[0-9A-Z]*)?(?:-[A-Z]\d\d)?"  # of ICD-10-SE
_FORMS = (
    r"\b(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?\b",  # dates and editions
    r"(?<![\d.,])\b(?:19|20)\d\d\b(?![\d.,]*\d|\s?%|\s+(?:sjukfall|person|spell|patient))",  # years
    r"(?<=: )–",  # nothing
    rf"\b{_CODE}(?:, {_CODE})*\b",
    r"\b[bdse]\d{1,5}\b",  # ICF codes
    r"\bfmbstats evaluate [a-z]+(?: [a-z0-9-]+)?(?: --[a-z-]+(?: [\d-]+)?)*",
    r"\bfmbstats \d+\.\d+\.\d+\S*",  # version
    r"\b(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b",  # checksums
    r"\b\d{1,2}(?::[ae]|st|nd|rd|th) percentil\w*",  # which quantile
)
# Stands for a group that the register names.
_A_GROUP = "Gotland"
# Slots within slots; ends of sentences within a phrase.
_DEEPEST, _LONGEST = 4, 16
# In a language that is not here, those of all that are.
_NONE_OR_ALL = {
    "sv": r"ingen|inga|inget|alla|samtliga|varje|kvinn\w+|mäns?",
    "en": r"none|nobody|no|all|every|everybody|each|women|woman|men",
}


@dataclass(frozen=True, eq=False)
class WholePhrases:
    """The phrases and names of one language."""

    language: str
    names: frozenset[str] = field(repr=False)  #: Public names, and what the table calls its groups.
    #: Strata and groups of the register's own, and those groups by words that nobody else has.
    groups: frozenset[str] = field(default=frozenset(), repr=False)
    own: frozenset[str] = field(default=frozenset(), repr=False)

    def is_said(self, text: str) -> bool:
        """Whether a text is made of whole phrases; pages repeat most of what they say."""
        if text not in self._known:
            plain = plain_forms(self.language).sub("1", text.replace("\xa0", " "))
            forms = dict.fromkeys([text, plain, self._odd_names.sub(_A_GROUP, plain)])
            self._known[text] = any(self._is_whole(form, 0) for form in forms)
        return self._known[text]

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _odd_names(self) -> re.Pattern[str]:
        """Names of the register's own groups that read as more than a name; also cut at a word."""
        names = [v for v in self.groups if self._of_persons.search(v) or _LISTED.search(v)]
        cuts = {
            name[: blank.start()].rstrip(" ,") for name in names for blank in re.finditer(" ", name)
        }
        forms = sorted([*map(re.escape, names), *(rf"{re.escape(cut)}[ ,]*…" for cut in cuts)])
        return re.compile("|".join(rf"(?<!\w){form}(?!\w)" for form in forms[::-1]) or r"(?!)")

    @cached_property
    def _of_persons(self) -> re.Pattern[str]:
        """What names a group of persons, none or all."""
        sexes = (x for key in phrase_keys("stratum.sex.") for x in phrase_forms(key, self.language))
        ages = (words.age_group(age, self.language) for age in AGES)
        groups = [*_counties(), *self.own, *ages, *sexes]
        named = "|".join(re.escape(g) for g in sorted(groups, key=len, reverse=True) if g)
        counted = _NONE_OR_ALL.get(self.language) or "|".join(_NONE_OR_ALL.values())
        return re.compile(rf"\b(?:{counted}|(?:{named})s?)\b", re.IGNORECASE)

    @cached_property
    def _found(self) -> dict[str, bool]:
        return {}

    def _is_whole(self, text: str, depth: int) -> bool:
        """Whether a text is made of whole phrases."""
        bare = text.replace("\xa0", " ").strip(_AROUND)
        if self._is_plain(bare):
            return True
        if depth > _DEEPEST:
            return False
        if bare not in self._found:
            self._found[bare] = self._is_phrase(bare, depth) or self._are_sentences(bare, depth)
        return self._found[bare]

    def _is_plain(self, text: str) -> bool:
        """Whether it holds no word, or is a name or a phrase without slots; also cut at a word."""
        plain = text.strip(_COUNTED).removesuffix(" län").casefold()
        if plain in self._whole or not _LETTERS.search(plain):
            return True
        start = plain.removesuffix(_CUT).rstrip(_AROUND)
        if len(start) == len(plain):
            return False
        at = bisect_left(self._sorted, start)
        return at < len(self._sorted) and self._sorted[at].startswith(start)

    def _is_phrase(self, text: str, depth: int) -> bool:
        """Whether it is a list, or one phrase with what its slots may hold.

        Where a slot names a group, all slots must be whole: they are said of it. What one or two
        words join ("från", "till") is no more than a list.
        """
        return self._is_list(text) or any(
            self._is_filled(slots, depth, is_long=is_long) for slots, is_long in self._slots(text)
        )

    def _is_filled(self, slots: Sequence[str], depth: int, *, is_long: bool) -> bool:
        if not is_long and any(map(self._is_group, slots)):
            has_number = any(map(_NUMBERED.match, slots))  # a group behind that of a table
            if has_number or not self._is_list(", ".join(slots)):
                return False
        return all(self._is_whole(slot, depth + 1) for slot in slots)

    def _are_sentences(self, text: str, depth: int) -> bool:
        """Whether phrases follow each other; none of them only names a group."""
        ends = list(_SENTENCE.finditer(text))
        starts, stops = [0, *(end.end() for end in ends)], [end.start() for end in ends]
        is_told = [True] + [False] * len(starts)
        for k, stop in enumerate([*stops, len(text)], start=1):
            is_told[k] = any(
                is_told[i] and self._is_sentence(text[starts[i] : stop], depth)
                for i in range(max(0, k - _LONGEST), k)
            )
        return is_told[-1]

    def _is_sentence(self, text: str, depth: int) -> bool:
        bare = text.strip(_AROUND)
        if not _LETTERS.search(bare):  # codes behind a name
            return True
        is_whole = self._is_plain(bare) or self._is_phrase(bare, depth)
        return (is_whole and not self._is_group(bare)) or self._is_of_a_name(bare)

    def _is_of_a_name(self, text: str) -> bool:
        """Whether a phrase stands behind a name, as in a line of a list."""
        blanks = (blank.start() for blank in re.finditer(" ", text))
        halves = ((text[:at], text[at + 1 :]) for at in blanks)
        return any(
            all(half.strip(_COUNTED).casefold() in self._whole for half in pair)
            and not any(map(self._is_group, pair))
            for pair in halves
        )

    def _is_list(self, text: str) -> bool:
        """Whether it lists names and numbers."""
        parts = _listed(text)
        are_of_persons = any(map(self._of_persons.fullmatch, parts))
        if not are_of_persons:
            return all(map(self._is_plain, parts))
        # What is said of a group is said by a phrase; beside it stand groups and numbers.
        return all(
            self._of_persons.fullmatch(part) or part.lstrip(_COUNTED) in self._beside
            for part in parts
        )

    def _is_group(self, text: str) -> bool:
        """Whether it names groups, none or all, and says nothing else."""
        return all(map(self._of_persons.fullmatch, _listed(text)))

    @cached_property
    def _beside(self) -> frozenset[str]:
        """What may be listed beside a group: what stands in the place of a number, other groups.

        Groups of certificates, those that published numbers are of, and the register's own by words
        that others have, too.
        """
        keys = (key for kind in _BESIDE_GROUPS for key in phrase_keys(kind))
        said = (text for key in keys for text in phrase_forms(key, self.language))
        return frozenset(text.strip(_COUNTED).casefold() for text in (*said, *self.groups))

    @cached_property
    def _whole(self) -> frozenset[str]:
        plain = (text for text in _texts(self.language) if "{" not in text)
        return frozenset(
            text.replace("\xa0", " ").strip(_COUNTED).removesuffix(" län").casefold()
            for text in (*plain, *self.names, *self.own)
        )

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._whole)

    def _slots(self, text: str) -> Iterator[tuple[list[str], bool]]:
        """Yield what stands in the slots of each phrase that a text may be, and if it is long."""
        small = text.lower()
        for word in set(_LETTERS.findall(small)):
            for pieces in _templates(self.language).get(word, ()):
                slots = _between(small, pieces)
                if slots is not None:
                    yield slots, sum(len(_LETTERS.findall(piece)) for piece in pieces) > 1


def _between(text: str, pieces: Sequence[str]) -> list[str] | None:
    """Return what stands between pieces, each at its first place; None where one is missing.

    >>> _between("a 1 b 2", ["a ", " b ", ""]), _between("a 1", ["b ", ""])
    (['1', '2'], None)
    """
    first, *others, last = pieces
    if not text.startswith(first) or not text.endswith(last):
        return None
    found, at, stop = [], len(first), len(text) - len(last)
    for piece in others:
        place = text.find(piece, at, stop)
        if place < 0:
            return None
        found.append(text[at:place])
        at = place + len(piece)
    return [*found, text[at:stop]] if at <= stop else None


def _listed(text: str) -> set[str]:
    """Return what a text lists, without the number of each, before or behind it."""
    parts = (_NUMBERED.sub("", part).lstrip(_AROUND) for part in _LISTED.split(text))
    parts = (part.rstrip(_COUNTED) for part in parts)
    return {part.removesuffix(" län").casefold() for part in parts if _LETTERS.search(part)}


@cache
def plain_forms(language: str) -> re.Pattern[str]:
    """Dates, years, codes, versions."""
    locale = Locale.parse(locale_of(language))
    months = {m for form in ("wide", "abbreviated") for m in locale.months["format"][form].values()}
    names = "|".join(sorted((re.escape(m.rstrip(".")) for m in months), key=len, reverse=True))
    dates = rf"\b\d{{1,2}}\s(?:{names})\.?\s\d{{4}}\b"
    return re.compile("|".join(f"(?:{form})" for form in (dates, *_FORMS)))


@cache
def _counties() -> tuple[str, ...]:
    """Names of counties, as they begin in any language."""
    return tuple(
        {words.county(code, x).removesuffix("s län").removesuffix(" län")
         for code in words.COUNTIES for x in LANGUAGES}
    )  # fmt: skip


def _texts(language: str) -> Iterable[str]:
    """Every phrase, and every line of those that have several."""
    found = [text for key in phrase_keys() for text in phrase_forms(key, language)]
    facts = (text for key in phrase_keys("published.fact.") for text in phrase_forms(key, language))
    # What is measured stands before its number, and that before its unit.
    found += [f"{text.partition(', ')[0]} {{value}}" for text in facts]
    # A link at an end is read by itself.
    found += [re.sub(r"(?<=\. )\{\w+\}$", "", text) for text in found]
    lines = (line for text in found for line in {text, *text.splitlines()})
    return (re.sub(" +", " ", line) for line in lines)


@cache
def _templates(language: str) -> Mapping[str, list[list[str]]]:
    """Longest word of a phrase with slots -> what stands around its slots, in small letters."""
    found = defaultdict[str, list[list[str]]](list)
    for text in set(_texts(language)):
        first, *others = _SLOT.split(text.replace("\xa0", " ").lower())
        *others, last = [first.lstrip(_AROUND), *others]
        pieces = [*others, last.rstrip(_AROUND)]
        said = [word for piece in pieces for word in _LETTERS.findall(piece)]
        if len(pieces) > 1 and said:
            found[max(said, key=len)].append(pieces)
    return found
