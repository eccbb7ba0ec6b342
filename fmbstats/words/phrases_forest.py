"""Phrases of the forest plot's marks: which of an entry's limits a share is known for."""

PHRASES = {
    "forest.one": ("en enda gräns", "one single limit"),
    "forest.several": (
        "flera gränser, från längsta till kortaste",
        "several limits, longest to shortest",
    ),
    "forest.longest_only": (
        "bara den längsta av flera gränser",
        "only the longest of several limits",
    ),
    "forest.shortest_only": (
        "bara den kortaste av flera gränser",
        "only the shortest of several limits",
    ),
    "alt.forest.kinds": ("Märkena visar: {kinds}.", "The marks show: {kinds}."),
    "alt.forest.kind": ("{kind} ({n})", "{kind} ({n})"),
    "column.limits_judged": ("Andelen gäller", "The share is about"),
}
