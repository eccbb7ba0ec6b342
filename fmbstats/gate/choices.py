"""Whether a page says of its numbers what they say: no phrase of ours in another's place.

At least and at most, between and one, more and fewer differ by a word, and each is a phrase of
ours. Which of them may be said follows from the rows of the page, by the function that chose it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.figures.charts import recipe
from fmbstats.figures.charts.dots import title_of
from fmbstats.release.margins import AGES, SEXES
from fmbstats.results.common import column_of
from fmbstats.results.headline import (
    BETWEEN,
    CANNOT,
    FORMS,
    LEAST,
    LOWER,
    MOST,
    ONE,
    UPPER,
    answer_form,
    has_unlimited,
)
from fmbstats.words import phrase_forms, phrase_keys

_OVER, _LONGER, _HAZARD = (
    "difference_share_over_limit", "difference_share_longer_limit", "log_hazard_ratio"
)  # fmt: skip
# Phrase -> the measure whose row of all it tells, and its sign; 0: the interval holds zero.
_SIGNS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "evaluation.higher": (_OVER, 1),
        "evaluation.lower": (_OVER, -1),
        "evaluation.none": (_OVER, 0),
        "evaluation.title.higher": (_OVER, 1),
        "evaluation.title.lower": (_OVER, -1),
        "evaluation.title.none": (_OVER, 0),
        "drift.more": (_LONGER, 1),
        "drift.fewer": (_LONGER, -1),
        "drift.none": (_LONGER, 0),
        # Sick leave that ends at a higher rate is shorter.
        "rollout.title.sooner": (_HAZARD, 1),
        "rollout.title.later": (_HAZARD, -1),
        "rollout.sooner": (_HAZARD, 1),
        "rollout.later": (_HAZARD, -1),
    }
)
_METRICS = frozenset(metric for metric, _ in _SIGNS.values())
# Phrase of what the register says -> the forms of its answer that it is of.
_REGISTER = {f"{kind}.{x}": {x} for kind in ("headline", "answer", "answer.number") for x in FORMS}
_REGISTER |= {
    f"headline.{why}": {CANNOT} for why in ("few", "unseen", "no_limit", "no_spells", "no_edition")
}
_REGISTER |= {"dots.subtitle.one": {ONE}, "dots.subtitle.high": {MOST}}
_REGISTER |= {"dots.subtitle.low": {LEAST, BETWEEN}}
_LIFTED = ("answer.number.lifted", "answer.lifted")
_PUBLISHED = {
    f"finding.{x}{end}": x
    for x in (*FORMS, "unseen", "no_limit", "no_edition")
    for end in ("", ".reached")
    if f"finding.{x}{end}" in phrase_keys("finding.")
}
_PUBLISHED |= {f"headline.{x}": x for x in (*FORMS, "no_limit")}
_PUBLISHED |= {"finding.reached": LEAST, "finding.reached.words": LEAST}
_NUMBERS = frozenset(f"answer.number.{x}" for x in FORMS)
# What always stands below a finding, and what stands below no other.
_LEADS = {f"lead.{x}": x for x in (LEAST, MOST, BETWEEN, CANNOT, "unseen", "no_limit")}
_ALWAYS = (LEAST, MOST, "unseen", "no_limit")
# Figure or section -> its titles with the sentences that neither is said without.
_TOGETHER: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "fig-limit": {
            "limit.title.more": "steering.more.",
            "limit.title.none": "steering.none",
            "limit.title.cannot": "steering.cannot.",
        },
        "counties": {"county.title.some": "county.family"},
    }
)
# Figure or section -> beginnings of its phrases: title, and what is measured.
_PLACES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        f"fig-{name}": {"title": f"{key}.title", "sub": f"{key}.subtitle"}
        for name, key in {
            "lengths": "strip", "groups": "dots", "band": "band", "curve": "curve", "ends": "ends",
            "degree": "degree", "map": "map", "funnel": "funnel", "years": "years",
            "limit": "limit",
        }.items()
    }
    | {"fig-break-even": {"title": "even.figure", "sub": "even.subtitle"}}
    | {name: {"title": f"{name}.title"} for name in ("sources", "history", "method", "about")}
    | {"counties": {"title": "county.title"}, "told": {"title": "told.title even.title"}}
)  # fmt: skip
_ENDS = {"low": (UPPER, "up"), "high": (LOWER, "down")}
_SLOT = re.compile(r"\{(\w+)[^{}]*\}")
_FIRST, _LAST = 0xE000, 0xF8FF  # stand for the told numbers of a text
_SIGN = f"[{chr(_FIRST)}-{chr(_LAST)}]"
_NUMBER = rf"{_SIGN}[{_SIGN[1:-1]} ()%,–-]*"
_TEXTS = frozenset(["h1", "h2", "h3", "p"])
_NUMBERED = frozenset([*_TEXTS, "td", "li", "dd", "span"])
_TITLE = re.compile(r"(?:limit|county|dots)\.title\.")


@dataclass(frozen=True, eq=False)
class Said:
    """What the rows of one page allow to be said."""

    forms: frozenset[str] = frozenset()  #: Of the answer that the register gives.
    #: Of those limits that were withdrawn during the year.
    lifted: frozenset[str] = frozenset()
    #: Measure of all -> estimate, lower, upper.
    effects: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    def is_so(self, key: str) -> bool:
        """Whether the effect that a phrase tells has its sign."""
        metric, sign = _SIGNS[key]
        if metric not in self.effects:
            return True
        estimate, lo, hi = self.effects[metric]
        is_zero = lo <= 0 <= hi
        # A roll-out is judged by its permutations, not by its interval.
        return is_zero if not sign else sign * estimate > 0 and (metric == _HAZARD or not is_zero)


def said_by_slug(rows: pd.DataFrame) -> Mapping[str, Said]:
    """Return what each page's rows of all spells allow; `rows`: as of `rows.read_rows`."""
    own = rows[(rows["by"] == "all") & rows["metric"].isin([*_METRICS, LOWER, UPPER])]
    own = own[own["part"].isin(["", "measures"]) | own["metric"].isin(_METRICS)]
    found: dict[str, dict[str, Any]] = {}
    columns = ("slug", "metric", "estimate", "lo", "hi", "flags")
    for slug, metric, *values in zip(*(own[name] for name in columns), strict=True):
        found.setdefault(slug, {})[metric] = values
    return {slug: _said(told) for slug, told in found.items()}


