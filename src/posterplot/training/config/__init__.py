"""Configurations: TOML files read into frozen pydantic models."""
