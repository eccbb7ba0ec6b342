"""Phrases of the overview, of the index's controls and of evaluation rounds."""

from __future__ import annotations

PHRASES = {
    # Head
    "overview.subtitle": (
        "Alla diagnosinformationer i det försäkringsmedicinska beslutsstödet (FMB) mot sjukfall "
        "som började {year}",
        "All entries of the national recommendations (FMB) against spells that began in {year}",
    ),
    "overview.subtitle.round": (
        "Uppföljningsrunda: {n} diagnosinformationer i det försäkringsmedicinska beslutsstödet "
        "(FMB) mot sjukfall som började {year}",
        "Evaluation round: {n} entries of the national recommendations (FMB) against spells that "
        "began in {year}",
    ),
    "overview.changed": (
        "Jämfört med {before} har andelen över en fast gräns ökat för {up} och minskat för {down} "
        "av {n} diagnosinformationer, när hänsyn tas till att så många jämförs.",
        "Compared with {before}, the share over a fixed limit has risen for {up} and fallen for "
        "{down} of {n} entries, when it is taken into account that so many are compared.",
    ),
    "overview.unchanged": (
        "Jämfört med {before} kan ingen förändring av andelen över en fast gräns skiljas från "
        "slumpen för någon av {n} diagnosinformationer.",
        "Compared with {before}, no change of the share over a fixed limit can be told from "
        "chance for any of {n} entries.",
    ),
    "round.source": ("Rundans källa: {source}", "Source of the round: {source}"),
    "round.edition": (
        "Rundan gäller utgåva {edition} av rekommendationerna. Varje sjukfall mäts mot den gräns "
        "som gällde när det började.",
        "The round is about edition {edition} of the recommendations. Each spell is measured "
        "against the limit in force when it began.",
    ),
    "round.incomplete": (
        "Listan är ofullständig: källan är bara delvis känd.",
        "The list is incomplete: its source is known only in part.",
    ),
    "round.previous": (
        "Jämförs med rundan {title} ({year}). {n} av diagnosinformationerna fanns också i den.",
        "Compared with the round {title} ({year}). {n} of the entries were in it as well.",
    ),
    # All entries
    "overview.forest.intro": (
        "Andelen sjukfall som pågick längre än rekommenderat. Stapeln går från den minsta andel "
        "det kan vara till den största, eftersom registret sällan visar vilket typfall som "
        "gällde. En fylld punkt är ett enda tal. En öppen triangel pekar åt det håll där andelen "
        "kan ligga: åt höger från en minsta andel, åt vänster från en största.",
        "The share of spells that ran longer than recommended. The bar runs from the least "
        "share it can be to the largest, since the register seldom shows which case applied. A "
        "filled point is one number. An open triangle points to the side where the share may "
        "lie: to the right of a least share, to the left of a largest.",
    ),
    "overview.forest.empty": (
        "För ingen diagnosinformation kan andelen skattas.",
        "The share cannot be estimated for any entry.",
    ),
    "overview.forest.part": ("Del {k} av {n}.", "Part {k} of {n}."),
    "overview.table.title": ("Alla mått", "All measures"),
    "overview.table.intro": (
        "Andelar, dagar över gränsen och täckning för varje diagnosinformation, efter "
        "sjukdomsgrupp. Täckningen är andelen sjukfall med en gräns i dagar. Gränser fram till "
        "den dag då registret börjar se sjukfallen kan inte prövas.",
        "Shares, days over the limit and coverage of every entry, disease group by disease group. "
        "Coverage is the share of spells that have a limit in days. Limits up to the day when the "
        "register begins to see the spells cannot be tested.",
    ),
    "overview.table.caption": (
        "Verklig längd mot rekommenderad, sjukfall som började {year}, med 95 % konfidensintervall",
        "Real against recommended length, spells that began in {year}, with 95% confidence "
        "intervals",
    ),
    "column.over_longest": ("Över längsta gränsen", "Over the longest limit"),
    "column.over_shortest": ("Över kortaste gränsen", "Over the shortest limit"),
    "column.excess_longest": (
        "Dagar över längsta gränsen, per sjukfall",
        "Days over the longest limit, per spell",
    ),
    "column.limits_short": ("Gränser, dagar", "Limits, days"),
    # Change
    "overview.change.question": (
        "Frågan som prövas, en gång för varje diagnosinformation: är andelen sjukfall längre än "
        "gränsen en annan bland sjukfall som började {year} än bland dem som började {before}? "
        "Gränsen är den längsta som gällde {year} och densamma för båda åren, så att en ändrad "
        "rekommendation inte ser ut som en ändrad sjukskrivning.",
        "The question, asked once of every entry: is the share of spells longer than the limit "
        "another among spells that began in {year} than among those that began in {before}? The "
        "limit is the longest in force in {year} and the same for both years, so that a changed "
        "recommendation does not look like a changed practice.",
    ),
    "overview.change.adjusted": (
        "q-värdet är p-värdet justerat för {n} prövningar (Benjamini–Hochberg): bland de "
        "förändringar som har q under 0,05 väntas högst en av tjugo vara slump. Sjukfallen räknas "
        "som oberoende av varandra, fast en person kan ha flera.",
        "The q-value is the p-value adjusted for {n} tests (Benjamini–Hochberg): of the changes "
        "with q below 0.05, at most one in twenty is expected to be chance. Spells are taken to "
        "be independent of each other, though a person can have several.",
    ),
    "overview.change.figure": (
        "Förändring från {before} till {year} av andelen över en fast gräns, i procentenheter, "
        "med 95 % konfidensintervall: de {n} förändringarna med lägst p-värde. Fylld punkt: q "
        "under 0,05.",
        "Change from {before} to {year} of the share over a fixed limit, in percentage points, "
        "with 95% confidence interval: the {n} changes with the lowest p-values. Filled point: q "
        "below 0.05.",
    ),
    "overview.change.caption": (
        "Andel över en fast gräns {before} och {year}, och skillnaden i procentenheter med 95 % "
        "konfidensintervall",
        "Share over a fixed limit in {before} and {year}, and the difference in percentage points "
        "with 95% confidence interval",
    ),
    "overview.change.not_compared": (
        "{n} diagnosinformationer kan inte jämföras: {reasons}.",
        "{n} entries cannot be compared: {reasons}.",
    ),
    "axis.difference_points": (
        "Förändring, procentenheter",
        "Change, percentage points",
    ),
    "alt.difference": (
        "Diagram över {n} förändringar av andelen över en fast gräns. {n_sure} av dem kan skiljas "
        "från slumpen.",
        "Chart of {n} changes of the share over a fixed limit. {n_sure} of them can be told from "
        "chance.",
    ),
    "alt.difference.up": (
        "Störst är ökningen för {label}, {change}.",
        "The rise is largest for {label}, {change}.",
    ),
    "alt.difference.down": (
        "Störst är minskningen för {label}, {change}.",
        "The fall is largest for {label}, {change}.",
    ),
    "column.share_in_year": ("Andel {year}", "Share {year}"),
    "column.difference": ("Skillnad, procentenheter", "Difference, percentage points"),
    "column.p_value": ("p-värde", "p-value"),
    # Index of lengths
    "overview.ratio.title": (
        "Längden i förhållande till rekommendationen",
        "Length in relation to the recommendation",
    ),
    "overview.ratio.intro": (
        "Sjukfallens sammanlagda längd under det första året, delad med de dagar som gränserna "
        "ger: 1 betyder att medellängden är lika med gränsen i medeltal, för den blandning av "
        "diagnoser som finns. Kvoten ges mot den längsta och mot den kortaste gränsen.",
        "The total length of the spells within their first year, divided by the days that the "
        "limits allow: 1 means that the mean length equals the mean limit, for the mix of "
        "diagnoses at hand. The ratio is given against the longest and the shortest limit.",
    ),
    "overview.ratio.entry": (
        "Kvoten gäller sjukfall som pågick längre än {entry} och vars gränser ligger mellan den "
        "dagen och dag {tau}. Kortare sjukfall syns inte i registret; med dem vore kvoten lägre.",
        "The ratio holds for spells that lasted longer than {entry} and whose limits lie between "
        "that day and day {tau}. Shorter spells are not seen by the register; with them the ratio "
        "would be lower.",
    ),
    "overview.ratio.seen": (
        "Kvoten gäller sjukfall vars gränser ligger inom {tau} dagar.",
        "The ratio holds for spells whose limits lie within {tau} days.",
    ),
    "overview.ratio.answer": (
        "Över alla {n} som räknas är kvoten {low} mot den längsta gränsen och {high} mot den "
        "kortaste.",
        "Over all {n} counted, the ratio is {low} against the longest limit and {high} against "
        "the shortest.",
    ),
    "overview.ratio.empty": (
        "Kvoten kan inte räknas för någon diagnosinformation.",
        "The ratio cannot be computed for any entry.",
    ),
    "overview.ratio.caption": (
        "Sjukfallens längd delad med den rekommenderade, efter sjukdomsgrupp, med 95 % "
        "konfidensintervall",
        "Length of the spells divided by the recommended length, by disease group, with 95% "
        "confidence interval",
    ),
    "overview.ratio.all": ("Alla", "All"),
    "column.n_entries": ("Antal", "Number"),
    "column.ratio_longest": ("Mot längsta gränsen", "Against the longest limit"),
    "column.ratio_shortest": ("Mot kortaste gränsen", "Against the shortest limit"),
    # Not judged
    "overview.not_judged.intro": (
        "För {n} diagnosinformationer kan andelen varken prövas mot den längsta eller den kortaste "
        "gränsen. För {partly} kan bara den ena prövas: se tabellen över alla mått.",
        "For {n} entries the share can be tested against neither the longest nor the shortest "
        "limit. For {partly} only one of them can be tested: see the table of all measures.",
    ),
    "overview.reasons.caption": (
        "Varför andelen över den längsta gränsen inte kan skattas",
        "Why the share over the longest limit cannot be estimated",
    ),
    "overview.not_judged.caption": (
        "Diagnosinformationer som inte kan bedömas",
        "Entries that cannot be judged",
    ),
    "overview.absent.truncated": ("gräns\xa0≤\xa0{day}", "limit\xa0≤\xa0{day}"),
    # Editions
    "overview.editions.title": ("Ändrade rekommendationer", "Changed recommendations"),
    "overview.editions.intro": (
        "Vad som ändrades från utgåva {old} till utgåva {new}. Hela listan finns på sidan om "
        "ändringarna.",
        "What changed from edition {old} to edition {new}. The whole list is on the page about "
        "the changes.",
    ),
    "overview.editions.empty": (
        "Det finns ingen tidigare utgåva att jämföra med.",
        "There is no earlier edition to compare with.",
    ),
    "overview.editions.caption": ("Antal ändringar av varje slag", "Changes of each kind"),
    "overview.editions.lengths": (
        "Ändrade gränser för typfall som finns i båda utgåvorna",
        "Changed limits of cases that are in both editions",
    ),
    "overview.editions.page": (
        "Ändringar i rekommendationerna {old} → {new}",
        "Changes in the recommendations {old} → {new}",
    ),
    "column.change": ("Slag", "Kind"),
    "column.n_changes": ("Antal", "Number"),
    "overview.editions.silent": (
        "{kind}, därav {n} utan upplysning",
        "{kind}, {n} of them silently",
    ),
    # Provenance
    "provenance.round": ("Runda", "Round"),
    "provenance.year": ("Startår", "Start year"),
    "provenance.year_before": ("Jämförs med startår", "Compared with start year"),
    # Index
    "index.overview": ("Översikt över alla diagnosinformationer", "Overview of all entries"),
    "index.overview.round": ("Översikt över rundan", "Overview of the round"),
    "index.table_file": ("Alla mått som tabell (CSV)", "All measures as a table (CSV)"),
    "index.controls": ("Sök, välj och sortera", "Search, choose and sort"),
    "index.ascending": ("stigande", "ascending"),
    "index.descending": ("fallande", "descending"),
    "index.sorted": ("sorterat efter {column}, {order}", "sorted by {column}, {order}"),
    "index.clear": ("Visa alla", "Show all"),
}
