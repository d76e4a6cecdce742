"""Other processes: there are none, and none can be made."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Pointer
from compat.abi.row import STUB, Table
from compat.emscripten_abi.errno import positive_errno, set_errno
from compat.kernel.errno import Errno, SysError

env = Table("env", "processes", failure=set_errno(-1))

NO_PROCESSES = "EAGAIN: the sandbox has room for one process"
NO_PROGRAMS = "ENOEXEC: no program of the sandbox can replace this one"


@env.function("_fork", level=STUB, note=NO_PROCESSES)
@env.function("_vfork", level=STUB, note=NO_PROCESSES)
def fork() -> I32:
    """Make a process. Errors: EAGAIN."""
    raise SysError(Errno.EAGAIN)


@env.function("_posix_spawn", level=STUB, note=NO_PROCESSES, failure=positive_errno)
@env.function("_posix_spawnp", level=STUB, note=NO_PROCESSES, failure=positive_errno)
def posix_spawn(
    pid: Pointer, path: Pointer, actions: Pointer, attributes: Pointer, arguments: Pointer, variables: Pointer
) -> I32:
    """Start a program; it returns an error number. Errors: EAGAIN."""
    raise SysError(Errno.EAGAIN)


@env.function("_posix_spawn_file_actions_init")
def posix_spawn_file_actions_init(actions: Pointer) -> I32:
    """Begin a list of what a new process opens; nothing reads it, as no process can be made."""
    return 0


@env.function("_posix_spawn_file_actions_destroy")
def posix_spawn_file_actions_destroy(actions: Pointer) -> I32:
    """End such a list."""
    return 0


@env.function("_posix_spawn_file_actions_addclose")
def posix_spawn_file_actions_addclose(actions: Pointer, fd: I32) -> I32:
    """Add to such a list."""
    return 0


@env.function("_posix_spawn_file_actions_adddup2")
def posix_spawn_file_actions_adddup2(actions: Pointer, fd: I32, new: I32) -> I32:
    """Add to such a list."""
    return 0


@env.function("_execl", level=STUB, note=NO_PROGRAMS)
@env.function("_execle", level=STUB, note=NO_PROGRAMS)
@env.function("_execlp", level=STUB, note=NO_PROGRAMS)
@env.function("_execve", level=STUB, note=NO_PROGRAMS)
@env.function("_fexecve", level=STUB, note=NO_PROGRAMS)
@env.function("___execvpe", level=STUB, note=NO_PROGRAMS)
def execve(path: Pointer, arguments: Pointer, variables: Pointer) -> I32:
    """Run another program in this process. Errors: ENOEXEC."""
    raise SysError(Errno.ENOEXEC)


@env.function("_execv", level=STUB, note=NO_PROGRAMS)
@env.function("_execvp", level=STUB, note=NO_PROGRAMS)
def execv(path: Pointer, arguments: Pointer) -> I32:
    """`execve` with the present environment. Errors: ENOEXEC."""
    raise SysError(Errno.ENOEXEC)


@env.function(
    "_system", level=STUB, note="-1 and EAGAIN, and 0 to the question whether there is a shell: there is none"
)
def system(command: Pointer) -> I32:
    """Run a shell command. Errors: EAGAIN."""
    if not command:
        return 0
    raise SysError(Errno.EAGAIN)


@env.function("_popen", level=STUB, note="NULL and EAGAIN: there is no shell", failure=set_errno(0))
def popen(command: Pointer, mode: Pointer) -> Pointer:
    """Run a shell command at the other end of a pipe. Errors: EAGAIN."""
    raise SysError(Errno.EAGAIN)


@env.function("_pclose")
def pclose(stream: Pointer) -> I32:
    """Wait for the command behind a pipe; there are none. Errors: ECHILD."""
    raise SysError(Errno.ECHILD)


@env.function("_wait")
def wait(status: Pointer) -> I32:
    """Wait for a child; there are none. Errors: ECHILD."""
    raise SysError(Errno.ECHILD)


@env.function("_waitpid")
@env.function("_wait3")
def waitpid(pid: I32, status: Pointer, options: U32) -> I32:
    """Wait for a child; there are none. Errors: ECHILD."""
    raise SysError(Errno.ECHILD)


@env.function("_waitid")
@env.function("_wait4")
def waitid(type: I32, pid: I32, status: Pointer, options: U32) -> I32:
    """Wait for a child; there are none. Errors: ECHILD."""
    raise SysError(Errno.ECHILD)


@env.function("_sched_yield")
def sched_yield() -> I32:
    """Let other threads run; there are none."""
    return 0


@env.function("_prctl", level=STUB, note="EINVAL: no option is known")
def prctl(option: I32, arguments: Pointer) -> I32:
    """Change how Linux treats the process. Errors: EINVAL."""
    raise SysError(Errno.EINVAL)
