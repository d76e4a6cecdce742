/* Emscripten's system calls and clocks, as compat/emscripten_abi has them. Every error is the row's to present. */

/* A system call gets its number and the address of its arguments, slots of 4 bytes. */
static const uint8_t *arguments(const guest_t *guest, const slot_t *slots, uint32_t count)
{
    return view(guest, slots[1].u32, 4 * (uint64_t)count);
}

static open_file_t *file_at(const guest_t *guest, const uint8_t *fd)
{
    descriptor_t *descriptor = descriptor_of(guest->process, load_u32(fd));
    return descriptor ? descriptor->file : NULL;
}

static outcome_t returned(slot_t *slots, int64_t result)
{
    if (result < 0 || result > INT32_MAX) return HANDED_OVER;
    slots[0].i32 = (int32_t)result;
    return SERVED;
}

static outcome_t transferred(guest_t *guest, slot_t *slots, open_file_t *file, struct iovec *vectors, int64_t total,
                             int count, bool reading)
{
    // More could be written than the result can say.
    if (!file || total < 0 || total > INT32_MAX) return HANDED_OVER;
    const process_t *process = guest->process;
    return returned(slots, reading ? file_readv(process, file, vectors, count)
                                   : file_writev(process, file, vectors, count));
}

static outcome_t transfer_buffer(guest_t *guest, slot_t *slots, bool reading)
{
    const uint8_t *a = arguments(guest, slots, 3);
    if (!a) return HANDED_OVER;
    uint32_t size = load_u32(a + 8);
    struct iovec vector = {view(guest, load_u32(a + 4), size), size};
    return transferred(guest, slots, file_at(guest, a), &vector, vector.iov_base ? (int64_t)size : -1, 1, reading);
}

static outcome_t native_read(guest_t *guest, slot_t *slots) { return transfer_buffer(guest, slots, true); }

static outcome_t native_write(guest_t *guest, slot_t *slots) { return transfer_buffer(guest, slots, false); }

static outcome_t transfer_buffers(guest_t *guest, slot_t *slots, bool reading)
{
    const uint8_t *a = arguments(guest, slots, 3);
    if (!a) return HANDED_OVER;
    struct iovec vectors[MAX_VECTORS];
    uint32_t count = load_u32(a + 8);
    int64_t total = vectors_of(guest, load_u32(a + 4), count, vectors);
    return transferred(guest, slots, file_at(guest, a), vectors, total, (int)count, reading);
}

static outcome_t native_readv(guest_t *guest, slot_t *slots) { return transfer_buffers(guest, slots, true); }

static outcome_t native_writev(guest_t *guest, slot_t *slots) { return transfer_buffers(guest, slots, false); }

/* The late names, `___wasi_fd_read` and its like. */
static outcome_t transfer_counted(guest_t *guest, slot_t *slots, bool reading)
{
    struct iovec vectors[MAX_VECTORS];
    int64_t total = vectors_of(guest, slots[1].u32, slots[2].u32, vectors);
    uint8_t *out = view(guest, slots[3].u32, 4);
    descriptor_t *descriptor = descriptor_of(guest->process, slots[0].u32);
    if (!out || !descriptor) return HANDED_OVER;
    int count = (int)slots[2].u32;
    if (transferred(guest, slots, descriptor->file, vectors, total, count, reading) != SERVED) return HANDED_OVER;
    store_u32(out, slots[0].u32);
    return returned(slots, 0);
}

static outcome_t native_fd_read(guest_t *guest, slot_t *slots) { return transfer_counted(guest, slots, true); }

static outcome_t native_fd_write(guest_t *guest, slot_t *slots) { return transfer_counted(guest, slots, false); }

/* pread64 and pwrite64: a descriptor, a buffer, a slot of padding, the offset in two. */
static outcome_t transfer_at(guest_t *guest, slot_t *slots, bool reading)
{
    const uint8_t *a = arguments(guest, slots, 6);
    if (!a) return HANDED_OVER;
    open_file_t *file = file_at(guest, a);
    uint32_t size = load_u32(a + 8);
    uint64_t offset = load_u64(a + 16);
    struct iovec vector = {view(guest, load_u32(a + 4), size), size};
    if (!file || !vector.iov_base || size > INT32_MAX) return HANDED_OVER;
    const process_t *process = guest->process;
    return returned(slots, reading ? file_preadv(process, file, &vector, 1, offset)
                                   : file_pwritev(process, file, &vector, 1, size, offset));
}

static outcome_t native_pread64(guest_t *guest, slot_t *slots) { return transfer_at(guest, slots, true); }

static outcome_t native_pwrite64(guest_t *guest, slot_t *slots) { return transfer_at(guest, slots, false); }

/* The clock and its reading are two i32: `struct timespec` is two numbers of 32 bits. */
static outcome_t native_clock_gettime(guest_t *guest, slot_t *slots)
{
    uint8_t *out = view(guest, slots[1].u32, 8);
    struct timespec time;
    // Linux's first two numbers are those of WASI; the others have several meanings.
    if (!out || slots[0].u32 > 1 || !guest->process->clock || clock_gettime(CLOCKS[slots[0].u32], &time))
        return HANDED_OVER;
    store_u32(out, (uint32_t)time.tv_sec);
    store_u32(out + 4, (uint32_t)time.tv_nsec);
    return returned(slots, 0);
}

static outcome_t native_emscripten_get_now(guest_t *guest, slot_t *slots)
{
    struct timespec time;
    if (!guest->process->clock || clock_gettime(CLOCK_MONOTONIC, &time)) return HANDED_OVER;
    slots[0].f64 = (double)nanoseconds(time) / 1e6;
    return SERVED;
}

static outcome_t native_gettimeofday(guest_t *guest, slot_t *slots)
{
    uint8_t *out = view(guest, slots[0].u32, 8);
    struct timespec time;
    if (!out || !slots[0].u32 || slots[1].u32 || !guest->process->clock || clock_gettime(CLOCK_REALTIME, &time))
        return HANDED_OVER;
    store_u32(out, (uint32_t)time.tv_sec);
    store_u32(out + 4, (uint32_t)(time.tv_nsec / 1000));
    return returned(slots, 0);
}

#define EMSCRIPTEN(X) \
    X(clock_gettime) X(emscripten_get_now) X(fd_read) X(fd_write) X(gettimeofday) X(pread64) X(pwrite64) X(read) X(readv) X(write) X(writev)
