/* `compat` without Python: what `compat run FILE …` is to do, when it was done before.
 *
 * A WASI command whose every import C serves (native.h) needs no Python, as long as its process has nothing but the
 * standard streams. When Python has run such a program, it leaves a record of how to (launch.py); from then on this
 * program maps the compiled code and runs it by itself. In every other case it becomes Python's `compat`, before anything
 * was done.
 *
 * The record is trusted as far as compiled code is (compat/engine/cache.py): both are files of this user's that nobody
 * else may write, and each says what size and times the files it is about had.
 */

#include "../engine/engine.csrc.c"

/* The engine's own types come first: what follows is built on the same `native.h`. */
#include "../native/native.csrc.c"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>

extern char **environ;

#define RECORD_FORMAT "compat launch 1"
#define RECORD_VARIABLE "COMPAT_LAUNCH_RECORD" /* tells Python where a record would be looked for */
#define CACHE_VARIABLE "COMPAT_CACHE_DIR"
#define LIBRARY_VARIABLE "COMPAT_LIBWASMTIME"

enum { STATUS_OF_OURS = 125, TEXT = 2 * PATH_MAX };

/* In the engine's part: a host call that C does not serve. There is none, or Python would have left no record. */
static uint64_t host_call(void *handle, uint32_t index)
{
    (void)handle;
    (void)index;
    fputs("compat: the launcher was asked for a host call that it does not serve\n", stderr);
    _exit(STATUS_OF_OURS);
}

/* ---- Python -------------------------------------------------------------------------------------------------- */

static void try_python(const char *directory, size_t length, char **arguments)
{
    static const char *const names[] = {"python3", "python"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[TEXT];
        int size = snprintf(path, sizeof path, "%.*s/%s", (int)length, directory, names[i]);
        if (size > 0 && size < TEXT && !access(path, X_OK)) {
            arguments[0] = path;
            execv(path, arguments);
        }
    }
}

static void try_beside(const char *program, char **arguments)
{
    const char *slash = strrchr(program, '/');
    if (slash) try_python(program, (size_t)(slash - program), arguments);
}

/* Become the Python that this program was installed for: the one beside it, or else the first on the path. */
static _Noreturn void become_python(const char *self, char **arguments)
{
    char found[TEXT] = "", target[PATH_MAX];
    const char *search = getenv("PATH");
    if (strchr(self, '/')) {
        snprintf(found, sizeof found, "%s", self);
    } else {
        for (const char *from = search; from && *from && !*found; from += strcspn(from, ":"), from += *from == ':') {
            snprintf(found, sizeof found, "%.*s/%s", (int)strcspn(from, ":"), from, self);
            if (access(found, X_OK)) *found = 0;
        }
    }
    try_beside(found, arguments);
    if (realpath(found, target)) try_beside(target, arguments);
    arguments[0] = "python3";
    execvp(arguments[0], arguments);
    fprintf(stderr, "compat: there is no Python beside %s, and none on the path\n", *found ? found : self);
    _exit(STATUS_OF_OURS);
}

/* ---- Files that are trusted ---------------------------------------------------------------------------------- */

#ifdef __APPLE__
#define CHANGED(status, which) (status).st_##which##timespec
#else
#define CHANGED(status, which) (status).st_##which##tim
#endif

/* What changes with every write, as `_identity` in cache.py writes it. */
static void identity_of(const struct stat *status, char *out, size_t size)
{
    snprintf(out, size, "%" PRIdMAX " %" PRIu64 " %" PRIu64, (intmax_t)status->st_size,
             nanoseconds(CHANGED(*status, m)), nanoseconds(CHANGED(*status, c)));
}

static bool is_same(const char *path, const char *identity)
{
    struct stat status;
    char now[128];
    if (stat(path, &status)) return false;
    identity_of(&status, now, sizeof now);
    return !strcmp(now, identity);
}

