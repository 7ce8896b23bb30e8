"""Genres in media libraries: find films, predict what is missing, write it where servers read it.

What belongs to the user is never lost or changed by accident: only ``<genre>`` elements of an NFO
change, every other byte stays, files are written beside their place and renamed into it, and a
journal outside the library can undo each run. See :func:`posterplot.library.tag.tag`.
"""
