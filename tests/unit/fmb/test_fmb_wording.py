"""What the wordings of FMB say; the wordings are FMB's short terms."""

import pytest

from fmbstats.sources.fmb import wording


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("Upp till 3 veckor", ("3 wk",)),
        ("Upp till en månad", ("1 mo",)),
        ("3 till 6 veckor", ("6 wk",)),
        ("14-30 dagar", ("30 d",)),
        ("Upp till 12 mån", ("12 mo",)),
        ("Upp till 6 v", ("6 wk",)),
        ("ett år eller längre", ("12 mo",)),
        ("2-4 månader upp till ett år", ("4 mo", "12 mo")),
        ("Ingen", ("0 d",)),
        ("behövs i regel ingen sjukskrivning", ("0 d",)),
        ("Uppgift saknas", ()),
        ("Fram till förlossningen", ()),
        (None, ()),
    ],
)
def test_lengths_that_a_wording_names(text, lengths):
    assert wording.stated_lengths(text) == lengths


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("Längre än 4 veckor", True),
        ("4 veckor eller längre", True),
        ("mer än tre månader, ibland upp till 6 månader", True),
        ("Upp till 6 veckor eller mer", True),
        ("sällan mer än en vecka", False),
        ("En längre tid, upp till 12 månader.", False),
        ("2-3 veckor. Annan åtgärd om besvären är kvar mer än två veckor.", False),
        ("Upp till 12 veckor, eller fram till operation", False),
    ],
)
def test_open_ended_wordings(text, is_open):
    assert wording.is_open_ended(text) is is_open


def test_a_sentence_that_says_at_least_makes_a_length_open_ended():
    assert wording.is_open_ended("upp till 8 veckor", "sjukskrivning i minst 8 veckor")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Permanent nedsatt arbetsförmåga", "permanent"),
        ("Livet ut", "permanent"),
        ("Fram till förlsossningen", "event"),
        ("Under behandlingen", "event"),
        ("Uppgift saknas", "not_given"),
        ("Symtomberoende", "symptoms"),
        ("individuell bedömning", "individual"),
        ("flera månader/längre tid", "vague"),
    ],
)
def test_reason_why_there_is_no_number(text, reason):
    assert wording.reason_without_number(text) == reason


def test_the_wording_kept_is_a_term_not_a_sentence():
    text = "Vid svåra besvär, som är vanligt, behövs vila i upp till 12 månader och ibland längre"
    assert wording.short_wording(text) == "upp till 12 månader och ibland längre"
    vague = "Det beror på vad som är och vad som inte är möjligt för den enskilde"
    assert wording.short_wording(vague) == "Det beror på vad som är och vad som …"
