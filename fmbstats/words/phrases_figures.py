"""Phrases of the figures: axes, legends, captions and alternative texts."""

from __future__ import annotations

PHRASES = {
    "figure.synthetic": ("SYNTETISKA DATA", "SYNTHETIC DATA"),
    "axis.days_since_start": ("Dagar sedan sjukfallet började", "Days since the spell began"),
    "axis.share_remaining": ("Andel kvar i sjukskrivning", "Share still on sick leave"),
    "axis.share_over_limit": (
        "Andel sjukfall längre än rekommenderat",
        "Share of spells longer than recommended",
    ),
    "axis.share_over_limit.short": ("Andel längre än gränsen", "Share longer than the limit"),
    "axis.n_spells": ("Antal sjukfall", "Number of spells"),
    "axis.n_ended": ("Antal som slutar per dag", "Number ending per day"),
    "axis.share_ended": ("Andel av sjukfallen", "Share of the spells"),
    "axis.share_of_remaining": ("Andel av de sjukskrivna", "Share of those on sick leave"),
    "axis.start_year": ("År då sjukfallet började", "Year in which the spell began"),
    "axis.at_risk": ("Kvar i sjukskrivning", "Still on sick leave"),
    "axis.bands": ("Sjukfallets längd, dagar", "Length of the spell, days"),
    "axis.share_within_band": (
        "Andel sjukfall som varar längre",
        "Share of spells that last longer",
    ),
    "legend.limit": ("rekommenderat {limit}", "recommended {limit}"),
    "legend.limits": ("Rekommenderade gränser", "Recommended limits"),
    "legend.interval": (
        "från längsta till kortaste gräns",
        "from the longest limit to the shortest",
    ),
    "legend.ci": ("95 % konfidensintervall", "95% confidence interval"),
    "legend.nation": ("Riket {share}", "Sweden {share}"),
    "legend.funnel_95": ("95 %", "95%"),
    "legend.funnel_998": ("99,8 %", "99.8%"),
    "legend.funnel_plain": ("slumpen ensam", "chance alone"),
    "legend.funnel_wide": ("med vanlig spridning mellan län", "with usual spread between counties"),
    "legend.smooth": ("väntat utan gränsen", "expected without the limit"),
    "legend.ended": ("slutar", "ending"),
    "legend.known": ("känd andel", "known share"),
    "legend.bounds": ("möjliga värden", "possible values"),
    "legend.before_entry": (
        "syns inte i registret",
        "not seen by the register",
    ),
    # Captions: n and cut-off in every one
    "caption.cutoff": (
        "{n}, följda till och med {cutoff}.",
        "{n}, followed up to and including {cutoff}.",
    ),
    "caption.n": ("{n}.", "{n}."),
    "caption.synthetic": ("Syntetiska data.", "Synthetic data."),
    "caption.survival": (
        "Andel kvar i sjukskrivning efter antal dagar, med 95 % konfidensintervall. Lodräta "
        "linjer: rekommenderade gränser. Under axeln: antal kvar i sjukskrivning.",
        "Share still on sick leave by number of days, with 95% confidence interval. Vertical "
        "lines: recommended limits. Below the axis: number still on sick leave.",
    ),
    "caption.survival.entry": (
        "Kurvan gäller sjukfall som varat längre än {entry}.",
        "The curve holds for spells that lasted longer than {entry}.",
    ),
    "caption.strata": (
        "Andel sjukfall längre än rekommenderat efter {by}. Stapel: från längsta till kortaste "
        "gräns; streck: 95 % konfidensintervall.",
        "Share of spells longer than recommended by {by}. Bar: from the longest limit to the "
        "shortest; line: 95% confidence interval.",
    ),
    "caption.county": (
        "Andel sjukfall längre än {limit} i varje län, standardiserad för ålder och kön, med "
        "95 % konfidensintervall. Lodrät linje: riket.",
        "Share of spells longer than {limit} in each county, standardised for age and sex, with "
        "95% confidence interval. Vertical line: Sweden.",
    ),
    "caption.forest": (
        "Andel sjukfall längre än rekommenderat för varje diagnosinformation. Stapel: från "
        "längsta till kortaste gräns; streck: 95 % konfidensintervall.",
        "Share of spells longer than recommended for every FMB entry. Bar: from the longest "
        "limit to the shortest; line: 95% confidence interval.",
    ),
    "caption.funnel": (
        "Andel sjukfall längre än rekommenderat mot antal sjukfall, län för län. Heldragna "
        "gränser: 95 och 99,8 % av slumpen; streckade: även vanlig spridning mellan län.",
        "Share of spells longer than recommended against number of spells, county by county. "
        "Solid limits: 95 and 99.8% of chance; dashed: usual spread between counties as well.",
    ),
    "caption.end_reasons": (
        "Andel av sjukfallen som har slutat, efter orsak och antal dagar.",
        "Share of the spells that have ended, by reason and number of days.",
    ),
    "caption.degree": (
        "Andel av de sjukskrivna på varje omfattning, efter antal dagar.",
        "Share of those on sick leave at each degree, by number of days.",
    ),
    "caption.bunching": (
        "Antal sjukfall som slutar varje dag (staplar) och väntat antal om gränsen inte fanns "
        "(linje). Lodrät linje: rekommenderad gräns.",
        "Number of spells ending each day (bars) and the number expected without the limit "
        "(line). Vertical line: recommended limit.",
    ),
    "caption.bounds": (
        "Publicerad andel längre än ett antal dagar. Punkter: känd andel vid klassgränserna; "
        "rektanglar: alla värden som andelen kan ha däremellan.",
        "Published share longer than a number of days. Points: share known at the edges of the "
        "bands; rectangles: every value the share can have between them.",
    ),
    "caption.trend": (
        "Andel sjukfall längre än samma gräns, efter startår, med 95 % konfidensintervall.",
        "Share of spells longer than the same limit, by start year, with 95% confidence interval.",
    ),
    # Alternative texts: whole sentences from the same data
    "alt.survival": (
        "Kurva över andelen som är kvar i sjukskrivning, från dag {first} till dag {last}.",
        "Curve of the share still on sick leave, from day {first} to day {last}.",
    ),
    "alt.survival.line": (
        "{label}: {points}.",
        "{label}: {points}.",
    ),
    "alt.survival.point": ("{share} dag {day}", "{share} on day {day}"),
    "alt.survival.limits": (
        "{label} vid de rekommenderade gränserna: {points}.",
        "{label} at the recommended limits: {points}.",
    ),
    "alt.survival.limit_unseen": (
        "Rekommenderade {limits} ligger utanför kurvan.",
        "The recommended {limits} lie outside the curve.",
    ),
    "alt.strata": (
        "Stapeldiagram över andelen sjukfall längre än rekommenderat i {n} grupper.",
        "Bar chart of the share of spells longer than recommended in {n} groups.",
    ),
    "alt.forest": (
        "Diagram över andelen sjukfall längre än rekommenderat för {n} diagnosinformationer.",
        "Chart of the share of spells longer than recommended for {n} FMB entries.",
    ),
    "alt.extremes": (
        "Högst är {high} med {high_share}, lägst {low} med {low_share}.",
        "Highest is {high} at {high_share}, lowest {low} at {low_share}.",
    ),
    "alt.group": ("{label} {share}", "{label} {share}"),
    "alt.groups": ("Andelarna är {groups}.", "The shares are {groups}."),
    "alt.absent": ("För {n} av dem kan andelen inte anges.", "No share can be given for {n}."),
    "alt.funnel": (
        "Trattdiagram över {n} län kring rikets andel {share}.",
        "Funnel plot of {n} counties around the national share of {share}.",
    ),
    "alt.funnel.outside": (
        "Utanför 99,8-procentsgränsen ligger {names}.",
        "Outside the 99.8 per cent limit: {names}.",
    ),
    "alt.funnel.inside": (
        "Inget län ligger utanför 99,8-procentsgränsen.",
        "No county lies outside the 99.8 per cent limit.",
    ),
    "alt.end_reasons": (
        "Ytdiagram över hur sjukfallen har slutat. Dag {day}: {groups}.",
        "Area chart of how the spells have ended. On day {day}: {groups}.",
    ),
    "alt.degree": (
        "Ytdiagram över sjukskrivningens omfattning. Dag {first}: {groups}. Dag {last}: "
        "{groups_last}.",
        "Area chart of the degree of sick leave. On day {first}: {groups}. On day {last}: "
        "{groups_last}.",
    ),
    "alt.bunching": (
        "Stapeldiagram över hur många sjukfall som slutar varje dag, dag {first} till {last}. På "
        "gränsdagen {limit} slutar {observed}; utan gränsen väntas {expected}.",
        "Bar chart of how many spells end each day, day {first} to {last}. On the limit day "
        "{limit} {observed} end; without the limit {expected} are expected.",
    ),
    "alt.bounds": (
        "Diagram över publicerade klasser av sjukfallens längd.",
        "Chart of published bands of the length of spells.",
    ),
    "alt.bounds.limit": (
        "Vid gränsen {limit} ligger andelen längre sjukfall mellan {lo} och {hi}.",
        "At the limit of {limit} the share of longer spells lies between {lo} and {hi}.",
    ),
    "alt.bounds.unlimited": (
        "Diagram över publicerade klasser av sjukfallens längd, utan gräns.",
        "Chart of published bands of the length of spells, without a limit.",
    ),
    "alt.trend": (
        "Linjediagram över andelen sjukfall längre än {limit}. Andelarna är {groups}.",
        "Line chart of the share of spells longer than {limit}. The shares are {groups}.",
    ),
    "alt.sparkline": (
        "Liten kurva: {share} kvar i sjukskrivning dag {day}.",
        "Small curve: {share} still on sick leave on day {day}.",
    ),
}
