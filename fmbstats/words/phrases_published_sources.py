"""Words about published statistics that were imported: what is counted, and of whom."""

PHRASES: dict[str, tuple[str, str]] = {
    "published.counted.started": ("påbörjade sjukfall", "started spells"),
    "published.counted.ended": ("avslutade sjukfall", "ended spells"),
    "published.counted.certificates": ("intyg", "certificates"),
    "published.counted.ongoing": ("pågående sjukfall", "ongoing spells"),
    "published.counted.users": ("personer", "persons"),
    "published.named": ("{label} {period}", "{label} {period}"),
    "published.of_group": ("{name} ({group})", "{name} ({group})"),
    "published.sentence.counted": (
        "{source}, {code}: av {n} {counted} gällde {share} längre tid än {limit}.",
        "{source}, {code}: of {n} {counted}, {share} were of more than {limit}.",
    ),
    "published.sentence.stock": (
        "{source}, {code}: av {n} {counted} hade {share} en längd över {limit}. Långa sjukfall är "
        "fler bland pågående än bland påbörjade, så det är inte andelen av de påbörjade.",
        "{source}, {code}: of {n} {counted}, {share} had a length over {limit}. Long spells are "
        "more common among ongoing spells than among started ones, so this is not the share of "
        "the started ones.",
    ),
    "published.sentence.fact": (
        "{source}, {code}: {share} varade längre än {limit} ({n}; längden: {definition}).",
        "{source}, {code}: {share} lasted longer than {limit} ({n}; length: {definition}).",
    ),
    "published.n_not_printed": ("antal sjukfall anges inte", "number of spells not stated"),
    "published.fact.at_least": ("Andel minst {first} dagar", "Share of at least {first} days"),
    "published.fact.between": (
        "Andel {first}–{last} dagar",
        "Share of {first}–{last} days",
    ),
    "published.fact.median": ("Median, dagar", "Median, days"),
    "published.fact.mean": ("Medelvärde, dagar", "Mean, days"),
    "published.fact.percentile": (
        "{percent}:e percentilen, dagar",
        "Percentile {percent}, days",
    ),
    "column.reached": ("Nådde gränsen", "Reached the limit"),
    "column.definition": ("Längden är", "Length is"),
    "column.fact_group": ("Vilka", "Who"),
    "table.published_facts.caption": (
        "Tryckta uppgifter om längd: andelar, medianer och medelvärden med källans definition",
        "Printed facts about length: shares, medians and means with the source's definition",
    ),
    "column.counted": ("Vad som räknas", "What is counted"),
    "column.share_stock": ("Andel med längd över gränsen", "Share with a length over the limit"),
    "table.published_stock.caption": (
        "Pågående sjukfall eller personer: andel med längd över gränsen (inte andelen av påbörjade "
        "sjukfall)",
        "Ongoing spells or persons: share with a length over the limit (not the share of started "
        "spells)",
    ),
    "table.published_figures.caption": (
        "Publicerade tal utan längd",
        "Published figures without lengths",
    ),
    "column.measure_published": ("Mått", "Measure"),
    "published.hidden": ("dold i källan", "hidden in the source"),
    "published.note.first_day": (
        "{source} räknar sjukfall från dag {day}, inte bara längre än 14 dagar; andelarna är "
        "därför lägre än i källor som bara har längre sjukfall.",
        "{source} counts spells from day {day}, not only those over 14 days; its shares are "
        "therefore lower than in sources that only hold longer spells.",
    ),
    "published.note.hidden": (
        "{source}: celler som källan har dolt räknas som ett intervall, aldrig som 0.",
        "{source}: cells that the source has hidden count as an interval, never as 0.",
    ),
    "published.note.from": (
        "{source}: {title} ({publisher}, hämtad {date}).",
        "{source}: {title} ({publisher}, fetched {date}).",
    ),
    "metric.n_spells_range": (
        "Antal sjukfall: minsta och största antal",
        "Number of spells: least and largest number",
    ),
    "metric.share_reached_range": (
        "Andel sjukfall som varade minst så länge som gränsen: minsta och största",
        "Share of spells that lasted at least as long as the limit: least and largest",
    ),
    "metric.share_printed": (
        "Andel som den är tryckt i källan",
        "Share as it is printed in the source",
    ),
    "metric.published_figure": ("Publicerad uppgift", "Published figure"),
    "metric.year_fetched": ("Hämtad, år", "Fetched, year"),
    # What was read of the register
    "sources_read.caption": ("Vad som lästes av registret", "What was read of the register"),
    "sources_read.line": (
        "Registret: lästa rader {n_read}, underkända {n_rejected}, upprepade {n_repeated}, "
        "sjukfall med okänd kod {n_unknown}",
        "The register: rows read {n_read}, rejected {n_rejected}, repeated {n_repeated}, spells "
        "with an unknown code {n_unknown}",
    ),
    "sources_read.n_rows_read": ("Lästa rader", "Rows read"),
    "sources_read.n_duplicates": (
        "Upprepade rader, räknade en gång",
        "Repeated rows, counted once",
    ),
    "sources_read.n_rejected": ("Underkända rader", "Rejected rows"),
    "sources_read.rejected_by": (
        "Underkända rader, kolumnen {column}",
        "Rejected rows, column {column}",
    ),
    "sources_read.n_excluded": (
        "Sjukfall utelämnade enligt formatets regler",
        "Spells left out by the rules of the format",
    ),
    "sources_read.n_not_at_risk": (
        "Sjukfall som brytdagen avslutar innan de syns",
        "Spells that the cut-off ends before they are seen",
    ),
    "sources_read.unknown.caption": (
        "Koder som inte stämmer med någon rekommendation",
        "Codes that match no recommendation",
    ),
    "sources_read.reason.missing": ("Koden saknas", "The code is missing"),
    "sources_read.reason.malformed": ("Inte någon ICD-10-SE-kod", "Not an ICD-10-SE code"),
    "sources_read.reason.not_in_icd-10-se": (
        "Finns inte i ICD-10-SE",
        "Not in ICD-10-SE",
    ),
}
