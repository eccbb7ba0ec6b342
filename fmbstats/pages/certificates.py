"""The page on the use of FMB when certificates are issued: planned ends, reasons, ICF codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

from markupsafe import Markup

from fmbstats import codes, words
from fmbstats.diagnosis.objects import Workbench, entry_named
from fmbstats.evaluate.certificates import RELEASED, CertificateUse
from fmbstats.evaluate.certificates import certificates_of as issued_of
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.charts.years import Dated, TimeSeries
from fmbstats.figures.svg import Say
from fmbstats.pages.evaluation import EvaluationPage, opened
from fmbstats.pages.figure import dot_of
from fmbstats.pages.render import Part, paragraph
from fmbstats.release import store_for
from fmbstats.release.certificates import (
    about_certificates,
    kept_folder,
    most_of_one,
    protected_certificates,
    read_certificates,
    released_certificates,
    write_certificates,
)
from fmbstats.release.rule import Rule
from fmbstats.results.certificates import (
    COMPARED,
    CertificateNumbers,
    certificate_sentences,
    certificate_stratum,
    tried,
)
from fmbstats.results.evaluation import Writer
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.store.opening import read_origin
from fmbstats.store.own_register import RegisterRequest, found_request
from fmbstats.store.secret import secret_of
from fmbstats.told import Told
from fmbstats.words import phrase
from fmbstats.words.refused import RefusedFile

_DOTS = ("renewed", "profession", "speciality")
_ICF = ("icf_recall", "icf_precision")


@dataclass(frozen=True, eq=False)
class CertificatesPage(EvaluationPage):
    """The certificates of an entry, or of all diagnoses, in a language."""

    entry_name: str = ""  #: Empty for all diagnoses.
    notebook: ClassVar[str] = "evaluate_certificates"
    margins: ClassVar[tuple[str, ...]] = ()

    @property
    def asked(self) -> dict[str, object]:
        """What its notebook is told of it."""
        return {"entry": self.found.entry}

    @property
    def certificates(self) -> tuple[str, ...]:
        """The entry's, or those of all together."""
        return (self.found.entry,)

    @property
    def name(self) -> str:
        """What the certificates are of."""
        return self.entry_name or self.plain("certificates.all").capitalize()

    @property
    def about_rows(self) -> dict[str, object]:
        """What is the same in all rows: also the entry."""
        if not self.found.entry:
            return super().about_rows
        dx = ",".join(map(codes.dotted, lookups.entry_codes(self.store, self.found.entry)))
        return super().about_rows | {"rec_id": self.found.entry, "dx": dx, "label": self.name}

    @property
    def title(self) -> str:
        """In the browser's tab."""
        return f"{self.plain('certificates.title')} {words.visible(self.name)}"

    @cached_property
    def numbers(self) -> CertificateNumbers:
        """The numbers with their rows."""
        return CertificateNumbers(self.found)

    @property
    def about_more(self) -> list[tuple[Markup, Markup]]:
        """How many certificates of one person count."""
        if self.store.threshold is None:
            return []
        few = Told("smallest_group", Rule(self.store.threshold).base, part="provenance")
        most = most_of_one(self.store.threshold)
        n = Told("most_certificates", most, part="provenance")
        return [(self.say("certificates.most"), self.say("certificates.most.text", few=few, n=n))]

    @property
    def is_told(self) -> bool:
        """Whether there are enough certificates with a limit."""
        return self.numbers.share("planned_over_shortest").is_known

    def answer(self) -> Part:
        """Return the finding, and the share beyond the recommendation month by month."""
        writer = Writer(self.language, is_marked=True)
        years = self.found.strata("year")
        span = [years[k] for k in (0, -1)] if years else []
        return self.first(
            words.visible(self.name),
            self.say("certificates.span", first=span[0], last=span[1]) if span else "",
            self._finding(),
            certificate_sentences(self.found, words.visible(self.name), writer),
            self._series() if self.is_told else "",
            names_lang="sv" if self.found.entry else "",
        )

    def _finding(self) -> Markup:
        low, high = (self.numbers.share(f"planned_over_{end}") for end in ("longest", "shortest"))
        if not high.is_known:
            return self.say("evaluation.title.refused")
        if low.is_known and low.estimate != high.estimate:
            return self.say("certificates.finding.between", low=low, high=high)
        key = "certificates.finding" if low.is_known else "certificates.finding.most"
        return self.say(key, share=high)

    def _series(self) -> Markup:
        months, years = (
            [
                told
                for stratum in self.found.strata(by)
                if (told := self._planned(by, stratum)).is_known
            ]
            for by in ("month", "year")
        )
        shown = months if len(months) > len(years) else years
        if not shown:
            return Markup("")
        points = [
            Dated(
                _time(one.stratum), 100 * one.estimate, 100 * one.lo, 100 * one.hi, self.shown(one),
                title=f"{one.stratum}: {one.text(self.language, interval=True)}",
            )
            for one in shown
        ]  # fmt: skip
        axis = range(int(points[0].at), int(points[-1].at) + 1)
        chart = TimeSeries(points, "%", list(axis), self.language, is_line=shown is years)
        by = shown[0].by
        rows = [
            told
            for stratum in self.found.strata(by)
            for told in (
                self.numbers.n("n_certificates_judged", by, stratum),
                self.numbers.share(self.numbers.motivated, by, stratum),
            )
            if told.is_known
        ]
        alt = self.listed("certificates.series.alt", shown)
        return self.charted("issued", chart, FULL, alt, rows, which=self._which())

    def _planned(self, by: str, stratum: str) -> Told:
        return self.numbers.share(self.numbers.planned, by, stratum)

    def _which(self) -> str:
        end = self.numbers.planned.removeprefix("planned_over_")
        return self.plain(f"certificates.which.{end}")

    def groups(self) -> Part:
        """Return the groups beside one another, each against all others."""
        if not self.is_told:
            return Part("groups", self.place, Markup(""))
        blocks = [paragraph(self.say("certificates.groups.how"))]
        blocks += filter(None, [self._dots("issuers", list(self._issuers()))])
        blocks += [self._group_table(by) for by in COMPARED if self.found.strata(by)]
        return self.section("groups", "certificates.groups", blocks, place=self.place)

    def _issuers(self) -> Iterator[Dot]:
        yield self._dot("all", "all", is_main=True)
        for by in _DOTS:
            for k, stratum in enumerate(s for s in self.found.strata(by) if s != "unknown"):
                yield self._dot(by, stratum, begins_group=k == 0)

    def _dot(self, by: str, stratum: str, **more: bool) -> Dot:
        name = self.plain("dots.all") if by == "all" else self._named(by, stratum)
        n = self.numbers.n("n_certificates_judged", by, stratum)
        return dot_of(self, self._planned(by, stratum), n, name, **more)

    def _named(self, by: str, stratum: str) -> str:
        return certificate_stratum(by, stratum, self.language)

    def _dots(self, key: str, rows: list[Dot]) -> Markup:
        if sum(row.value is not None for row in rows) < 3:
            return Markup("")
        chart = Dots(
            rows, rows[0].value, self.plain("dots.all"), self.plain("dots.head"), self.language
        )
        said = "; ".join(f"{row.name}: {row.said.text}" for row in rows if row.value is not None)
        ids = " ".join(row.said.row for row in rows)
        alt = Say(self.plain("certificates.dots.alt", shares=said), ids)
        return self.charted(key, chart, FULL, alt, which=self._which())

    def _group_table(self, by: str) -> Markup:
        rows = []
        for stratum in self.found.strata(by):
            n = self.numbers.n("n_certificates_judged", by, stratum)
            cells = [self._compared(by, stratum, what) for what in self.numbers.compared]
            rows.append([self._named(by, stratum), n.html(self.language), *cells])
        names = ("group", "judged", *self.numbers.compared)
        heads = self.heads("certificates.head", names, ("judged",))
        return self.table(heads, rows, caption=self.plain(f"certificates.by.{by}"), is_long=True)

    def _compared(self, by: str, stratum: str, what: str) -> Markup:
        """Return a share, and its difference from all others.

        Where no difference is sure, also the least that would show.
        """
        share = self.numbers.share(self.numbers.measure(what), by, stratum).whole(self.language)
        difference, least = self.numbers.difference(by, stratum, what)
        if not difference.is_known:
            return share
        is_sure = not difference.lo <= 0 <= difference.hi
        key = "certificates.apart" if is_sure else "certificates.least"
        shown = {"difference": difference} | ({} if is_sure else {"least": least})
        told = {name: one.whole(self.language, points=False) for name, one in shown.items()}
        return Markup("{}<br>{}").format(share, self.say(key, **told))

    def icf(self) -> Part:
        """Return ICF codes given and listed: of the entry, or entry by entry."""
        if not self.numbers.share("icf_recall").is_known:
            return Part("icf", self.place, Markup(""))
        groups = [("all", "all", words.visible(self.name))]
        if not self.found.entry:
            told = [(self.found.titles.get(e, e), e) for e in self.found.entries]
            groups += [
                ("entry", entry, words.visible(name))
                for name, entry in sorted(told)
                if self.numbers.share("icf_recall", "entry", entry).is_known
            ]
        rows = [
            [name, self.numbers.n(by=by, stratum=stratum).html(self.language),
             *(self._levels(name, by, stratum) for name in _ICF)]
            for by, stratum, name in groups
        ]  # fmt: skip
        heads = self.heads("certificates.head", ("entry", "n", *_ICF), ("n", *_ICF))
        title = "certificates.icf.title"
        how = paragraph(self.say("certificates.icf.how", edition=self.found.icf_edition))
        table = self.table(heads, rows, label=self.plain(title), names_lang="sv", is_long=True)
        return self.section("icf", title, [how, table], place=self.place)

    def _levels(self, name: str, by: str, stratum: str) -> Markup:
        """Return a share of ICF codes, and under it that at the second level, if it is another."""
        both = [self.numbers.share(key, by, stratum) for key in (name, f"{name}_second")]
        first, second = (told.text(self.language, interval=True) for told in both)
        shown = both[:1] if first == second else both
        return Markup("<br>").join(told.whole(self.language) for told in shown)

    def below(self) -> Part:
        """Return the assumptions, and folded: all measures."""
        folds = [(self.say("certificates.measures"), self._measure_table())]
        return self.assumed(tried(self.numbers), folds)

    def tried(self, name: str, state: str) -> str:
        """Return an assumption."""
        return self.say(f"certificates.assumption.{name}")

    def _measure_table(self) -> Markup:
        rows = [
            [
                self.say(f"metric.{name}"),
                self.numbers.share(name).html(self.language, interval=True),
            ]
            for name in self.found.shares()["measure"]
        ]
        heads = self.heads("certificates.head", ("measure", "share"), ("share",))
        return self.table(heads, rows, label=self.plain("certificates.measures"))

    makers = MappingProxyType(
        {
            "answer": answer, "groups": groups, "icf": icf, "below": below,
            "about": EvaluationPage.about,
        }
    )  # fmt: skip


