"""Phrases of the result objects: headline answers, names of measures, boxes and tables."""

from __future__ import annotations

PHRASES = {
    # The answer in one sentence
    "limit.line.until": ("{days}, till {day}", "{days}, until {day}"),
    "limit.line.since": ("{days}, från {day}", "{days}, from {day}"),
    "answer.one": (
        "{low} av de {n} sjukfallen pågick längre än {limit}.",
        "{low} of the {n} spells ran longer than {limit}.",
    ),
    "answer.limits": ("rekommenderat", "recommended"),
    "answer.between": (
        "Mellan {low} och {high} av de {n} sjukfallen pågick längre än rekommenderat, beroende på "
        "vilket typfall som gällde.",
        "Between {low} and {high} of the {n} spells ran longer than recommended, depending on "
        "which case applied.",
    ),
    "answer.least": (
        "Minst {low} av de {n} sjukfallen pågick längre än rekommenderat.",
        "At least {low} of the {n} spells ran longer than recommended.",
    ),
    "answer.most": (
        "Högst {high} av de {n} sjukfallen pågick längre än rekommenderat.",
        "At most {high} of the {n} spells ran longer than recommended.",
    ),
    "answer.cannot": (
        "Det går inte att säga hur många av de {n} sjukfallen som blev längre än rekommenderat.",
        "How many of the {n} spells ran longer than recommended cannot be told.",
    ),
    "answer.fact": (
        "{share} pågick längre än {limit}, den längsta gräns som anges.",
        "{share} ran longer than {limit}, the longest limit stated.",
    ),
    "answer.fact.common": (
        "{share} pågick längre än {limit}, en gräns som anges för de flesta.",
        "{share} ran longer than {limit}, a limit stated for most.",
    ),
    "answer.lifted": (
        "Minst {low} gjorde det: de hade en gräns som gällde till {until}.",
        "At least {low} did: they had a limit that was in force until {until}.",
    ),
    "answer.why.one": (
        "FMB har ingen övre gräns för typfallet ”{case}”.",
        "FMB sets no upper limit for the case “{case}”.",
    ),
    "answer.why.several": (
        "FMB har ingen övre gräns för typfallet ”{case}” och några till.",
        "FMB sets no upper limit for the case “{case}” and some others.",
    ),
    "answer.why.unnamed": (
        "FMB har ingen övre gräns för något av typfallen.",
        "FMB sets no upper limit for one of the cases.",
    ),
    "answer.unseen": (
        "Sjukfall på högst {entry_day} saknas i källan.",
        "Spells of {entry_day} or less are not in the source.",
    ),
    # Measures against a limit: rows of a table with a column per end of the interval
    "measure.longest": ("Längsta gränsen", "Longest limit"),
    "measure.shortest": ("Kortaste gränsen", "Shortest limit"),
    "measure.only": ("Gränsen", "The limit"),
    "measure.share_over_{end}": ("Längre än gränsen", "Longer than the limit"),
    "measure.share_over_{end}_day_before": (
        "Minst så långa som gränsen",
        "At least as long as the limit",
    ),
    "measure.share_within_{end}": ("Inom gränsen", "Within the limit"),
    "measure.median_ratio_{end}": ("Median ÷ gräns", "Median ÷ limit"),
    "measure.excess_days_{end}": (
        "Dagar över gränsen per sjukfall, under ett år",
        "Days over the limit per spell, within a year",
    ),
    # Measures
    "metric.n_spells": ("Sjukfall", "Spells"),
    "metric.n_events": ("Avslutade sjukfall", "Ended spells"),
    "metric.coverage_share": ("Sjukfall med en gräns", "Spells that have a limit"),
    "metric.quantile_25_days": ("Nedre kvartil, dagar", "Lower quartile, days"),
    "metric.quantile_50_days": ("Median, dagar", "Median, days"),
    "metric.quantile_75_days": ("Övre kvartil, dagar", "Upper quartile, days"),
    "metric.restricted_mean_days": (
        "Medellängd inom ett år, dagar",
        "Mean length within a year, days",
    ),
    "metric.share_over_longest": (
        "Längre än längsta gränsen",
        "Longer than the longest limit",
    ),
    "metric.share_over_longest_day_before": (
        "Minst så lång som längsta gränsen",
        "At least as long as the longest limit",
    ),
    "metric.share_over_shortest": (
        "Längre än kortaste gränsen",
        "Longer than the shortest limit",
    ),
    "metric.share_over_shortest_day_before": (
        "Minst så lång som kortaste gränsen",
        "At least as long as the shortest limit",
    ),
    "metric.share_within_longest": ("Inom längsta gränsen", "Within the longest limit"),
    "metric.share_within_shortest": ("Inom kortaste gränsen", "Within the shortest limit"),
    "metric.median_ratio_longest": ("Median ÷ längsta gränsen", "Median ÷ longest limit"),
    "metric.median_ratio_shortest": ("Median ÷ kortaste gränsen", "Median ÷ shortest limit"),
    "metric.excess_days_longest": (
        "Dagar över längsta gränsen, per sjukfall",
        "Days over the longest limit, per spell",
    ),
    "metric.excess_days_shortest": (
        "Dagar över kortaste gränsen, per sjukfall",
        "Days over the shortest limit, per spell",
    ),
    # Tables
    "table.cases.caption": (
        "Typfall och rekommenderad längsta tid",
        "Cases and recommended limits",
    ),
    "table.lengths.caption": (
        "Sjukfallens antal och längd, med 95-procentigt konfidensintervall",
        "Number and length of the spells, with 95 per cent confidence intervals",
    ),
    "table.against_limit.caption": (
        "Sjukfallens längd mot gränsen, med 95-procentigt konfidensintervall",
        "Length of the spells against the limit, with 95 per cent confidence intervals",
    ),
    "table.sex.caption": (
        "Kvinnor och män, med 95-procentigt konfidensintervall",
        "Women and men, with 95 per cent confidence intervals",
    ),
    "table.age.caption": (
        "Åldersgrupper, med 95-procentigt konfidensintervall",
        "Age groups, with 95 per cent confidence intervals",
    ),
    "table.curve.caption": (
        "Andel kvar i sjukskrivning på vissa dagar",
        "Share still on sick leave on some days",
    ),
    "table.curve_by.caption": (
        "Andel kvar i sjukskrivning på vissa dagar, kvinnor och män",
        "Share still on sick leave on some days, women and men",
    ),
    "table.funnel.caption": ("Länens antal och andelar", "The counties' numbers and shares"),
    "table.bands.caption": (
        "{source}, {code}: andel längre än ett antal dagar",
        "{source}, {code}: share longer than a number of days",
    ),
    "table.longer.caption": (
        "KI:s SRS-modeller: andel sjukfall längre än ett antal dagar",
        "KI's SRS models: share of spells longer than a number of days",
    ),
    "table.adherence.caption": (
        "Verklig längd mot rekommenderad, med 95-procentigt konfidensintervall",
        "Real against recommended length, with 95 per cent confidence intervals",
    ),
    "table.population.caption": ("Vilka sjukfall som ingår", "Which spells are included"),
    "table.published.caption": (
        "Andel längre än gränsen enligt publicerade antal",
        "Share longer than the limit by published counts",
    ),
    "column.wording": ("Rekommendation", "Recommendation"),
    "column.limit": ("Gräns, dagar", "Limit, days"),
    "column.limits": ("Gränser", "Limits"),
    "column.codes": ("Koder", "Codes"),
    "column.valid": ("Gäller", "Valid"),
    "column.value": ("Värde", "Value"),
    "column.what": ("Uppgift", "Item"),
    "column.why": ("Varför ett intervall", "Why an interval"),
    "case.always": ("gäller alltid", "always applies"),
    # Population box
    "population.n_started": ("Sjukfall i registret", "Spells in the register"),
    "population.n_seen": (
        "därav längre än ingångsdagen: de som rapporten gäller",
        "of these, longer than the entry day: those the report is about",
    ),
    "population.n_ended": ("– därav avslutade", "– of these, ended"),
    "population.n_ongoing": (
        "– därav pågående vid brytdagen",
        "– of these, ongoing at the cut-off",
    ),
    "population.n_scored": ("– därav med en gräns", "– of these, with a limit"),
    "population.n_ambiguous": (
        "Utanför: för kort kod för att skilja diagnosinformationerna åt",
        "Left out: code too short to tell the entries apart",
    ),
    "population.entry_day": ("Ingångsdag", "Entry day"),
    "population.length_basis": ("Längden mäts i", "Length is measured in"),
    "population.cutoff_date": ("Brytdag: följda till och med", "Cut-off: followed until"),
    "population.gap_days": (
        "Längsta uppehåll inom ett sjukfall",
        "Longest gap within a spell",
    ),
    "population.register_name": ("Register", "Register"),
    "population.level.exact": (
        "Sjukfall vars kod står i beslutsstödet",
        "Spells whose code stands in FMB",
    ),
    "population.level.shorter": (
        "Sjukfall med en underkod till en kod i beslutsstödet",
        "Spells with a sub-code of a code in FMB",
    ),
    "population.level.category": (
        "Sjukfall med en kod som beslutsstödet bara har underkoder till",
        "Spells with a code of which FMB only has sub-codes",
    ),
    "population.level.none": (
        "Sjukfall vars kod saknade rekommendation",
        "Spells whose code had no recommendation",
    ),
    # Entries under a code
    "entries.none": ("Koden finns inte i FMB.", "The code is not in FMB."),
    "entries.one": (
        "Koden hör till en diagnosinformation:{names}",
        "The code belongs to one entry:{names}",
    ),
    "entries.many": (
        "{n} diagnosinformationer ligger under koden:{names}",
        "{n} entries lie under the code:{names}",
    ),
    "overview.count": (
        "{n} diagnosinformationer, {limited} med en gräns i dagar; för {judged} kan andelen över "
        "den längsta gränsen skattas för sjukfall som började {year}.",
        "{n} entries, {limited} with a limit in days; for {judged} the share over the longest "
        "limit can be estimated for spells that began in {year}.",
    ),
    # Provenance
    "provenance.register": ("Register", "Register"),
    "provenance.edition": ("FMB-utgåva", "FMB edition"),
    "provenance.cutoff": ("Brytdag", "Cut-off"),
    "provenance.month_days": ("Dagar per månad", "Days per month"),
    "provenance.data_hash": ("Källdatas kontrollsumma", "Hash of the source data"),
    "provenance.version": ("Program", "Program"),
    # Published counts
    "published.source.fk": ("Försäkringskassan", "Försäkringskassan"),
    "published.source.srs": ("KI:s SRS-modeller", "KI's SRS models"),
    "published.sentence": (
        "{source}, {code}: {share} av {n} pågick längre än {limit}.",
        "{source}, {code}: {share} of {n} ran longer than {limit}.",
    ),
    "published.unseen": (
        "{source}, {code}: {n}, alla längre än 14 dagar, så gränsen {limit} kan inte prövas.",
        "{source}, {code}: {n}, all longer than 14 days, so the limit of {limit} cannot be tested.",
    ),
    "published.exact": (
        "{source}, {code}: {share} av {n} nådde {limit}.",
        "{source}, {code}: of {n}, {share} lasted at least {limit}.",
    ),
    "published.other_month": ("Med {days} dagar per månad", "With {days} days a month"),
    "published.at_other": ("{limit}: {share}", "{limit}: {share}"),
    "published.longer_than": ("Längre än {day} dagar", "Longer than {day} days"),
    "published.note.unseen": (
        "Gränser på högst 14 dagar ({limits}) kan inte prövas: källorna innehåller bara längre "
        "sjukfall.",
        "Limits of at most 14 days ({limits}) cannot be tested: the sources only hold longer "
        "spells.",
    ),
    "published.broader": ("{code} (bredare)", "{code} (broader)"),
    "published.ended_by": ("Avslutade dag {day}", "Ended by day {day}"),
    "published.note.fk_all_ends": (
        "Försäkringskassan: påbörjade sjukfall längre än 14 dagar, första diagnosen. Avslutade "
        "omfattar även dödsfall, flytt, pension och sjuk- eller aktivitetsersättning.",
        "Försäkringskassan: started spells longer than 14 days, first diagnosis. Ended also "
        "covers death, moving, retirement, and sickness or activity compensation.",
    ),
    "published.note.srs_years_not_stated": (
        "SRS-modellerna: sjukfall längre än 14 dagar; vilka år anges inte.",
        "The SRS models: spells longer than 14 days; the years are not stated.",
    ),
    "published.note.broader": (
        "En bredare kod omfattar även andra diagnoser än den här och säger bara något om dem "
        "tillsammans.",
        "A broader code also covers other diagnoses than this one and speaks of them together.",
    ),
    "published.note.nested": (
        "Koderna överlappar: en kortare kod omfattar de längre under sig. Raderna får inte läggas "
        "ihop.",
        "The codes overlap: a shorter code contains the longer ones under it. The rows must not "
        "be added.",
    ),
    "width.at_edge": ("gränsen ligger på en klassgräns", "the limit lies on a band edge"),
    "width.inside_band": ("gränsen ligger inne i en klass", "the limit lies inside a band"),
    "width.open_band": ("gränsen ligger i den öppna klassen", "the limit lies in the open band"),
    "width.quantile_grid": ("publicerat i steg om 5 %", "published in steps of 5 per cent"),
    "width.censored": ("sjukfall utan känt slut", "spells with an unknown end"),
    "width.rounded": ("källan avrundar", "rounded in the source"),
    "width.suppressed": ("dolda celler i källan", "suppressed cells in the source"),
    "table.ended.caption": (
        "Försäkringskassans räknade sjukfall: andel avslutade",
        "Spells counted by Försäkringskassan: share ended",
    ),
    "page.footer": (
        "fmbstats {version}, källdata {data_hash}, brytdag {cutoff}.",
        "fmbstats {version}, source data {data_hash}, cut-off {cutoff}.",
    ),
    # Courses
    "degree.sentence": (
        "Under sitt första år omfattar ett sjukfall, efter ingångsdagen, i medeltal {gross} "
        "kalenderdagar. Räknat i heltid motsvarar de {net} dagar.",
        "In its first year a spell has on average {gross} calendar days after the entry day, "
        "which amount to {net} days of full-time leave.",
    ),
    # Steering
    "steering.more.hole": (
        "{share} ({interval}) av dem som är kvar strax före gränsen {limit} slutar i tid till den "
        "i stället för i medeltal {days} dagar senare: sjukfallen är fler än väntat just vid "
        "gränsen och färre efter den. Så ser det ut när gränsen styr.",
        "{share} ({interval}) of those remaining just before the limit of {limit} end in time for "
        "it instead of {days} days later on average: more end at the limit than expected, and "
        "fewer after it. That is what a limit that steers looks like.",
    ),
    "steering.more.both_groups": (
        "{share} ({interval}) av dem som är kvar strax före gränsen {limit} slutar i tid till den, "
        "även bland dem som rehabiliteringskedjan inte gäller. Det talar för rekommendationen.",
        "{share} ({interval}) of those remaining just before the limit of {limit} end in time for "
        "it, also among those whom the rehabilitation chain does not bind. That points to the "
        "recommendation.",
    ),
    "steering.none": (
        "Inte fler än väntat slutar just vid gränsen {limit}. En förskjutning på mindre än {least} "
        "hade inte upptäckts.",
        "No more than expected end at the limit of {limit}. A shift of less than {least} would "
        "have been missed.",
    ),
    "steering.cannot.chain": (
        "Om fler slutar just vid {limit} går det inte att skilja från rehabiliteringskedjans "
        "prövning samma dag.",
        "Whether more end just at {limit} cannot be told from the rehabilitation chain, which "
        "reviews on the same day.",
    ),
    "steering.cannot.chain_explains": (
        "Fler än väntat slutar vid {limit}, men bara bland anställda, som rehabiliteringskedjan "
        "prövar samma dag. Det talar för kedjan, inte för rekommendationen.",
        "More than expected end at {limit}, but only among employees, whom the rehabilitation "
        "chain reviews on the same day. That points to the chain, not to the recommendation.",
    ),
    "steering.cannot.rhythm": (
        "Fler än väntat slutar vid {limit}, men lika tydligt på andra dagar som intyg brukar sluta "
        "på. Det går inte att skilja från vanan att skriva intyg i hela veckor och månader.",
        "More than expected end at {limit}, but just as clearly on other days that certificates "
        "end on. It cannot be told from the habit of writing whole weeks and months.",
    ),
    "steering.cannot.no_hole": (
        "Fler än väntat slutar vid {limit}, men inga saknas säkert dagarna efter. Det går inte att "
        "skilja från kontroller eller intyg som ändå slutar då.",
        "More than expected end at {limit}, but none are surely missing on the days after. It "
        "cannot be told from check-ups or certificates that end then anyway.",
    ),
    "steering.cannot.placebos_fail": (
        "Det går inte att säga om fler slutar just vid {limit}: samma beräkning slår ut för ofta "
        "även på dagar utan gräns.",
        "Whether more end just at {limit} cannot be told: the same estimate too often finds "
        "something on days without a limit.",
    ),
    "steering.cannot.few_placebos": (
        "Det går inte att säga om fler slutar just vid {limit}: det finns för få dagar utan gräns "
        "att jämföra med.",
        "Whether more end just at {limit} cannot be told: there are too few days without a limit "
        "to compare with.",
    ),
    "steering.cannot.small_n": (
        "Sjukfallen kring {limit} är för få för att se om avslut flyttats dit.",
        "There are too few spells around {limit} to see whether endings were moved there.",
    ),
    "steering.cannot.truncated_r": (
        "Gränsen {limit} ligger för nära registrets första dag för att se avsluten före den.",
        "The limit of {limit} is too close to the register's first day to see endings before it.",
    ),
    "steering.cannot.beyond_followup": (
        "För få följs till fyra veckor efter {limit} för att se om avslut flyttats dit.",
        "Too few are followed to four weeks after {limit} to see whether endings were moved there.",
    ),
    "steering.cannot.coarse": (
        "Om avslut flyttats till {limit} syns bara i registrets egna tal. De skyddade talen "
        "skiljer inte dagarna åt.",
        "Whether endings were moved to {limit} can only be seen in the register's own numbers. "
        "The protected ones do not tell the days apart.",
    ),
    "steering.cannot.near": (
        "Den gamla och den nya gränsen ligger för nära varandra ({limit}) för att skiljas åt.",
        "The old and the new limit are too close to each other ({limit}) to be told apart.",
    ),
    "steering.moved": (
        "Slutar i tid till gränsen i stället för senare",
        "End in time for the limit instead of later",
    ),
    "steering.least": (
        "Minsta förskjutning som sannolikt hade upptäckts, procentenheter",
        "Smallest shift that would probably have been found, percentage points",
    ),
    "steering.mean_days": ("Dagar tidigare i medeltal", "Days earlier on average"),
    "steering.placebos": (
        "Dagar utan gräns, samma beräkning",
        "Days without a limit, same estimate",
    ),
    "steering.p": (
        "p: andel av dem som slår ut minst lika mycket",
        "p: share of them that find at least as much",
    ),
    "steering.apart": (
        "Andel av dem utanför sitt 95 %-intervall",
        "Share of them outside their 95% interval",
    ),
    "steering.interval": (
        "95 % konfidensintervall, procentenheter",
        "95% confidence interval, percentage points",
    ),
    "steering.assumption": (
        "Det väntade bygger på andra diagnosers avslut, utom kring deras egna gränser, och på "
        "diagnosens egna vanor på andra dagar. Jämförelsen förutsätter att avsluten i övrigt "
        "ändras mjukt från dag till dag.",
        "What is expected rests on endings of other diagnoses, except around their own limits, and "
        "on the diagnosis' own habits on other days. The comparison assumes that endings otherwise "
        "change smoothly from day to day.",
    ),
    # Sensitivity
    "sensitivity.base": ("Rapportens antaganden", "The report's assumptions"),
    "sensitivity.month_30": ("30 dagar per månad", "30 days a month"),
    "sensitivity.month_31": ("31 dagar per månad", "31 days a month"),
    "sensitivity.day_before": (
        "Sjukfall som slutar på gränsdagen räknas som längre",
        "Spells that end on the limit's day count as longer",
    ),
    "sensitivity.delayed": (
        "Från dag 1; de första dagarna bygger på personer utan arbetsgivare",
        "From day 1; the first days rest on persons without an employer",
    ),
    "sensitivity.last": (
        "Sjukfallet räknas till sin sista diagnos",
        "The spell counts under its last diagnosis",
    ),
    "sensitivity.longest": (
        "Sjukfallet räknas till den diagnos som varade längst",
        "The spell counts under the diagnosis that lasted longest",
    ),
    "sensitivity.gap_14": (
        "Uppehåll på upp till 14 dagar ryms inom ett sjukfall",
        "Gaps of up to 14 days fit within a spell",
    ),
    "column.standardised": (
        "Andel över gränsen, standardiserad",
        "Share over the limit, standardised",
    ),
    "table.limits.caption": ("Andel längre än varje gräns", "Share longer than each limit"),
    "table.degrees.caption": ("Omfattning dag för dag", "Degree by day"),
    "table.end_reasons.caption": ("Andel avslutade av varje orsak", "Share ended for each reason"),
    "table.sensitivity.caption": (
        "Andelen över längsta gränsen under andra antaganden",
        "Share over the longest limit under other assumptions",
    ),
    "table.regions.caption": (
        "Län: andel över {limit}, standardiserad för ålder och kön",
        "Counties: share over {limit}, standardised for age and sex",
    ),
    "table.trend.caption": ("Andel över {limit} efter startår", "Share over {limit} by start year"),
    "table.steering.caption": ("Avslut kring gränsen", "Endings around the limit"),
    # Parts of the report
    "published.caption": (
        "{source}, {code}: {n}. Andel längre än ett antal dagar. Rektanglar: alla värden som "
        "andelen kan ha.",
        "{source}, {code}: {n}. Share longer than a number of days. Rectangles: every value the "
        "share can have.",
    ),
    "column.share_longer": ("Andel längre", "Share longer"),
    "column.icf_domain": ("Område", "Domain"),
    "column.icf_role": ("Betydelse", "Role"),
    "column.name": ("Benämning", "Name"),
    "icf.impairment": ("Funktionsnedsättning", "Impairment"),
    "icf.activity": ("Aktivitetsbegränsning", "Activity limitation"),
    "icf.central": ("central", "central"),
    "icf.supplementary": ("kompletterande", "supplementary"),
    "section.icf.title": ("Funktion och aktivitet (ICF)", "Functioning (ICF)"),
    "section.icf.intro": (
        "Funktionsnedsättningar och aktivitetsbegränsningar som beslutsstödet knyter till "
        "diagnosen.",
        "Impairments and activity limitations that FMB connects with the diagnosis.",
    ),
    "section.icf.empty": ("Inga ICF-koder anges.", "No ICF codes are given."),
    "groups.hidden": (
        "Grupperna är för små för att visas.",
        "The groups are too small to show.",
    ),
    "groups.missing.longest": (
        "Andelen längre än den längsta gränsen kan inte anges. {reason}",
        "The share longer than the longest limit cannot be given. {reason}",
    ),
    "groups.missing.shortest": (
        "Andelen längre än den kortaste gränsen kan inte anges. {reason}",
        "The share longer than the shortest limit cannot be given. {reason}",
    ),
    "groups.missing.longest_shortest": (
        "Andelen längre än rekommenderat kan inte anges. {reason}",
        "The share longer than recommended cannot be given. {reason}",
    ),
    "history.above": (
        "Alla ändringar i de utgåvor som finns här står i tabellen över typfallen.",
        "All changes in the editions at hand stand in the table of cases.",
    ),
    "history.from": ("från {first}", "from {first}"),
    "history.between": ("{first} till {last}", "{first} to {last}"),
    "table.icf.caption": ("ICF-koder i beslutsstödet", "ICF codes in FMB"),
    "table.history.caption": ("Typfallen genom utgåvorna", "The cases through the editions"),
    "table.provenance.caption": ("Källor och inställningar", "Sources and settings"),
    "history.still": ("gäller än", "still in force"),
    "trend.limit": (
        "Samma gräns, {limit}, används för alla år, även om rekommendationen har ändrats.",
        "The same limit, {limit}, is used for all years, even where the recommendation changed.",
    ),
    "county.funnel_note": (
        "Observerat ÷ förväntat: antalet avslutade sjukfall delat med det antal som hade väntats "
        "om de slutade i samma takt som i riket; under 1 slutar de långsammare. q-värdet är ett "
        "p-värde som tar hänsyn till att många län jämförs.",
        "Observed ÷ expected: the number of ended spells divided by the number expected if they "
        "ended as fast as in the nation; below 1 they end more slowly. The q-value is a p-value "
        "that allows for the number of counties compared.",
    ),
    "limits.some_open": (
        "Minst ett typfall saknar tidsgräns eller är öppet uppåt. Registret visar inte vilka "
        "sjukfall det gäller; de jämförs med de andra typfallens gränser.",
        "At least one case has no limit or is open-ended. The register does not show which "
        "spells it concerns; they are compared with the limits of the other cases.",
    ),
    "limits.ambiguous": (
        "{n} sjukfall har en kod som är för kort för att skilja diagnosinformationerna åt. De "
        "ingår inte.",
        "{n} spells have a code too short to tell the entries apart. They are not included.",
    ),
    "limits.basis.paid_days": (
        "Längden är betalda kalenderdagar, inte intygade dagar.",
        "The length is in paid calendar days, not certified days.",
    ),
    "limits.basis.certificate_days": (
        "Längden är intygade dagar; sjukfallet kan ha slutat tidigare.",
        "The length is in certified days; the spell may have ended earlier.",
    ),
    "limits.basis.episode_days": (
        "Längden är sjukfallets kalenderdagar.",
        "The length is in calendar days of the spell.",
    ),
    "provenance.gap_days": (
        "Längsta uppehåll inom ett sjukfall",
        "Longest gap within a spell",
    ),
    "provenance.threshold": ("Minsta antal som visas", "Smallest count shown"),
    "provenance.rows_read": ("Lästa rader", "Rows read"),
    "provenance.duplicates": ("Dubbletter, borttagna", "Duplicates, dropped"),
    "provenance.rejected": ("Underkända rader", "Rejected rows"),
    "report.for_release": (
        "För utlämnande: små antal är skyddade",
        "For release: small numbers are protected",
    ),
    "regions.crude": ("{share}, ostandardiserad", "{share}, not standardised"),
    "sensitivity.webcert": (
        "Webcerts regel: det största talet i typfallen, 31 dagar per månad",
        "Webcert's rule: the largest number of the cases, 31 days a month",
    ),
    "provenance.excluded": (
        "Sjukfall utanför enligt registrets regler",
        "Spells left out by the register's rules",
    ),
}
