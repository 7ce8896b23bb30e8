"""From explanations to heatmaps, marked text, pages and folders."""
