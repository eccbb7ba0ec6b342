"""The page on a reform that reached the counties one after another; exact, for use inside."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from fmbstats import words
from fmbstats.evaluate.rollout import Rollout
from fmbstats.frames import rows_of
from fmbstats.pages.charts.frame import FULL
from fmbstats.pages.charts.placebo import EventStudy, Period
from fmbstats.pages.evaluation import EvaluationPage
from fmbstats.pages.render import Head, Part, Table, render
from fmbstats.pages.svg import Say
from fmbstats.results.evaluation import rollout_frame, rollout_sentences

#: The sentences that stand above the figure: the effect, the checks, and what is pooled.
N_LEAD = 3


@dataclass(frozen=True, eq=False)
class RolloutPage(EvaluationPage):
    """A roll-out in a language.

    Attributes
    ----------
    found : Rollout
    """

    found: Rollout

    @property
    def title(self) -> str:
        """In the browser's tab."""
        return self.plain("rollout.title")

    def _number(self, value: float) -> str:
        return words.number(value, 3, self.language)

    def answer(self) -> Part:
        """Return the finding with the smallest effect that would have shown, and its course."""
        is_found = self.found.headline.p <= 0.05
        said = rollout_sentences(self.found, self.language)
        figure = self.figure("rollout", self._course(), FULL, self._alt())
        html = render(
            "evaluation.html",
            self.language,
            kind=self.kind,
            name=self.plain("rollout.title"),
            changed=self.say("rollout.counties", n=len(self.found.counties)),
            finding=self.say("rollout.found" if is_found else "rollout.not_found"),
            lead=said[:N_LEAD],
            figure=figure,
        )
        return Part("answer", "answer", html)

    def _course(self) -> EventStudy:
        periods = [
            Period(int(at), float(e), float(e), float(e), Say(f"{at:+.0f}: {self._number(e)}"))
            for at, e, *_ in self.found.events
        ]
        return EventStudy(
            periods, self.plain("rollout.unit"), self.plain("rollout.axis"), self.language
        )

    def _alt(self) -> Say:
        said = "; ".join(f"{at:+.0f}: {self._number(e)}" for at, e, *_ in self.found.events)
        return Say(self.plain("rollout.alt", values=said))

    def below(self) -> Part:
        """Return the diagnoses, what carries each quarter, and how much trends may differ."""
        rows = [
            [words.visible(row.title), self.days(int(row.limit_days)),
             self._number(row.log_hazard_ratio), words.percent(row.weight, 1, self.language)]
            for row in rows_of(rollout_frame(self.found))
        ]  # fmt: skip
        heads = [
            Head(self.say("rollout.head.entry")),
            *(Head(self.say(f"rollout.head.{key}"), True) for key in ("limit", "effect", "weight")),
        ]
        title = self.plain("rollout.entries.title")
        table = Table(heads, rows, label=title, names_lang="sv", is_long=True).html(self.language)
        more = rollout_sentences(self.found, self.language)[N_LEAD:]
        lines = Markup("").join(Markup("<li>{}</li>").format(line) for line in more)
        listed = Markup("<h3>{}</h3><ul>{}</ul>").format(self.say("rollout.more"), lines)
        html = render(
            "section.html", self.language, id="entries", title=title,
            blocks=[table, listed],
        )  # fmt: skip
        return Part("entries", self.place, html, [("entries", title)])

    makers = MappingProxyType({"answer": answer, "entries": below, "about": EvaluationPage.about})
