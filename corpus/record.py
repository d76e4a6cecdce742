"""Record what an oracle makes of the cases: `python -m corpus.record [CASE…]`.

A case is named `program.name`; `program` alone means all of its cases.

This is the only thing that writes corpus/expected. The oracles are node scripts, which are handed a job as JSON:

    program      the JavaScript (node-glue) or the binary (node-wasi)
    wasm         the binary; null where the JavaScript embeds it
    version      node's name of the WASI snapshot
    name         the program's own, which the guest finds before args
    args, env    as the guest sees them
    stdin        a file
    directories  guest directories that exist, and inputs {guest path: file}
    outputs      guest paths of the files to report
    driver       a JavaScript file that calls the exports of a library: `run(guest, args)` returns a text;
                 `open(exported, hooks)` starts glue that exports a function; `take(exported)` returns what stands for
                 the Module object where the package starts its glue itself; null for what is run from its `main`
    scratch      a folder to work in
    report       where to write {status, result, stdout, stderr, outputs: {guest path: …}}, byte strings in base64
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compat import corpus
from corpus.case import ROOT, Case, Content, Digest, Outcome, content, load_cases

_NODE = {
    # Glue takes the presence of `fetch` for a browser.
    "node-glue": ["--no-experimental-fetch", str(ROOT / "oracle" / "glue.js")],
    "node-wasi": ["--no-warnings", str(ROOT / "oracle" / "wasi.js")],
}
_SNAPSHOTS = {"wasi_unstable": "unstable", "wasi_snapshot_preview1": "preview1"}


def ask_oracle(case: Case, program: corpus.Program) -> Outcome:
    """Run the case under its oracle. Raises CalledProcessError where the oracle itself fails, with its stderr."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        folder = Path(scratch).resolve()
        job = _job(case, program, folder)
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        # The outcome must not depend on who records it.
        env = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"}
        command = ["node", *_NODE[case.oracle], str(folder / "job.json")]
        # Some glue looks for its binary in the current directory.
        home = Path(job["program"]).parent
        subprocess.run(command, env=env, cwd=home, timeout=case.timeout, check=True, stdin=subprocess.DEVNULL)
        return _outcome(case, json.loads(Path(job["report"]).read_text(encoding="utf-8")))


def _job(case: Case, program: corpus.Program, scratch: Path) -> dict[str, Any]:
    (scratch / "stdin").write_bytes(case.stdin)
    # `fetch` takes no ids for all programs.
    libraries = corpus.fetch(case.libraries, log=lambda line: None) if case.libraries else []
    return {
        "program": str(corpus.glue(program) if case.oracle == "node-glue" else corpus.path(program)),
        "wasm": None if program.base64_at is not None else str(corpus.path(program)),
        "version": _SNAPSHOTS.get(case.abi or program.abi),
        "name": corpus.path(program).name,
        "args": [*(str(corpus.path(library)) for library in libraries), *case.args],
        "env": dict(case.env),
        "stdin": str(scratch / "stdin"),
        "directories": list(case.mounts),
        "inputs": {guest: str(path) for guest, path in case.inputs.items()},
        "outputs": case.outputs,
        "driver": str(ROOT / "drivers" / f"{case.driver}.js") if case.driver else None,
        "scratch": str(scratch),
        "report": str(scratch / "report.json"),
    }


def _outcome(case: Case, report: Mapping[str, Any]) -> Outcome:
    unpack = base64.b64decode
    return Outcome(
        status=report["status"],
        stdout=content(case.stable(unpack(report["stdout"]))),
        stderr=content(case.stable(unpack(report["stderr"]))),
        result=report["result"],
        outputs={guest: content(unpack(text)) for guest, text in report["outputs"].items()},
    )


def write_outcome(case: Case, program: corpus.Program, outcome: Outcome, oracle: str) -> None:
    """Replace what corpus/expected holds for the case. `oracle` says what was run, with its version."""
    contents = {"stdout": outcome.stdout, "stderr": outcome.stderr}
    contents |= {f"files{guest}": data for guest, data in outcome.outputs.items()}
    if outcome.result is not None:
        contents["result"] = outcome.result.encode()
    if case.expected.exists():
        shutil.rmtree(case.expected)
    case.expected.mkdir(parents=True)
    lines = [
        "# Written by python -m corpus.record: do not edit.",
        f'oracle = "{oracle}"',
        f'wasm = "{program.sha256}"',
        f"status = {outcome.status}",
    ]
    for name, data in contents.items():
        if isinstance(data, Digest):
            lines += [f'[digests."{name}"]', f"size = {data.size}", f'sha256 = "{data.sha256}"']
        else:
            (case.expected / name).parent.mkdir(parents=True, exist_ok=True)
            (case.expected / name).write_bytes(data)
    (case.expected / "run.toml").write_bytes("\n".join([*lines, ""]).encode())


def main(names: Sequence[str]) -> None:
    """Record the named cases, or all, and say in a line what came out of each."""
    cases = [case for case in load_cases() if not names or {case.id, case.program} & set(names)]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    for case in cases:
        [program] = corpus.fetch([case.program], log=lambda line: None)
        outcome = ask_oracle(case, program)
        write_outcome(case, program, outcome, f"{case.oracle}, node {node}")
        print(case.id, outcome.status, _brief(outcome.stdout), _brief(outcome.stderr), *outcome.outputs)


def _brief(data: Content) -> str:
    return f"{data.size} bytes" if isinstance(data, Digest) else repr(data[:60])


if __name__ == "__main__":
    main(sys.argv[1:])
