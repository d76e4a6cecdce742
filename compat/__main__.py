"""`python -m compat` is the `compat` command."""

from compat.cli.main import process

process()
