"""What the use of FMB at issue says: sentences, lines, and numbers with their rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pandas as pd

from fmbstats import words
from fmbstats.evaluate.certificates import FEW, ICF, RELEASED, TOLD, CertificateUse
from fmbstats.evaluate.revision import BROKEN, CANNOT, HELD
from fmbstats.frames import rows_of
from fmbstats.results.evaluation import Writer
from fmbstats.stats.intervals import z_value
from fmbstats.told import NOTHING, Told
from fmbstats.words import Absent, phrase
from fmbstats.words.strata import OWN, own_group

PART = "certificates"
#: Groups of which each is compared with all others.
COMPARED = ("renewed", "county", "profession", "speciality", "year")
#: What is compared -> the least difference that would have shown.
COMPARISONS: Mapping[str, str] = MappingProxyType(
    {
        "planned_over": "smallest_detectable",
        "motivated_over": "smallest_motivated_over",
        "icf_recall": "smallest_icf_recall",
        "icf_precision": "smallest_icf_precision",
    }
)
#: Years are alike where the shares of first certificates differ by less.
APART = 0.05
#: All certificates count where less of them falls out.
LEFT_OUT = 0.01
#: Share with a reason though the limit is kept, above which field 37.1 is used for more.
NEEDLESS = 0.05
_OWN = ("profession", "speciality")
_KINDS = {"n_certificates": "n", "n_certificates_judged": "n_judged"}


class CertificateNumbers:
    """The numbers that certificates tell, each with its row."""

    def __init__(self, use: CertificateUse) -> None:
        self.use = use

    def _told(
        self,
        metric: str,
        by: str,
        stratum: str,
        estimate: float = NOTHING,
        lo: float = NOTHING,
        hi: float = NOTHING,
        reason: Absent | None = None,
    ) -> Told:
        if by in _OWN:
            by, stratum = OWN, own_group(by, stratum)
        return Told(metric, estimate, lo, hi, by, stratum, PART, reason=reason)

    @cached_property
    def _shares(self) -> dict[str, dict[tuple[str, str], Any]]:
        return {}

    def _rows(self, by: str) -> dict[tuple[str, str], Any]:
        if by not in self._shares:
            found = self.use.shares(None if by == "all" else by)
            self._shares[by] = {(row.stratum, row.measure): row for row in rows_of(found)}
        return self._shares[by]

    def share(self, measure: str, by: str = "all", stratum: str = "all") -> Told:
        """Return a share with its interval, or why it is not told."""
        row = self._rows(by).get((stratum, measure))
        if row is None or row.reason:
            few = row is None or row.reason == FEW
            reason = Absent.PROTECTED if few else Absent.MISSING
            return self._told(measure, by, stratum, reason=reason)
        return self._told(measure, by, stratum, row.estimate, row.lo, row.hi)

    def n(self, metric: str = "n_certificates", by: str = "all", stratum: str = "all") -> Told:
        """Return a number of certificates, or that they are too few."""
        use = self.use.of(stratum) if by == "entry" else self.use
        n = use.total(_KINDS[metric], *(("all", "all") if by == "entry" else (by, stratum)))
        if not n and self.use.noise:
            return self._told(metric, by, stratum, reason=Absent.PROTECTED)
        return self._told(metric, by, stratum, n)

    def measure(self, what: str) -> str:
        """Return the share that is compared, of `COMPARISONS`."""
        return {"planned_over": self.planned, "motivated_over": self.motivated}.get(what, what)

    @cached_property
    def compared(self) -> list[str]:
        """What can be compared, of `COMPARISONS`."""
        return [what for what in COMPARISONS if self.share(self.measure(what)).is_known]

    def difference(self, by: str, stratum: str, what: str = "planned_over") -> tuple[Told, Told]:
        """Return a group's difference from all others, and the least that would have shown."""
        found = self.use.compared(by, stratum, self.measure(what))
        return self._pair(f"difference_{what}", COMPARISONS[what], by, stratum, found)

    def trend(self) -> tuple[Told, Told]:
        """Return the change in a year, and the least that would have shown."""
        found = self.use.trend(self.planned)
        return self._pair("trend_planned_over", "smallest_trend", "all", "all", found)

    def _pair(self, key: str, least: str, by: str, stratum: str, found) -> tuple[Told, Told]:
        estimate, lo, hi, would_show = found
        reason = Absent.PROTECTED if estimate != estimate else None
        return (
            self._told(key, by, stratum, estimate, lo, hi, reason),
            self._told(least, by, stratum, would_show, reason=reason),
        )

    @cached_property
    def planned(self) -> str:
        """Which share is compared: over the longest limit, where it is told."""
        return self._first("planned_over_longest", "planned_over_shortest")

    @cached_property
    def motivated(self) -> str:
        """Which share with a reason is told by group."""
        return self._first("motivated_over_longest", "motivated_over_shortest")

    def _first(self, longest: str, shortest: str) -> str:
        row = self._rows("all").get(("all", longest))
        return longest if row is not None and not row.reason and row.n_part else shortest

    def every(self) -> Iterator[Told]:
        """Yield all that may be told, for whoever computes it again."""
        for by in (m for m in RELEASED if m in set(self.use.counts["margin"])):
            for stratum in self.use.strata(by):
                yield from (self.n(metric, by, stratum) for metric in _KINDS)
                yield from (self.share(measure, by, stratum) for measure in TOLD)
                for what in COMPARISONS if by in COMPARED else ():
                    yield from self.difference(by, stratum, what)
        yield from self.trend()
        if not self.use.entry:
            for entry in self.use.entries:
                yield self.n(by="entry", stratum=entry)
                yield from (self.share(measure, "entry", entry) for measure in ICF)


