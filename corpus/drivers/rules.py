"""Match a buffer with YARA's rules: a function that returns an object with vectors of structs.

The arguments are the buffer and the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    buffer, rules = args
    result = module.run(buffer, rules)
    lines: list[object] = []
    for error in result.compileErrors:
        lines.append(f"line {error.lineNumber}: {'warning' if error.warning else 'error'}: {error.message}")
    for rule in result.matchedRules:
        lines.append(f"rule {rule.ruleName}")
        lines += [f"  {meta.identifier} = {meta.data}" for meta in rule.metadata]
        for match in rule.resolvedMatches:
            lengths = f"({match.matchLength}, {match.dataLength})"
            lines.append(f"  {match.stringIdentifier} at {shown(match.location)}: {match.data} {lengths}")
    return "".join(f"{line}\n" for line in lines)
