"""What limit a case's wording sets: a maximum, a minimum, both, or none and why.

FMB stores one number beside a free text and a public sentence, and calls it a maximum. It often is
none: "Längre än 4 veckor" is stored as 4 weeks, "ytterligare 4 veckor" comes on top of another
length, "2–3 månader" has a lower end as well. The wording rules; the number only fills in where the
wording names no length. What can be read in two ways is marked and read as having no limit, because
a limit that is not there would make spells look too long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fmbstats.sources.fmb.wording import first_statement

#: Kinds of limit; all but the first two have no upper limit unless another length completes them.
KINDS = (
    "maximum", "none", "open_ended", "permanent", "event_bound", "individual", "not_given",
    "additional", "vague",
)  # fmt: skip

_WORDS = {
    "en": 1, "ett": 1, "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8,
    "nio": 9, "tio": 10, "elva": 11, "tolv": 12, "arton": 18, "tjugo": 20, "tjugofyra": 24,
}  # fmt: skip
_NUMBER = r"\d+(?:[.,]5)?|" + "|".join(sorted(_WORDS, key=len, reverse=True))
_UNITS = {"d": (1, "d"), "v": (1, "wk"), "m": (1, "mo"), "å": (12, "mo"), "h": (6, "mo")}
#: Days of the units in which FMB stores a length, as its own wordings count them.
UNIT_DAYS = {"d": 1, "wk": 7, "mo": 30}
_UNIT = (
    r"dygn|dagar(?:s)?|dags?|veckors|veckor|veckas?|v(?=\b)|månaders|månader|månads?|mån(?=\b)"
    r"|års?|halvår"
)
_HALVES = (
    (r"\bett halvår\b", "6 månader"),
    (r"\b(?:en|1) och en halv månad\b", "1,5 månader"),
    (r"\b(?:ett|1) och ett halvt år\b", "18 månader"),
)
_TO = r"\s*(?:-|till|à|upp till|eller|och)\s*"
_LENGTH = re.compile(
    rf"\b(?:(?P<low>{_NUMBER})\s*(?P<low_unit>{_UNIT})?(?P<to>{_TO}))?"
    rf"(?P<high>{_NUMBER})\s*(?P<unit>{_UNIT})\b"
)

_NO_LEAVE = re.compile(
    r"\bing(?:en|et behov av) (?:vidare )?(?:sjukskrivning|nedsättning)|^(?:oftast )?ingen\b"
    r"|inte i behov av sjukskrivning|sjukskrivning (?:bör |är )?(?:ej|inte) (?:motiverad|aktuell)"
    r"|sätter (?:normalt|oftast|sällan)? ?(?:inte )?ne[dr] arbetsförmågan"
    r"|(?:sällan|inte|ej) nedsatt arbetsförmåga|arbetsförmågan? (?:är )?(?:inte|ej|sällan) nedsatt"
    r"|(?:inte|undantagsfall|sällan) inskränkt"
)
_OWN_REPORT = re.compile(r"inom ramen för egen sjukanmälan")
_REASONS = (
    ("not_given", "not_given", r"uppgift saknas|saknas uppgift"),
    ("permanent", "permanent",
     r"permanent|livet ut|för all framtid|bestående(?! nedsättning av arbetsförmågan uppstå)"
     r"|stadigvarande"),
    ("individual", "symptoms", r"symtomberoende|beroende (?:av|på) symtom"),
    ("individual", "individual", r"individuell|särskilda överväganden|från fall till fall"),
    ("event_bound", "delivery", r"(?:fram )?till (?:förl|fullgången|partus|nedkomst)"),
    ("event_bound", "pregnancy", r"gravidit"),
    ("open_ended", "until_further", r"tills vidare"),
    ("event_bound", "operation", r"(?:tills?|inför|i väntan på|före) (?:en |planerad )?operation"),
    ("event_bound", "operation", r"tills .*opererats"),
    ("event_bound", "treatment",
     r"(?:under|tills|så länge)\b.*behandling|i väntan på|behandlingstiden|tills\b|till dess"),
)  # fmt: skip
_FEW_DAYS = re.compile(r"(?:några |enstaka |någon )+dag(?:ar)?\b|ett par dagar")
_VAGUE_LENGTH = re.compile(
    r"\b(?:någon|några|flera|ett par) (?:dag(?:ar)? (?:och|eller|till) )?"
    r"(?:veckors?|månad(?:er|ers)?)\b|\bmånader till år\b"
)
# "Upp till veckor": the wording of a maximum, its number left out.
_MAXIMUM_LEFT_OUT = re.compile(r"\bupp till (?:dagar|veckor|månader)\b")
# Some days are what a person reports herself: at most a week.
_FEW = (7, "d")

# What stands right before a length says what it is; the first that fits counts.
_BEFORE = (
    ("total", r"(?:sammanlagt|totalt|tillsammans|sammantaget)[^.,;]{0,25}$"),
    ("extra", r"(?:ytterligare|därutöver|därefter|tillkommer|förlängning)\b[^.,;]{0,30}$"),
    ("extra", r"efter (?:gips|immobilis|fixerings)\w*[^.;]{0,30}$"),
    ("max", r"(?:inte|ej|sällan|aldrig)(?! (?:ovanlig|sällan))[^.,;]{0,40}"
            r"(?:mer|mera|längre|över(?:stiga)?)(?: tid)?(?: än)?\s*$"),
    ("max", r"(?:upp ?(?:till|emot)|högst|max(?:imalt)?|som mest|inom)(?: ca| cirka)?\s*$"),
    ("min", r"(?:mer|mera|längre)(?: tid| period)? än(?: ca| cirka)?\s*$"),
    ("min", r"(?:minst|åtminstone|över|lägst)(?: ca| cirka)?\s*$"),
    ("other", r"(?:efter|från)(?: ca| cirka| omkring)?\s*$"),
    ("other", r"\(under\s*$"),
)  # fmt: skip
# What stands right after one can lift it: "4 veckor eller längre".
_DEGREE = r"(?:\s+på (?:heltid|hel- eller deltid|deltid))?"
_OPEN_AFTER = re.compile(
    rf"^{_DEGREE}[\s,]*(?:(?:eller|och)?\s*(?:ibland |i vissa fall |ofta |även )?"
    r"(?:längre|mera?|uppåt)\b(?! än)|eller flera?\b"
    r"|men (?:det )?kan (?:ibland )?(?:bli|vara|krävas|behövas) längre\b)"
)
_EVENT_AFTER = re.compile(
    rf"^{_DEGREE}[\s,]*(?:eller|alternativt)\s+(?:längre\s+)?(?:fram )?"
    r"(?:till|tills|i väntan på|inför)\b"
)
_EXTRA_AFTER = re.compile(r"^[\s,]*efter (?:att )?(?:gips|immobilis|fixerings)")
_EVENTS = (("operation", "operation"), ("förl", "delivery"), ("åtgärd", "treatment"))


@dataclass(frozen=True)
class Reading:
    """The limit that a case sets."""

    #: `max_number`, `max_unit`: the upper limit; None without one. 0 d: no sick leave.
    max_number: int | None = None
    max_unit: str | None = None
    #: `min_number`, `min_unit`: the lower end of a range, or of "mer än"; None where none is
    #: stated.
    min_number: int | None = None
    min_unit: str | None = None
    limit_kind: str = "vague"  #: One of `KINDS`.
    #: Why there is no upper limit: or_longer, longer_than, at_least, on_top, delivery, operation,
    #: treatment, pregnancy, symptoms, individual, permanent, not_given, few_days, vague, ….
    limit_reason: str | None = "vague"
    #: Read as having no upper limit, though in another way it has one: wording and sentence say
    #: different things, a length is named without a number, or what it comes on top of is stated.
    is_doubtful: bool = False
    #: Which wording the stored number contradicts: "text" or "sentence".
    contradicts: str | None = None

    @property
    def has_limit(self) -> bool:
        """Whether there is an upper limit."""
        return self.max_number is not None


#: Cases whose kind stands only in a text of their entry; by id and stored length.
BY_HAND: dict[tuple[str, int | None, str | None], Reading] = {
    # Distal radius fracture: 5-7 weeks after the plaster is taken off, on top of 5 weeks in it.
    # Its own wording names neither.
    ("186", 7, "wk"): Reading(limit_kind="additional", limit_reason="on_top", is_doubtful=True)
}


@dataclass(frozen=True)
class _Length:
    """A length named in a wording: its ends, and what the words round it make of it."""

    low: tuple[int, str] | None
    high: tuple[int, str]
    role: str
    opening: str | None


def read_limit(
    text: str | None,
    sentence: str | None,
    number: int | None,
    unit: str | None,
    shared_text: str | None = None,
    case_id: str = "",
) -> Reading:
    """Read the limit of one case.

    `text`: the wording of the recommended length. `sentence`: the case's own public sentence.
    `number`, `unit`: what is stored as the maximum. `shared_text`: a text of the whole entry; only
    its sentence about this case is looked at, and only where the case's own wording says nothing of
    a length. `case_id`: for the few cases whose kind stands in no wording of their own (`BY_HAND`).

    >>> read_limit("Längre än 4 veckor", None, 4, "wk").limit_kind
    'open_ended'
    >>> found = read_limit("2-3 månader", None, 3, "mo")
    >>> found.min_number, found.max_number, found.max_unit
    (2, 3, 'mo')
    """
    if (case_id, number, unit) in BY_HAND:
        return BY_HAND[case_id, number, unit]
    own = _plain(text)
    said = _plain(sentence)
    statement = first_statement(own)
    found = _read_wording(statement, own)
    source = "text"
    if found is None and not _LENGTH.search(statement):
        found = _from_sentence(own, said, _plain(shared_text), number)
        source = "sentence"
    if found is None:  # the stored number is all there is
        found = Reading() if number is None else _maximum((number, unit or "d"))
    elif source == "text":
        found = _with_shared(_with_sentence(found, said), _plain(shared_text))
    return _checked(found, number, unit, source)


def _plain(text: str | None) -> str:
    """Small letters, one kind of dash, single spaces."""
    plain = re.sub(r"[‐‑–—−]", "-", (text or "").lower()).replace("\u00ad", "")
    plain = re.sub(r"(\d)\s*-\s*(\d)", r"\1-\2", " ".join(plain.split()))
    for words, number in _HALVES:
        plain = re.sub(words, number, plain)
    return plain


def _read_wording(statement: str, whole: str) -> Reading | None:
    """Read one statement; None where it tells nothing of a limit."""
    lengths = [length for length in _lengths(statement) if length.role != "other"]
    if _NO_LEAVE.search(statement) and not _is_of_length(statement, lengths):
        return Reading(0, "d", limit_kind="none", limit_reason=None)
    if lengths:
        return _with_range(_combined(lengths), whole)
    if _OWN_REPORT.search(statement):
        return Reading(0, "d", limit_kind="none", limit_reason=None)
    for kind, reason, pattern in _REASONS:
        if re.search(pattern, statement):
            is_length = bool(_VAGUE_LENGTH.search(statement))
            return Reading(limit_kind=kind, limit_reason=reason, is_doubtful=is_length)
    if _FEW_DAYS.search(statement) and "veck" not in statement and "månad" not in statement:
        return Reading(*_FEW, limit_kind="maximum", limit_reason="few_days")
    if _VAGUE_LENGTH.search(statement):
        return Reading(is_doubtful=True)
    return None


def _is_of_length(statement: str, lengths: Sequence[_Length]) -> bool:
    """Whether a statement of no sick leave names a length for other reasons than own reporting."""
    is_choice = re.search(r"ingen [^,;(]*\beller\b", statement)
    is_none = "egen sjukanmälan" in statement or ("ingen" in statement and not is_choice)
    return bool(lengths) and not is_none


def _lengths(text: str) -> Iterator[_Length]:
    for match in _LENGTH.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        role = next((role for role, form in _BEFORE if re.search(form, before)), "plain")
        if _EXTRA_AFTER.search(after):
            role = "extra"
        if match["low"] and role == "other" and before.endswith("från "):
            role = "plain"  # "från 4 veckor till 3 månader" is a range
        high = _quantity(match["high"], match["unit"])
        low = None
        is_choice = (match["to"] or "").strip() in ("eller", "och") and "mellan" not in before
        if match["low"] and not is_choice:
            low = _quantity(match["low"], match["low_unit"] or match["unit"])
        opening = "or_longer" if _OPEN_AFTER.search(after) else None
        if _EVENT_AFTER.search(after):
            opening = next((event for word, event in _EVENTS if word in after), "event")
        yield _Length(low, high, role, opening)


def _quantity(number: str, unit: str) -> tuple[int, str]:
    """Number and unit as FMB stores them: a year is twelve months, half weeks are days."""
    value = float(number.replace(",", ".")) if number[0].isdigit() else float(_WORDS[number])
    factor, name = _UNITS[unit[0]]
    value *= factor
    return (int(value), name) if value == int(value) else (round(value * UNIT_DAYS[name]), "d")


def _days(quantity: tuple[int, str] | None) -> float:
    return 0.0 if quantity is None else quantity[0] * UNIT_DAYS[quantity[1]]


def _combined(lengths: Sequence[_Length]) -> Reading:
    """One limit of all the lengths that a statement names."""
    totals = [length for length in lengths if length.role == "total"]
    used = totals or [length for length in lengths if length.role != "extra"]
    if not used:
        return Reading(limit_kind="additional", limit_reason="on_top")
    lows = [q for n in used for q in (n.low, n.high if n.role == "min" else None) if q]
    highs = [length for length in used if length.role != "min"]
    least = min(lows, key=_days, default=None)
    if not highs:
        return _minimum(least, used[0].opening or "longer_than")
    top = max(highs, key=lambda length: _days(length.high))
    if top.opening is None:
        return replace(_maximum(top.high), **_lower(least, top.high))
    if top.opening == "or_longer":
        # "4 veckor eller längre" is a least length, "upp till 4 veckor eller längre" is not.
        least = least or (top.high if top.role == "plain" else None)
        return _minimum(least, "or_longer")
    return Reading(limit_kind="event_bound", limit_reason=top.opening)


def _maximum(quantity: tuple[int, str]) -> Reading:
    kind = "none" if quantity[0] == 0 else "maximum"
    return Reading(*quantity, limit_kind=kind, limit_reason=None)


def _minimum(quantity: tuple[int, str] | None, reason: str) -> Reading:
    number, unit = quantity or (None, None)
    return Reading(None, None, number, unit, "open_ended", reason)


def _lower(least: tuple[int, str] | None, most: tuple[int, str]) -> dict[str, Any]:
    if least is None or not 0 < _days(least) < _days(most):
        return {}
    return {"min_number": least[0], "min_unit": least[1]}


def _with_range(found: Reading, whole: str) -> Reading:
    """Take the lower end of a range with the same upper end, named elsewhere in the wording."""
    if not found.has_limit or found.min_number is not None or not found.max_number:
        return found
    top = (found.max_number, found.max_unit or "d")
    for length in _lengths(whole):
        if length.low and length.role == "plain" and abs(_days(length.high) - _days(top)) < 1:
            return replace(found, **_lower(length.low, top))
    return found


def _with_sentence(found: Reading, sentence: str) -> Reading:
    """Hold a reading of the wording against the case's own sentence."""
    if not sentence:
        return found
    if found.has_limit and found.max_number:
        said = [s for s in _lengths(sentence) if _same(s.high, found)]
        lifted = [s for s in said if s.opening or s.role == "min"]
        if said and len(lifted) == len(said):
            read = _combined(lifted)
            return replace(read, is_doubtful=True, contradicts="sentence")
        return _with_range(found, sentence)
    if found.limit_kind == "open_ended":
        # The wording is open and the sentence is not: which of them is meant cannot be told.
        named = [s for s in _lengths(sentence) if s.role in ("max", "plain")]
        is_closed = bool(named) and not any(s.opening for s in named)
        is_up_to = any(s.role == "max" and s.opening for s in named)
        found = replace(found, is_doubtful=is_closed)
        return replace(found, min_number=None, min_unit=None) if is_up_to else found
    return _with_base(found, sentence)


