"""What the figures of the pages are made of: one description each, drawn at any width.

Every description is a frozen class of plain numbers and texts with ``draw(width) -> Drawing``;
nothing here knows where the numbers came from.
"""
