"""The system calls that musl makes: `___syscallN`, N being Linux's number on i386 (src/library_syscall.js).

One file a family. Bodies decode, call the kernel once and encode; where the JavaScript only pretended, these do what
Linux does, unless a docstring says why not.
"""
