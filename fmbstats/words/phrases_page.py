"""Phrases of the pages around the reports: index, overview, navigation."""

from __future__ import annotations

PHRASES = {
    "page.skip_to_content": ("Hoppa till innehållet", "Skip to content"),
    "page.contents": ("Innehåll", "Contents"),
    "page.back_to_index": ("Alla rapporter", "All reports"),
    "page.show_data": ("Visa talen bakom figuren", "Show the figures behind the chart"),
    "page.figure": ("Figur {number}", "Figure {number}"),
    "page.table": ("Tabell {number}", "Table {number}"),
    "page.made": ("Gjord {date} med fmbstats {version}.", "Made {date} with fmbstats {version}."),
    "index.title": (
        "Sjukskrivning mot rekommendationerna {year}",
        "Sick leave against the recommendations {year}",
    ),
    "index.search": ("Sök diagnos eller kod", "Search diagnosis or code"),
    "index.filter_group": ("Visa sjukdomsgrupp", "Show disease group"),
    "index.all_groups": ("Alla sjukdomsgrupper", "All disease groups"),
    "index.sort": ("Sortera efter {column}", "Sort by {column}"),
    "index.shown": ("{n} av {total} visas", "{n} of {total} shown"),
    "index.no_hits": ("Ingen diagnos passar sökningen.", "No diagnosis matches the search."),
    "index.caption": (
        "Diagnosinformationer i FMB med länk till varje rapport",
        "Entries in FMB with a link to each report",
    ),
    "index.curve": ("Kurva", "Curve"),
    "overview.title": ("Översikt {year}", "Overview {year}"),
    "overview.forest.title": ("Alla diagnosinformationer", "All entries"),
    "overview.change.title": ("Förändring från året före", "Change from the year before"),
    "overview.change.empty": (
        "Det finns inget tidigare år att jämföra med.",
        "There is no earlier year to compare with.",
    ),
    "overview.not_judged.title": ("Kan inte bedömas, och varför", "Cannot be judged, and why"),
    "overview.not_judged.empty": (
        "Alla diagnosinformationer kan bedömas.",
        "All entries can be judged.",
    ),
}
