"""Prepare datasets of films (check, de-duplicate, split, store), and read them back.

Nothing is imported here: prediction needs only ``stored_poster``, ``text`` and ``tokens``, and must
not wait for the imports of the rest.
"""
