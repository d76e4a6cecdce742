"""Host calls that need no Python.

The frequent case of a row (its `native` function) is served in C, without the GIL, from what this package tells the C
side of a process: native.h says what that is, and what is handed over to the row's own body.
"""
