// `FS` of src/library_fs.js, 1.37.0 to 1.39.20, over the files of the kernel: what a program's C code sees, its
// JavaScript sees. Evaluated before the prelude, which takes `fileSystem` away.
"use strict";

globalThis.fileSystem = (host, encode) => {
  const TYPE = 0o170000;
  const CHUNK = 1 << 20;
  const isOf = (type) => (mode) => (mode & TYPE) === type;
  const isDir = isOf(0o040000);

  class ErrnoError extends Error {
    constructor(errno) {
      const code = host("errno", errno);
      super(`FS error ${code}`);
      this.errno = errno;
      this.code = code;
    }
  }
  // What Python answers; a negative number is that of an error.
  const ask = (operation, ...values) => {
    const result = host(operation, ...values);
    if (typeof result === "number" && result < 0) throw new ErrnoError(-result);
    return result;
  };
  const refuse = (what, remedy) => {
    throw new Error(`${what}: ${remedy}`);
  };

  // --- attributes

  const attributes = (text) => {
    const found = JSON.parse(text);
    for (const time of ["atime", "mtime", "ctime"]) found[time] = new Date(found[time]);
    return found;
  };
  const stat = (path, follow = true) => attributes(ask("stat", String(path), follow));
  // What code looks at of the glue's own node: there is no more to it here.
  const node = (path, found) => ({
    id: found.ino,
    name: baseName(path),
    path,
    mode: found.mode,
    rdev: found.rdev,
    timestamp: +found.mtime,
    usedBytes: found.size,
    isFolder: isDir(found.mode),
    isDevice: isOf(0o020000)(found.mode),
    mounted: null,
  });
  const baseName = (path) => path.split("/").pop() || "/";
  const directoryName = (path) => path.slice(0, path.lastIndexOf("/")) || "/";
  const absolute = (path) => {
    const names = [];
    for (const name of (path[0] === "/" ? path : `${ask("cwd")}/${path}`).split("/"))
      if (name === "..") names.pop();
      else if (name && name !== ".") names.push(name);
    return `/${names.join("/")}`;
  };
  const lookup = (path, follow) => {
    const place = follow ? ask("real", String(path)) : absolute(String(path));
    return { path: place, node: node(place, stat(path, follow)) };
  };
  const join = (parent, name) => `${typeof parent === "string" ? parent : parent.path}/${name}`.replace(/\/{2,}/g, "/");
  const permissions = (read, write) => (read ? 0o555 : 0) | (write ? 0o222 : 0);
  const bytes = (data) => {
    if (typeof data === "string") return encode(data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (Array.isArray(data)) return Uint8Array.from(data);
    throw new Error("Unsupported data type");
  };

  // --- streams, which are descriptors of the program's

  const MODES = { r: 0, rs: 0o4010000, "r+": 2, w: 0o1101, "w+": 0o1102, a: 0o2101, "a+": 0o2102 };
  const EXCLUSIVE = 0o200;
  const flagsOf = (mode) => {
    if (typeof mode === "number") return mode;
    const plain = mode.replace("x", "");
    if (!Object.hasOwn(MODES, plain)) throw new Error(`Unknown file open mode: ${mode}`);
    return MODES[plain] | (plain === mode ? 0 : EXCLUSIVE);
  };
  const SET = 0;
  const CURRENT = 1;
  class FSStream {
    constructor(fd, flags) {
      this.fd = fd;
      this.flags = flags;
    }
    get path() {
      return ask("pathOf", this.fd);
    }
    get node() {
      return node(this.path, attributes(ask("fstat", this.fd)));
    }
    get object() {
      return this.node;
    }
    get position() {
      return ask("seek", this.fd, 0, CURRENT);
    }
    set position(offset) {
      ask("seek", this.fd, offset, SET);
    }
    get tty() {
      return ask("isatty", this.fd);
    }
    get isRead() {
      return (this.flags & 3) !== 1;
    }
    get isWrite() {
      return (this.flags & 3) !== 0;
    }
    get isAppend() {
      return this.flags & 0o2000;
    }
  }
  // The bytes of `buffer`, which is one of the views of memory or an array, that a call is about.
  const part = (buffer, offset, length) => new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
  const read = (stream, buffer, offset, length, position) => {
    const target = part(buffer, offset, length);
    let count = 0;
    while (count < length) {
      const wanted = Math.min(length - count, CHUNK);
      const data = ask("read", stream.fd, wanted, position === undefined ? null : position + count);
      target.set(data, count);
      count += data.length;
      if (data.length < wanted) break;
    }
    return count;
  };
  const write = (stream, buffer, offset, length, position) => {
    const source = part(buffer, offset, length);
    let count = 0;
    while (count < length) {
      const data = source.subarray(count, count + CHUNK);
      count += ask("write", stream.fd, data, position === undefined ? null : position + count);
    }
    return count;
  };
  const open = (path, flags = 0, mode = 0o666) => {
    const bits = flagsOf(flags);
    return new FSStream(ask("open", String(path), bits, mode), bits);
  };
  const close = (stream) => {
    ask("close", stream.fd);
    stream.fd = null;
  };
  const withOpen = (path, flags, mode, use) => {
    const stream = open(path, flags, mode);
    try {
      return use(stream);
    } finally {
      close(stream);
    }
  };

  // --- devices: functions that take or give a byte

  const devices = new Map();
  // Up to `length` bytes; null where there are none yet.
  const deviceRead = (number, length) => {
    const data = [];
    while (data.length < length) {
      const byte = devices.get(number).input();
      if (byte === undefined && !data.length) return null;
      if (byte === null || byte === undefined) break;
      data.push(byte);
    }
    return Uint8Array.from(data);
  };
  const deviceWrite = (number, data) => {
    for (const byte of data) devices.get(number).output(byte);
  };
  const addDevice = (input, output) => {
    devices.set(devices.size, { input, output });
    return devices.size - 1;
  };

  const files = {
    ErrnoError,
    FSStream,
    ignorePermissions: true,
    staticInit: () => {},
    quit: () => {},
    init: (input, output, error) => {
      [input, output, error].forEach((call, fd) => {
        if (call) ask("redirect", fd, addDevice(call, call));
      });
    },

    open,
    close,
    read,
    write,
    isClosed: (stream) => stream.fd === null,
    getStream: (fd) => {
      const flags = host("flags", fd);
      return flags < 0 ? null : new FSStream(fd, flags);
    },
    llseek: (stream, offset, whence) => ask("seek", stream.fd, offset, whence),
    readFile: (path, { encoding = "binary", flags = "r" } = {}) => {
      if (encoding !== "utf8" && encoding !== "binary") throw new Error(`Invalid encoding type "${encoding}"`);
      return withOpen(path, flags, 0o666, (stream) => {
        const parts = [];
        let data;
        do parts.push((data = ask("read", stream.fd, CHUNK, null)));
        while (data.length);
        const whole = new Uint8Array(parts.reduce((size, each) => size + each.length, 0));
        parts.reduce((place, each) => (whole.set(each, place), place + each.length), 0);
        return encoding === "utf8" ? host("decode", whole, "utf-8") : whole;
      });
    },
    writeFile: (path, data, { flags = "w", mode = 0o666 } = {}) => {
      const content = bytes(data);
      withOpen(path, flags, mode, (stream) => write(stream, content, 0, content.length));
    },

    stat: (path) => stat(path),
    lstat: (path) => stat(path, false),
    isFile: isOf(0o100000),
    isDir,
    isLink: isOf(0o120000),
    isChrdev: isOf(0o020000),
    isBlkdev: isOf(0o060000),
    isFIFO: isOf(0o010000),
    isSocket: isOf(0o140000),
    chmod: (path, mode) => ask("chmod", String(path), mode, true),
    lchmod: (path, mode) => ask("chmod", String(path), mode, false),
    fchmod: (fd, mode) => ask("fchmod", fd, mode),
    chown: (path, uid, gid) => ask("chown", String(path), uid, gid, true),
    lchown: (path, uid, gid) => ask("chown", String(path), uid, gid, false),
    fchown: (fd, uid, gid) => ask("fchown", fd, uid, gid),
    utime: (path, atime, mtime) => ask("utime", String(path), atime, mtime),
    truncate: (path, size) => ask("truncate", String(path), size),
    ftruncate: (fd, size) => ask("ftruncate", fd, size),

    mkdir: (path, mode = 0o777) => ask("mkdir", String(path), mode),
    mkdirTree: (path, mode) => {
      const names = path.split("/");
      for (let depth = 1; depth <= names.length; depth++) {
        const place = names.slice(0, depth).join("/");
        if (place && !files.analyzePath(place).exists) files.mkdir(place, mode);
      }
    },
    rmdir: (path) => ask("rmdir", String(path)),
    readdir: (path) => [".", "..", ...JSON.parse(ask("readdir", String(path)))],
    unlink: (path) => ask("unlink", String(path)),
    rename: (from, to) => ask("rename", String(from), String(to)),
    symlink: (target, path) => ask("symlink", String(target), String(path)),
    readlink: (path) => {
      const target = ask("readlink", String(path));
      return absolute(target[0] === "/" ? target : join(directoryName(absolute(String(path))), target));
    },
    mknod: (path, mode, device = 0) => ask("mknod", String(path), mode, device),
    cwd: () => ask("cwd"),
    chdir: (path) => ask("chdir", String(path)),

    lookupPath: (path, { parent = false, follow = true } = {}) => lookup(parent ? join(path, "..") : path, follow),
    getPath: (found) => found.path,
    isRoot: (found) => found.path === "/",
    isMountpoint: () => false,
    analyzePath: (path, dontResolveLastLink = false) => {
      const known = {
        ...{ isRoot: false, exists: false, error: 0, name: null, path: null, object: null },
        ...{ parentExists: false, parentPath: null, parentObject: null },
      };
      try {
        const place = absolute(String(path));
        const parent = lookup(directoryName(place), true);
        [known.parentExists, known.parentPath, known.parentObject] = [true, parent.path, parent.node];
        known.name = baseName(place);
        const found = lookup(path, !dontResolveLastLink);
        [known.exists, known.path, known.object, known.name] = [true, found.path, found.node, found.node.name];
        known.isRoot = found.path === "/";
      } catch (error) {
        if (!(error instanceof ErrnoError)) throw error;
        known.error = error.errno;
      }
      return known;
    },
    findObject: (path, dontResolveLastLink) => files.analyzePath(path, dontResolveLastLink).object,

    // --- the older interface

    getMode: permissions,
    joinPath: (names) => join("", names.join("/")),
    absolutePath: (relative, base) => absolute(join(base, relative)),
    standardizePath: absolute,
    createFolder: (parent, name, read, write) => files.mkdir(join(parent, name), permissions(read, write)),
    createPath: (parent, path) => {
      const place = join(parent, path);
      files.mkdirTree(place);
      return place;
    },
    createFile: (parent, name, properties, read, write) => {
      const place = join(parent, name);
      withOpen(place, "wx", permissions(read, write), () => {});
      return lookup(place, true).node;
    },
    createDataFile: (parent, name, data, read, write) => {
      const place = name ? join(parent, name) : parent;
      files.writeFile(place, typeof data === "string" ? Uint8Array.from(data, (each) => each.charCodeAt(0)) : data || []);
      files.chmod(place, permissions(read, write));
      return lookup(place, true).node;
    },
    createLink: (parent, name, target) => files.symlink(target, join(parent, name)),
    createPreloadedFile: (parent, name, data, read, write, onload, onerror, dontCreateFile, canOwn, preFinish) => {
      if (typeof data === "string") refuse(`${data} cannot be loaded`, "there is no server; give the file to the run");
      if (preFinish) preFinish();
      if (!dontCreateFile) files.createDataFile(parent, name, data, read, write);
      if (onload) onload();
    },
    createLazyFile: (parent, name, url) =>
      refuse(`${join(parent, name)} cannot be loaded from ${url}`, "there is no server; give the file to the run"),
    forceLoadFile: () => true,

    createDevice: (parent, name, input, output) => {
      const number = addDevice(input, output);
      ask("device", join(parent, name), permissions(Boolean(input), Boolean(output)), number);
    },
    makedev: (major, minor) => (major << 8) | minor,
    major: (device) => device >> 8,
    minor: (device) => device & 0xff,
    registerDevice: () => refuse("FS.registerDevice", "a device has functions for its bytes: FS.createDevice"),

    // Files in memory are where they would be without a mount, and what a browser would store stays there as long.
    mount: (type, options, path) => {
      if (!type || !("ops_table" in type || "dbs" in type))
        refuse(`nothing can be mounted at ${path} from JavaScript`, "mount a directory of the host's for the run");
      if (!isDir(stat(path).mode)) throw new ErrnoError(host("number", "ENOTDIR"));
      return { type, opts: options, mountpoint: path };
    },
    unmount: (path) => refuse(`${path} cannot be unmounted`, "what JavaScript mounts is a part of the whole"),
    syncfs: (populate, callback = populate) => void setTimeout(callback, 0, null),
  };

  // Puts all this into the glue's object. What is left there works on a tree that nobody sees.
  const adopt = (object) => {
    for (const name of Object.keys(object))
      if (typeof object[name] === "function")
        object[name] = () => refuse(`FS.${name}`, "it is of the glue's own file system, which the program does not use");
    return Object.assign(object, files);
  };
  return { adopt, deviceRead, deviceWrite };
};
