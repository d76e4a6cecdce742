//! Writes its input in capitals to a file in the directory that it is given, and tells what is there then.

const Vector = extern struct { data: [*]const u8, size: usize };
const Status = extern struct { device: u64, inode: u64, type: u8, links: u64, size: u64, times: [3]u64 };

const wasi = struct {
    extern "wasi_snapshot_preview1" fn fd_read(fd: u32, vectors: [*]const Vector, count: usize, size: *usize) u32;
    extern "wasi_snapshot_preview1" fn fd_write(fd: u32, vectors: [*]const Vector, count: usize, size: *usize) u32;
    extern "wasi_snapshot_preview1" fn fd_seek(fd: u32, offset: i64, whence: u32, position: *u64) u32;
    extern "wasi_snapshot_preview1" fn fd_close(fd: u32) u32;
    extern "wasi_snapshot_preview1" fn fd_readdir(fd: u32, buffer: [*]u8, size: usize, cookie: u64, used: *usize) u32;
    extern "wasi_snapshot_preview1" fn path_create_directory(fd: u32, path: [*]const u8, size: usize) u32;
    extern "wasi_snapshot_preview1" fn path_remove_directory(fd: u32, path: [*]const u8, size: usize) u32;
    extern "wasi_snapshot_preview1" fn path_filestat_get(
        fd: u32,
        flags: u32,
        path: [*]const u8,
        size: usize,
        status: *Status,
    ) u32;
    extern "wasi_snapshot_preview1" fn path_open(
        fd: u32,
        lookup: u32,
        path: [*]const u8,
        size: usize,
        flags: u32,
        rights: u64,
        inheriting: u64,
        fdflags: u32,
        opened: *u32,
    ) u32;
    extern "wasi_snapshot_preview1" fn path_rename(
        fd: u32,
        path: [*]const u8,
        size: usize,
        to: u32,
        other: [*]const u8,
        length: usize,
    ) u32;
    extern "wasi_snapshot_preview1" fn proc_exit(status: u32) noreturn;
};

const root = 3;
const creat = 1;
const excl = 4;
const reading = 1 << 1;
const seeking = 1 << 2;
const writing = 1 << 6;

var input: [4096]u8 = undefined;
var copy: [4096]u8 = undefined;
var listing: [4096]u8 = undefined;

fn check(err: u32, place: u32) void {
    if (err != 0) wasi.proc_exit(100 + place);
}

fn readAll(fd: u32, into: []u8) []u8 {
    var used: usize = 0;
    while (true) {
        const rest = [_]Vector{.{ .data = into[used..].ptr, .size = into.len - used }};
        var size: usize = undefined;
        check(wasi.fd_read(fd, &rest, 1, &size), 0);
        if (size == 0) return into[0..used];
        used += size;
    }
}

fn writeAll(fd: u32, parts: []const []const u8) void {
    for (parts) |part| {
        const all = [_]Vector{.{ .data = part.ptr, .size = part.len }};
        var written: usize = undefined;
        check(wasi.fd_write(fd, &all, 1, &written), 1);
    }
}

fn say(text: []const u8, number: u64) void {
    var digits: [20]u8 = undefined;
    var at: usize = digits.len;
    var left = number;
    while (true) {
        at -= 1;
        digits[at] = '0' + @as(u8, @intCast(left % 10));
        left /= 10;
        if (left == 0) break;
    }
    writeAll(1, &.{ text, digits[at..], "\n" });
}

/// 0 for no number at all.
fn truncated(number: f64) u64 {
    return if (number != number) 0 else @intFromFloat(number);
}

pub export fn _start() void {
    const read = readAll(0, &input);
    var sum: f64 = 0;
    for (read) |*byte| {
        sum += @floatFromInt(@as(i8, @bitCast(byte.*)));
        if (byte.* >= 'a' and byte.* <= 'z') byte.* -= 'a' - 'A';
    }
    var fd: u32 = undefined;
    var position: u64 = undefined;
    check(wasi.path_create_directory(root, "made", 4), 3);
    check(wasi.path_open(root, 0, "made/file", 9, creat | excl, reading | seeking | writing, 0, 0, &fd), 4);
    writeAll(fd, &.{read});
    check(wasi.fd_seek(fd, 0, 0, &position), 5);
    const again = readAll(fd, &copy);
    check(wasi.fd_close(fd), 6);
    check(wasi.path_rename(root, "made/file", 9, root, "out", 3), 7);
    check(wasi.path_remove_directory(root, "made", 4), 8);
    writeAll(1, &.{again});

    var used: usize = undefined;
    var names: u64 = 0;
    check(wasi.fd_readdir(root, &listing, listing.len, 0, &used), 9);
    var at: usize = 0;
    while (at + 24 <= used) : (at += 24 + @as(*align(1) u32, @ptrCast(&listing[at + 16])).*) {
        names += @intFromBool(listing[at + 24] != '.');
    }
    say("names: ", names);
    var out: Status = undefined;
    check(wasi.path_filestat_get(root, 0, "out", 3, &out), 10);
    say("size: ", out.size);
    say("mean: ", truncated(sum / @as(f64, @floatFromInt(read.len))));
    say("missing: ", wasi.path_filestat_get(root, 0, "none", 4, &out));
    wasi.proc_exit(3);
}
