"""Cases for the rows of the ABI that are FULL, by group."""
