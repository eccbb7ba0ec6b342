"""Words for what is not a number: not estimable, not reached, suppressed, no limit."""

from __future__ import annotations

PHRASES = {
    "absent.truncated_r.short": (
        "gränsen ligger före registrets första dag",
        "limit before the register's first day",
    ),
    "absent.truncated_r.sentence": (
        "Registret innehåller inte de sjukfall som är lika korta som den rekommenderade tiden "
        "eller kortare. Därför kan andelen som är längre inte skattas.",
        "The register does not hold the spells that are as short as the recommended time or "
        "shorter. The share that is longer can therefore not be estimated.",
    ),
    "absent.beyond_followup.short": ("bortom uppföljningen", "beyond follow-up"),
    "absent.beyond_followup.sentence": (
        "Gränsen ligger bortom den längsta uppföljningen, så andelen längre fall kan inte skattas.",
        "The limit lies beyond the longest follow-up, so the share of longer spells cannot be "
        "estimated.",
    ),
    "absent.beyond_horizon.short": ("bortom första året", "beyond the first year"),
    "absent.beyond_horizon.sentence": (
        "Dagar över gränsen räknas under sjukfallets första år, och gränsen ligger vid dess slut "
        "eller senare.",
        "Days over the limit are counted within the spell's first year, and the limit lies at its "
        "end or later.",
    ),
    "absent.not_reached.short": ("ej uppnådd", "not reached"),
    "absent.not_reached.sentence": (
        "Så många sjukfall pågår ännu vid uppföljningens slut att värdet inte uppnås.",
        "So many spells are still ongoing at the end of follow-up that the value is not reached.",
    ),
    "absent.no_spells.short": ("inga sjukfall", "no spells"),
    "absent.no_spells.sentence": (
        "Det finns inga sjukfall i den här gruppen.",
        "There are no spells in this group.",
    ),
    "absent.small_n.short": ("för få sjukfall", "too few spells"),
    "absent.small_n.sentence": (
        "Sjukfallen är för få för att alla mått ska kunna skattas säkert eller visas.",
        "There are too few spells for all measures to be estimated reliably or shown.",
    ),
    "absent.suppressed.short": ("färre än {threshold}", "fewer than {threshold}"),
    "absent.suppressed.sentence": (
        "Gruppen har färre än {threshold} sjukfall. För att skydda personerna visas inget tal, "
        "och inget beräknas av det.",
        "The group has fewer than {threshold} spells. To protect the persons no figure is shown "
        "and nothing is computed from it.",
    ),
    "absent.complementary.short": ("skyddat", "protected"),
    "absent.complementary.sentence": (
        "Talet visas inte, eftersom ett annat, mindre tal annars kunde räknas ut.",
        "The figure is not shown, since another, smaller one could be worked out from it.",
    ),
    "absent.withheld.short": ("visas inte", "not shown"),
    "absent.withheld.sentence": (
        "Talet visas inte, eftersom det skulle avslöja ett antal under {threshold}.",
        "The figure is not shown, since it would give away a count below {threshold}.",
    ),
    "absent.no_curve.short": ("ingen kurva", "no curve"),
    "absent.no_curve.sentence": (
        "Ingen kurva visas, eftersom den skulle bygga på för få sjukfall.",
        "No curve is shown, since it would rest on too few spells.",
    ),
    "absent.no_limit.short": ("ingen tidsgräns", "no limit"),
    "absent.no_limit.sentence": (
        "Rekommendationen anger ingen längsta tid som sjukfallens längd kan jämföras med.",
        "The recommendation names no longest time with which the spells can be compared.",
    ),
    "absent.several_limits.short": ("olika gränser", "several limits"),
    "absent.several_limits.sentence": (
        "Sjukfallen har inte alla samma gräns, till exempel för att rekommendationen ändrades "
        "under året. Därför delas medianen inte med någon gräns.",
        "The spells do not all have the same limit, for instance because the recommendation "
        "changed during the year. The median is therefore not divided by any limit.",
    ),
    "absent.open_ended.short": ("ingen övre gräns", "open-ended"),
    "absent.open_ended.sentence": (
        "Rekommendationen är öppen uppåt (till exempel ”längre än 4 veckor”), så ingen övre gräns "
        "kan överskridas.",
        "The recommendation is open-ended (for instance “longer than 4 weeks”), so there is no "
        "upper limit to exceed.",
    ),
    "absent.event_bound.short": ("bunden till händelse", "bound to an event"),
    "absent.event_bound.sentence": (
        "Rekommendationen gäller till en händelse, till exempel en förlossning, och inte ett "
        "antal dagar.",
        "The recommendation runs until an event, for instance a delivery, and not for a number "
        "of days.",
    ),
    "absent.permanent.short": ("varaktigt nedsatt", "permanent"),
    "absent.permanent.sentence": (
        "Arbetsförmågan är varaktigt nedsatt, så ingen övre gräns anges.",
        "Work capacity is permanently reduced, so no upper limit is set.",
    ),
    "absent.individual.short": ("individuell bedömning", "individual assessment"),
    "absent.individual.sentence": (
        "Rekommendationen är en individuell bedömning och anger ingen övre gräns.",
        "The recommendation is an individual assessment and sets no upper limit.",
    ),
    "absent.not_given.short": ("ingen tid angiven", "no length given"),
    "absent.not_given.sentence": (
        "Rekommendationen anger inte hur länge.",
        "The recommendation does not say how long.",
    ),
    "absent.additional.short": ("utöver annan tid", "on top of another length"),
    "absent.additional.sentence": (
        "Tiden kommer utöver en annan tid som inte anges, så ingen övre gräns följer.",
        "The length comes on top of another that is not stated, so no upper limit follows.",
    ),
    "absent.vague.short": ("ingen bestämd tid", "no definite length"),
    "absent.vague.sentence": (
        "Rekommendationen anger ingen bestämd tid.",
        "The recommendation names no definite length.",
    ),
    "absent.case_without_limit.short": ("övre gräns saknas", "an upper limit is missing"),
    "absent.case_without_limit.sentence": (
        "Minst ett av de möjliga typfallen har ingen övre gräns.",
        "At least one of the possible cases has no upper limit.",
    ),
    "absent.bounds_only.short": ("endast gränser", "bounds only"),
    "absent.bounds_only.sentence": (
        "Den publicerade statistiken är indelad i klasser och gränsen ligger inne i en klass, så "
        "andelen kan bara ringas in mellan två värden.",
        "The published statistics come in bands and the limit lies inside a band, so the share "
        "can only be bracketed between two values.",
    ),
    "absent.variant_unknown.short": ("typfallet okänt", "case unknown"),
    "absent.variant_unknown.sentence": (
        "Registret visar inte vilket typfall som gällde. Därför anges andelen både för den "
        "längsta och för den kortaste av typfallens gränser.",
        "The register does not show which case applied. The share is therefore given both at "
        "the longest and at the shortest of the cases' limits.",
    ),
    "absent.no_published.short": ("ingen publicerad statistik", "no published statistics"),
    "absent.no_published.sentence": (
        "Det finns ingen publicerad statistik om sjukfallens längd för de här diagnoskoderna.",
        "There are no published statistics on the length of spells for these diagnosis codes.",
    ),
    "absent.not_in_source.short": ("finns inte i källan", "not in the source"),
    "absent.not_in_source.sentence": (
        "Källan saknar den uppgift som behövs.",
        "The source lacks the information needed.",
    ),
    "absent.not_applicable.short": ("–", "–"),
    "absent.not_applicable.sentence": ("Ej tillämpligt.", "Not applicable."),
    "absent.missing.short": ("uppgift saknas", "missing"),
    "absent.missing.sentence": ("Uppgift saknas.", "The information is missing."),
}
