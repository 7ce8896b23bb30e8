"""From runs and a dataset to one HTML page."""
