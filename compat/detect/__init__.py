"""Decide what a binary is: its ABI, its epoch, its memory layout, and what it needs besides itself."""
