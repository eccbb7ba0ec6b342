"""Phrases of the ranking of diagnoses in the overview."""

PHRASES = {
    "overview.ranks.title": (
        "Störst andel som säkert blev längre än rekommenderat",
        "Largest share that surely ran longer than recommended",
    ),
    "overview.ranks.empty": (
        "Det finns för få andelar att ordna.",
        "There are too few shares to put in order.",
    ),
    "overview.ranks.intro": (
        "De {shown} diagnosinformationer där störst andel av sjukfallen minst pågick längre än "
        "rekommenderat, av {n} där en minsta andel kan anges. Där något typfall saknar övre gräns "
        "finns ingen rang. Rang 1 är den största andelen.",
        "The {shown} entries with the largest least share of spells that ran longer than "
        "recommended, of {n} for which a least share can be given. Where some case has no upper "
        "limit there is no rank. Rank 1 is the largest share.",
    ),
    "overview.ranks.honest": (
        "En rang säger bara hur diagnoserna ligger till varandra i det här materialet. Gränserna "
        "är olika långa och olika snäva, så en hög rang betyder inte att vården eller patienterna "
        "har gjort fel. Intervallen gäller för alla rangerna på en gång: diagnoser vars intervall "
        "går i varandra kan ha bytt plats av slumpen.",
        "A rank only says how the diagnoses lie to each other in these data. Limits differ in "
        "length and in how tight they are, so a high rank does not mean that care or patients did "
        "anything wrong. The intervals hold for all ranks at once: diagnoses whose intervals "
        "overlap may have changed places by chance.",
    ),
    "overview.ranks.caption": (
        "Rang av {n}, sjukfall som började {year}, med 95 % konfidensintervall",
        "Rank of {n}, spells that began in {year}, with 95% confidence intervals",
    ),
    "column.rank": ("Rang", "Rank"),
}
