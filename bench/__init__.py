"""Benchmarks against the peers, as ratios of medians within one session."""