def certificate_sentences(use: CertificateUse, title: str, write: Writer) -> list[str]:
    """Return how FMB is used at issue, the headline first."""
    numbers = CertificateNumbers(use)
    n, judged = _counts(numbers, write)
    said = [write.say("certificates.counted", title=title, n=n, judged=judged)]
    if numbers.n("n_certificates_judged").estimate > 0:
        said += [_planned(numbers, write), *_motivated(numbers, write), _trend(numbers, write)]
    else:
        said.append(write.say("certificates.few" if use.noise else "certificates.none"))
    recall, precision = (numbers.share(f"icf_{name}") for name in ("recall", "precision"))
    if recall.is_known and precision.is_known:
        shown = {"recall": recall, "precision": precision}
        told = {name: write.told(value, interval=True) for name, value in shown.items()}
        said.append(write.say("certificates.icf", edition=use.icf_edition, **told))
    columns = [c for c in use.missing if words.has_phrase(f"certificates.column.{c}")]
    if columns:
        names = [phrase(f"certificates.column.{c}", write.language) for c in sorted(columns)]
        listed = words.joined(names, write.language)
        said.append(write.say("certificates.missing", columns=listed))
    if "unit_id" in use.missing:
        said.append(write.say("certificates.no_units"))
    return said


def _counts(numbers: CertificateNumbers, write: Writer) -> list[Any]:
    """Numbers that phrases agree with."""
    told = [numbers.n(metric) for metric in _KINDS]
    return told if write.is_marked else [one.text(write.language) for one in told]


def _planned(numbers: CertificateNumbers, write: Writer) -> str:
    low, high = (numbers.share(f"planned_over_{end}") for end in ("longest", "shortest"))
    if not high.is_known:
        return write.say("certificates.over_few")
    ends = [write.told(one, interval=True) for one in (low, high)]
    if not low.is_known:
        return write.say("certificates.over_most", high=ends[1])
    if low.estimate == high.estimate:
        return write.say("certificates.over", share=ends[0])
    return write.say("certificates.over_between", low=ends[0], high=ends[1])


