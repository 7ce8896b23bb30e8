"""Tag media libraries: find films, predict missing genres, and write them into NFO files.

The user's data are never lost or changed by accident: only ``<genre>`` and ``<tag>`` elements of an
NFO change, all other bytes stay, a file is replaced in one step, and each run can be undone from a
journal outside the library. See :func:`posterplot.library.tag.tag`.
"""
