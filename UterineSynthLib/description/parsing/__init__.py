"""A radiologist's English to a description; what was not understood is named."""

from UterineSynthLib.description.parsing.interpretation import interpret
from UterineSynthLib.description.parsing.terms import Interpretation, Understood, Word

__all__ = ["Interpretation", "Understood", "Word", "interpret"]
