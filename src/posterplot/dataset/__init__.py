"""Film -> checked, de-duplicated, split, stored; and read back.

Nothing is imported here: prediction needs only ``stored_poster``, ``text`` and ``tokens``, and must
not wait for the imports of the rest.
"""