def _time(stratum: str) -> float:
    """Write a year as it is, a month as a year and its part."""
    year, _, month = stratum.partition("-")
    return float(year) + ((int(month) - 0.5) / 12 if month else 0)


def ready_certificates(
    store: Workbench, threshold: int | None, request: RegisterRequest | None = None
) -> tuple[CertificateUse, int]:
    """Count the certificates of a store, or of files; also return how many were faulty.

    Protected counts are kept beside the release store: a page that leaves is made from them and
    opens no register.
    """
    source = store_for(store, threshold)
    titles = {entry: name for entry, _, name in lookups.entry_names(source)}
    kept = kept_folder(source.path)
    if store.is_release:
        return CertificateUse.of_released(*read_certificates(kept), titles), 0
    issued = issued_of(request or _own(store), store.data_folder)
    if threshold is None:
        return issued.use(), issued.n_rejected
    secret, most = secret_of(store.path).hex(), most_of_one(threshold)
    counted = issued.counted(RELEASED, secret=secret, most=most)
    counts, effects = protected_certificates(*counted, threshold)
    frame = released_certificates(counts, effects)
    kept.mkdir(mode=0o700, exist_ok=True)
    about = about_certificates(threshold, issued.missing, issued.icf_edition)
    write_certificates(frame, about, kept)
    return CertificateUse.of_released(frame, about, titles), issued.n_rejected


