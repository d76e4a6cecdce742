/* wasi_snapshot_preview1 and wasi_unstable, as compat/wasi_p1 has them: for files of the host, and for what is none.
 *
 * The order of checks is that of the rows: parameters from the first to the last, then the descriptor, its rights, and
 * at last the file itself.
 */

#include <time.h>
#ifdef __APPLE__
#include <sys/random.h> /* for getentropy, which others have in unistd.h */
#endif

/* A WASI error number, or this. */
#define PYTHON (-1)

enum { FDSTAT_SIZE = 24, FILESTAT_SIZE = 64, UNSTABLE_FILESTAT_SIZE = 56, PRESTAT_SIZE = 8 };
enum { PATH_LIMIT = 4096, SECOND = 1000000000 };

static int answer(int64_t result) { return result == HAND_OVER ? PYTHON : result < 0 ? errno_of((int)-result) : ERRNO_SUCCESS; }

/* The descriptor and its file, for a call that needs some rights. ERRNO_SUCCESS, an error, or PYTHON. */
static int find(const guest_t *guest, uint32_t fd, uint64_t rights, descriptor_t **out)
{
    descriptor_t *descriptor = descriptor_of(guest->process, fd);
    if (!descriptor) return ERRNO_BADF;
    if (!descriptor->file) return PYTHON;
    if (rights & ~descriptor->base) return ERRNO_NOTCAPABLE;
    *out = descriptor;
    return ERRNO_SUCCESS;
}

/* ---- Arguments, environment, clocks, entropy, the end -------------------------------------------------------- */

static int store_strings(const guest_t *guest, const strings_t *strings, uint32_t pointers, uint32_t buffer)
{
    uint8_t *array = view(guest, pointers, 4 * (uint64_t)strings->count), *text = view(guest, buffer, strings->size);
    if (!array || !text) return ERRNO_FAULT;
    memcpy(text, strings->data, strings->size);
    const char *from = strings->data;
    for (uint32_t i = 0; i < strings->count; i++) {
        store_u32(array + 4 * i, buffer + (uint32_t)(from - strings->data));
        from += strlen(from) + 1;
    }
    return ERRNO_SUCCESS;
}

static int store_sizes(const guest_t *guest, const strings_t *strings, const slot_t *a)
{
    uint8_t *count = view(guest, a[0].u32, 4), *size = view(guest, a[1].u32, 4);
    if (!count || !size) return ERRNO_FAULT;
    store_u32(count, strings->count);
    store_u32(size, strings->size);
    return ERRNO_SUCCESS;
}

static int wasi_args_get(guest_t *guest, const slot_t *a)
{
    return store_strings(guest, &guest->process->arguments, a[0].u32, a[1].u32);
}

static int wasi_args_sizes_get(guest_t *guest, const slot_t *a) { return store_sizes(guest, &guest->process->arguments, a); }

static int wasi_environ_get(guest_t *guest, const slot_t *a)
{
    return store_strings(guest, &guest->process->environment, a[0].u32, a[1].u32);
}

static int wasi_environ_sizes_get(guest_t *guest, const slot_t *a)
{
    return store_sizes(guest, &guest->process->environment, a);
}

/* Python has one clock of processor time: that of the process. */
static const clockid_t CLOCKS[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID};
enum { CLOCK_COUNT = sizeof CLOCKS / sizeof *CLOCKS };

static uint64_t nanoseconds(struct timespec time) { return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec; }

static int clock_result(const guest_t *guest, uint32_t clock, uint32_t out,
                        int (*read)(clockid_t, struct timespec *))
{
    if (clock >= CLOCK_COUNT) return ERRNO_INVAL;
    uint8_t *result = view(guest, out, 8);
    if (!result) return ERRNO_FAULT;
    struct timespec time;
    if (!guest->process->clock || read(CLOCKS[clock], &time)) return PYTHON;
    store_u64(result, nanoseconds(time));
    return ERRNO_SUCCESS;
}

static int wasi_clock_res_get(guest_t *guest, const slot_t *a)
{
    return clock_result(guest, a[0].u32, a[1].u32, clock_getres);
}

static int wasi_clock_time_get(guest_t *guest, const slot_t *a)
{
    return clock_result(guest, a[0].u32, a[2].u32, clock_gettime);
}

static int wasi_random_get(guest_t *guest, const slot_t *a)
{
    uint32_t size = a[1].u32;
    uint8_t *buffer = view(guest, a[0].u32, size);
    if (!buffer) return ERRNO_FAULT;
    if (!guest->process->entropy) return PYTHON;
    for (uint32_t done = 0; done < size; done += 256)
        if (getentropy(buffer + done, size - done < 256 ? size - done : 256)) return PYTHON;
    return ERRNO_SUCCESS;
}

