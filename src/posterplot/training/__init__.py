"""From a dataset to a run: networks by Lightning, a baseline by scikit-learn, late fusion."""
