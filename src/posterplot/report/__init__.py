"""Write one HTML page about runs and a dataset."""
