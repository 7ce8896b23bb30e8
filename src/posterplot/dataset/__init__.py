"""Film -> checked, de-duplicated, split, stored; and read back.

Nothing is imported here: prediction needs ``posters`` and ``text`` alone, and must not pay for
the parts that prepare a dataset.
"""
