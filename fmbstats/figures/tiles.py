"""The 21 counties as equal tiles, roughly where they lie: in pages and in the workbench."""

#: County code -> column, row; four columns and eight rows.
TILES = {
    "25": (2, 0), "24": (2, 1), "23": (1, 2), "22": (2, 2), "20": (1, 3), "21": (2, 3),
    "17": (0, 4), "18": (1, 4), "19": (2, 4), "03": (3, 4),
    "14": (0, 5), "05": (1, 5), "04": (2, 5), "01": (3, 5),
    "13": (0, 6), "06": (1, 6), "08": (2, 6), "09": (3, 6),
    "12": (0, 7), "07": (1, 7), "10": (2, 7),
}  # fmt: skip
