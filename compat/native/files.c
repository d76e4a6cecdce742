/* Operations on open files, as compat/kernel/vfs/hostfile.py and memory.py have them: POSIX hosts with a little-endian
 * processor. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_VECTORS 1024 /* the most that a guest may give, and a host takes */

/* Results of what follows: a number of bytes or a position; an error of the host's, negative; or this. */
#define HAND_OVER INT64_MIN

/* Some bytes of the guest's, NULL where they are not all in its memory. */
static uint8_t *view(const guest_t *guest, uint32_t address, uint64_t size)
{
    return size <= guest->size && address <= guest->size - size ? guest->memory + address : NULL;
}

static uint32_t load_u32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static uint64_t load_u64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static void store_u32(uint8_t *to, uint32_t value) { memcpy(to, &value, sizeof value); }

static void store_u64(uint8_t *to, uint64_t value) { memcpy(to, &value, sizeof value); }

/* A guest's array of `struct iovec` as the host's. The bytes that they hold together, or an error. */
static int64_t vectors_of(const guest_t *guest, uint32_t address, uint32_t count, struct iovec *out)
{
    if (count > MAX_VECTORS) return -EINVAL;
    const uint8_t *array = view(guest, address, 8 * (uint64_t)count);
    if (!array) return -EFAULT;
    int64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = load_u32(array + 8 * i + 4);
        out[i] = (struct iovec){view(guest, load_u32(array + 8 * i), length), length};
        if (!out[i].iov_base) return -EFAULT;
        total += length;
    }
    return total;
}

static descriptor_t *descriptor_of(const process_t *process, uint32_t fd)
{
    return fd < process->capacity && process->descriptors[fd].open ? &process->descriptors[fd] : NULL;
}

/* What a failed call of the host's comes to. Python runs the handlers of signals; the launcher has none. */
static int64_t failure(const process_t *process)
{
    return errno != EINTR ? -errno : process->standalone ? 0 : HAND_OVER;
}

/* Wait until a file can be read, or written; without patience only look. 0, or an error. */
static int64_t await(const process_t *process, const open_file_t *file, short events, bool patient)
{
    struct pollfd waiting = {file->host, events, 0};
    int ready = poll(&waiting, 1, patient ? -1 : 0);
    if (ready < 0) return failure(process);
    return ready ? 0 : -EAGAIN;
}

/* One call of the host's. For one buffer it is cheaper than for a list of one. */
static ssize_t call_host(int host, const struct iovec *vectors, int count, bool reading)
{
    if (count == 1)
        return reading ? read(host, vectors->iov_base, vectors->iov_len)
                       : write(host, vectors->iov_base, vectors->iov_len);
    return reading ? readv(host, vectors, count) : writev(host, vectors, count);
}

static ssize_t call_host_at(int host, const struct iovec *vectors, int count, off_t offset, bool reading)
{
    if (count == 1)
        return reading ? pread(host, vectors->iov_base, vectors->iov_len, offset)
                       : pwrite(host, vectors->iov_base, vectors->iov_len, offset);
    return reading ? preadv(host, vectors, count, offset) : pwritev(host, vectors, count, offset);
}

/* Do one transfer with the guest's idea of blocking: whoever shares the host's descriptor may have another. */
static int64_t transfer(const process_t *process, const open_file_t *file, struct iovec *vectors, int count, bool reading)
{
    bool patient = !(file->flags & FDFLAGS_NONBLOCK);
    short events = reading ? POLLIN : POLLOUT;
    if (!file->regular) {
        if (process->limited) return HAND_OVER;
        int64_t failed = patient ? 0 : await(process, file, events, false);
        if (failed) return failed;
    }
    for (;;) {
        ssize_t done = call_host(file->host, vectors, count, reading);
        if (done >= 0) return done;
        bool again = errno == EAGAIN && patient && !file->regular;
        int64_t failed = again ? await(process, file, events, true) : failure(process);
        if (failed) return failed;
    }
}

/* Keep what is written; only where all of it fits, else it is Python's to say what becomes of the rest. */
static int64_t keep(capture_t *capture, const struct iovec *vectors, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; i++) total += vectors[i].iov_len;
    if (total > capture->limit - capture->size || !capture_reserve(capture, total)) return HAND_OVER;
    for (int i = 0; i < count; i++) {
        memcpy(capture->data + capture->size, vectors[i].iov_base, vectors[i].iov_len);
        capture->size += vectors[i].iov_len;
    }
    return (int64_t)total;
}

static int64_t content_read(const content_t *content, const struct iovec *vectors, int count, uint64_t offset)
{
    uint64_t left = offset < content->size ? content->size - offset : 0, done = 0;
    for (int i = 0; i < count && left; i++) {
        uint64_t part = vectors[i].iov_len < left ? vectors[i].iov_len : left;
        memcpy(vectors[i].iov_base, content->data + offset + done, part);
        done += part;
        left -= part;
    }
    return (int64_t)done;
}

