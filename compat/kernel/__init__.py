"""An operating system in miniature: processes, files, paths, clocks and entropy, the same for every ABI.

Only `compat.kernel.host` touches the host. Everywhere else a path is POSIX text: `str`, decoded from the guest's bytes
as UTF-8 with `surrogateescape`, so that any name survives the way there and back.
"""