def _motivated(numbers: CertificateNumbers, write: Writer) -> list[str]:
    share = numbers.share(numbers.motivated)
    if not share.is_known:
        return []
    is_sure = numbers.motivated == "motivated_over_longest"
    key = "certificates.motivated" if is_sure else "certificates.motivated_possibly"
    return [write.say(key, share=write.told(share, interval=True))]


def _trend(numbers: CertificateNumbers, write: Writer) -> str:
    trend, least = numbers.trend()
    if not trend.is_known:
        return write.say("certificates.trend.few")
    is_sure = not trend.lo <= 0 <= trend.hi
    key = "certificates.trend" if is_sure else "certificates.trend.none"
    told = {} if is_sure else {"least": write.told(least)}
    return write.say(key, trend=write.told(trend, interval=True), **told)


def tried(numbers: CertificateNumbers) -> list[tuple[str, str]]:
    """Return what the numbers rest on, each with whether it held."""
    use = numbers.use
    low, high = (numbers.share(f"planned_over_{end}") for end in ("longest", "shortest"))
    needless = numbers.share("motivated_within")
    found = [
        ("units", BROKEN if "unit_id" in use.missing else HELD),
        ("limit", _state(low.is_known and high.is_known, low.estimate == high.estimate)),
    ]
    found += [("years", _alike_years(use)), ("most", _all_count(use))]
    if not use.reason_for("motivated_within"):
        is_clear = needless.is_known and not needless.lo <= NEEDLESS <= needless.hi
        found.append(("reason", _state(is_clear, needless.hi < NEEDLESS)))
    if not use.reason_for("icf_recall"):
        found.append(("list", CANNOT))
    return [*found, ("all", CANNOT)]


def _alike_years(use: CertificateUse) -> str:
    """Whether first certificates are as common in all years: else spells are cut off in some."""
    years = use.strata("year")
    ends = [end for y in years for end in use.compared("year", y, "first_of_spell")[1:3]]
    low, high = ends[::2], ends[1::2]
    if any(lo > APART or hi < -APART for lo, hi in zip(low, high, strict=True)):
        return BROKEN
    return _state(bool(ends) and all(abs(end) < APART for end in ends), is_held=True)


def _all_count(use: CertificateUse) -> str:
    """Whether all of everybody's certificates count: fewer fall out of each year than of all."""
    groups = [("year", year) for year in use.strata("year")]
    left_out = sum(use.total("n", *group) for group in groups) - use.n
    noise = sum(use.variance("n", *group) for group in [*groups, ("all", "all")])
    unsure = z_value(0.95) * math.sqrt(noise)
    is_held = left_out + unsure < LEFT_OUT * use.n
    return _state(is_held or left_out > unsure, is_held)


def _state(is_clear: bool, is_held: bool) -> str:
    return CANNOT if not is_clear else HELD if is_held else BROKEN


def certificate_stratum(by: str | None, value: object, language: str) -> str:
    """Return what a group of certificates is called."""
    if value in (None, "unknown"):
        return phrase("certificates.unknown", language)
    return words.stratum("county_code" if by == "county" else str(by), value, language)


def certificate_lines(
    shares: pd.DataFrame, by: str | None, titles: Mapping[str, str], language: str
) -> list[str]:
    """Return the shares that can be told as lines for a terminal, group by group."""
    lines = []
    for value, rows in shares.groupby("stratum", sort=False, dropna=False):
        if by is not None:
            known = titles if by == "entry" else {}
            name = known.get(str(value)) or certificate_stratum(by, value, language)
            lines += ["", words.visible(name)]
        for row in rows[rows["reason"].eq("") & rows["n_whole"].gt(0)].to_dict("records"):
            label = phrase(f"metric.{row['measure']}", language)
            share = words.percent(row["estimate"], 1, language)
            has_ends = row["lo"] == row["lo"]
            interval = has_ends * words.interval(row["lo"], row["hi"], "percent", 1, language)
            n = words.count(row["n_whole"], language)
            lines.append(f"  {label:<70} {share:>8}  {interval:<24} n = {n}")
    return lines
