// Runs a program of bench/calls.py: node emscripten.js FILE. The system call is in the manner of Emscripten's
// library_syscall.js, library_fs.js and, for the host's descriptors, library_nodefs.js.
const fs = require("node:fs");

const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
const HEAP8 = new Int8Array(memory.buffer);
const HEAP32 = new Int32Array(memory.buffer);

const NODEFS = {
  bufferFrom: (buffer) => Buffer.from(buffer),
  stream_ops: {
    write(stream, buffer, offset, length, position) {
      try {
        return fs.writeSync(stream.nfd, NODEFS.bufferFrom(buffer.buffer), offset, length, position);
      } catch (e) {
        throw new FS.ErrnoError(e.code);
      }
    },
  },
};

const FS = {
  ErrnoError: class extends Error {},
  streams: [0, 1, 2].map((fd) => ({ fd, nfd: fd, flags: 2, position: undefined, stream_ops: NODEFS.stream_ops })),
  getStream: (fd) => FS.streams[fd],
  isClosed: (stream) => stream.fd === null,
  write(stream, buffer, offset, length, position) {
    if (length < 0 || position < 0) throw new FS.ErrnoError("EINVAL");
    if (FS.isClosed(stream)) throw new FS.ErrnoError("EBADF");
    if ((stream.flags & 3) === 0) throw new FS.ErrnoError("EBADF");
    if (!stream.stream_ops.write) throw new FS.ErrnoError("EINVAL");
    return stream.stream_ops.write(stream, buffer, offset, length, stream.position);
  },
};

const SYSCALLS = {
  varargs: 0,
  get() {
    SYSCALLS.varargs += 4;
    return HEAP32[(SYSCALLS.varargs - 4) >> 2];
  },
  getStreamFromFD() {
    const stream = FS.getStream(SYSCALLS.get());
    if (!stream) throw new FS.ErrnoError("EBADF");
    return stream;
  },
  doWritev(stream, iov, iovcnt) {
    let ret = 0;
    for (let i = 0; i < iovcnt; i++) {
      const ptr = HEAP32[(iov + i * 8) >> 2];
      const len = HEAP32[(iov + (i * 8 + 4)) >> 2];
      const curr = FS.write(stream, HEAP8, ptr, len);
      if (curr < 0) return -1;
      ret += curr;
    }
    return ret;
  },
};

const env = {
  memory,
  _emscripten_get_now: () => performance.now(),
  ___syscall146(which, varargs) {
    SYSCALLS.varargs = varargs;
    try {
      const stream = SYSCALLS.getStreamFromFD();
      const iov = SYSCALLS.get();
      const iovcnt = SYSCALLS.get();
      return SYSCALLS.doWritev(stream, iov, iovcnt);
    } catch (e) {
      if (!(e instanceof FS.ErrnoError)) throw e;
      return -1;
    }
  },
};

new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2])), { env }).exports._main();
