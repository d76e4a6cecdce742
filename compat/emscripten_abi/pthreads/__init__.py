"""pthread.h for programs that were built with it (`-s USE_PTHREADS=1`), whose memory is shared by their threads.

Locks, conditions, keys and the queues of calls for other threads are the program's own, in C; the host makes threads,
and puts them to sleep and wakes them.
"""

from compat.emscripten_abi.pthreads.rows import env

__all__ = ["env"]
