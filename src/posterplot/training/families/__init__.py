"""Models other than networks: TF-IDF and late fusion. Each module returns a TrainedModel."""
