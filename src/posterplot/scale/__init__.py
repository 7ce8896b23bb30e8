"""Predict a catalogue on several machines, with Ray Data.

One task reads the catalogue, as every command does, and cuts it into shards: some hundred films
each. Actors with a predictor each, one for every core, turn shards into Parquet. This process
writes them into a folder. A shard's name holds the digest of all that its predictions depend on, so
that a second call predicts only the shards that are missing.
"""
