"""Kinds of models: networks, TF-IDF, late fusion. Each gives a TrainedModel."""
