"""Phrases of the page on an exchanged ledger."""

from __future__ import annotations

PHRASES = {
    "ledger.title": ("Räkneverk till utlämnande", "Ledger of counts"),
    "ledger.file": ("Fil", "File"),
    "ledger.sha256": ("SHA-256", "SHA-256"),
    "ledger.signature": ("Underskrift", "Signature"),
    "ledger.unsigned": ("ingen, eller inte prövad", "none, or not verified"),
    "ledger.register": ("Register", "Register"),
    "ledger.synthetic": ("SYNTETISKA DATA", "SYNTHETIC DATA"),
    "ledger.sources": ("Läst från", "Read from"),
    "ledger.basis": ("Längd i", "Length in"),
    "ledger.known": ("Känt till och med", "Known to"),
    "ledger.cutoff": (
        "{extraction}; alla följda till {cutoff}",
        "{extraction}; everybody followed to {cutoff}",
    ),
    "ledger.rows": ("Rader", "Rows"),
    "ledger.rows.text": ("{read} lästa, {rejected} avvisade", "{read} read, {rejected} rejected"),
    "ledger.spells": ("Sjukfall", "Spells"),
    "ledger.spells.text": ("{n}, påbörjade {years}", "{n}, begun {years}"),
    "ledger.codes": ("Diagnoskoder", "Codes"),
    "ledger.counties": ("Län", "Counties"),
    "ledger.months": ("Månader", "Months"),
    "ledger.months.yes": ("startmånad per län", "start month by county"),
    "ledger.months.no": ("finns inte i filen", "not in the file"),
    "ledger.gives.title": ("Vad filen röjer", "What the file gives away"),
    "ledger.gives.text": (
        "{cells} celler efter kod, startår, kön, åldersgrupp, län, inträdesdag, längd i dagar och "
        "slutorsak. {single} av dem ({share}) består av ett enda sjukfall. Filen innehåller inga "
        "namn, personnummer eller födelsedatum, men en cell med ett sjukfall är en uppgift om en "
        "person för den som känner personens län, ålder, diagnos och sjukskrivning. Filen är "
        "PERSONUPPGIFTER och lämnas ut bara på samma rättsliga grund som registret självt.",
        "{cells} cells by code, start year, sex, age group, county, entry day, length in days and "
        "end reason. {single} of them ({share}) hold one single spell. The file holds no names, "
        "identity numbers or dates of birth, but a cell of one spell is data about one person for "
        "whoever knows that person's county, age, diagnosis and sick leave. The file is "
        "PERSON-LEVEL DATA and is passed on only on the same legal ground as the register itself.",
    ),
    "ledger.protected.text": (
        "{rows} rader med skyddade antal: alla sjukfall för sig och efter kön, ålder, län, kod och "
        "inträdesdag, ett i taget. Inget antal är exakt, inget vilar på färre än {minimum} "
        "sjukfall, och inget ligger mer än {off} sjukfall från det verkliga. Första och sista "
        "längden i en grupp finns inte med. Filen är gjord efter samma regel som det som "
        "publiceras.",
        "{rows} rows of protected counts: all spells, and by sex, age, county, code and entry day, "
        "one at a time. No count is exact, none rests on fewer than {minimum} spells, and none is "
        "further than {off} spells from the true one. The first and the last length of a group are "
        "not in it. The file is made by the same rule as what is published.",
    ),
    "ledger.size": ("sjukfall i cellen", "spells in a cell"),
    "ledger.cells": ("celler", "cells"),
    "ledger.checked.title": ("Vad som är prövat", "What was checked"),
    "ledger.checked.exact": (
        "Varje tabell mot sin SHA-256. Varje cell: heltal, dagar, koder, län, åldersgrupper. Ingen "
        "rad två gånger, ingen längd bortom uppföljningen. Månader, läsarter och omfattningar "
        "stämmer med räkneverket. Inte fler sjukfall än godtagna rader.",
        "Every table against its SHA-256. Every cell: whole numbers, days, codes, counties, age "
        "groups. No row twice, no length beyond the follow-up. Months, readings and degrees agree "
        "with the ledger. No more spells than rows accepted.",
    ),
    "ledger.checked.margins": (
        "Varje tabell mot sin SHA-256. Varje cell: heltal, koder, län, åldersgrupper; alla antal "
        "är multiplar av regelns bas. Ingen rad två gånger, ingen längd bortom uppföljningen. Kön, "
        "åldersgrupper och län summerar till helheten så när som på regelns avrundning.",
        "Every table against its SHA-256. Every cell: whole numbers, codes, counties, age groups; "
        "all counts are multiples of the rule's base. No row twice, no length beyond the "
        "follow-up. Sexes, age groups and counties add up to the whole but for the rule's "
        "rounding.",
    ),
    "ledger.reviewed": ("Granskat av", "Checked by"),
    "ledger.date": ("Datum", "Date"),
    "ledger.signed": ("Namnteckning", "Signed"),
}