static int wasi_sched_yield(guest_t *guest, const slot_t *a)
{
    (void)guest;
    (void)a;
    return ERRNO_SUCCESS;
}

/* ---- Descriptors --------------------------------------------------------------------------------------------- */

static int wasi_fd_advise(guest_t *guest, const slot_t *a)
{
    descriptor_t *descriptor;
    if (a[3].u32 > ADVICE_NOREUSE) return ERRNO_INVAL;
    int failed = find(guest, a[0].u32, RIGHTS_FD_ADVISE, &descriptor);
    return failed ? failed : descriptor->file->seekable ? ERRNO_SUCCESS : ERRNO_SPIPE;
}

static int wasi_fd_fdstat_get(guest_t *guest, const slot_t *a)
{
    uint8_t *stat = view(guest, a[1].u32, FDSTAT_SIZE);
    if (!stat) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, 0, &descriptor);
    if (failed) return failed;
    memset(stat, 0, FDSTAT_SIZE);
    stat[0] = descriptor->type;
    stat[2] = (uint8_t)descriptor->file->flags;
    store_u64(stat + 8, descriptor->base);
    store_u64(stat + 16, descriptor->inheriting);
    return ERRNO_SUCCESS;
}

static uint64_t timestamp(struct timespec time) { return time.tv_sec < 0 ? 0 : nanoseconds(time); }

#ifdef __APPLE__
#define st_atim st_atimespec
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

/* The two modules differ in the width of the link count. */
static int filestat(guest_t *guest, const slot_t *a, bool unstable)
{
    uint8_t *out = view(guest, a[1].u32, unstable ? UNSTABLE_FILESTAT_SIZE : FILESTAT_SIZE);
    if (!out) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, RIGHTS_FD_FILESTAT_GET, &descriptor);
    if (failed) return failed;
    const open_file_t *file = descriptor->file;
    if (!file->stream) return PYTHON;
    struct stat stat = {.st_ino = (ino_t)file->host, .st_nlink = 1};
    if (file->regular && fstat(file->host, &stat)) return answer(-errno);
    memset(out, 0, unstable ? UNSTABLE_FILESTAT_SIZE : FILESTAT_SIZE);
    store_u64(out, (uint64_t)stat.st_dev);
    store_u64(out + 8, (uint64_t)stat.st_ino);
    out[16] = descriptor->type;
    if (unstable)
        store_u32(out + 20, (uint32_t)stat.st_nlink);
    else
        store_u64(out + 24, (uint64_t)stat.st_nlink);
    uint8_t *rest = out + (unstable ? 24 : 32);
    store_u64(rest, (uint64_t)stat.st_size);
    store_u64(rest + 8, timestamp(stat.st_atim));
    store_u64(rest + 16, timestamp(stat.st_mtim));
    store_u64(rest + 24, timestamp(stat.st_ctim));
    return ERRNO_SUCCESS;
}

static int wasi_fd_filestat_get(guest_t *guest, const slot_t *a) { return filestat(guest, a, false); }

static int wasi_unstable_fd_filestat_get(guest_t *guest, const slot_t *a) { return filestat(guest, a, true); }

static int wasi_fd_prestat_get(guest_t *guest, const slot_t *a)
{
    if (!view(guest, a[1].u32, PRESTAT_SIZE)) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, 0, &descriptor);
    return failed ? failed : ERRNO_BADF;
}

static int wasi_fd_prestat_dir_name(guest_t *guest, const slot_t *a)
{
    if (!view(guest, a[1].u32, a[2].u32)) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, 0, &descriptor);
    return failed ? failed : ERRNO_BADF;
}

static int wasi_fd_readdir(guest_t *guest, const slot_t *a)
{
    if (!view(guest, a[1].u32, a[2].u32) || !view(guest, a[4].u32, 4)) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, 0, &descriptor);
    return failed ? failed : ERRNO_NOTDIR;
}

/* ---- Reading, writing, seeking ------------------------------------------------------------------------------- */

typedef int64_t transfer_t(const process_t *, const open_file_t *, struct iovec *, int count, int64_t total, uint64_t);

static int64_t read_(const process_t *process, const open_file_t *file, struct iovec *vectors, int count,
                     int64_t total, uint64_t offset)
{
    (void)total;
    (void)offset;
    return file_readv(process, file, vectors, count);
}

static int64_t write_(const process_t *process, const open_file_t *file, struct iovec *vectors, int count,
                      int64_t total, uint64_t offset)
{
    (void)total;
    (void)offset;
    return file_writev(process, file, vectors, count);
}

static int64_t pread_(const process_t *process, const open_file_t *file, struct iovec *vectors, int count,
                      int64_t total, uint64_t offset)
{
    (void)total;
    return file_preadv(process, file, vectors, count, offset);
}

