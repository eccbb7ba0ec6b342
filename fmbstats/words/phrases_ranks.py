"""Phrases of the ranking of diagnoses in the overview."""

PHRASES = {
    "overview.ranks.title": (
        "Störst andel över längsta gränsen",
        "Largest share over the longest limit",
    ),
    "overview.ranks.empty": (
        "Det finns för få andelar att ordna.",
        "There are too few shares to put in order.",
    ),
    "overview.ranks.intro": (
        "De {shown} diagnosinformationer som har störst andel sjukfall över sin längsta gräns, av "
        "{n} vars andel kan visas. Rang 1 är den största andelen.",
        "The {shown} entries with the largest share of spells over their longest limit, of {n} "
        "whose share can be shown. Rank 1 is the largest share.",
    ),
    "overview.ranks.honest": (
        "En rang säger bara hur diagnoserna ligger till varandra i det här materialet. Gränserna "
        "är olika långa och olika snäva, så en hög rang betyder inte att vården eller patienterna "
        "har gjort fel. Intervallet gäller en rang i taget: diagnoser vars intervall går i "
        "varandra kan ha bytt plats av slumpen, och att någon är allra högst är osäkrare än så.",
        "A rank only says how the diagnoses lie to each other in these data. Limits differ in "
        "length and in how tight they are, so a high rank does not mean that care or patients did "
        "anything wrong. The interval holds for one rank at a time: diagnoses whose intervals "
        "overlap may have changed places by chance, and who comes first is less sure than that.",
    ),
    "overview.ranks.tested": (
        "p prövar om andelen är densamma som för de övriga ordnade diagnoserna tillsammans; q tar "
        "hänsyn till att {n} prövas.",
        "p tests whether the share is that of the other ranked diagnoses together; q allows for "
        "{n} being tested.",
    ),
    "overview.ranks.caption": (
        "Rang av {n}, sjukfall som började {year}, med 95 % konfidensintervall",
        "Rank of {n}, spells that began in {year}, with 95% confidence intervals",
    ),
    "column.rank": ("Rang", "Rank"),
}