def _said(told: Mapping[str, Any]) -> Said:
    effects = {metric: tuple(told[metric][:3]) for metric in _METRICS & told.keys()}
    if not {LOWER, UPPER} <= told.keys():
        return Said(effects=effects)
    low, high = told[LOWER], told[UPPER]
    plain, lifted = (
        frozenset(
            answer_form(
                low[0], high[0], has_unlimited=has_unlimited(f"{low[3]} {high[3]}"),
                is_lifted=is_lifted, is_upper_lasting=is_lasting,
            )
            for is_lasting in (True, False)
        )
        for is_lifted in (False, True)
    )  # fmt: skip
    return Said(plain, lifted, effects)


def said_otherwise(
    tree: Any, language: str, by_id: Mapping[str, Any], said: Said
) -> Iterator[tuple[str, str]]:
    """Yield where a page says something else than its rows, and the phrase.

    `tree`: a page (lxml). `by_id`: row id -> row. `said`: of the page's slug.
    """
    page = _Page(tree, language, by_id, said)
    for element, text in page.texts:
        alike = defaultdict[Any, list[tuple[str, re.Match[str]]]](list)
        for key, match in page.phrases(element, text):
            alike[match.span()].append((key, match))
        for found in alike.values():  # one text may be several phrases
            if not any(page.is_right(*one) for one in found):
                yield f"line {element.sourceline}", found[0][0]
    yield from page.apart()
    yield from page.titles()
    yield from page.lines()