def _with_base(found: Reading, wording: str) -> Reading:
    """Doubt a length on top of another where a wording names the other: their sum may be meant."""
    if found.limit_kind != "additional":
        return found
    roles = [length.role for length in _lengths(wording)]
    has_base = "extra" in roles and "max" in roles[: roles.index("extra")]
    return replace(found, is_doubtful=found.is_doubtful or has_base)


def _same(quantity: tuple[int, str], found: Reading) -> bool:
    return abs(_days(quantity) - _days((found.max_number or 0, found.max_unit or "d"))) < 1


def _from_sentence(own: str, sentence: str, shared: str, number: int | None) -> Reading | None:
    """Read the sentence about a case whose own wording names no length."""
    if sentence and number is None:
        return None  # a sentence repeats what the wording says, or names another case's length
    about = sentence or _about(own, shared)
    for statement in re.split(r"\.(?:\s|$)", about):
        found = _read_wording(statement, about)
        if found is not None and (found.has_limit or found.limit_kind == "open_ended"):
            is_left_out = not found.has_limit and bool(_MAXIMUM_LEFT_OUT.search(own))
            return replace(found, is_doubtful=found.is_doubtful or is_left_out)
    return None


def _about(own: str, shared: str) -> str:
    """The sentence of a shared text that has all words of a wording, or most for itself alone."""
    sentences = [(s, set(re.findall(r"\w+", s))) for s in re.split(r"(?<=[.])\s", shared)]
    words = [w for w in re.findall(r"\w+", own) if len(w) > 4]
    counted = {w: sum(w in have for _, have in sentences) for w in words}
    whole = [s for s, have in sentences if words and have.issuperset(words)]
    if len(whole) == 1:
        return whole[0]
    alone = [sum(counted[w] == 1 and w in have for w in words) for _, have in sentences]
    best = max(alone, default=0)
    return sentences[alone.index(best)][0] if best >= 2 else ""


def _with_shared(found: Reading, shared: str) -> Reading:
    """Find out from a shared text that a length comes on top of another."""
    said = [s for s in _lengths(shared) if found.max_number and _same(s.high, found)]
    if said and all(s.role == "extra" for s in said):
        return Reading(limit_kind="additional", limit_reason="on_top")
    return _with_base(found, shared)


def _checked(found: Reading, number: int | None, unit: str | None, source: str) -> Reading:
    """Say whether the stored number contradicts the wording."""
    if number is None or found.contradicts:
        return found
    is_as_said = _same((number, unit or "d"), found) if found.has_limit else source == "text"
    return found if is_as_said else replace(found, contradicts=source)
