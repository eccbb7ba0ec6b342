"""Phrases of the diagnosis report: its ten parts (METHODS, part 7), titles and sentences."""

from __future__ import annotations

PHRASES = {
    "report.title": ("{name}: sjukskrivning och rekommendation", "{name}: sick leave and FMB"),
    "report.subtitle": (
        "Sjukfall som började {year}, jämförda med det försäkringsmedicinska beslutsstödet (FMB)",
        "Spells that began in {year}, compared with the national recommendations (FMB)",
    ),
    "report.synthetic": ("SYNTETISKA DATA", "SYNTHETIC DATA"),
    "report.synthetic.sentence": (
        "Sjukfallen på den här sidan är påhittade. De visar hur rapporten fungerar och säger "
        "ingenting om verklig sjukskrivning. Verkliga, publicerade uppgifter är märkta som "
        "sådana.",
        "The spells on this page are invented. They show how the report works and say nothing "
        "about real sick leave. Real, published figures are marked as such.",
    ),
    "report.real": ("Verkliga data", "Real data"),
    "report.real.sentence": (
        "Uppgifterna kommer från {source}, uttaget {date}.",
        "The data come from {source}, extracted on {date}.",
    ),
    "report.internal": (
        "Intern analys: exakta tal, får inte lämnas ut.",
        "Internal analysis: exact figures, not for release.",
    ),
    "report.released": (
        "Antal under {threshold} visas inte, och inget beräknas av dem. Kurvor ritas från "
        "avrundade antal.",
        "Counts below {threshold} are not shown and nothing is computed from them. Curves are "
        "drawn from rounded counts.",
    ),
    # Headline: one sentence that stands on its own.
    "headline.share": (
        "{share} av sjukfallen varade längre än rekommenderade {limit} ({lo}–{hi}, 95 % "
        "konfidensintervall).",
        "{share} of the spells lasted longer than the recommended {limit} ({lo}–{hi}, 95% "
        "confidence interval).",
    ),
    "headline.interval": (
        "Mellan {lo} och {hi} av sjukfallen varade längre än rekommenderat, beroende på vilket "
        "typfall som gäller ({limit_lo} till {limit_hi}).",
        "Between {lo} and {hi} of the spells lasted longer than recommended, depending on which "
        "case applies ({limit_lo} to {limit_hi}).",
    ),
    "headline.none": (
        "Det går inte att säga hur stor andel av sjukfallen som varade längre än rekommenderat: "
        "{reason}.",
        "It cannot be said what share of the spells lasted longer than recommended: {reason}.",
    ),
    "headline.group": (
        "Måttet beskriver en grupp sjukfall. Det bedömer inte någon enskild läkare eller patient: "
        "rekommendationen lämnar rum för individuella avvikelser.",
        "The measure describes a group of spells. It does not judge any physician or patient: "
        "the recommendation leaves room for individual deviation.",
    ),
    # 1 recommendation
    "section.recommendation.title": ("Rekommendationen", "The recommendation"),
    "section.recommendation.intro": (
        "Så långa sjukskrivningar rekommenderas, typfall för typfall, i utgåvan {edition}.",
        "The recommended lengths of sick leave, case by case, in the {edition} edition.",
    ),
    "section.recommendation.empty": (
        "Ingen rekommendation gällde för diagnosen under perioden.",
        "No recommendation was in force for the diagnosis in the period.",
    ),
    "section.history.title": ("Tidigare utgåvor", "Earlier editions"),
    "section.history.intro": (
        "Så har rekommendationen ändrats mellan utgåvorna.",
        "How the recommendation has changed between the editions.",
    ),
    "section.history.empty": (
        "Rekommendationen är densamma i alla utgåvor som finns här.",
        "The recommendation is the same in all editions at hand.",
    ),
    # published counts stand before the register's
    "section.published.title": ("Verklig, publicerad statistik", "Real, published statistics"),
    "section.published.intro": (
        "Andelen sjukfall längre än gränsen, inringad med publicerade antal.",
        "The share of spells longer than the limit, bracketed by published counts.",
    ),
    "section.published.empty": (
        "Det finns ingen publicerad statistik om sjukfallens längd för de här diagnoskoderna.",
        "There are no published statistics on the length of spells for these diagnosis codes.",
    ),
    # 2 population
    "section.population.title": ("Sjukfallen", "The spells"),
    "section.population.intro": (
        "Vilka sjukfall som ingår, hur länge de följts och hur koderna passar.",
        "Which spells are included, how long they were followed and how the codes match.",
    ),
    "section.population.empty": (
        "Det finns inga sjukfall med diagnosen under perioden.",
        "There are no spells with the diagnosis in the period.",
    ),
    # 3 curve
    "section.curve.title": ("Hur länge sjukfallen varar", "How long the spells last"),
    "section.curve.intro": (
        "Andelen som fortfarande är sjukskriven, dag för dag. De lodräta linjerna är de "
        "rekommenderade gränserna.",
        "The share still on sick leave, day by day. The vertical lines are the recommended limits.",
    ),
    "section.curve.empty": (
        "Ingen kurva visas, eftersom den skulle bygga på för få sjukfall.",
        "No curve is shown, since it would rest on too few spells.",
    ),
    # 4 measures
    "section.measures.title": ("Mått på följsamhet", "Measures of adherence"),
    "section.measures.intro": (
        "Varje mått med sitt 95-procentiga konfidensintervall.",
        "Each measure with its 95 per cent confidence interval.",
    ),
    "section.measures.empty": (
        "Inga mått kan beräknas för diagnosen.",
        "No measures can be computed for the diagnosis.",
    ),
    "section.sex.title": ("Kvinnor och män", "Women and men"),
    "section.sex.intro": (
        "Andelen längre än rekommenderat för kvinnor och män.",
        "The share longer than recommended for women and men.",
    ),
    "section.sex.empty": ("Uppgift om kön saknas.", "Sex is not recorded."),
    "section.age.title": ("Ålder", "Age"),
    "section.age.intro": (
        "Andelen längre än rekommenderat efter ålder när sjukfallet började.",
        "The share longer than recommended by age at the start of the spell.",
    ),
    "section.age.empty": ("Uppgift om ålder saknas.", "Age is not recorded."),
    # 5 regions
    "section.county.title": ("Län", "Counties"),
    "section.county.intro": (
        "Länens andelar, standardiserade för ålder och kön, mot rikets. Skillnader innanför "
        "trattens gränser kan vara slump.",
        "The counties' shares, standardised for age and sex, against the nation's. Differences "
        "inside the limits of the funnel may be chance.",
    ),
    "section.county.empty": (
        "Sjukfallen är för få för att jämföra län.",
        "There are too few spells to compare counties.",
    ),
    # 6 end reasons
    "section.end_reasons.title": ("Hur sjukfallen slutar", "How the spells end"),
    "section.end_reasons.intro": (
        "Andelen som har slutat av olika orsaker, dag för dag.",
        "The share that has ended for different reasons, day by day.",
    ),
    "section.end_reasons.empty": (
        "Registret anger inte varför sjukfallen slutar.",
        "The register does not say why the spells end.",
    ),
    # 7 degree
    "section.degree.title": ("Sjukskrivningens omfattning", "Degree of sick leave"),
    "section.degree.intro": (
        "Andelen på hel och partiell sjukskrivning, dag för dag.",
        "The share on full and partial sick leave, day by day.",
    ),
    "section.degree.empty": (
        "Registret anger inte sjukskrivningens omfattning.",
        "The register does not record the degree of sick leave.",
    ),
    # bunching
    "section.bunching.title": ("Slutar många just vid gränsen?", "Do many end at the limit?"),
    "section.bunching.intro": (
        "Antalet som slutar varje dag kring gränsen, mot en jämn kurva utan anhopning.",
        "The number that end each day around the limit, against a smooth curve without bunching.",
    ),
    "section.bunching.empty": (
        "Sjukfallen kring gränsen är för få för att se en anhopning.",
        "There are too few spells around the limit to see bunching.",
    ),
    # 8 trend
    "section.trend.title": ("Utveckling över tid", "Trend"),
    "section.trend.intro": (
        "Andelen längre än samma gräns, efter det år då sjukfallet började.",
        "The share longer than the same limit, by the year in which the spell began.",
    ),
    "section.trend.empty": (
        "Det finns bara ett år, så ingen utveckling kan visas.",
        "There is only one year, so no trend can be shown.",
    ),
    # 9 sensitivity
    "section.sensitivity.title": ("Hur säkert är svaret?", "How robust is the answer?"),
    "section.sensitivity.intro": (
        "Samma andel under andra, lika rimliga antaganden.",
        "The same share under other, equally reasonable assumptions.",
    ),
    "section.sensitivity.empty": (
        "Inget mått kan beräknas, så inget kan prövas.",
        "No measure can be computed, so there is nothing to vary.",
    ),
    # 10 limits and provenance
    "section.limits.title": ("Vad som inte kan sägas", "What cannot be said"),
    "section.limits.intro": (
        "Följande gäller vid läsningen.",
        "Bear the following in mind when reading.",
    ),
    "section.limits.empty": (
        "Inga särskilda förbehåll utöver dem som gäller alla rapporter.",
        "No reservations beyond those that hold for all reports.",
    ),
    "section.provenance.title": ("Källor och inställningar", "Sources and settings"),
    "section.provenance.intro": (
        "Allt som behövs för att göra om rapporten.",
        "Everything needed to make the report again.",
    ),
    "section.provenance.empty": ("Uppgift saknas.", "The information is missing."),
    # Limits in words: flags of the results
    "flag.edge_off_by_one": (
        "Klassen slutar en dag före gränsen, så talet gäller minst {days}, inte längre än.",
        "The band ends one day before the limit, so the figure is for at least {days}, not more.",
    ),
    "flag.many_at_limit": (
        "Många sjukfall slutar precis på gränsen: dagen före är andelen {before}, på gränsdagen "
        "{at}. Svaret hänger på om gränsdagen räknas som följsam.",
        "Many spells end exactly at the limit: the share is {before} the day before and {at} on "
        "the day. The answer hangs on whether that day counts as adherent.",
    ),
    "flag.delayed_entry": (
        "Registret ser anställdas sjukfall först från dag {day}. Andelarna gäller sjukfall som "
        "blev längre än {entry}.",
        "The register sees employees' spells only from day {day}. The shares hold for spells "
        "that lasted longer than {entry}.",
    ),
    "flag.several_entries": (
        "Koden {code} hör till {n} olika diagnosinformationer med olika gränser.",
        "The code {code} belongs to {n} different FMB entries with different limits.",
    ),
    "flag.month_days": (
        "En månad räknas som 30 dagar (12 månader som 365). Med 31 dagar per månad blir gränsen "
        "{limit} och andelen {share}.",
        "A month counts as 30 days (12 months as 365). With 31 days a month the limit is {limit} "
        "and the share {share}.",
    ),
    "flag.same_month_days": (
        "Gränsen är densamma vare sig en månad räknas som 30 eller 31 dagar.",
        "The limit is the same whether a month counts as 30 or 31 days.",
    ),
    # Length bases
    "length_basis.paid_days": ("betalda dagar", "paid days"),
    "length_basis.certificate_days": ("intygade dagar", "certified days"),
    "length_basis.episode_days": ("sjukfallets kalenderdagar", "calendar days of the spell"),
}
