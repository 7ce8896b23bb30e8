"""Render explanations as heatmaps, marked text, pages and folders."""