/* Write all of it. Where there is no room, or the time is not the host's, it is Python's to do. */
static int64_t content_write(const process_t *process, content_t *content, const struct iovec *vectors, int count,
                             uint64_t offset)
{
    uint64_t total = 0, end;
    for (int i = 0; i < count; i++) total += vectors[i].iov_len;
    if (!total) return 0;
    struct timespec now;
    if (!process->clock || __builtin_add_overflow(offset, total, &end)) return HAND_OVER;
    uint64_t grown = end > content->size ? end - content->size : 0;
    volume_t *volume = content->volume;
    if (grown > volume->limit - volume->used || clock_gettime(CLOCK_REALTIME, &now)) return HAND_OVER;
    if (grown && !content_resize(content, end)) return HAND_OVER;
    volume->used += grown;
    for (int i = 0; i < count; i++) {
        memcpy(content->data + offset, vectors[i].iov_base, vectors[i].iov_len);
        offset += vectors[i].iov_len;
    }
    content->modified = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return (int64_t)total;
}

/* The result of a transfer at the position, which moves on. */
static int64_t moved(const open_file_t *file, int64_t done)
{
    if (done > 0) *file->position += (uint64_t)done;
    return done;
}

static int64_t file_readv(const process_t *process, const open_file_t *file, struct iovec *vectors, int count)
{
    if (!file->readable) return -EBADF;
    if (file->content) return moved(file, content_read(file->content, vectors, count, *file->position));
    return transfer(process, file, vectors, count, true);
}

/* Leave out the first bytes of some vectors; how many vectors are left, from `*vectors` on. */
static int behind(struct iovec **vectors, int count, size_t bytes)
{
    while (count && bytes >= (*vectors)->iov_len) {
        bytes -= (*vectors)->iov_len;
        ++*vectors;
        --count;
    }
    if (count) {
        (*vectors)->iov_base = (char *)(*vectors)->iov_base + bytes;
        (*vectors)->iov_len -= bytes;
    }
    return count;
}

/* Write everything, unless an error stops it: what went before one is then the result. */
static int64_t file_writev(const process_t *process, const open_file_t *file, struct iovec *vectors, int count)
{
    if (!file->writable) return -EBADF;
    if (!file->writes) return HAND_OVER;
    if (file->capture) return keep(file->capture, vectors, count);
    if (file->content) {
        if (file->flags & FDFLAGS_APPEND) *file->position = file->content->size;
        return moved(file, content_write(process, file->content, vectors, count, *file->position));
    }
    int64_t done = 0;
    count = behind(&vectors, count, 0);
    while (count) {
        int64_t part = transfer(process, file, vectors, count, false);
        // A signal after the first part: Python would write that again.
        if (part == HAND_OVER && done) continue;
        if (part < 0) return done ? done : part;
        if (!part) break;
        done += part;
        count = behind(&vectors, count, (size_t)part);
    }
    return done;
}

static int64_t checked_offset(const open_file_t *file, uint64_t offset)
{
    if (!file->seekable) return -ESPIPE;
    return offset > INT64_MAX ? -EINVAL : 0;
}

static int64_t file_preadv(const process_t *process, const open_file_t *file, struct iovec *vectors, int count,
                           uint64_t offset)
{
    if (!file->readable) return -EBADF;
    int64_t failed = checked_offset(file, offset);
    if (failed) return failed;
    if (file->content) return content_read(file->content, vectors, count, offset);
    for (;;) {
        ssize_t done = call_host_at(file->host, vectors, count, (off_t)offset, true);
        int64_t failed = done < 0 ? failure(process) : 0;
        if (done >= 0 || failed) return failed ? failed : done;
    }
}

static int64_t file_pwritev(const process_t *process, const open_file_t *file, struct iovec *vectors, int count,
                            int64_t total, uint64_t offset)
{
    if (!file->writable) return -EBADF;
    int64_t failed = checked_offset(file, offset);
    if (failed) return failed;
    if (offset + (uint64_t)total > INT64_MAX) return -EFBIG;
    if (file->content) return content_write(process, file->content, vectors, count, offset);
    // POSIX writes at the offset; Linux would append all the same.
    if (!file->writes || (!file->stream && file->flags & FDFLAGS_APPEND)) return HAND_OVER;
    for (;;) {
        ssize_t done = call_host_at(file->host, vectors, count, (off_t)offset, false);
        int64_t failed = done < 0 ? failure(process) : 0;
        if (done >= 0 || failed) return failed ? failed : done;
    }
}

static int64_t file_seek(const open_file_t *file, int64_t offset, int whence)
{
    if (!file->seekable) return -ESPIPE;
    if (file->content) {
        uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? *file->position : file->content->size;
        int64_t to;
        if (__builtin_add_overflow((int64_t)from, offset, &to)) return -EOVERFLOW;
        if (to < 0) return -EINVAL;
        *file->position = (uint64_t)to;
        return to;
    }
    off_t position = lseek(file->host, (off_t)offset, whence);
    return position >= 0 ? position : -errno;
}
