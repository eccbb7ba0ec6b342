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


def test_the_wording_kept_is_a_term_not_a_sentence():
    text = "Vid svåra besvär, som är vanligt, behövs vila i upp till 12 månader och ibland längre"
    assert wording.short_wording(text) == "upp till 12 månader och ibland längre"
    vague = "Det beror på vad som är och vad som inte är möjligt för den enskilde"
    assert wording.short_wording(vague) == "Det beror på vad som är och vad som …"
