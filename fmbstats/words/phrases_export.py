"""Phrases of the export: its read-me, workbook, list and PDF."""

from __future__ import annotations

PHRASES = {
    "export.title": (
        "Sjukskrivning jämförd med FMB {year}",
        "Sick leave compared with FMB {year}",
    ),
    "export.title.round": (
        "{title}: sjukskrivning jämförd med FMB",
        "{title}: sick leave compared with FMB",
    ),
    "export.subtitle": (
        "Sjukfall som började {year}, jämförda med det försäkringsmedicinska beslutsstödet",
        "Spells that began in {year}, compared with the national recommendations (FMB)",
    ),
    "export.report.synthetic": (
        "Sjukfallen är påhittade ({name}). De visar hur beräkningarna fungerar och säger ingenting "
        "om verklig sjukskrivning. Verkliga, publicerade uppgifter är märkta som sådana.",
        "The spells are invented ({name}). They show how the calculations work and say nothing "
        "about real sick leave. Real, published figures are marked as such.",
    ),
    "export.report.real": ("Uppgifterna kommer från {name}.", "The data come from {name}."),
    "export.alt": ("Alternativtext", "Alternative text"),
    "export.extraction": ("Uttagsdag", "Day of extraction"),
    "export.rows_read": ("Lästa rader i registret", "Rows read from the register"),
    "export.rejected": ("Underkända rader", "Rejected rows"),
    "export.status": ("Status", "Status"),
    "export.list.file": ("figurer-och-tabeller", "figures-and-tables"),
    "export.readme.file": ("LÄS-MIG.txt", "README.txt"),
    "export.readme": (
        "figures/  varje figur som SVG, PDF och PNG (300 punkter per tum), {width} cm bred;\n"
        "          talen bakom den som CSV; figurtext och alternativtext på båda språken som TXT\n"
        "tables/   varje tabell som CSV, med tabelltext på båda språken\n"
        "fmbstats-{name}.xlsx      alla mått med exakta tal, rekommendationer, typfall, "
        "publicerade antal, metod\n"
        "figurer-och-tabeller.*    numrerad lista\n"
        "adherence.csv             alla mått, en rad per diagnosinformation och mått\n"
        "export.json               filernas kontrollsummor\n\n"
        "Ändra inget i mappen: kopiera det som behövs. Nästa export ersätter hela mappen, men\n"
        "vägrar om något har ändrats eller lagts till. CSV-filerna har kommatecken mellan\n"
        "kolumnerna och är kodade i UTF-8. Bokstäverna i SVG-filerna är text i typsnittet DejaVu\n"
        "Sans; där det saknas ger PDF och PNG rätt utseende.",
        "figures/  every figure as SVG, PDF and PNG (300 dots per inch), {width} cm wide;\n"
        "          the numbers behind it as CSV; caption and alternative text in both languages "
        "as TXT\n"
        "tables/   every table as CSV, with its caption in both languages\n"
        "fmbstats-{name}.xlsx      all measures as exact numbers, recommendations, cases, "
        "published counts, methods\n"
        "figures-and-tables.*      numbered list\n"
        "adherence.csv             all measures, one row per entry and measure\n"
        "export.json               hashes of the files\n\n"
        "Change nothing in the folder: copy what you need. The next export replaces the whole\n"
        "folder, but refuses when something was changed or added. The CSV files have commas\n"
        "between columns and are in UTF-8. The letters in the SVG files are text in the font\n"
        "DejaVu Sans; where it is missing, PDF and PNG look right.",
    ),
    # Workbook
    "export.sheet.about": ("Läs mig", "Read me"),
    "export.sheet.adherence": ("Följsamhet", "Adherence"),
    "export.sheet.recommendations": ("Rekommendationer", "Recommendations"),
    "export.sheet.cases": ("Typfall", "Cases"),
    "export.sheet.published": ("Publicerade antal", "Published counts"),
    "export.sheet.population": ("Population", "Population"),
    "export.sheet.list": ("Figurer och tabeller", "Figures and tables"),
    "export.sheet.methods": ("Metod", "Methods"),
    "export.sheet.columns": ("Kolumner", "Columns"),
    "export.banner.published": (
        "VERKLIGA, PUBLICERADE UPPGIFTER: gränser för andelen, inte skattningar.",
        "REAL, PUBLISHED FIGURES: bounds of the share, not estimates.",
    ),
    "export.banner.real": ("VERKLIGA DATA", "REAL DATA"),
    "export.banner.plain": (
        "Rekommendationer, förteckningar och förklaringar; inga sjukfall.",
        "Recommendations, lists and explanations; no spells.",
    ),
    "export.end.shortest": ("kortaste", "shortest"),
    "export.end.between": ("mellanliggande", "between"),
    "export.end.longest": ("längsta", "longest"),
    # PDF
    "export.pdf.contents": ("Innehåll", "Contents"),
    "export.pdf.figures": ("Figurer", "Figures"),
    "export.pdf.tables": ("Tabeller", "Tables"),
    "export.pdf.page": ("Sida", "Page"),
    "export.pdf.register": ("Registret", "The register"),
    "export.pdf.methods": ("Metod och källor", "Methods and sources"),
    "export.pdf.sources": ("Källor", "Sources"),
    "export.pdf.data": ("Talen bakom figurerna", "The numbers behind the figures"),
    "export.pdf.data_intro": (
        "Varje figur bygger på talen i tabellen med samma nummer.",
        "Every figure rests on the numbers in the table of the same number.",
    ),
    # Methods
    "export.method.spell.title": ("Sjukfall", "Spell"),
    "export.method.spell": (
        "En sammanhängande sjukskrivning. Intyg och utbetalningar för en person med högst så "
        "många dagars uppehåll som bladet Läs mig anger räknas som ett sjukfall.",
        "One continuous sick leave. Certificates and payments of a person with a gap of at most "
        "the days stated on the sheet Read me count as one spell.",
    ),
    "export.method.length.title": ("Längd", "Length"),
    "export.method.length": (
        "Hela kalenderdagar, första och sista dagen inräknade. Vad som räknas (betalda, intygade "
        "eller kalenderdagar) står på bladet Läs mig.",
        "Whole calendar days, first and last day included. What is counted (paid, certified or "
        "calendar days) stands on the sheet Read me.",
    ),
    "export.method.share.title": ("Andel längre än gränsen", "Share longer than the limit"),
    "export.method.share": (
        "Skattad andel av sjukfallen som pågick längre än den rekommenderade längsta tiden "
        "(Kaplan-Meier). Ett sjukfall som slutar på gränsdagen ligger inom gränsen; måttet "
        "”minst så lång som” visar hur mycket svaret hänger på just den dagen.",
        "Estimated share of the spells that lasted more days than the recommended maximum "
        "(Kaplan-Meier). A spell that ends on the day of the limit is within it; the measure "
        "“at least as long as” shows how much the answer hangs on that day.",
    ),
    "export.method.interval.title": ("Kortaste och längsta gräns", "Shortest and longest limit"),
    "export.method.interval": (
        "En rekommendation kan ha flera typfall med olika gränser, och registret säger sällan "
        "vilket som gällde. Därför anges andelen över både den längsta och den kortaste gränsen, "
        "aldrig över ett medelvärde av gränser.",
        "A recommendation may have several cases with different limits, and the register rarely "
        "says which applied. So the share is given over the longest and over the shortest limit, "
        "never over a mean of limits.",
    ),
    "export.method.entry.title": ("Registrets första dag", "First day of the register"),
    "export.method.entry": (
        "Anställdas sjukfall syns först när arbetsgivarens sjuklöneperiod är slut. Andelarna "
        "gäller sjukfall som pågick längre än så; en gräns före den dagen kan inte prövas.",
        "Employees' spells are seen only after the employer's period of sick pay. The shares hold "
        "for spells that lasted longer than that; a limit before that day cannot be tested.",
    ),
    "export.method.cutoff.title": ("Brytdag", "Cut-off"),
    "export.method.cutoff": (
        "Alla sjukfall följs till samma dag. De som pågår då räknas som pågående, varken som "
        "avslutade eller som bortfall.",
        "All spells are followed to the same day. Those ongoing then count as ongoing, neither as "
        "ended nor as lost.",
    ),
    "export.method.uncertainty.title": ("Osäkerhet", "Uncertainty"),
    "export.method.uncertainty": (
        "Konfidensintervallen är 95-procentiga: log-log för andelar ur överlevnadskurvan, Wilson "
        "för andelar av färdigräknade antal, Brookmeyer och Crowley för kvartiler.",
        "Confidence intervals are 95 per cent: log-log for shares from the survival curve, Wilson "
        "for shares of complete counts, Brookmeyer and Crowley for quartiles.",
    ),
    "export.method.median.title": ("Median och kvartiler", "Median and quartiles"),
    "export.method.median": (
        "Den dag då hälften (en fjärdedel, tre fjärdedelar) av sjukfallen har slutat. När så många "
        "ännu pågår att dagen inte har kommit står ”ej uppnådd”.",
        "The day by which half (a quarter, three quarters) of the spells have ended. Where so many "
        "are ongoing that the day has not come, it says “not reached”.",
    ),
    "export.method.excess.title": ("Dagar över gränsen", "Days over the limit"),
    "export.method.excess": (
        "Medelantalet dagar bortom gränsen per sjukfall, räknat till den dag som kolumnen för "
        "metod anger (tau).",
        "Mean number of days beyond the limit per spell, counted up to the day stated in the "
        "column on the method (tau).",
    ),
    "export.method.month.title": ("Månader och veckor", "Months and weeks"),
    "export.method.month": (
        "En vecka är 7 dagar och en månad 30 (12 månader 365, 24 månader 730), eller 31 när det "
        "har valts. Typfallens gränser står med båda räknesätten.",
        "A week is 7 days and a month 30 (12 months 365, 24 months 730), or 31 when chosen. The "
        "limits of the cases stand under both rules.",
    ),
    "export.method.matching.title": ("Koppling till FMB", "Matching with FMB"),
    "export.method.matching": (
        "Ett sjukfall hör till den rekommendation vars kod är lika med, eller början på, "
        "sjukfallets diagnoskod, i den utgåva som gällde på sjukfallets första dag. Kortare koder "
        "än tre tecken används aldrig.",
        "A spell belongs to the recommendation whose code equals, or begins, the spell's code, in "
        "the edition in force on its first day. Codes under three characters are never used.",
    ),
    "export.method.published.title": ("Publicerade antal", "Published counts"),
    "export.method.published": (
        "Publicerade tabeller anger antal per längdklass. Ligger gränsen inne i en klass är bara "
        "ett intervall för andelen känt: det anges som det är, utan antagande om fördelningen.",
        "Published tables give counts per band of length. Where the limit lies inside a band, only "
        "an interval for the share is known: it is given as it is, without assumption.",
    ),
    "export.method.absent.title": ("När det inte finns något tal", "Where there is no number"),
    "export.method.absent": (
        "Noll, uppgift saknas, ej uppnådd, skyddat och utan gräns är olika svar och skrivs ut med "
        "ord. En tom cell betyder att måttet inte har uppgiften, till exempel konfidensintervall "
        "för ett antal.",
        "Zero, missing, not reached, protected and without a limit are different answers and are "
        "written in words. An empty cell means that the measure has no such item, for example a "
        "confidence interval of a count.",
    ),
    "export.method.group.title": ("Vad måttet inte säger", "What the measure does not say"),
    "export.method.group": (
        "Måtten beskriver grupper av sjukfall. De bedömer ingen läkare och ingen patient: "
        "rekommendationerna lämnar rum för individuella avvikelser.",
        "The measures describe groups of spells. They judge no physician and no patient: the "
        "recommendations leave room for individual deviation.",
    ),
}
