"""Phrases of evaluations: the difference by day, the conclusion, and the widgets."""

from __future__ import annotations

PHRASES = {
    # The difference by day
    "difference.more": ("fler kvar: {group}", "more remaining: {group}"),
    "difference.cut": (
        "Skillnaden visas till dag {day}; därefter är färre än {n} kvar i någon av grupperna.",
        "The difference is shown to day {day}; after it fewer than {n} remain in one of the "
        "groups.",
    ),
    "difference.whole": (
        "Skillnaden visas från dag {first} till dag {last}.",
        "The difference is shown from day {first} to day {last}.",
    ),
    "difference.pointwise": (
        "Konfidensgränserna gäller en dag i taget, inte hela kurvan på en gång.",
        "The confidence limits hold for one day at a time, not for the whole curve at once.",
    ),
    "difference.none": (
        "Någon av grupperna har för få sjukfall för en skillnad dag för dag: minst {n} behövs.",
        "One of the groups has too few spells for a difference by day: at least {n} are needed.",
    ),
    "difference.limits": (
        "Streckade linjer: rekommenderade gränser ({limits}).",
        "Dashed lines: recommended limits ({limits}).",
    ),
    "alt.difference_by_day.point": (
        "{difference} ({interval}) dag {day}",
        "{difference} ({interval}) on day {day}",
    ),
    "alt.difference_by_day.points": ("Skillnad: {points}.", "Difference: {points}."),
    "alt.difference_by_day.largest": (
        "Störst är den dag {day}: {difference}.",
        "It is largest on day {day}: {difference}.",
    ),
    # The conclusion
    "conclusion.longer": (
        "Sjukfallen i gruppen {first} var i genomsnitt {difference} ({interval}) längre än i "
        "gruppen {second}, räknat inom {tau}.",
        "Spells in the group {first} were {difference} ({interval}) longer on average than in the "
        "group {second}, within {tau}.",
    ),
    "conclusion.shorter": (
        "Sjukfallen i gruppen {first} var i genomsnitt {difference} ({interval}) kortare än i "
        "gruppen {second}, räknat inom {tau}.",
        "Spells in the group {first} were {difference} ({interval}) shorter on average than in the "
        "group {second}, within {tau}.",
    ),
    "conclusion.unsure": (
        "Ingen säker skillnad i medellängd mellan grupperna {first} och {second}: intervallet "
        "({interval}) rymmer noll, räknat inom {tau}.",
        "No sure difference of mean length between the groups {first} and {second}: the interval "
        "({interval}) holds zero, within {tau}.",
    ),
    "conclusion.none": (
        "Medellängden i grupperna {first} och {second} kan inte jämföras.",
        "The mean lengths of the groups {first} and {second} cannot be compared.",
    ),
    "conclusion.equal_mix.sure": (
        "Vid lika {mix} är skillnaden i andel längre än gränsen säker vid {limits}.",
        "At equal {mix} the difference of the share longer than the limit is sure at {limits}.",
    ),
    "conclusion.equal_mix.unsure": (
        "Vid lika {mix} är skillnaden i andel längre än gränsen inte säker vid {limits}.",
        "At equal {mix} the difference of the share longer than the limit is not sure at {limits}.",
    ),
    # The widgets
    "evaluate.by": ("Jämför", "Compare"),
    "evaluate.first": ("Första gruppen", "First group"),
    "evaluate.second": ("Andra gruppen", "Second group"),
    "evaluate.limits": ("Gränser, dagar", "Limits, days"),
    "evaluate.limits.hint": ("tomt: rekommenderade", "empty: the recommended"),
    "evaluate.limits.wrong": (
        "Gränserna ”{given}” går inte att läsa. Skriv hela dagar med komma emellan, till exempel "
        "90, 180.",
        "The limits “{given}” cannot be read. Write whole days with commas between, for example "
        "90, 180.",
    ),
    "evaluate.choose": (
        "Välj minst en grupp i varje lista; flera markerade tas ihop till en.",
        "Choose at least one group in each list; several marked are taken together as one.",
    ),
    "evaluate.lone": (
        "Det finns bara en grupp att jämföra. Välj något annat under Jämför.",
        "There is only one group to compare. Choose something else under Compare.",
    ),
    "evaluate.both": (
        "{groups} är markerad i båda listorna. En grupp kan bara stå på en sida.",
        "{groups} is marked in both lists. A group can only be on one side.",
    ),
    "evaluate.conclusion": ("Slutsats", "Conclusion"),
}