class _Page:
    def __init__(self, tree: Any, language: str, by_id: Mapping[str, Any], said: Said) -> None:
        self._tree, self._language, self._by_id, self._said = tree, language, by_id, said
        self._numbers: dict[str, Any] = {}
        self._found: dict[Any, list[str]] = {}

    @cached_property
    def texts(self) -> list[tuple[Any, str]]:
        """Each text with what it stands in; told numbers as one sign each."""
        found = []
        for element in self._tree.iter(*_NUMBERED):
            has_numbers = element.find(".//data") is not None
            if element.tag in _TEXTS or has_numbers:
                found.append((element, " ".join("".join(self._flat(element)).split())))
        return found

    def _flat(self, element: Any) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            if child.tag == "data":
                sign = chr(_FIRST + len(self._numbers))
                self._numbers[sign] = child
                yield sign
            elif isinstance(child.tag, str) and child.tag != "svg":
                yield from self._flat(child)
            yield child.tail or ""

    def phrases(self, element: Any, text: str) -> Iterator[tuple[str, re.Match[str]]]:
        """Yield the phrases that a text says, of those that say one thing of several."""
        for key, pattern in _patterns(self._language, element.tag in _TEXTS):
            match = pattern.search(text)
            if match is not None:
                self._found.setdefault(element, []).append(key)
                yield key, match

    def is_right(self, key: str, match: re.Match[str]) -> bool:
        """Whether a phrase is one that its numbers, or the page's, allow."""
        if key in _SIGNS and not self._said.is_so(key):
            return False
        if key in _REGISTER and self._said.forms and not _REGISTER[key] & self._forms:
            return False
        told = {name: self._told(match[name]) for name in _ENDS if name in match.re.groupindex}
        if any(self._is_other(data, *_ENDS[name]) for name in told for data in told[name]):
            return False
        if key == "finding.one" and any(_is_range(self._row(data)) for data in told["low"]):
            return False
        turned = key in ("finding.least", "finding.most", "finding.between")
        if turned and any(data.get("data-as") == "near" for said in told.values() for data in said):
            return False  # of spells that reached the limit, not of those longer
        low, high = (told.get(name, ()) for name in _ENDS)
        return not (low and high) or _value(low[0]) <= _value(high[0])

    @cached_property
    def _forms(self) -> frozenset[str]:
        """Forms of the register's answer."""
        lifted = [form for key, form in _patterns(self._language, True) if key in _LIFTED]
        is_lifted = any(form.search(text) for form in lifted for _, text in self.texts)
        return self._said.lifted if is_lifted else self._said.forms

    def _told(self, text: str) -> list[Any]:
        return [self._numbers[sign] for sign in text if sign in self._numbers]

    def _row(self, data: Any) -> Any:
        return self._by_id.get(data.get("data-row", ""))

    def _is_other(self, data: Any, metric: str, turn: str) -> bool:
        row = self._row(data)
        return data.get("data-as") == turn or getattr(row, "metric", None) == metric

    def apart(self) -> Iterator[tuple[str, str]]:
        """Yield phrases without those that always stand beside them, or beside others."""
        for place in self._tree.iter("figure", "section"):
            pairs = _TOGETHER.get(place.get("id", ""), {})
            said = [k for e, keys in self._found.items() if pairs and place in e.iterancestors()
                    for k in keys]  # fmt: skip
            for title, sentence in pairs.items():
                if (title in said) != any(key.startswith(sentence) for key in said):
                    yield f"line {place.sourceline}", title
        for element, keys in self._found.items():
            forms = {key.rpartition(".")[2] for key in keys if key in _NUMBERS}
            leads = {_LEADS[key] for key in keys if key in _LEADS}
            if forms and (leads - forms or (BETWEEN in forms and not leads)):
                yield f"line {element.sourceline}", keys[0]
        said = [key for keys in self._found.values() for key in keys if key in _PUBLISHED]
        finding = {_PUBLISHED[key] for key in said}
        if not finding:
            return
        leads = {
            _LEADS[key] for element, keys in self._found.items() for key in keys
            if key in _LEADS and element.get("class") == "lead"
        }  # fmt: skip
        always = {_PUBLISHED[key] for key in said if key.startswith("finding.")} & {*_ALWAYS}
        if leads - finding or always - leads:
            yield "answer", said[0]

    def titles(self) -> Iterator[tuple[str, str]]:
        """Yield titles of figures and sections that are another one's, or not their charts'."""
        is_of_entry = bool(self._tree.xpath("//section[@data-entry]"))
        for element, text in self.texts if is_of_entry else ():
            place = element.getparent()
            place = place.getparent() if place is not None and place.tag == "figcaption" else place
            name = "" if place is None else place.get("id", "")
            if place is None or place.tag not in ("figure", "section") or name not in _PLACES:
                continue
            role = element.get("class", "") if element.tag == "p" else "title"
            keys = _PLACES[name].get(role, "") if element.tag in _TEXTS else ""
            if keys and not any(form.fullmatch(text) for form in _whole(self._language, keys)):
                yield f"line {element.sourceline}", keys
        for figure in self._tree.xpath("//figure[@id='fig-groups']"):
            drawn = figure.xpath(".//svg/@data-drawn")
            said = [k for h in figure.iter("h3") for k in self._found.get(h, ())]
            if drawn and title_of(recipe.read(drawn[0]).rows) not in said:
                yield f"line {figure.sourceline}", "dots.title"

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield lines of tables with the name of another group or entry, cells with other heads."""
        for table in self._tree.iter("table"):
            heads = [_plain(head) for head in table.xpath("thead/tr/th")]
            for line in table.xpath("tbody/tr"):
                rows = [self._row(data) for data in line.iter("data")]
                if _has_other_heads(line, heads) or self._is_of_another(
                    line, [*filter(None, rows)]
                ):
                    yield f"line {line.sourceline}", "table"

    def _is_of_another(self, line: Any, rows: list[Any]) -> bool:
        name = " ".join(_plain(head) for head in line.xpath("th[@scope='row']"))
        for row in rows:
            labels = _labels(row.by, self._language)
            if name in labels and row.stratum not in labels[name]:
                return True
        targets = {href.removesuffix(".html") for href in line.xpath("th//a/@href")}
        slugs = {row.slug for row in rows} & self._slugs
        return bool(targets & self._slugs) and bool(slugs - targets)

    @cached_property
    def _slugs(self) -> set[str]:
        return {row.slug for row in self._by_id.values() if row.rec_id}


def _value(data: Any) -> float:
    return float(data.get("value") or "nan")


def _plain(element: Any) -> str:
    return " ".join(element.text_content().split())


def _has_other_heads(line: Any, heads: Sequence[str]) -> bool:
    """Whether a cell repeats another head than its column's."""
    cells = line.xpath("th|td")
    return len(cells) == len(heads) and any(
        not head.startswith(" ".join(cell.get("data-head", head).split()))
        for cell, head in zip(cells, heads, strict=True)
    )


