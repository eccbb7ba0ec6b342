"""Phrases of the forest plot's marks: what can be said of an entry's share over the limit."""

PHRASES = {
    "forest.one": ("ett tal", "one number"),
    "forest.between": (
        "mellan två tal, beroende på typfall",
        "between two numbers, depending on the case",
    ),
    "forest.least": (
        "minst så mycket",
        "at least so much",
    ),
    "forest.most": (
        "högst så mycket",
        "at most so much",
    ),
    "alt.forest.kinds": ("Märkena visar: {kinds}.", "The marks show: {kinds}."),
    "alt.forest.kind": ("{kind} ({n})", "{kind} ({n})"),
    "column.limits_judged": ("Andelen är", "The share is"),
}
