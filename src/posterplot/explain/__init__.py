"""Why a model decides what it does, and whether that can be believed."""
