/* Host calls that need no Python: what C knows of a guest's process, and the form of a function that acts on it.
 *
 * Each such function is the frequent case of a row of an ABI, with the same meaning; the rest it hands over to the
 * row's own body. Python keeps the truth: it says which descriptors there are, and alone opens and closes them. Only in
 * the launcher, which has no Python, is this side alone: with the three standard streams (`standalone`).
 */

#ifndef COMPAT_NATIVE_H
#define COMPAT_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value as compiled code passes it: 16 bytes, the value in the first 4 or 8 (`wasmtime_val_raw_t`). */
typedef union {
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    double f64;
    uint8_t bytes[16];
} slot_t;

/* What became of a call. */
typedef enum {
    SERVED,
    HANDED_OVER, /* nothing was done: the row's own body is to do it */
    ENDED, /* the guest has ended itself (standalone only) */
} outcome_t;

/* Output that is kept, up to a limit (`compat.kernel.vfs.stream.CapturedOutput`). */
typedef struct capture {
    char *data;
    size_t size, capacity, limit;
} capture_t;

/* What all files of a volume in memory take together (`compat.kernel.vfs.memory.MemoryVolume`). */
typedef struct volume {
    uint64_t limit, used;
} volume_t;

/* The bytes of a file in memory, which all share who have opened it. */
typedef struct content {
    uint8_t *data;
    uint64_t size, capacity;
    volume_t *volume; /* what counts them, or NULL where nobody may write */
    int64_t modified; /* when C has written last, in nanoseconds since 1970, until Python takes notice; or 0 */
} content_t;

/* An open file description that a descriptor of the host stands behind, or a capture, or a file in memory. */
typedef struct open_file {
    int host; /* -1 for the others */
    capture_t *capture; /* what is written goes there, if it is not NULL */
    content_t *content; /* what is read and written, if it is not NULL; and where: */
    uint64_t *position;
    uint16_t flags; /* the status flags, as WASI's fdflags */
    bool readable, writable, seekable, regular;
    bool writes; /* whether C may write; where more is to be done, it is Python's */
    bool stream; /* a standard stream, with the attributes that `HostStream` gives it */
} open_file_t;

typedef struct descriptor {
    open_file_t *file; /* NULL for a file that only Python knows */
    uint64_t base, inheriting; /* WASI's rights; all of them under another ABI */
    uint8_t type; /* WASI's filetype */
    bool open;
} descriptor_t;

/* C strings, one behind the other. */
typedef struct strings {
    char *data;
    uint32_t count, size;
} strings_t;

typedef struct process {
    descriptor_t *descriptors;
    uint32_t capacity;
    strings_t arguments, environment;
    bool clock, entropy; /* they are the host's own */
    bool limited; /* in time: nothing may wait here */
    bool standalone;
    bool ended; /* the guest has ended itself, with this status */
    uint32_t status;
} process_t;

/* What a call can act on. The memory grows while the guest runs, so it is passed anew to each. */
typedef struct guest {
    process_t *process;
    uint8_t *memory;
    uint64_t size;
} guest_t;

/* Takes its arguments from the slots and leaves its result in the first. */
typedef outcome_t (*native_t)(guest_t *, slot_t *);

/* The function for the row that names it; NULL where there is none, as on a host that this part is not written for. */
native_t native_function(const char *name);

#endif
