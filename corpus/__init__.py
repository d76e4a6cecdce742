"""Real programs and what they do: an index, one case file a run, and what an oracle said the outcome is."""
