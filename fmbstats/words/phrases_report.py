"""Phrases of the diagnosis report: its ten parts (METHODS, part 7), titles and sentences."""

from __future__ import annotations

PHRASES = {
    "report.title": ("{name}: sjukskrivning och rekommendation", "{name}: sick leave and FMB"),
    "report.subtitle": (
        "{codes}, {groups}. Sjukfall som började {year}, jämförda med det försäkringsmedicinska "
        "beslutsstödet (FMB).",
        "{codes}, {groups}. Spells that began in {year}, compared with the national "
        "recommendations (FMB).",
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
    "headline.group": (
        "Måttet beskriver en grupp sjukfall. Det bedömer inte någon enskild läkare eller patient: "
        "rekommendationen lämnar rum för individuella avvikelser.",
        "The measure describes a group of spells. It does not judge any physician or patient: "
        "the recommendation leaves room for individual deviation.",
    ),
    # 1 recommendation
    "section.recommendation.title": ("Rekommendationen", "The recommendation"),
    "section.recommendation.intro": (
        "Så lång sjukskrivning rekommenderas, typfall för typfall, enligt utgåvan {edition}.",
        "The recommended lengths of sick leave, case by case, in the {edition} edition.",
    ),
    "section.recommendation.intro.several": (
        "Så lång sjukskrivning rekommenderades under året, typfall för typfall, enligt utgåvorna "
        "{edition}.",
        "The recommended lengths of sick leave in the year, case by case, in the editions "
        "{edition}.",
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
        "Publicerade antal ger en lägsta och en högsta möjliga andel sjukfall längre än gränsen.",
        "Published counts give a least and a largest possible share of spells over the limit.",
    ),
    "section.published.empty": (
        "Det finns ingen publicerad statistik om sjukfallens längd för de här diagnoskoderna.",
        "There are no published statistics on the length of spells for these diagnosis codes.",
    ),
    # 2 population
    "section.population.title": ("Sjukfallen", "The spells"),
    "section.population.intro": (
        "Vilka sjukfall som ingår, hur länge de har följts och hur deras koder stämmer med "
        "beslutsstödets.",
        "Which spells are included, how long they were followed and how the codes match.",
    ),
    "section.population.empty": (
        "Det finns inga sjukfall med diagnosen under perioden.",
        "There are no spells with the diagnosis in the period.",
    ),
    # 3 curve
    "section.curve.title": ("Hur länge sjukfallen varar", "How long the spells last"),
    "section.curve.intro": (
        "Andelen som fortfarande är sjukskrivna, dag för dag.",
        "The share still on sick leave, day by day.",
    ),
    "section.curve.empty": (
        "Ingen kurva visas, eftersom den skulle bygga på för få sjukfall.",
        "No curve is shown, since it would rest on too few spells.",
    ),
    # 4 measures
    "section.measures.title": ("Mått på följsamhet", "Measures of adherence"),
    "section.measures.intro": (
        "Sjukfallens längd, och hur den förhåller sig till gränsen.",
        "How long the spells are, and how that relates to the limit.",
    ),
    "section.measures.empty": (
        "Inga mått kan beräknas för diagnosen.",
        "No measures can be computed for the diagnosis.",
    ),
    "section.sex.title": ("Kvinnor och män", "Women and men"),
    "section.sex.intro": (
        "Hur länge kvinnors och mäns sjukfall varar.",
        "How long women's and men's spells last.",
    ),
    "section.sex.empty": ("Uppgift om kön saknas.", "Sex is not recorded."),
    "section.age.title": ("Ålder", "Age"),
    "section.age.intro": (
        "Sjukfallen efter personens ålder när de började.",
        "The spells by the person's age when they began.",
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
        "Registret anger inte varför sjukfallen slutar, eller så är de för få för att visas.",
        "The register does not say why the spells end, or there are too few to show.",
    ),
    # 7 degree
    "section.degree.title": ("Sjukskrivningens omfattning", "Degree of sick leave"),
    "section.degree.intro": (
        "Andelen på hel och partiell sjukskrivning, dag för dag.",
        "The share on full and partial sick leave, day by day.",
    ),
    "section.degree.empty": (
        "Registret anger inte sjukskrivningens omfattning, eller så är sjukfallen för få för att "
        "visas.",
        "The register does not record the degree of sick leave, or there are too few spells to "
        "show.",
    ),
    # bunching
    "section.bunching.title": ("Slutar många just vid gränsen?", "Do many end at the limit?"),
    "section.bunching.intro": (
        "Antalet sjukfall som slutar varje dag kring gränsen, mot det antal som hade väntats om "
        "gränsen inte fanns.",
        "The number of spells that end each day around the limit, against the number expected "
        "if there were no limit.",
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
        "Andelen är känd för färre än två år, så ingen utveckling kan visas.",
        "The share is known for fewer than two years, so no trend can be shown.",
    ),
    # 9 sensitivity
    "section.sensitivity.title": ("Hur säkert är svaret?", "How robust is the answer?"),
    "section.sensitivity.intro": (
        "Samma andel under andra, lika rimliga antaganden.",
        "The same share under other, equally reasonable assumptions.",
    ),
    "section.sensitivity.empty": (
        "Andelen visas inte, så inga andra antaganden prövas.",
        "The share is not shown, so no other assumptions are tried.",
    ),
    # 10 limits and provenance
    "section.limits.title": ("Vad som inte kan sägas", "What cannot be said"),
    "section.limits.intro": (
        "Rapporten ska läsas med dessa förbehåll.",
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
        "Många sjukfall slutar på själva gränsdagen: {before} varar minst till den, {at} längre. "
        "Svaret beror på om gränsdagen räknas in i den rekommenderade tiden.",
        "Many spells end on the limit's very day: {before} last at least until it, {at} longer. "
        "The answer depends on whether that day counts as within the recommended time.",
    ),
    "flag.delayed_entry": (
        "Anställdas sjukfall finns i registret först från dag {day}. Andelarna gäller därför bara "
        "sjukfall som blev längre än {entry}.",
        "Employees' spells are in the register only from day {day}. The shares therefore only "
        "hold for spells that lasted longer than {entry}.",
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
    "length_basis.net_days": (
        "nettodagar (halva dagar räknas som halva)",
        "net days (half days count as half)",
    ),
    "length_basis.episode_days": ("sjukfallets kalenderdagar", "calendar days of the spell"),
}