@cache
def _labels(by: str, language: str) -> Mapping[str, frozenset[str]]:
    """What the groups of a kind are called on a page -> those that are called so."""
    found = defaultdict[str, set[str]](set)
    groups = {"sex": SEXES, "age": AGES, "county": words.COUNTIES}.get(by, ())
    for group in groups:
        for name in {words.stratum(column_of(by), group, x) for x in (language, "en")}:
            found[name.replace("\xa0", " ")].add(group)
    return {name: frozenset(group) for name, group in found.items()}


@cache
def _whole(language: str, begin: str, *, is_told: bool = True) -> list[re.Pattern[str]]:
    """Patterns of the phrases whose keys begin so."""
    keys = (key for start in begin.split() for key in phrase_keys(start))
    forms = (form for key in keys for form in phrase_forms(key, language))
    return [re.compile(pattern_of(form, is_told=is_told)) for form in forms]


def _is_range(row: Any) -> bool:
    return row is not None and row.lo == row.lo and row.hi == row.hi and row.lo < row.hi


@cache
def _patterns(language: str, is_text: bool) -> list[tuple[str, re.Pattern[str]]]:
    """Phrases that say one thing of several, as they stand in a text of ours or in a cell."""
    chosen = [*_SIGNS, *_REGISTER, *_LIFTED, *_PUBLISHED, *_LEADS]
    pairs = (pair for held in _TOGETHER.values() for pair in held.items())
    chosen += [sentence for pair in pairs for key in pair for sentence in phrase_keys(key)]
    chosen += [key for key in phrase_keys() if _TITLE.match(key)]
    ends = [key for key in phrase_keys() if _has_ends(key, language)]
    found = []
    for key in dict.fromkeys([*chosen, *ends] if is_text else ends):
        if key in phrase_keys(key):
            forms = sorted({pattern_of(form) for form in phrase_forms(key, language)})
            start = r"(?:^|(?<=[.:?!] ))" if is_text else ""
            found += [(key, re.compile(start + form)) for form in forms]
    return found


def _has_ends(key: str, language: str) -> bool:
    texts = phrase_forms(key, language)
    has_words = any(re.search(r"[^\W\d_]{2}", _SLOT.sub("", text)) for text in texts)
    return has_words and any(f"{{{name}" in text for text in texts for name in _ENDS)


def is_title_of(place: str, caption: str, language: str) -> bool:
    """Whether a caption begins with a title that a figure may have; `place`: as its anchor."""
    keys = _PLACES.get(place, {}).get("title", "")
    return not keys or any(form.match(caption) for form in _whole(language, keys, is_told=False))


def pattern_of(form: str, *, is_told: bool = True) -> str:
    """Return a pattern of a phrase: at its ends stand told numbers, in other slots anything."""
    pieces = _SLOT.split(" ".join(form.split()))
    # In a text that is read as a page, numbers of the phrase itself stand as told ones do.
    fixed = [re.sub(r"\d+", rf"(?:\g<0>|{_SIGN})", re.escape(p)) for p in pieces[::2]]
    found = [fixed[0]]
    for name, piece in zip(pieces[1::2], fixed[1:], strict=True):
        is_first = f"(?P<{name}>" not in "".join(found)
        slot = _NUMBER if is_told and name in _ENDS else r"(?:(?![.:?!] ).)+?"
        found += [f"(?P<{name}>{slot})" if name in _ENDS and is_first else f"(?:{slot})"]
        found += [piece]
    return "".join(found)
