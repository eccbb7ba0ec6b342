"""Phrases of the pages: frame, diagnosis page, figures; the Swedish edited first."""

PHRASES = {
    # -- numbers in words ----------------------------------------------------------------------
    "number.word.1": ("en", "one"),
    "number.word.2": ("två", "two"),
    "number.word.3": ("tre", "three"),
    "number.word.4": ("fyra", "four"),
    "number.word.5": ("fem", "five"),
    "number.word.6": ("sex", "six"),
    "number.word.7": ("sju", "seven"),
    "number.word.8": ("åtta", "eight"),
    "number.word.9": ("nio", "nine"),
    "number.in.3": ("{n} av tre", "{n} in three"),
    "number.in.4": ("{n} av fyra", "{n} in four"),
    "number.in.5": ("{n} av fem", "{n} in five"),
    "number.in.10": ("{n} av tio", "{n} in ten"),
    "unit.weeks.one": ("vecka", "week"),
    "unit.weeks.many": ("veckor", "weeks"),
    "unit.months.one": ("månad", "month"),
    "unit.months.many": ("månader", "months"),
    "unit.years.one": ("år", "year"),
    "unit.years.many": ("år", "years"),
    "quote.open": ("”", "‘"),
    "quote.close": ("”", "’"),
    "metric.share_in_class": ("Andel i längdklassen", "Share in the length class"),
    "metric.share_over_least": (
        "Minsta andel längre än rekommenderat",
        "Least share longer than recommended",
    ),
    "metric.n_groups_outside": (
        "Grupper utanför gränserna för slumpen",
        "Groups outside the limits of chance",
    ),
    # -- frame ---------------------------------------------------------------------------------
    "site.name": ("Sjukskrivning och rekommendation", "Sick leave and recommendation"),
    "site.skip": ("Till innehållet", "Skip to content"),
    "site.pages": ("Sidor", "Pages"),
    "site.menu": ("Meny", "Menu"),
    "site.index": ("Diagnoser", "Diagnoses"),
    "site.overview": ("Översikt", "Overview"),
    "site.evaluations": ("Utvärderingar", "Evaluations"),
    "site.changes": ("Ändringar i FMB", "Changes in FMB"),
    "site.method": ("Metod", "Methods"),
    "site.search": ("Sök diagnos, besvär eller kod", "Search diagnosis, complaint or code"),
    "site.search.hint": ("Sök: depression, rygg, F32", "Search: depression, back, F32"),
    "site.other": ("English", "Svenska"),
    "site.foot": (
        "fmbstats · Talen beskriver grupper av sjukfall, aldrig enskilda läkare eller patienter.",
        "fmbstats · The numbers describe groups of spells, never single physicians or patients.",
    ),
    "site.edition": ("utgåva {date}", "edition {date}"),
    "site.internal": (
        "Internt: exakta tal, som inte får lämna huset.",
        "Internal: exact numbers, which must not leave the house.",
    ),
    "crumbs.all": ("Alla diagnoser", "All diagnoses"),
    "crumbs.here": ("Var sidan hör hemma", "Where the page belongs"),
    "crumbs.near": ("Närmaste diagnoser", "Nearby diagnoses"),
    "crumbs.previous": ("Föregående: {name}", "Previous: {name}"),
    "crumbs.next": ("Nästa: {name}", "Next: {name}"),
    "crumbs.compare": ("Jämför diagnoser", "Compare diagnoses"),
    "contents.title": ("På sidan", "On this page"),
    "contents.answer": ("Svaret", "The answer"),
    "contents.even": ("Hur mycket krävs?", "How much would it take?"),
    "contents.lengths": ("Exempeldata: hur länge", "Example data: how long"),
    "contents.groups": ("Exempeldata: grupper", "Example data: groups"),
    "contents.counties": ("Exempeldata: län", "Example data: counties"),
    "contents.years": ("Exempeldata: år och gräns", "Example data: years and limit"),
    "contents.endings": ("Exempeldata: så slutar de", "Example data: how they end"),
    "contents.real.lengths": ("Hur länge", "How long"),
    "contents.real.groups": ("Grupper", "Groups"),
    "contents.real.counties": ("Län", "Counties"),
    "contents.real.years": ("År och gräns", "Years and limit"),
    "contents.real.endings": ("Så slutar de", "How they end"),
    "page.save.svg": ("Bild (SVG)", "Image (SVG)"),
    "page.save.png": ("Bild (PNG)", "Image (PNG)"),
    "page.save.csv": ("Data (CSV)", "Data (CSV)"),
    "page.link_here": ("Länk hit", "Link here"),
    "page.copy": ("Kopiera", "Copy"),
    "page.copied": ("Kopierat", "Copied"),
    "field.tag": ("Exempeldata", "Example data"),
    "field.strong": (
        "Sjukfallen i det här fältet är påhittade.",
        "The spells in this field are invented.",
    ),
    "field.rest": (
        "De visar vad ett riktigt register skulle kunna svara på, och säger ingenting om verklig "
        "sjukskrivning.",
        "They show what a real register could answer, and say nothing about real sick leave.",
    ),
    "field.sentence": (
        "Exempeldata: sjukfallen är påhittade och säger ingenting om verklig sjukskrivning.",
        "Example data: the spells are invented and say nothing about real sick leave.",
    ),
    "source.example": ("Källa: exempelregister.", "Source: example register."),
    "source.register": ("Källa: {name}.", "Source: {name}."),
    # -- answer --------------------------------------------------------------------------------
    "kind.started": ("sjukfall som började {year}", "sick-leave spells that began in {year}"),
    "kind.limits_of": (
        "jämfört med gränserna från {year}",
        "compared with the limits of {year}",
    ),
    "finding.reached.words": (
        "{share} sjukfall nådde {day} dagar, den längsta tid som rekommenderas",
        "{share} spells reached {day} days, the longest time recommended",
    ),
    "finding.reached": (
        "{share} av 100 sjukfall nådde {day} dagar, den längsta tid som rekommenderas",
        "{share} in 100 spells reached {day} days, the longest time recommended",
    ),
    "finding.least": (
        "Minst {low} av 100 sjukfall pågick längre än rekommenderat",
        "At least {low} in 100 spells ran longer than recommended",
    ),
    "finding.most": (
        "Högst {high} av 100 sjukfall pågick längre än rekommenderat",
        "At most {high} in 100 spells ran longer than recommended",
    ),
    "finding.between": (
        "Mellan {low} och {high} av 100 sjukfall pågick längre än rekommenderat",
        "Between {low} and {high} in 100 spells ran longer than recommended",
    ),
    "finding.between.reached": (
        "Mellan {low} och {high} av 100 sjukfall nådde den rekommenderade gränsen",
        "Between {low} and {high} in 100 spells reached the recommended limit",
    ),
    "finding.one.reached": (
        "{low} av 100 sjukfall nådde {longest} dagar, den tid som rekommenderas",
        "{low} in 100 spells reached {longest} days, the time recommended",
    ),
    "finding.cannot": (
        "Det går inte att säga hur många sjukfall som blev längre än rekommenderat",
        "How many spells ran longer than recommended cannot be told",
    ),
    "finding.unseen": (
        "Statistiken börjar först efter den rekommenderade tiden",
        "The statistics begin only after the recommended time",
    ),
    "finding.no_limit": (
        "FMB anger ingen längsta tid i dagar för diagnosen",
        "FMB states no longest time in days for the diagnosis",
    ),
    "lead.before.words": ("För {year} redovisades {share}.", "For {year}, {share} were reported."),
    "lead.before.number": (
        "För {year} redovisades {share} av 100.",
        "For {year}, {share} in 100 were reported.",
    ),
    "lead.least": (
        "Hur många fler som blev längre än rekommenderat går inte att säga: för typfallet {case} "
        "är gränsen kortare, och vilket typfall ett sjukfall hör till framgår inte av statistiken.",
        "How many more ran longer than recommended cannot be told: for the case {case} the limit "
        "is shorter, and the statistics do not show which case a spell belongs to.",
    ),
    "lead.most": (
        "Så många kan ha passerat {day} dagar, gränsen för typfallet {case}.",
        "So many may have passed {day} days, the limit for the case {case}.",
    ),
    "lead.open": (
        "För typfallet {case} har FMB ingen övre gräns. Hur många sjukfall det gäller är inte "
        "känt, så den verkliga andelen kan vara lägre.",
        "FMB sets no upper limit for the case {case}. How many spells that concerns is not known, "
        "so the true share may be lower.",
    ),
    "lead.open.cannot": (
        "För typfallet {case} har FMB ingen övre gräns, och hur många sjukfall det gäller är inte "
        "känt.",
        "FMB sets no upper limit for the case {case}, and how many spells that concerns is not "
        "known.",
    ),
    "lead.between": (
        "FMB ger olika gränser för olika typfall. Vilket typfall ett sjukfall hör till framgår "
        "inte av statistiken, så svaret är ett intervall.",
        "FMB sets different limits for different cases. The statistics do not show which case a "
        "spell belongs to, so the answer is a range.",
    ),
    "lead.cannot": (
        "{low} pågick längre än {day} dagar, den längsta gräns som anges.",
        "{low} ran longer than {day} days, the longest limit stated.",
    ),
    "lead.no_limit": (
        "Därför finns inget att jämföra längderna med. Sidan visar hur länge sjukfallen pågick.",
        "There is nothing to compare the lengths with. The page shows how long the spells ran.",
    ),
    "lead.unseen": (
        "Sjukfall på högst 14 dagar saknas i källan, och alla rekommenderade tider är så korta.",
        "Spells of 14 days or less are not in the source, and all recommended times are that "
        "short.",
    ),
    "headline.one": (
        "{low} av sjukfallen pågick längre än rekommenderat",
        "{low} of spells ran longer than recommended",
    ),
    "headline.between": (
        "Mellan {low} och {high} av sjukfallen pågick längre än rekommenderat",
        "Between {low} and {high} of spells ran longer than recommended",
    ),
    "headline.least": (
        "Minst {low} av sjukfallen pågick längre än rekommenderat",
        "At least {low} of spells ran longer than recommended",
    ),
    "headline.most": (
        "Högst {high} av sjukfallen pågick längre än rekommenderat",
        "At most {high} of spells ran longer than recommended",
    ),
    "headline.cannot": (
        "Det går inte att säga hur många sjukfall som blev längre än rekommenderat",
        "How many spells ran longer than recommended cannot be told",
    ),
    "headline.no_limit": (
        "FMB anger ingen längsta tid i dagar för diagnosen",
        "FMB states no longest time in days for the diagnosis",
    ),
    "headline.no_spells": (
        "Inga sjukfall började under året",
        "No spells began in the year",
    ),
    "headline.unseen": (
        "Registret börjar först efter den rekommenderade tiden",
        "The register begins only after the recommended time",
    ),
    "headline.few": (
        "Sjukfallen är för få för att säga hur många som blev längre än rekommenderat",
        "The spells are too few to tell how many ran longer than recommended",
    ),
    "answer.number.one": (
        "Av {n} sjukfall pågick {low} längre än rekommenderat.",
        "Of {n} spells, {low} ran longer than recommended.",
    ),
    "answer.number.between": (
        "Av {n} sjukfall pågick minst {low} längre än rekommenderat, och högst {high}.",
        "Of {n} spells, at least {low} ran longer than recommended, and at most {high}.",
    ),
    "answer.number.least": (
        "Av {n} sjukfall pågick minst {low} längre än rekommenderat.",
        "Of {n} spells, at least {low} ran longer than recommended.",
    ),
    "answer.number.most": (
        "Av {n} sjukfall pågick högst {high} längre än rekommenderat.",
        "Of {n} spells, at most {high} ran longer than recommended.",
    ),
    "answer.number.cannot": (
        "Av {n} sjukfall pågick {share} längre än {day} dagar, den längsta gräns som anges.",
        "Of {n} spells, {share} ran longer than {day} days, the longest limit stated.",
    ),
    # -- recommendation ------------------------------------------------------------------------
    "card.title": ("Rekommenderad längsta tid", "Longest time recommended"),
    "card.since": ("Enligt FMB sedan {date}.", "FMB since {date}."),
    "card.earlier": ("Tidigare gränser", "Earlier limits"),
    "case.open": ("ingen övre gräns", "no upper limit"),
    "case.none": ("ingen", "none"),
    "case.all": ("Alla", "All"),
    "case.whole": ("som gäller alla", "for all"),
    "limit.days": ("{day} dagar", "{day} days"),
    "limit.until": ("till {date}", "until {date}"),
    "limit.note": ("gräns vid {case}", "limit: {case}"),
    # -- length strip --------------------------------------------------------------------------
    "strip.subtitle": (
        "Andel av sjukfallen efter längd. Påbörjade sjukfall längre än 14 dagar.",
        "Share of spells by length. Started spells longer than 14 days.",
    ),
    "strip.title.ended": (
        "{ended} av 100 sjukfall var slut före {day} dagar",
        "{ended} in 100 spells had ended before {day} days",
    ),
    "strip.title.between": (
        "Mellan {low} och {high} av 100 passerade {day} dagar",
        "Between {low} and {high} in 100 passed {day} days",
    ),
    "strip.n": ("{n} sjukfall", "{n} spells"),
    "strip.year_unknown": ("Startår anges inte", "Start year not stated"),
    "strip.class": ("{first}–{last} dagar", "{first}–{last} days"),
    "strip.class.open": ("{first} dagar–{last}", "{first} days–{last}"),
    "strip.most": ("högst {day} dagar", "up to {day} days"),
    "strip.longer": ("längre", "longer"),
    "strip.stretch": ("omkring {day} dagar", "about {day} days"),
    "strip.hatched": ("gränsen ligger någonstans här", "the limit lies somewhere here"),
    "strip.steps": ("källan har steg om 5 %", "the source has steps of 5%"),
    "strip.reached": ("{share} nådde {day} dagar", "{share} reached {day} days"),
    "strip.over": ("{share} längre än {day} dagar", "{share} longer than {day} days"),
    "strip.source.fk": (
        "Källa: Försäkringskassan, alla sjukfall med {code} som första diagnos.",
        "Source: Swedish Social Insurance Agency, all spells with {code} as first diagnosis.",
    ),
    "strip.source.fk.years": (
        "2015 års sista klass börjar dag 366. Hur länge 2017 års sjukfall följdes anges inte: "
        "jämför åren med försiktighet.",
        "The last class of 2015 starts on day 366. How long the spells of 2017 were followed is "
        "not stated: compare the years with care.",
    ),
    "strip.source.srs": (
        "Källa: Karolinska Institutets SRS-modeller, {code}, publicerade i steg om 5 %. Högst "
        "avrundas uppåt, minst nedåt.",
        "Source: Karolinska Institutet's SRS models, {code}, published in steps of 5%. Upper "
        "bounds are rounded up, lower ones down.",
    ),
    "strip.source.other": ("Källa: {label}, {code}.", "Source: {label}, {code}."),
    "strip.alt": (
        "Sjukfallens längd, {year}: {shares}.",
        "Length of spells, {year}: {shares}.",
    ),
    # -- what can be told ----------------------------------------------------------------------
    "told.title": ("Vad går att säga?", "What can be told?"),
    "told.why": (
        "FMB har flera typfall för diagnosen. Vilket som gäller ett sjukfall beror på sådant som "
        "statistiken inte visar. Därför svarar varje gräns på sin egen fråga.",
        "FMB has several cases for the diagnosis. Which one applies to a spell depends on what "
        "the statistics do not show. So each limit answers a question of its own.",
    ),
    "told.why.one": (
        "FMB har ett typfall för diagnosen, med en gräns.",
        "FMB has one case for the diagnosis, with one limit.",
    ),
    "told.limit": ("Gräns", "Limit"),
    "told.reached": ("Nådde gränsen", "Reached the limit"),
    "told.over": ("Längre än gränsen", "Longer than the limit"),
    "told.year": ("Året {year}", "Year {year}"),
    "told.means": ("Det betyder", "What it means"),
    "told.longest": (
        "Så många nådde den längsta gränsen, oavsett typfall.",
        "So many reached the longest limit, whatever their case.",
    ),
    "told.longest.open": (
        "Så många nådde den längsta gräns som anges.",
        "So many reached the longest limit stated.",
    ),
    "told.shorter": (
        "Hörde alla till det typfallet hade så många nått sin gräns.",
        "If all belonged to that case, so many would have reached their limit.",
    ),
    "told.unseen": (
        "Går inte att säga: sjukfall på högst 14 dagar saknas i källan.",
        "Cannot be told: spells of 14 days or less are not in the source.",
    ),
    "told.open": ("ingen övre gräns, {case}", "no upper limit, {case}"),
    "told.open.means": (
        "Sådana sjukfall kan inte bli längre än rekommenderat.",
        "Such spells cannot run longer than recommended.",
    ),
    "told.groups": (
        "Talen beskriver grupper av sjukfall, inte enskilda läkare eller patienter. FMB lämnar rum "
        "för den enskildes behov.",
        "The numbers describe groups of spells, not single physicians or patients. FMB leaves room "
        "for individual needs.",
    ),
    "even.title": (
        "Hur mycket krävs för att rekommendationen ska ha följts?",
        "How much would it take for the recommendation to have been kept?",
    ),
    "even.text": (
        "Ju fler sjukfall som gällde {case}, desto färre måste ha blivit för långa. Gällde det "
        "{high} av 100 kan alla ha hållit {day} dagar.",
        "The more spells concerned {case}, the fewer must have been too long. If it concerned "
        "{high} in 100, all may have kept to {day} days.",
    ),
    "even.figure": (
        "Vid {high} av 100 kan alla ha följt rekommendationen",
        "At {high} in 100, all may have kept to it",
    ),
    "even.subtitle": (
        "Minsta andel sjukfall längre än rekommenderat, %, vid olika andel med typfallet {case}.",
        "Least share of spells longer than recommended, %, by share with the case {case}.",
    ),
    "even.end.1": ("Vid {high} % och däröver", "At {high}% and above,"),
    "even.end.2": ("kan alla ha följt rekommendationen", "all may have kept to it"),
    "even.axis": ("andel av sjukfallen utan övre gräns", "share of spells without upper limit"),
    "even.alt": (
        "Den minsta andelen faller rakt till noll vid {high} procent.",
        "The least share falls straight to zero at {high} per cent.",
    ),
    "even.source": (
        "Källa: KI:s SRS-modeller, {code} ({n} sjukfall). Linjen är den säkra nedre gränsen; "
        "bandet visar källans steg om 5 %.",
        "Source: KI's SRS models, {code} ({n} spells). The line is the safe lower bound; the band "
        "shows the source's steps of 5%.",
    ),
    # -- sources -------------------------------------------------------------------------------
    "sources.title": ("Sjukfallens längd", "How long the spells ran"),
    "sources.title.two": ("Två verkliga källor", "Two real sources"),
    "sources.broader": (
        "Försäkringskassan redovisar bara {code} i sin helhet ({n} sjukfall {year}): {share} nådde "
        "{day} dagar.",
        "The Swedish Social Insurance Agency reports only {code} as a whole ({n} spells in "
        "{year}): {share} reached {day} days.",
    ),
    "sources.broader.range": (
        "Publicerade längder finns bara för {code} i sin helhet ({n} sjukfall): {share} pågick "
        "längre än {day} dagar.",
        "Published lengths exist only for {code} as a whole ({n} spells): {share} ran longer than "
        "{day} days.",
    ),
    "band.title": (
        "{share} av 100 pågick ännu efter {day} dagar",
        "{share} in 100 reached {day} days",
    ),
    "band.title.range": (
        "Efter {day} dagar pågick mellan {low} och {high} av 100",
        "After {day} days, between {low} and {high} in 100 still ran",
    ),
    "band.title.plain": ("Så länge pågick sjukfallen", "How long the spells ran"),
    "band.subtitle": (
        "Andel sjukfall som fortfarande pågår, dag för dag. {code}, sjukfall längre än 14 dagar.",
        "Share of spells still running, day by day. {code}, spells longer than 14 days.",
    ),
    "band.note.points": (
        "Punkter: Försäkringskassan {year}",
        "Dots: Social Insurance Agency {year}",
    ),
    "band.note.band": ("Band: KI:s SRS-modeller,", "Band: KI's SRS models;"),
    "band.note.inside": ("andelen ligger i bandet", "the share lies in the band"),
    "band.note.inside.only": ("andelen ligger i bandet", "the share lies in the band"),
    "band.source.fk": (
        "Källa: Försäkringskassan {year} ({n} sjukfall).",
        "Source: Swedish Social Insurance Agency {year} ({n} spells).",
    ),
    "band.source.srs": (
        "KI:s SRS-modeller ({n} sjukfall, startår anges inte).",
        "KI's SRS models ({n} spells, start year not stated).",
    ),
    "band.source.broader": (
        "Försäkringskassan redovisar bara {code} i sin helhet ({n} sjukfall {year}): {share} nådde "
        "180 dagar.",
        "The Swedish Social Insurance Agency reports only {code} as a whole ({n} spells in "
        "{year}): {share} reached 180 days.",
    ),
    "band.alt": (
        "Andelen som fortfarande är sjukskriven faller: {shares}.",
        "The share still on sick leave falls: {shares}.",
    ),
    "history.title": ("Rekommendationen över tid", "The recommendation over time"),
    "history.case": ("Typfall", "Case"),
    "history.words": ("FMB:s ord", "FMB's words"),
    "history.days": ("Gräns, dagar", "Limit, days"),
    "history.valid": ("Gäller", "In force"),
    "history.since": ("från {first}", "from {first}"),
    "history.during": ("{first}–{last}", "{first}–{last}"),
    "history.older": (
        "Tabellen visar de typfall som gällde under året. Äldre och senare lydelser finns på sidan "
        "om ändringar i FMB.",
        "The table shows the cases in force during the year. Earlier and later wordings stand on "
        "the page on changes in FMB.",
    ),
    # -- register ------------------------------------------------------------------------------
    "axis.days": ("dagar sedan sjukfallet började", "days since the spell began"),
    "curve.title": ("Hälften var slut efter {day}", "Half had ended after {day}"),
    "curve.title.plain": ("Så länge pågick sjukfallen", "How long the spells ran"),
    "curve.subtitle": (
        "Andel sjukfall som fortfarande pågår. {n} sjukfall {year}, följda till {date}.",
        "Share of spells still running. {n} spells in {year}, followed until {date}.",
    ),
    "curve.at": ("dag {day} {share}", "day {day} {share}"),
    "curve.alt": (
        "Andelen som fortfarande är sjukskriven: {shares}.",
        "Share still on sick leave: {shares}.",
    ),
    "dots.all": ("alla", "all"),
    "dots.head": ("95 %-intervall", "95% interval"),
    "dots.title.alike": (
        "Kvinnor och män, unga och äldre: ungefär lika",
        "Women and men, young and old: much the same",
    ),
    "dots.title.plain": ("Andelen efter kön och ålder", "The share by sex and age"),
    "dots.title.young": ("Yngre har färre långa sjukfall", "The young have fewer long spells"),
    "dots.title.differ": ("Åldersgrupperna skiljer sig åt", "The age groups differ"),
    "dots.subtitle.one": (
        "Längre än rekommenderat, %. Strecket är 95 %-intervallet.",
        "Longer than recommended, %. The bar is the 95% interval.",
    ),
    "dots.subtitle.least": (
        "Minsta andel längre än rekommenderat, %. Strecket är 95 %-intervallet.",
        "Least share longer than recommended, %. The bar is the 95% interval.",
    ),
    "dots.subtitle.low": (
        "Minsta andel längre än rekommenderat, %. Strecket är 95 %-intervallet.",
        "Least share longer than recommended, %. The bar is the 95% interval.",
    ),
    "dots.subtitle.high": (
        "Högsta andel längre än rekommenderat, %. Strecket är 95 %-intervallet.",
        "Highest share longer than recommended, %. The bar is the 95% interval.",
    ),
    "dots.alt": (
        "Andel längre än rekommenderat: {shares} procent.",
        "Share longer than recommended: {shares} per cent.",
    ),
    # -- counties ------------------------------------------------------------------------------
    "county.title.none": (
        "Inget län skiljer sig säkert från riket",
        "No county differs reliably from the country",
    ),
    "county.title.some": (
        "Några län skiljer sig säkert från riket",
        "Some counties differ reliably from the country",
    ),
    "county.text": (
        "{n} av {of} län ligger utanför den inre gränsen. Ett av tjugo väntas göra det "
        "av ren slump.",
        "{n} of {of} counties lie outside the inner limit. One in twenty is expected to by chance "
        "alone.",
    ),
    "county.text.one": (
        "{n} av {of} län ligger utanför den inre gränsen. Ett av tjugo väntas göra det "
        "av ren slump.",
        "{n} of {of} counties lies outside the inner limit. One in twenty is expected to by chance "
        "alone.",
    ),
    "county.text.none": (
        "Av {of} län ligger {n} utanför den inre gränsen.",
        "Of {of} counties, {n} lie outside the inner limit.",
    ),
    "county.all": ("Talen för alla län", "Numbers of all counties"),
    "county.table": ("Länen", "The counties"),
    "county.head": ("Län", "County"),
    "county.n": ("Sjukfall", "Spells"),
    "county.share": (
        "Längre än gränsen, standardiserat (95 %-intervall)",
        "Longer than the limit, standardised (95% interval)",
    ),
    "map.title": ("Länen på kartan", "The counties on the map"),
    "map.subtitle": (
        "Längre än {day} dagar, %, standardiserat för ålder och kön.",
        "Longer than {day} days, %, standardised for age and sex.",
    ),
    "map.above": ("längre", "longer"),
    "map.below": ("kortare", "shorter"),
    "map.rule.1": ("än riket, utanför", "than the country,"),
    "map.rule.2": ("95 %-gränsen", "outside the 95% limit"),
    "map.alt": (
        "Karta över länen i lika stora rutor. Utanför 95 %-gränsen: {out}.",
        "Map of the counties as equal tiles. Outside the 95% limit: {out}.",
    ),
    "funnel.title": ("Samma län efter storlek", "The same counties by size"),
    "funnel.subtitle": (
        "Små län varierar mer. Linjerna visar hur mycket slumpen ensam ger.",
        "Small counties vary more. The lines show how much chance alone gives.",
    ),
    "funnel.axis": ("antal sjukfall i länet", "spells in the county"),
    "funnel.inner": ("95 %-gräns", "95% limit"),
    "funnel.outer": ("99,8 %-gräns", "99.8% limit"),
    "funnel.centre": ("riket {share}", "country {share}"),
    "funnel.alt": (
        "{n} län: andel mot antal sjukfall, med gränser för slumpen.",
        "{n} counties: share against number of spells, with the limits of chance.",
    ),
    # -- years and limit -----------------------------------------------------------------------
    "years.title": (
        "Andelen låg mellan {low} och {high}",
        "The share lay between {low} and {high}",
    ),
    "years.subtitle": (
        "Längre än {day} dagar, %, efter startår.",
        "Longer than {day} days, %, by start year.",
    ),
    "years.alt": ("Andel per startår: {shares}.", "Share by start year: {shares}."),
    "limit.title.none": (
        "Inte fler än väntat slutar just vid {day} dagar",
        "No more than expected end at {day} days",
    ),
    "limit.title.more": (
        "Fler än väntat slutar just vid {day} dagar",
        "More than expected end at {day} days",
    ),
    "limit.title.fewer": (
        "Färre än väntat slutar just vid {day} dagar",
        "Fewer than expected end at {day} days",
    ),
    "limit.subtitle": (
        "Antal sjukfall som slutar varje dag, dag {first}–{last}.",
        "Number of spells that end each day, days {first}–{last}.",
    ),
    "limit.source": (
        "Dag {first}–{last}: {excess} mot väntat.",
        "Days {first}–{last}: {excess} against expected.",
    ),
    "limit.day": ("dag {day}", "day {day}"),
    "limit.at": ("slutade: {ended}, väntat: {expected}", "ended: {ended}, expected: {expected}"),
    "limit.expected": ("linjen: väntat utan gräns", "line: expected without limit"),
    "limit.alt": (
        "Sjukfall som slutar per dag kring gränsen; på gränsens dag {text}.",
        "Spells that end by day around the limit; on its day {text}.",
    ),
    "stack.day": ("Dag {day}", "Day {day}"),
    "ends.title": ("De flesta sjukfall slutar utan sjukersättning", "Most spells end in work"),
    "ends.subtitle": ("Andel av sjukfallen, %.", "Share of spells, %."),
    "ends.work": ("i arbete, avslutat", "back to work"),
    "ends.on": ("pågår", "still on leave"),
    "ends.other": (
        "Annat: ny diagnos, sjukersättning, pension eller dödsfall.",
        "Other: new diagnosis, disability pension, retirement or death.",
    ),
    "ends.alt": (
        "Avslutade, annat och pågående i procent: {shares}.",
        "Back to work, other and still on leave in per cent: {shares}.",
    ),
    "degree.title": (
        "{share} är sjukskrivna på heltid dag {day}",
        "{share} are on full-time leave on day {day}",
    ),
    "degree.subtitle": (
        "Pågående sjukfall efter omfattning, %.",
        "Spells still running by extent, %.",
    ),
    "degree.100": ("heltid", "full"),
    "degree.75": ("¾", "¾"),
    "degree.50": ("halvtid", "half"),
    "degree.25": ("¼", "¼"),
    "degree.alt": (
        "Heltid, tre fjärdedelar, halvtid och en fjärdedel i procent: {shares}.",
        "Full, three quarters, half and one quarter in per cent: {shares}.",
    ),
    # -- method --------------------------------------------------------------------------------
    "method.title": ("Metod och antaganden", "Method and assumptions"),
    "method.who": ("Vilka sjukfall som ingår", "Which spells are counted"),
    "method.assumptions": (
        "Hur mycket beror svaret på våra antaganden?",
        "How much does the answer depend on our assumptions?",
    ),
    "method.how": ("Så räknas talen", "How the numbers are computed"),
    "method.function": ("Funktion och aktivitet enligt FMB", "Function and activity in FMB"),
    "who.what": ("Sjukfall", "Spells"),
    "who.n": ("Antal", "Number"),
    "who.n_started": ("Påbörjade under året", "Started in the year"),
    "who.n_seen": (
        "Längre än registrets första dagar, och räknade här",
        "Long enough to be seen, and counted here",
    ),
    "who.n_ended": ("Avslutade", "Ended"),
    "who.n_ongoing": ("Pågick ännu på sista dagen", "Still running on the last day"),
    "who.n_scored": ("Med en rekommenderad gräns", "With a recommended limit"),
    "who.n_ambiguous": ("Med för kort kod, inte räknade", "With too short a code, not counted"),
    "who.text": (
        "Registret ser sjukfall från och med dag {day}. Uppehåll på högst {gap} dagar bryter inte "
        "ett sjukfall. Sjukfallen är kända till och med {date}.",
        "The register sees spells from day {day} on. Gaps of at most {gap} days do not "
        "end a spell. "
        "The spells are known until {date}.",
    ),
    "assume.what": ("Antagande", "Assumption"),
    "assume.n": ("Sjukfall", "Spells"),
    "assume.share": ("Andel", "Share"),
    "assume.interval": ("95 %-intervall", "95% interval"),
    "how.conditional": (
        "Alla andelar gäller sjukfall som har passerat registrets första dagar (Kaplan–Meier, med "
        "fördröjd start).",
        "All shares are of spells that have outlasted the register's first days (Kaplan–Meier with "
        "delayed entry).",
    ),
    "how.bounds": (
        "Minst och högst följer av vilka typfall som är möjliga för en kod: minst av den längsta "
        "gränsen, högst av den kortaste. Ett typfall utan övre gräns kan inte överskridas.",
        "Lower and upper bounds follow from the cases that are possible for a code: the lower from "
        "the longest limit, the upper from the shortest. A case without upper limit cannot be "
        "exceeded.",
    ),
    "how.interval": (
        "Intervallen är 95 %-intervall för andelen. De säger inget om fel i källan.",
        "The intervals are 95% intervals of the share. They say nothing of errors in the source.",
    ),
    "how.month": (
        "”Nådde” är minst så många dagar, ”längre än” är fler. En månad räknas som 30 dagar.",
        "‘Reached’ is at least so many days, ‘longer than’ is more. A month counts as 30 days.",
    ),
    "icf.head.name": ("FMB:s ord", "FMB's words"),
    "icf.head.code": ("ICF-kod", "ICF code"),
    "icf.head.domain": ("Slag", "Kind"),
    "icf.head.role": ("Vikt", "Role"),
    # -- about ---------------------------------------------------------------------------------
    "about.title": ("Om statistiken", "About the statistics"),
    "about.published": ("Publicerad", "Published"),
    "about.published.text": (
        "{date}. Nästa utgåva: {following}",
        "{date}. Next edition: {following}",
    ),
    "about.unsaid": ("anges av utgivaren", "to be stated by the publisher"),
    "about.real": ("Verkliga uppgifter", "Real statistics"),
    "about.source.fk": (
        "Försäkringskassan 2015 och 2017, via SRS-tjänstens öppna arkiv",
        "Swedish Social Insurance Agency 2015 and 2017, from the SRS service's open archive",
    ),
    "about.source.srs": (
        "Karolinska Institutets SRS-modeller 3.0, via SRS-tjänstens öppna arkiv",
        "Karolinska Institutet's SRS models 3.0, from the SRS service's open archive",
    ),
    "about.recommended": ("Rekommendationer", "Recommendations"),
    "about.editions": (
        "Socialstyrelsens försäkringsmedicinska beslutsstöd (FMB), utgåva {names}",
        "FMB, the decision support of the National Board of Health and Welfare, edition {names}",
    ),
    "about.register": ("Register", "Register"),
    "about.example": (
        "Exempelregister med påhittade sjukfall",
        "Example register of invented spells",
    ),
    "about.register.text": ("{name}, till och med {date}", "{name}, until {date}"),
    "about.protected": ("Skyddade tal", "Protected numbers"),
    "about.protected.text": (
        "·· betyder att talet bygger på färre än {n} sjukfall, eller skulle avslöja ett "
        "sådant tal. "
        "Det gäller alla tabeller och figurer.",
        "·· rests on fewer than {n} spells or would reveal such a number. This holds for "
        "all tables "
        "and figures.",
    ),
    "about.groups": ("Läs så här", "How to read"),
    "about.cite": ("Så citerar du", "How to cite"),
    "about.cite.text": (
        "{made}. {name} ({codes}). Sjukfall som började {year}.",
        "{made}. {name} ({codes}). Sick-leave spells that began in {year}.",
    ),
    "about.licence": ("Licens", "Licence"),
    "about.contact": ("Kontakt", "Contact"),
    "about.numbers": ("Alla tal på sidan", "All numbers of the page"),
}
