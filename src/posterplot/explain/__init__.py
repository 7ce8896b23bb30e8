"""Explain predictions, and measure whether the explanations can be believed."""
