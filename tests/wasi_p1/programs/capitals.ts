// Writes its input in capitals to a file in the directory that it is given, and tells what is there then.

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: u32, vectors: usize, count: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, vectors: usize, count: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "fd_seek")
declare function fd_seek(fd: u32, offset: i64, whence: u32, position: usize): u32;
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(fd: u32): u32;
@external("wasi_snapshot_preview1", "fd_readdir")
declare function fd_readdir(fd: u32, buffer: usize, size: usize, cookie: u64, used: usize): u32;
@external("wasi_snapshot_preview1", "path_create_directory")
declare function path_create_directory(fd: u32, path: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "path_remove_directory")
declare function path_remove_directory(fd: u32, path: usize, size: usize): u32;
@external("wasi_snapshot_preview1", "path_filestat_get")
declare function path_filestat_get(fd: u32, flags: u32, path: usize, size: usize, status: usize): u32;
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(
  fd: u32, lookup: u32, path: usize, size: usize, flags: u32, rights: u64, inheriting: u64, fdflags: u32, opened: usize
): u32;
@external("wasi_snapshot_preview1", "path_rename")
declare function path_rename(fd: u32, path: usize, size: usize, to: u32, other: usize, length: usize): u32;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(status: u32): void;

const ROOT: u32 = 3, CREAT: u32 = 1, EXCL: u32 = 4;
const READ: u64 = 1 << 1, SEEK: u64 = 1 << 2, WRITE: u64 = 1 << 6;

const vector = memory.data(8), result = memory.data(8, 8), status = memory.data(64, 8);
const input = memory.data(4096), copy = memory.data(4096), listing = memory.data(4096);

class Path {
  bytes: ArrayBuffer;
  constructor(text: string) { this.bytes = String.UTF8.encode(text); }
  get at(): usize { return changetype<usize>(this.bytes); }
  get size(): usize { return this.bytes.byteLength; }
}

function check(error: u32, place: u32): void {
  if (error) proc_exit(100 + place);
}

function transfer(fd: u32, data: usize, size: usize, writes: bool): usize {
  store<usize>(vector, data);
  store<usize>(vector, size, 4);
  check(writes ? fd_write(fd, vector, 1, result) : fd_read(fd, vector, 1, result), writes);
  return load<usize>(result);
}

function readAll(fd: u32, into: usize, room: usize): usize {
  let used: usize = 0, size: usize;
  do {
    size = transfer(fd, into + used, room - used, false);
    used += size;
  } while (size);
  return used;
}

function say(text: string, number: u64): void {
  const line = new Path(`${text}: ${number}\n`);
  transfer(1, line.at, line.size, true);
}

export function _start(): void {
  const size = readAll(0, input, 4096);
  let sum: f64 = 0;
  for (let at: usize = input; at < input + size; ++at) {
    sum += load<i8>(at);
    const byte = load<u8>(at);
    if (byte >= 0x61 && byte <= 0x7a) store<u8>(at, byte - 0x20);
  }
  const made = new Path("made"), file = new Path("made/file"), out = new Path("out"), none = new Path("none");
  check(path_create_directory(ROOT, made.at, made.size), 3);
  check(path_open(ROOT, 0, file.at, file.size, CREAT | EXCL, READ | SEEK | WRITE, 0, 0, result), 4);
  const fd = load<u32>(result);
  transfer(fd, input, size, true);
  check(fd_seek(fd, 0, 0, result), 5);
  const again = readAll(fd, copy, 4096);
  check(fd_close(fd), 6);
  check(path_rename(ROOT, file.at, file.size, ROOT, out.at, out.size), 7);
  check(path_remove_directory(ROOT, made.at, made.size), 8);
  transfer(1, copy, again, true);

  check(fd_readdir(ROOT, listing, 4096, 0, result), 9);
  const used = load<usize>(result);
  let names: u64 = 0;
  for (let at: usize = 0; at + 24 <= used; at += 24 + load<u32>(listing + at, 16)) {
    if (load<u8>(listing + at, 24) != 0x2e) names++;
  }
  say("names", names);
  check(path_filestat_get(ROOT, 0, out.at, out.size, status), 10);
  say("size", load<u64>(status, 32));
  const mean = sum / <f64>size;
  say("mean", isNaN(mean) ? 0 : <u64>mean);
  say("missing", path_filestat_get(ROOT, 0, none.at, none.size, status));
  proc_exit(3);
}