/* The four calls differ in the right, in where the result goes, and in the operation. */
static int transfer_vectors(guest_t *guest, const slot_t *a, uint64_t rights, const slot_t *result, uint64_t offset,
                            transfer_t *operation)
{
    struct iovec vectors[MAX_VECTORS];
    int64_t total = vectors_of(guest, a[1].u32, a[2].u32, vectors);
    if (total < 0) return answer(total);
    uint8_t *out = view(guest, result->u32, 4);
    if (!out) return ERRNO_FAULT;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, rights, &descriptor);
    if (failed) return failed;
    if (total > UINT32_MAX) return ERRNO_INVAL;
    int64_t done = operation(guest->process, descriptor->file, vectors, (int)a[2].u32, total, offset);
    if (done < 0) return answer(done);
    store_u32(out, (uint32_t)done);
    return ERRNO_SUCCESS;
}

static int wasi_fd_read(guest_t *guest, const slot_t *a)
{
    return transfer_vectors(guest, a, RIGHTS_FD_READ, &a[3], 0, read_);
}

static int wasi_fd_write(guest_t *guest, const slot_t *a)
{
    return transfer_vectors(guest, a, RIGHTS_FD_WRITE, &a[3], 0, write_);
}

static int wasi_fd_pread(guest_t *guest, const slot_t *a)
{
    return transfer_vectors(guest, a, RIGHTS_FD_READ | RIGHTS_FD_SEEK, &a[4], a[3].u64, pread_);
}

static int wasi_fd_pwrite(guest_t *guest, const slot_t *a)
{
    return transfer_vectors(guest, a, RIGHTS_FD_WRITE | RIGHTS_FD_SEEK, &a[4], a[3].u64, file_pwritev);
}

static int seek(guest_t *guest, uint32_t fd, int64_t offset, int whence, uint32_t position)
{
    uint8_t *out = view(guest, position, 8);
    if (!out) return ERRNO_FAULT;
    descriptor_t *descriptor = descriptor_of(guest->process, fd);
    // The right to seek includes the right to tell.
    bool tells = offset == 0 && whence == SEEK_CUR && descriptor && !(descriptor->base & RIGHTS_FD_SEEK);
    int failed = find(guest, fd, tells ? RIGHTS_FD_TELL : RIGHTS_FD_SEEK, &descriptor);
    if (failed) return failed;
    int64_t result = file_seek(descriptor->file, offset, whence);
    if (result < 0) return answer(result);
    store_u64(out, (uint64_t)result);
    return ERRNO_SUCCESS;
}

static int wasi_fd_seek(guest_t *guest, const slot_t *a)
{
    static const int whences[] = {[WHENCE_SET] = SEEK_SET, [WHENCE_CUR] = SEEK_CUR, [WHENCE_END] = SEEK_END};
    return a[2].u32 > WHENCE_END ? ERRNO_INVAL : seek(guest, a[0].u32, a[1].i64, whences[a[2].u32], a[3].u32);
}

static int wasi_unstable_fd_seek(guest_t *guest, const slot_t *a)
{
    static const int whences[] = {SEEK_CUR, SEEK_END, SEEK_SET};
    return a[2].u32 > 2 ? ERRNO_INVAL : seek(guest, a[0].u32, a[1].i64, whences[a[2].u32], a[3].u32);
}

static int wasi_fd_tell(guest_t *guest, const slot_t *a) { return seek(guest, a[0].u32, 0, SEEK_CUR, a[1].u32); }

static int wasi_fd_sync(guest_t *guest, const slot_t *a)
{
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, RIGHTS_FD_SYNC, &descriptor);
    if (!failed && descriptor->file->host < 0) return PYTHON;
    return failed ? failed : answer(fsync(descriptor->file->host) ? -errno : 0);
}

/* ---- What is Python's to do, but in the launcher ------------------------------------------------------------- */

static int wasi_fd_close(guest_t *guest, const slot_t *a)
{
    descriptor_t *descriptor = descriptor_of(guest->process, a[0].u32);
    if (!descriptor) return ERRNO_BADF;
    if (!guest->process->standalone) return PYTHON;
    descriptor->open = false;
    return ERRNO_SUCCESS;
}

static int wasi_fd_fdstat_set_flags(guest_t *guest, const slot_t *a)
{
    if (a[1].u32 >> FDFLAGS_COUNT) return ERRNO_INVAL;
    descriptor_t *descriptor;
    int failed = find(guest, a[0].u32, RIGHTS_FD_FDSTAT_SET_FLAGS, &descriptor);
    if (failed) return failed;
    if (!guest->process->standalone) return PYTHON;
    // As in Linux, where O_RSYNC is another name of O_SYNC.
    uint16_t sync = a[1].u32 & FDFLAGS_RSYNC ? FDFLAGS_SYNC : 0;
    descriptor->file->flags = (uint16_t)((a[1].u32 & ~(uint32_t)FDFLAGS_RSYNC) | sync);
    return ERRNO_SUCCESS;
}

