/* Writes its input in capitals to a file in the directory that it is given, and tells what is there then. */

#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) name

typedef struct { void *data; size_t size; } vector;
typedef struct { uint64_t next, inode; uint32_t size; uint8_t type; } entry;
typedef struct { uint64_t device, inode; uint8_t type; uint64_t links, size, accessed, modified, changed; } status;

uint32_t WASI(fd_read)(int fd, vector *vectors, size_t count, size_t *size);
uint32_t WASI(fd_write)(int fd, vector *vectors, size_t count, size_t *size);
uint32_t WASI(fd_seek)(int fd, int64_t offset, uint32_t whence, uint64_t *position);
uint32_t WASI(fd_close)(int fd);
uint32_t WASI(fd_readdir)(int fd, void *buffer, size_t size, uint64_t cookie, size_t *used);
uint32_t WASI(path_create_directory)(int fd, const char *path, size_t size);
uint32_t WASI(path_remove_directory)(int fd, const char *path, size_t size);
uint32_t WASI(path_filestat_get)(int fd, uint32_t flags, const char *path, size_t size, status *status);
uint32_t WASI(path_open)(int fd, uint32_t lookup, const char *path, size_t size, uint32_t flags, uint64_t rights,
                         uint64_t inheriting, uint32_t fdflags, int *opened);
uint32_t WASI(path_rename)(int fd, const char *path, size_t size, int to, const char *other, size_t length);
_Noreturn void WASI(proc_exit)(uint32_t status);

enum { ROOT = 3, CREAT = 1, EXCL = 4, READ = 1 << 1, SEEK = 1 << 2, WRITE = 1 << 6 };

#define PATH(text) text, sizeof(text) - 1

static char input[4096], copy[4096], listing[4096];

static void check(uint32_t error, uint32_t place)
{
    if (error)
        proc_exit(100 + place);
}

static size_t read_all(int fd, char *into, size_t room)
{
    size_t used = 0, size;
    do {
        vector rest = {into + used, room - used};
        check(fd_read(fd, &rest, 1, &size), 0);
        used += size;
    } while (size);
    return used;
}

static void write_all(int fd, char *from, size_t size)
{
    vector all = {from, size};
    size_t written;
    check(fd_write(fd, &all, 1, &written), 1);
}

static void say(char *text, size_t size, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;
    do
        digits[--at] = '0' + number % 10;
    while (number /= 10);
    vector parts[] = {{text, size}, {digits + at, sizeof digits - at}, {"\n", 1}};
    size_t written;
    check(fd_write(1, parts, 3, &written), 2);
}

void _start(void)
{
    size_t size = read_all(0, input, sizeof input);
    double sum = 0;
    for (size_t at = 0; at < size; at++) {
        sum += (signed char)input[at];
        if (input[at] >= 'a' && input[at] <= 'z')
            input[at] -= 'a' - 'A';
    }
    int fd;
    uint64_t position;
    check(path_create_directory(ROOT, PATH("made")), 3);
    check(path_open(ROOT, 0, PATH("made/file"), CREAT | EXCL, READ | SEEK | WRITE, 0, 0, &fd), 4);
    write_all(fd, input, size);
    check(fd_seek(fd, 0, 0, &position), 5);
    size_t again = read_all(fd, copy, sizeof copy);
    check(fd_close(fd), 6);
    check(path_rename(ROOT, PATH("made/file"), ROOT, PATH("out")), 7);
    check(path_remove_directory(ROOT, PATH("made")), 8);
    write_all(1, copy, again);

    size_t used, names = 0;
    check(fd_readdir(ROOT, listing, sizeof listing, 0, &used), 9);
    for (size_t at = 0; at + 24 <= used; at += 24 + ((entry *)(listing + at))->size)
        names += listing[at + 24] != '.';
    say(PATH("names: "), names);
    status out;
    check(path_filestat_get(ROOT, 0, PATH("out"), &out), 10);
    say(PATH("size: "), out.size);
    say(PATH("mean: "), sum / size); /* of nothing, it is none */
    say(PATH("missing: "), path_filestat_get(ROOT, 0, PATH("none"), &out));
    proc_exit(3);
}
