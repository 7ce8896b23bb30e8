"""Train models: networks with Lightning, a baseline with scikit-learn, and late fusion."""
