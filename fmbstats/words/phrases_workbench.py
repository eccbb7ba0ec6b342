"""Phrases of the workbench: cards, widgets and comparisons in JupyterLab."""

from __future__ import annotations

PHRASES = {
    "internal.note": (
        "Exakta tal för internt bruk. Det som ska lämnas ut görs med fmbstats report eller "
        "fmbstats export, som skyddar små grupper.",
        "Exact figures for internal use. What is to be published is made by fmbstats report or "
        "fmbstats export, which protect small groups.",
    ),
    # The card of a diagnosis
    "card.limits": ("Rekommenderad längsta tid", "Recommended longest time"),
    "card.limits.cases": (
        "{limits} ({n} typfall, utgåva {edition})",
        "{limits} ({n} cases, edition {edition})",
    ),
    "card.limits.case": (
        "{limits} (ett typfall, utgåva {edition})",
        "{limits} (one case, edition {edition})",
    ),
    "card.spells": ("Sjukfall längre än {entry}", "Spells longer than {entry}"),
    "card.spells.value": (
        "{n}, varav {ongoing} pågick vid brytdagen",
        "{n}, of which {ongoing} ongoing at the cut-off",
    ),
    "card.period": ("Påbörjade", "Started"),
    "card.period.all": ("{first}–{last}", "{first}–{last}"),
    "card.adherence": ("Inom rekommenderad tid", "Within the recommended time"),
    "card.adherence.between": (
        "{shares} beroende på typfall (yttre 95 % KI {ci})",
        "{shares} depending on the case (outer 95% CI {ci})",
    ),
    "card.adherence.single": ("{shares} (95 % KI {ci})", "{shares} (95% CI {ci})"),
    "card.adherence.at_most": (
        "högst {shares} (95 % KI {ci}); nedre änden: {reason}",
        "at most {shares} (95% CI {ci}); lower end: {reason}",
    ),
    "card.adherence.at_least": (
        "minst {shares} (95 % KI {ci}); övre änden: {reason}",
        "at least {shares} (95% CI {ci}); upper end: {reason}",
    ),
    "card.median": ("Median", "Median"),
    "card.curve": ("Andel kvar i sjukskrivning, ett år", "Share still on sick leave, one year"),
    "card.next": ("Gå vidare", "Go on"),
    "card.store": ("Sjukfallsregister och FMB", "Register of spells and FMB"),
    "card.store.register": ("Register", "Register"),
    "card.store.spells": ("Sjukfall", "Spells"),
    "card.store.entries": ("Diagnosinformationer", "Entries"),
    "card.store.cutoff": ("Brytdag", "Cut-off"),
    # The explorer
    "explore.diagnosis": ("Diagnos", "Diagnosis"),
    "explore.diagnosis.hint": ("Sök namn eller kod …", "Search name or code …"),
    "explore.by": ("Dela upp på", "Split by"),
    "explore.by.none": ("inget", "nothing"),
    "explore.year": ("Startår", "Start year"),
    "explore.year.all": ("alla år", "all years"),
    "explore.month_days": ("Dagar per månad", "Days per month"),
    "explore.entry": ("Första dagarna", "First days"),
    "explore.entry.conditional": ("bara fall längre än {entry}", "only spells over {entry}"),
    "explore.entry.delayed": ("från dag 0, försenat inträde", "from day 0, delayed entry"),
    "explore.code": ("Samma sak i kod", "The same in code"),
    "explore.many": (
        "{n} grupper är för många för läsbara kurvor. Figuren visar andelen längre än gränsen, "
        "från den kortaste till den längsta gränsen, med 95-procentigt konfidensintervall.",
        "{n} groups are too many for readable curves. The figure shows the share longer than the "
        "limit, from the shortest to the longest limit, with 95 per cent confidence intervals.",
    ),
    # Comparisons
    "compare.title": ("{first} jämfört med {second}", "{first} against {second}"),
    "compare.difference": ("Skillnad", "Difference"),
    "compare.p": ("p-värde", "p-value"),
    "compare.share_over": ("Längre än {limit}", "Longer than {limit}"),
    "compare.share_over_standardised": (
        "Längre än {limit}, vid lika {mix}",
        "Longer than {limit}, at equal {mix}",
    ),
    "compare.restricted_mean": ("Medellängd inom {tau}", "Mean length within {tau}"),
    "compare.excess_days": (
        "Dagar över {limit}, per sjukfall inom {tau}",
        "Days over {limit}, per spell within {tau}",
    ),
    "compare.logrank": ("Log-rank", "Log-rank"),
    "compare.logrank_stratified": (
        "Log-rank, stratifierat på {mix}",
        "Log-rank, stratified by {mix}",
    ),
    "compare.mix.sex": ("kön", "sex"),
    "compare.mix.age_group": ("ålder", "age"),
    "compare.chi2": ("χ² = {chi2}, {df} fg", "χ² = {chi2}, {df} df"),
    "compare.below": ("< {p}", "< {p}"),
    "compare.caption": (
        "Skillnaden är första minus andra gruppen, med 95-procentigt konfidensintervall; samma "
        "gräns gäller för båda",
        "The difference is the first minus the second group, with 95 per cent confidence "
        "intervals; the same limit holds for both",
    ),
    "compare.sentence": (
        "Andelen längre än {limit} var {difference} ({interval}) högre i gruppen {first} än i "
        "gruppen {second}.",
        "The share longer than {limit} was {difference} ({interval}) higher in the group {first} "
        "than in the group {second}.",
    ),
    "compare.sentence.lower": (
        "Andelen längre än {limit} var {difference} ({interval}) lägre i gruppen {first} än i "
        "gruppen {second}.",
        "The share longer than {limit} was {difference} ({interval}) lower in the group {first} "
        "than in the group {second}.",
    ),
    "compare.sentence.none": (
        "Skillnaden mellan grupperna {first} och {second} vid gränsen {limit} kan inte skattas. "
        "{reason}",
        "The difference between the groups {first} and {second} at the limit of {limit} cannot be "
        "estimated. {reason}",
    ),
    "compare.no_limit": (
        "Rekommendationen anger ingen gräns i dagar; ange limits_days för att välja en.",
        "The recommendation names no limit in days; give limits_days to choose one.",
    ),
    "compare.difference.axis": (
        "Skillnad i andel kvar, procentenheter",
        "Difference in share remaining, percentage points",
    ),
    "compare.figure": (
        "Skillnad i andel kvar i sjukskrivning dag för dag, {first} minus {second}, med "
        "95-procentigt punktvist konfidensintervall.",
        "Difference in the share still on sick leave by day, {first} minus {second}, with "
        "pointwise 95 per cent confidence intervals.",
    ),
}
