"""Nodes: what names in a directory stand for, one module for each kind of file."""