def _own(store: Workbench) -> RegisterRequest:
    found = found_request(store.data_folder, read_origin(store.path))
    if found is None:
        raise RefusedFile("no_certificates")
    return found


def certificates_of_store(
    store: Workbench,
    use: CertificateUse,
    entry: str = "",
    *,
    language: str = words.DEFAULT_LANGUAGE,
    threshold: int | None = SETTINGS.threshold,
) -> CertificatesPage:
    """Return the page on counted certificates.

    Parameters
    ----------
    store : Workbench
        Exact, or a release store with this threshold.
    use : CertificateUse
        As of `ready_certificates`.
    entry : str
        FMB entry id, slug, or ICD-10-SE code of one entry; empty for all diagnoses together.
    language : {"sv", "en"}
    threshold : int or None
        Smallest number that decides what is told; None for exact numbers.

    Raises
    ------
    Refused
        The name is of no entry, or of several.
    """
    source = store_for(store, threshold)
    entry_id, title, slug = entry_named(source, entry) if entry else ("", "", "")
    options = [slug] * bool(slug) + ["--internal"] * (threshold is None)
    code = phrase("evaluation.command.certificates", language, options=" ".join(options)).strip()
    name = "-".join(filter(None, ("certificates", slug)))
    return CertificatesPage(source, language, name, code, use.of(entry_id), title)


def certificates_of(store: Workbench, entry: str = "", **asked: Any) -> CertificatesPage:
    """Count the certificates of a store and return their page; see `certificates_of_store`."""
    use, _ = ready_certificates(store, asked["threshold"])
    return certificates_of_store(store, use, entry, **asked)


def certificates_page(entry: str = "", **asked: Any) -> CertificatesPage:
    """Open the store and return the page on its certificates: for the notebook; see `opened`."""
    return opened(certificates_of, entry, **asked)
