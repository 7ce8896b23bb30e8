"""The findings of a report, one file each, computed from runs and a dataset."""