/* Of these a guest without directories learns only that it has none. A path is checked for its place and length. */
static int path(const guest_t *guest, uint32_t address, uint32_t length)
{
    return !view(guest, address, length) ? ERRNO_FAULT : length >= PATH_LIMIT ? ERRNO_NAMETOOLONG : ERRNO_SUCCESS;
}

static int no_directory(const guest_t *guest, uint32_t fd)
{
    descriptor_t *descriptor;
    int failed = find(guest, fd, 0, &descriptor);
    return failed ? failed : ERRNO_NOTDIR;
}

#define CHECK(condition, error) \
    do { \
        if (!(condition)) return error; \
    } while (0)
#define CHECK_PATH(address, length) \
    do { \
        int wrong = path(guest, (address).u32, (length).u32); \
        if (wrong) return wrong; \
    } while (0)

static int wasi_path_create_directory(guest_t *guest, const slot_t *a)
{
    CHECK_PATH(a[1], a[2]);
    return no_directory(guest, a[0].u32);
}

static int path_of_attributes(guest_t *guest, const slot_t *a, uint64_t size)
{
    CHECK(!(a[1].u32 >> LOOKUPFLAGS_COUNT), ERRNO_INVAL);
    CHECK_PATH(a[2], a[3]);
    CHECK(view(guest, a[4].u32, size), ERRNO_FAULT);
    return no_directory(guest, a[0].u32);
}

static int wasi_path_filestat_get(guest_t *guest, const slot_t *a) { return path_of_attributes(guest, a, FILESTAT_SIZE); }

static int wasi_unstable_path_filestat_get(guest_t *guest, const slot_t *a)
{
    return path_of_attributes(guest, a, UNSTABLE_FILESTAT_SIZE);
}

static int wasi_path_open(guest_t *guest, const slot_t *a)
{
    CHECK(!(a[1].u32 >> LOOKUPFLAGS_COUNT), ERRNO_INVAL);
    CHECK_PATH(a[2], a[3]);
    CHECK(!(a[4].u32 >> OFLAGS_COUNT) && !(a[5].u64 >> RIGHTS_COUNT) && !(a[6].u64 >> RIGHTS_COUNT) &&
              !(a[7].u32 >> FDFLAGS_COUNT),
          ERRNO_INVAL);
    CHECK(view(guest, a[8].u32, 4), ERRNO_FAULT);
    return no_directory(guest, a[0].u32);
}

static int wasi_path_readlink(guest_t *guest, const slot_t *a)
{
    CHECK_PATH(a[1], a[2]);
    CHECK(view(guest, a[3].u32, a[4].u32) && view(guest, a[5].u32, 4), ERRNO_FAULT);
    return no_directory(guest, a[0].u32);
}

static int wasi_path_remove_directory(guest_t *guest, const slot_t *a) { return wasi_path_create_directory(guest, a); }

static int wasi_path_rename(guest_t *guest, const slot_t *a)
{
    CHECK_PATH(a[1], a[2]);
    CHECK_PATH(a[4], a[5]);
    return no_directory(guest, a[0].u32);
}

static int wasi_path_unlink_file(guest_t *guest, const slot_t *a) { return wasi_path_create_directory(guest, a); }

/* ---- By name ------------------------------------------------------------------------------------------------- */

static outcome_t native_wasi_proc_exit(guest_t *guest, slot_t *a)
{
    if (!guest->process->standalone) return HANDED_OVER;
    guest->process->status = a[0].u32;
    guest->process->ended = true;
    return ENDED;
}

#define WASI(X) \
    X(args_get) X(args_sizes_get) X(clock_res_get) X(clock_time_get) X(environ_get) X(environ_sizes_get) \
    X(fd_advise) X(fd_close) X(fd_fdstat_get) X(fd_fdstat_set_flags) X(fd_filestat_get) X(fd_pread) \
    X(fd_prestat_dir_name) X(fd_prestat_get) X(fd_pwrite) X(fd_read) X(fd_readdir) X(fd_seek) X(fd_sync) X(fd_tell) \
    X(fd_write) X(path_create_directory) X(path_filestat_get) X(path_open) X(path_readlink) X(path_remove_directory) \
    X(path_rename) X(path_unlink_file) X(random_get) X(sched_yield) X(unstable_fd_filestat_get) X(unstable_fd_seek) \
    X(unstable_path_filestat_get)

#define X(name) \
    static outcome_t native_wasi_##name(guest_t *guest, slot_t *slots) \
    { \
        int result = wasi_##name(guest, slots); \
        if (result == PYTHON) return HANDED_OVER; \
        slots[0].i32 = result; \
        return SERVED; \
    }
WASI(X)
#undef X
