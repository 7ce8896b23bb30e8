"""Explain predictions, and measure the faithfulness of explanations."""
