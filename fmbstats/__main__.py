"""``python -m fmbstats``: the command line."""

from fmbstats.cli import script

if __name__ == "__main__":
    script()