/* Whether a file is this user's, and nobody else may write it. */
static bool is_private(const char *path)
{
    struct stat status;
    return !stat(path, &status) && status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/* The text of a small file; NULL where there is none. */
static char *text_of(const char *path)
{
    static const size_t most = 1 << 20;
    FILE *file = fopen(path, "rbe");
    if (!file) return NULL;
    char *text = calloc(1, most + 1);
    if (text) fread(text, 1, most, file);
    fclose(file);
    return text;
}

/* Whether compiled code is as it was sealed. */
static bool is_sealed(const char *path)
{
    char seal[TEXT + 8];
    snprintf(seal, sizeof seal, "%s.seal", path);
    char *text = text_of(seal), *identity = text ? strchr(text, ' ') : NULL;
    bool sound = identity && is_same(path, identity + 1) && is_private(path);
    free(text);
    return sound;
}

/* ---- The record ---------------------------------------------------------------------------------------------- */

/* Where the record of a program is: its name says which file of the host the program is. */
static bool record_path(const char *program, char *out, size_t size)
{
    struct stat status;
    if (stat(program, &status) || !S_ISREG(status.st_mode)) return false;
    const char *named = getenv(CACHE_VARIABLE), *home = getenv("HOME"), *base = getenv("XDG_CACHE_HOME");
    char directory[TEXT];
    if (named && *named)
        snprintf(directory, sizeof directory, "%s", named);
#ifdef __APPLE__
    else if (home)
        snprintf(directory, sizeof directory, "%s/Library/Caches/compat", home);
#else
    else if (base && *base)
        snprintf(directory, sizeof directory, "%s/compat", base);
    else if (home)
        snprintf(directory, sizeof directory, "%s/.cache/compat", home);
#endif
    else
        return false;
    (void)base;
    int length = snprintf(out, size, "%s/%" PRIxMAX "-%" PRIxMAX ".launch", directory, (uintmax_t)status.st_dev,
                          (uintmax_t)status.st_ino);
    return length > 0 && (size_t)length < size;
}

/* The next line of a text, which is taken apart; NULL at its end. */
static char *line_of(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    if (!end) return NULL;
    *end = 0;
    *text = end + 1;
    return line;
}

/* ---- Running ------------------------------------------------------------------------------------------------- */

static const uint64_t FILE_RIGHTS = RIGHTS_FD_DATASYNC | RIGHTS_FD_READ | RIGHTS_FD_SEEK | RIGHTS_FD_FDSTAT_SET_FLAGS |
                                    RIGHTS_FD_SYNC | RIGHTS_FD_TELL | RIGHTS_FD_WRITE | RIGHTS_FD_ADVISE |
                                    RIGHTS_FD_ALLOCATE | RIGHTS_FD_FILESTAT_GET | RIGHTS_FD_FILESTAT_SET_SIZE |
                                    RIGHTS_FD_FILESTAT_SET_TIMES | RIGHTS_POLL_FD_READWRITE;

/* A standard stream, with the rights that rights.py gives it. False for what Python alone knows, such as a socket. */
static bool open_stream(process_t *process, int fd)
{
    static open_file_t files[3];
    struct stat status;
    if (fstat(fd, &status) || S_ISSOCK(status.st_mode) || S_ISDIR(status.st_mode)) return false;
    bool regular = S_ISREG(status.st_mode), seekable = regular || S_ISBLK(status.st_mode);
    uint8_t type = regular                    ? FILETYPE_REGULAR_FILE
                   : S_ISBLK(status.st_mode) ? FILETYPE_BLOCK_DEVICE
                   : S_ISCHR(status.st_mode) ? FILETYPE_CHARACTER_DEVICE
                                             : FILETYPE_UNKNOWN;
    files[fd] = (open_file_t){.host = fd,
                              .readable = fd == 0,
                              .writable = fd != 0,
                              .seekable = seekable,
                              .regular = regular,
                              .writes = true,
                              .stream = true};
    uint64_t rights = FILE_RIGHTS;
    if (isatty(fd)) rights &= ~(uint64_t)(RIGHTS_FD_SEEK | RIGHTS_FD_TELL);
    rights &= ~(uint64_t)(fd == 0 ? RIGHTS_FD_WRITE | RIGHTS_FD_ALLOCATE | RIGHTS_FD_FILESTAT_SET_SIZE : RIGHTS_FD_READ);
    if (!process_open(process, (uint32_t)fd, &files[fd])) return false;
    process_describe(process, (uint32_t)fd, type, rights, 0);
    return true;
}

/* The guest's arguments: the name of its file, and what follows on the command line. */
static bool pass_arguments(process_t *process, char **words)
{
    const char *slash = strrchr(words[0], '/'), *name = slash ? slash + 1 : words[0];
    strings_t *strings = &process->arguments;
    size_t size = strlen(name) + 1;
    for (char **word = words + 1; *word; word++) size += strlen(*word) + 1;
    strings->data = malloc(size);
    if (!strings->data || size > UINT32_MAX) return false;
    char *to = stpcpy(strings->data, name) + 1;
    for (strings->count = 1; words[strings->count]; strings->count++) to = stpcpy(to, words[strings->count]) + 1;
    strings->size = (uint32_t)size;
    return true;
}

enum { MOST_FRAMES = 64 };

/* Say how the program ended, with names and lines: Python's to do (trapped.py). */
static _Noreturn void explain(store_t *store, const char *self, const char *program)
{
    static char numbers[1 + MOST_FRAMES][48];
    char *arguments[6 + MOST_FRAMES + 1] = {"", "-P", "-m", "compat.cli.trapped", (char *)program, numbers[0]};
    uint8_t code = UINT8_MAX;
    wasm_frame_vec_t frames = {0, NULL};
    if (store->trap) {
        wasmtime_trap_code(store->trap, &code);
        wasm_trap_trace(store->trap, &frames);
    } else {
        wasmtime_error_wasm_trace(store->error, &frames);
    }
    snprintf(numbers[0], sizeof *numbers, "%d", code);
    for (size_t i = 0; i < frames.size && i < MOST_FRAMES; i++) {
        snprintf(numbers[i + 1], sizeof *numbers, "%" PRIu32 ":%zu", wasm_frame_func_index(frames.data[i]),
                 wasm_frame_module_offset(frames.data[i]));
        arguments[6 + i] = numbers[i + 1];
    }
    become_python(self, arguments);
}

/* Instantiate, with the imports that the rest of the record names in order, and call `_start`. Returns only where that
 * cannot be done, and nothing of the guest has run. */
static void run(store_t *store, process_t *process, wasmtime_module_t *module, char *rest, const char *self,
                char **words)
{
    static declaration_t declared[256];
    static wasmtime_extern_t functions[256], *imports[256];
    size_t count = 0;
    for (char *line; (line = line_of(&rest)) != NULL; count++) {
        // NATIVE PARAMETERS RESULTS, where `-` stands for none
        char name[64], params[MAX_SLOTS + 1], results[8];
        if (count == 256 || sscanf(line, "%63s %1000s %7s", name, params, results) != 3) return;
        native_t native = native_function(name);
        if (!native) return;
        function_declare(&declared[count], (uintptr_t)native, *params == '-' ? "" : params,
                         *results == '-' ? "" : results);
        imports[count] = &functions[count];
    }
    if (!functions_new(store, NULL, declared, count, functions)) return;
    wasmtime_instance_t instance;
    wasmtime_extern_t memory, start;
    if (!store_instantiate(store, module, imports, count, &instance) ||
        instance_export(store, &instance, "memory", 6, &memory) != EXTERN_MEMORY ||
        instance_export(store, &instance, "_start", 6, &start) != EXTERN_FUNC)
        return;
    if (!pass_arguments(process, words)) return;
    store_serve(store, (uintptr_t)process, &memory);
    if (function_call(store, &start, 0)) _exit(0);
    if (process->ended) _exit((int)process->status);
    explain(store, self, words[0]);
}

/* Run a program by its record. Returns only where that cannot be done, and nothing of the guest has run. */
static void launch(const char *record, const char *self, char **words)
{
    char *text = is_private(record) ? text_of(record) : NULL, *rest = text;
    char *format, *program, *path, *identity, *code, compiled[TEXT];
    if (!text || !(format = line_of(&rest)) || strcmp(format, RECORD_FORMAT) || !(program = line_of(&rest)) ||
        !is_same(words[0], program) || !(path = line_of(&rest)) || !(identity = line_of(&rest)) ||
        !is_same(path, identity) || !(code = line_of(&rest)))
        return;
    if (getenv("COMPAT_ENGINE")) return;
    const char *named = getenv(LIBRARY_VARIABLE);
    if (named && *named && strcmp(named, path)) return;
    snprintf(compiled, sizeof compiled, "%.*s/%s", (int)(strrchr(record, '/') - record), record, code);
    process_t *process = process_new();
    if (!process || !is_sealed(compiled) || library_open(path)) return;
    process->clock = process->entropy = process->standalone = true;
    for (int fd = 0; fd < 3; fd++)
        if (!open_stream(process, fd)) return;
    wasm_engine_t *engine = engine_new(false, false, OPTIMISING);
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_module_deserialize_file(engine, compiled, &module);
    store_t *store = error ? NULL : store_new(engine, -1, false);
    // As Python does, so that a broken pipe is an error that the guest gets.
    signal(SIGPIPE, SIG_IGN);
    if (store) run(store, process, module, rest, self, words);
    signal(SIGPIPE, SIG_DFL);
}

/* Else the next file that is opened is the guest's standard stream. */
static void open_standard_streams(void)
{
    int fd;
    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= 2) {
    }
    if (fd > 2) close(fd);
}

int main(int argc, char **argv)
{
    char record[TEXT + 64];
    open_standard_streams();
    if (argc > 2 && !strcmp(argv[1], "run") && argv[2][0] != '-' && record_path(argv[2], record, sizeof record)) {
        launch(record, argv[0], argv + 2);
        setenv(RECORD_VARIABLE, record, 1);
    }
    char **arguments = calloc((size_t)argc + 4, sizeof *arguments);
    if (!arguments) return STATUS_OF_OURS;
    // `-P`: modules do not come from the current directory. `-m` would import what finds a module to run.
    memcpy(arguments, (char *[]){"", "-P", "-c", "from compat.cli.main import process; process()"}, 4 * sizeof *arguments);
    memcpy(arguments + 4, argv + 1, (size_t)argc * sizeof *arguments);
    become_python(argv[0], arguments);
}
