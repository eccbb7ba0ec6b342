"""Names of the measures that stand in adherence.csv beside the measures of METHODS' result row."""

from __future__ import annotations

_REASONS = {
    1: ("åter i arbete eller avslutat", "back to work or ended"),
    2: ("ny diagnos", "new diagnosis"),
    3: ("sjukersättning", "disability benefit"),
    4: ("pension", "retirement"),
    5: ("dödsfall", "death"),
}
_COLUMNS = {
    "part": (
        "Del",
        "Part",
        "Del av sidan där talet står; table: bara i tabellen",
        "Part of the page that shows the number; table: here only",
    ),
    "day": ("Dag", "Day", "Dag av sjukfallet, från 1", "Day of the spell, from 1"),
    "label": (
        "Benämning",
        "Wording",
        "Namnet i FMB, eller ordalydelsen av en gräns eller ett typfall",
        "The name in FMB, or the wording of a limit or case",
    ),
}

PHRASES = {
    "metric.recommended_max_days": ("Längsta rekommenderade tid, dagar", "Recommended limit, days"),
    "metric.share_on_leave": ("Andel kvar i sjukskrivning", "Share still on sick leave"),
    "metric.share_over_limit": ("Längre än gränsen", "Longer than the limit"),
    "metric.share_over_limit_day_before": ("Minst så långa som gränsen", "At least the limit"),
    "metric.share_over_region": (
        "Längre än rekommenderat: konfidensintervall för andelen mellan ändarna",
        "Longer than recommended: confidence interval of the share between the ends",
    ),
    "metric.share_over_fixed_limit": ("Längre än samma gräns", "Longer than one fixed limit"),
    "metric.share_over_limit_nation": ("Längre än gränsen, riket", "Longer than the limit, nation"),
    "metric.share_over_standardised": (
        "Längre än gränsen, standardiserad för ålder och kön",
        "Longer than the limit, standardised for age and sex",
    ),
    "metric.share_over_range": (
        "Längre än gränsen: lägsta och högsta värde",
        "Longer than the limit: lowest and highest value",
    ),
    "metric.share_over_range_ci": (
        "Längre än gränsen: konfidensintervall för lägsta och högsta värde",
        "Longer than the limit: confidence interval of the lowest and highest value",
    ),
    "metric.observed_expected_ratio": ("Observerat ÷ förväntat", "Observed ÷ expected"),
    "metric.tau2_between_counties": (
        "Spridning mellan län (tau2)",
        "Spread between counties (tau2)",
    ),
    "metric.n_effective": ("Effektivt antal sjukfall", "Effective number of spells"),
    "metric.p_value": ("p-värde", "p-value"),
    "metric.q_value": ("q-värde", "q-value"),
    "metric.difference_share_over_limit": (
        "Förändring av andelen över gränsen",
        "Change in the share over the limit",
    ),
    "metric.length_ratio_longest": ("Längd ÷ längsta gränsen", "Length ÷ longest limit"),
    "metric.length_ratio_shortest": ("Längd ÷ kortaste gränsen", "Length ÷ shortest limit"),
    "metric.share_ended": ("Andel avslutade", "Share ended"),
    "metric.gross_days": ("Kalenderdagar under ett år", "Calendar days within a year"),
    "metric.net_days": ("Heltidsdagar under ett år", "Full-time days within a year"),
    "metric.window_days": ("Dagar kring gränsen", "Days around the limit"),
    "metric.share_moved": (
        "Slutar i tid till gränsen i stället för senare",
        "End in time for the limit instead of later",
    ),
    "metric.days_moved": ("Dagar tidigare i medeltal", "Days earlier on average"),
    "metric.share_placebos_apart": (
        "Dagar utan gräns utanför sitt 95 %-intervall",
        "Days without a limit outside their 95% interval",
    ),
    "metric.smallest_detectable": (
        "Minsta skillnad som sannolikt hade upptäckts",
        "Smallest difference that would probably have been found",
    ),
    "metric.n_started": ("Påbörjade sjukfall", "Spells started"),
    "metric.n_seen": ("Sjukfall längre än registrets första dagar", "Spells past the entry day"),
    "metric.n_ended": ("Avslutade sjukfall", "Ended spells"),
    "metric.n_ongoing": ("Pågående sjukfall", "Ongoing spells"),
    "metric.n_scored": ("Sjukfall med en gräns", "Spells that have a limit"),
    "metric.n_ambiguous": (
        "Sjukfall vars kod är för kort för en post",
        "Spells whose code is too short for one entry",
    ),
    "metric.n_spells_shown": ("Sjukfall i visade grupper", "Spells in the groups shown"),
    "metric.n_unknown_codes": ("Okända koder", "Unknown codes"),
    "metric.rank_by_share": ("Plats efter andel", "Rank by share"),
    "metric.n_points": ("Punkter i figuren", "Points in the figure"),
    "metric.figure_part": ("Del av figuren", "Part of the figure"),
    "metric.n_groups": ("Grupper", "Groups"),
    "metric.n_groups_absent": ("Grupper utan tal", "Groups without a number"),
    "metric.n_entries": ("Diagnoser i FMB", "Entries of FMB"),
    "metric.n_marks_between": ("Diagnoser med flera gränser", "Entries with several limits"),
    "metric.n_marks_one": ("Diagnoser med en gräns", "Entries with one limit"),
    "metric.n_marks_least": (
        "Diagnoser där bara den längsta gränsen kan bedömas",
        "Entries of which only the longest limit can be judged",
    ),
    "metric.n_marks_most": (
        "Diagnoser där bara den kortaste gränsen kan bedömas",
        "Entries of which only the shortest limit can be judged",
    ),
    "metric.n_limits": ("Gränser", "Limits"),
    "metric.n_changes": ("Ändringar", "Changes"),
    "metric.n_silent_changes": ("Ändringar utan ny version", "Changes without a new version"),
    "metric.recommended_days": ("Rekommenderad tid, dagar", "Recommended time, days"),
    "metric.recommended_weeks": ("Rekommenderad tid, veckor", "Recommended time, weeks"),
    "metric.recommended_months": ("Rekommenderad tid, månader", "Recommended time, months"),
    "metric.recommended_years": ("Rekommenderad tid, år", "Recommended time, years"),
    "metric.recommended_length": ("Rekommenderad tid", "Recommended time"),
    "metric.entry_day": ("Registrets inträdesdag", "Entry day of the register"),
    "metric.first_day_seen": ("Första dag som registret ser", "First day that the register sees"),
    "metric.gap_days": ("Längsta uppehåll inom ett sjukfall", "Longest gap within a spell"),
    "metric.month_days": ("Dagar per månad", "Days in a month"),
    "metric.month_days_other": ("Dagar per månad, annan räkning", "Days in a month, other count"),
    "metric.threshold": ("Minsta antal som visas", "Smallest count shown"),
    "metric.n_rows_read": ("Lästa rader", "Rows read"),
    "metric.n_duplicates": ("Upprepade rader", "Repeated rows"),
    "metric.n_rejected": ("Underkända rader", "Rejected rows"),
    "metric.n_excluded": ("Bortvalda rader", "Excluded rows"),
    "metric.n_ended_on_day": ("Avslutade på dagen", "Ended on the day"),
    "metric.n_expected_on_day": ("Väntat antal avslutade på dagen", "Expected to end on the day"),
} | {
    f"metric.share_ended_{cause}": (f"Andel avslutade: {swedish}", f"Share ended: {english}")
    for cause, (swedish, english) in _REASONS.items()
} | {
    f"metric.share_on_degree_{degree}": (
        f"Andel på omfattningen {degree} %",
        f"Share on a degree of {degree}%",
    )
    for degree in (25, 50, 75, 100)
} | {
    f"metric.recommended_max_days_month_{days}": (
        f"Längsta rekommenderade tid med {days} dagar per månad",
        f"Recommended limit with {days} days in a month",
    )
    for days in (30, 31)
} | {
    f"export.{kind}.{name}": (texts[k], texts[k + 1])
    for name, texts in _COLUMNS.items()
    for kind, k in (("head", 0), ("about", 2))
}  # fmt: skip
