"""A slider: the lower bound as it would be if so many spells had no upper limit."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis


class WhatIfSlider(widgets.VBox):
    """Move the share of spells without an upper limit; the sentence below follows.

    `diagnosis`: Diagnosis.

    `slider` (ipywidgets.FloatSlider): in per cent. `said`: ipywidgets.HTML.
    """

    def __init__(self, diagnosis: Diagnosis, language: str = ""):
        self._found, self._language = diagnosis.what_if(), language
        self.slider = widgets.FloatSlider(
            value=0, min=0, max=100, step=1, description="%", readout_format=".0f"
        )
        label = widgets.Label(f"{diagnosis.title}: {phrase('what_if.slider', language)}")
        self.said = widgets.HTML()
        self.slider.observe(lambda _: self._say(), "value")
        self._say()
        even = widgets.HTML(escape(self._found.text(language)))
        super().__init__([label, self.slider, self.said, even])

    def _say(self) -> None:
        share = self.slider.value / 100
        self.said.value = escape(self._found.text(self._language, share))
