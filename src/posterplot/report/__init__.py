"""Runs and a dataset to one page: what was asked, what was measured, and what follows."""
