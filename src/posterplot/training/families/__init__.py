"""The families of models besides networks: TF-IDF and late fusion. Each returns a TrainedModel."""
