/* The process as C knows it, and its functions by name. */

#include "native.h"

/* File types and flags are told by WASI's numbers: those of hosts differ. */
#include "wasi_numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Make room for `more` bytes behind what is there. False for want of memory. */
static bool capture_reserve(capture_t *capture, size_t more)
{
    size_t capacity = capture->capacity ? capture->capacity : 4096;
    while (capacity - capture->size < more) capacity *= 2;
    if (capacity == capture->capacity) return true;
    char *data = realloc(capture->data, capacity);
    if (!data) return false;
    capture->data = data;
    capture->capacity = capacity;
    return true;
}

static capture_t *capture_new(size_t limit)
{
    capture_t *capture = calloc(1, sizeof *capture);
    if (capture) capture->limit = limit;
    return capture;
}

static void capture_delete(capture_t *capture)
{
    free(capture->data);
    free(capture);
}

static content_t *content_new(volume_t *volume)
{
    content_t *content = calloc(1, sizeof *content);
    if (content) content->volume = volume;
    return content;
}

static void content_delete(content_t *content)
{
    free(content->data);
    free(content);
}

/* Cut, or extend with zeros. What is counted is the caller's to see to. False for want of memory. */
static bool content_resize(content_t *content, uint64_t size)
{
    if (size > content->capacity || size < content->capacity / 2) {
        uint64_t capacity = size > content->size && content->size ? size + size / 4 : size;
        void *data = capacity <= SIZE_MAX ? realloc(content->data, capacity ? (size_t)capacity : 1) : NULL;
        if (!data) return false;
        content->data = data;
        content->capacity = capacity;
    }
    if (size > content->size) memset(content->data + content->size, 0, (size_t)(size - content->size));
    content->size = size;
    return true;
}

#if defined _WIN32 || (defined __BYTE_ORDER__ && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
native_t native_function(const char *name)
{
    (void)name;
    return NULL;
}
#else
#include "files.c"
/* The functions of the ABIs are built on those. */
#include "wasi.c"

#include "emscripten.c"

native_t native_function(const char *name)
{
    static const struct {
        const char *name;
        native_t function;
    } functions[] = {
#define X(function) {"wasi_" #function, native_wasi_##function},
        WASI(X) X(proc_exit)
#undef X
#define X(function) {#function, native_##function},
        EMSCRIPTEN(X)
#undef X
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (!strcmp(functions[i].name, name)) return functions[i].function;
    return NULL;
}
#endif

/* Open what is at a path below an open directory, with no link in it and no way out of it. The descriptor, or an error,
 * negative: ENOSYS where the host has no such call. */
static int open_beneath(int directory, const char *path, int flags)
{
#ifdef __linux__
    // The number, the structure and the two flags, RESOLVE_NO_SYMLINKS and RESOLVE_BENEATH, are the kernel's since 5.6 on
    // every processor; headers to compile with may be older.
    enum { OPENAT2 = 437, NO_SYMLINKS = 0x04, BENEATH = 0x08 };
    struct { uint64_t flags, mode, resolve; } how = {(uint64_t)flags, 0, NO_SYMLINKS | BENEATH};
    long fd = syscall(OPENAT2, directory, path, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
#else
    (void)directory;
    (void)path;
    (void)flags;
    return -ENOSYS;
#endif
}

static process_t *process_new(void) { return calloc(1, sizeof(process_t)); }

static void process_delete(process_t *process)
{
    free(process->descriptors);
    free(process);
}

/* Tell of a descriptor; `file`, which the caller keeps, is NULL for one that C can do nothing with. False for want of
 * memory. */
static bool process_open(process_t *process, uint32_t fd, open_file_t *file)
{
    if (fd >= process->capacity) {
        uint32_t capacity = fd < 16 ? 16 : 2 * fd;
        descriptor_t *descriptors = realloc(process->descriptors, capacity * sizeof *descriptors);
        if (!descriptors) return false;
        memset(descriptors + process->capacity, 0, (capacity - process->capacity) * sizeof *descriptors);
        process->descriptors = descriptors;
        process->capacity = capacity;
    }
    process->descriptors[fd] = (descriptor_t){.file = file, .base = UINT64_MAX, .inheriting = UINT64_MAX, .open = true};
    return true;
}

/* Tell what WASI knows of a descriptor. */
static void process_describe(process_t *process, uint32_t fd, uint8_t type, uint64_t base, uint64_t inheriting)
{
    process->descriptors[fd].type = type;
    process->descriptors[fd].base = base;
    process->descriptors[fd].inheriting = inheriting;
}

static void process_close(process_t *process, uint32_t fd) { process->descriptors[fd].open = false; }
