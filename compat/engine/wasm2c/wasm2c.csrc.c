/* The C side of the wasm2c engine: loads what was compiled from wasm2c's C, calls it, and is its runtime.
 *
 * Compiled code checks no memory access and no stack: either fails as a fault, for which a handler is here. Whether a
 * fault, or the end of the time limit, comes while compiled code runs is known from `activation_t.guest`: then, and
 * only then, the thread has nothing on its stack that must not be skipped, and jumps back to the call from the host.
 */

#undef _FORTIFY_SOURCE /* its longjmp takes a jump off the stack for signals for an attack */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "../../native/native.h"
#include "../../native/shared_library.h"
#define WASM_RT_HOST
#include "wasm-rt.h"

#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#define PAGE 65536
#define MAX_SLOTS 1000 /* the most parameters or results a function may have (WebAssembly JavaScript interface) */
#define MAX_FRAMES 256
#define MAX_TAGS 64
#define HOST_CALL_FAILED (UINT64_C(1) << 32)

/* What a 32-bit address and a 32-bit offset reach. */
#define RESERVED (((uint64_t)8 << 30) + PAGE)

/* What a guest may have of one table, which is host memory: as many elements as browsers allow. */
#define MAX_TABLE_ELEMENTS 10000000

/* Stack that a host function finds, at least: a guest that has used up all but this is stopped when it calls one. */
#define HOST_STACK (512 * 1024)

/* Compiled code touches every page of a frame as it is made, so a stack ends in a fault next to the stack pointer. */
#define STACK_NEAR (64 * 1024)

/* ---- Stores --------------------------------------------------------------------------------------------------- */

/* A loaded shared library. */
typedef struct module {
    void *library;
    const compiled_t *compiled;
    const void *base; /* where it was loaded */
    atomic_int users; /* the Python object, and every instance */
} module_t;

typedef struct instance {
    struct instance *next;
    module_t *module;
    void *data; /* of the type that wasm2c declares */
    import_t imports[]; /* the first is their own address: see translate.py */
} instance_t;

/* What all stores have in common of a host function. */
typedef struct {
    uintptr_t native; /* serves what it can, before Python is asked; or 0 */
    uint16_t slots; /* how many parameters it has */
    char result; /* the letter of its type, or 0 */
} declaration_t;

typedef struct {
    struct store *store;
    void *handle; /* of the Python object that has it at `index` */
    uint32_t index;
    declaration_t declared;
} host_function_t;

/* Those that were made together. */
typedef struct host_functions {
    struct host_functions *next;
    host_function_t functions[];
} host_functions_t;

/* A memory or a table that the host has made. */
typedef struct object {
    struct object *next;
    bool memory;
    union {
        wasm_rt_memory_t memory;
        wasm_rt_funcref_table_t table;
    } of;
} object_t;

/* One call from the host that is running. */
typedef struct activation {
    wasm_rt_jmp_buf start;
    struct activation *outer; /* of the same thread, and of any store */
    struct store *store;
    volatile sig_atomic_t guest; /* compiled code runs, not its host */
} activation_t;

typedef struct store {
    wasm_rt_state_t state; /* must be first */
    instance_t *instances;
    object_t *objects;
    host_functions_t *functions;
    wasm_rt_memory_t *memories;
    int64_t memory_limit; /* bytes of each memory; negative for none */
    /* What native host functions act on. */
    process_t *process;
    const wasm_rt_memory_t *guest_memory;
    /* How the last call ended, and where it was. */
    int end;
    int frame_count;
    void *frames[MAX_FRAMES];
    /* A host function let a guest exception pass; it is in `state`. */
    bool rethrown;
    /* Calls from the host that are running, one inside the other, and in which thread. */
    atomic_int depth;
    pthread_t thread;
    /* The time limit was reached; set by another thread. */
    atomic_bool expired;
    /* Arguments on their way in, results on their way out. */
    slot_t slots[MAX_SLOTS];
} store_t;

/* The innermost activation of this thread. In a place that a signal handler may look at. */
static _Thread_local activation_t *running __attribute__((tls_model("initial-exec")));

/* ---- How a call ends otherwise than by returning -------------------------------------------------------------- */

/* Jump back to the call from the host. */
__attribute__((noreturn)) static void unwind(activation_t *activation, int end)
{
    activation->guest = 0;
    store_t *store = activation->store;
    store->frame_count = backtrace(store->frames, MAX_FRAMES);
    _longjmp(activation->start.buffer, end);
}

static void trap(int end) { unwind(running, end); }

static uintptr_t stack_pointer(const void *context)
{
#if defined __x86_64__
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
#elif defined __aarch64__
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.sp;
#else
#error "wasm2c.csrc.c does not know where this processor keeps its stack pointer"
#endif
}

static struct sigaction outer_fault, outer_nudge;

/* Leave a signal to whoever handled it before. */
static void pass_on(const struct sigaction *outer, int number, siginfo_t *info, void *context)
{
    if (outer->sa_flags & SA_SIGINFO)
        outer->sa_sigaction(number, info, context);
    else if (outer->sa_handler != SIG_DFL && outer->sa_handler != SIG_IGN)
        outer->sa_handler(number);
    else if (number == SIGSEGV)
        sigaction(number, outer, NULL); /* it happens again, and ends the process */
}

static void fault(int number, siginfo_t *info, void *context)
{
    activation_t *activation = running;
    if (activation && activation->guest) {
        uintptr_t at = (uintptr_t)info->si_addr, stack = stack_pointer(context);
        for (wasm_rt_memory_t *memory = activation->store->memories; memory; memory = memory->next)
            if (at - (uintptr_t)memory->data < RESERVED) unwind(activation, END_MEMORY);
        if (at - (stack - STACK_NEAR) < 2 * STACK_NEAR) unwind(activation, END_STACK);
    }
    pass_on(&outer_fault, number, info, context);
}

/* Another thread has found that the time is up. */
static void nudged(int number, siginfo_t *info, void *context)
{
    activation_t *activation = running;
    if (activation && activation->guest && activation->store->expired) unwind(activation, END_TIME);
    pass_on(&outer_nudge, number, info, context);
}

static void install_handlers(void)
{
    void *frame;
    backtrace(&frame, 1); /* the first call loads a library, for which a handler is no place */
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = fault;
    sigaction(SIGSEGV, &action, &outer_fault);
    action.sa_flags |= SA_RESTART;
    action.sa_sigaction = nudged;
    sigaction(SIGURG, &action, &outer_nudge);
}

/* ---- Threads -------------------------------------------------------------------------------------------------- */

#define SIGNAL_STACK (64 * 1024)

static pthread_key_t signal_stack;
static _Thread_local uintptr_t stack_end; /* the lowest address of this thread's stack; 0 before its first call */

static void free_signal_stack(void *stack)
{
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(stack);
}

static void prepare_process(void)
{
    pthread_key_create(&signal_stack, free_signal_stack);
    install_handlers();
}

/* A handler needs a stack of its own where the thread's is used up. False for want of memory. */
static bool prepare_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare_process);
    stack_t has;
    if (sigaltstack(NULL, &has) || has.ss_flags & SS_DISABLE || has.ss_size < SIGNAL_STACK) {
        void *stack = malloc(SIGNAL_STACK);
        if (!stack) return false;
        sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = SIGNAL_STACK}, NULL);
        pthread_setspecific(signal_stack, stack);
    }
    pthread_attr_t attributes;
    void *address = NULL;
    size_t size;
    if (!pthread_getattr_np(pthread_self(), &attributes)) {
        pthread_attr_getstack(&attributes, &address, &size);
        pthread_attr_destroy(&attributes);
    }
    stack_end = (uintptr_t)address + 1;
    return true;
}

static bool stack_is_low(void)
{
    char here;
    return (uintptr_t)&here - stack_end < HOST_STACK || (uintptr_t)&here < stack_end;
}

/* ---- Calls into the guest ------------------------------------------------------------------------------------- */

/* Run `body`; whether it returned. If not, `end` says how it ended. */
static bool run(store_t *store, void (*body)(store_t *, void *), void *argument)
{
    store->frame_count = 0;
    store->end = END_NO_ROOM;
    if (!stack_end && !prepare_thread()) return false;
    store->end = END_STACK;
    if (stack_is_low()) return false;
    wasm_rt_jmp_buf *outer_target = store->state.unwind_target;
    activation_t activation = {.store = store, .outer = running};
    store->state.unwind_target = &activation.start;
    store->thread = pthread_self();
    store->depth++;
    running = &activation;
    int end = _setjmp(activation.start.buffer);
    if (end == END_RETURNED) {
        activation.guest = 1;
        body(store, argument);
    }
    activation.guest = 0;
    running = activation.outer;
    store->depth--;
    store->state.unwind_target = outer_target;
    store->end = end;
    return end == END_RETURNED;
}

typedef struct {
    const wasm_rt_funcref_t *function;
    void (*call)(wasm_rt_function_ptr_t, void *, void *);
} call_t;

static void call_function(store_t *store, void *argument)
{
    const call_t *call = argument;
    call->call(call->function->func, call->function->module_instance, store->slots);
}

/* Call with the arguments in the store's slots. `call` is that of the function's type. */
static bool function_call(store_t *store, const wasm_rt_funcref_t *function, const type_t *type)
{
    return run(store, call_function, &(call_t){function, type->call});
}

/* Nothing inside one call of the host's sees the time limit: keep telling the thread until it has left the guest. */
static void store_interrupt(store_t *store)
{
    store->expired = true;
    while (store->depth) {
        pthread_kill(store->thread, SIGURG);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* ---- Calls of the host ---------------------------------------------------------------------------------------- */

static uint64_t host_call(void *handle, uint32_t index); /* in Python */

/* Every host function: `argument` is one. See the account over the trampoline in engine.csrc.c; here, a trap is a jump.*/
static void host(void *argument, void *values)
{
    activation_t *activation = running;
    activation->guest = 0;
    const host_function_t *function = argument;
    const declaration_t *declared = &function->declared;
    store_t *store = function->store;
    outcome_t outcome = HANDED_OVER;
    if (declared->native && store->process) {
        guest_t guest = {store->process, store->guest_memory->data, store->guest_memory->size};
        outcome = ((native_t)declared->native)(&guest, values);
    }
    if (outcome == HANDED_OVER) {
        if (stack_is_low()) trap(END_STACK);
        memcpy(store->slots, values, declared->slots * sizeof *store->slots);
        uint64_t result = host_call(function->handle, function->index);
        if (result >= HOST_CALL_FAILED) {
            if (!store->rethrown) trap(END_HOST);
            store->rethrown = false;
            activation->guest = 1;
            _longjmp(store->state.unwind_target->buffer, END_THROWN);
        }
        if (declared->result == 'i')
            ((slot_t *)values)->i64 = (int64_t)result;
        else if (declared->result)
            memcpy(values, store->slots, sizeof *store->slots);
    } else if (outcome == ENDED)
        trap(END_HOST);
    if (store->expired) trap(END_TIME);
    activation->guest = 1;
}

/* The first of so many host functions, as declared. NULL for want of memory. */
static host_function_t *functions_new(store_t *store, void *handle, const declaration_t *declared, uint32_t count)
{
    host_functions_t *made = malloc(sizeof *made + count * sizeof *made->functions);
    if (!made) return NULL;
    for (uint32_t i = 0; i < count; i++) made->functions[i] = (host_function_t){store, handle, i, declared[i]};
    made->next = store->functions;
    store->functions = made;
    return made->functions;
}

/* ---- Memories ------------------------------------------------------------------------------------------------- */

static bool memory_map(store_t *store, wasm_rt_memory_t *memory, uint64_t pages, uint64_t maximum)
{
    uint8_t *data = mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) return false;
    if (mprotect(data, pages * PAGE, PROT_READ | PROT_WRITE)) {
        munmap(data, RESERVED);
        return false;
    }
    if (store->memory_limit >= 0 && maximum > (uint64_t)store->memory_limit / PAGE)
        maximum = (uint64_t)store->memory_limit / PAGE;
    *memory = (wasm_rt_memory_t){data, pages, maximum, pages * PAGE, store->memories};
    store->memories = memory;
    return true;
}

static void memory_unmap(wasm_rt_memory_t *memory)
{
    if (memory->data) munmap(memory->data, RESERVED);
    memory->data = NULL;
}

/* How many pages there were, or all ones where a limit forbids it. */
static uint64_t memory_grow(wasm_rt_memory_t *memory, uint64_t pages)
{
    uint64_t before = memory->pages;
    if (pages > PAGE || before + pages > memory->max_pages) return UINT64_MAX;
    if (pages && mprotect(memory->data + memory->size, pages * PAGE, PROT_READ | PROT_WRITE)) return UINT64_MAX;
    memory->pages = before + pages;
    memory->size = memory->pages * PAGE;
    return before;
}

static void allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t maximum)
{
    running->guest = 0;
    if (!memory_map(running->store, memory, pages, maximum)) trap(END_NO_ROOM);
    running->guest = 1;
}

static uint64_t grow_memory(wasm_rt_memory_t *memory, uint64_t pages)
{
    running->guest = 0;
    uint64_t before = memory_grow(memory, pages);
    running->guest = 1;
    return before;
}

/* ---- Tables --------------------------------------------------------------------------------------------------- */

#define TABLE(kind) \
    static bool kind##_allocate(wasm_rt_##kind##_table_t *table, uint32_t size, uint32_t maximum) \
    { \
        *table = (wasm_rt_##kind##_table_t){NULL, maximum, 0}; \
        if (size > MAX_TABLE_ELEMENTS) return false; \
        table->data = calloc(size ? size : 1, sizeof *table->data); \
        if (table->data) table->size = size; \
        return table->data != NULL; \
    } \
    static void allocate_##kind##_table(wasm_rt_##kind##_table_t *table, uint32_t size, uint32_t maximum) \
    { \
        running->guest = 0; \
        if (!kind##_allocate(table, size, maximum)) trap(END_NO_ROOM); \
        running->guest = 1; \
    } \
    static uint32_t kind##_grow(wasm_rt_##kind##_table_t *table, uint32_t more, wasm_rt_##kind##_t value) \
    { \
        uint32_t before = table->size; \
        uint64_t size = (uint64_t)before + more; \
        if (size > table->max_size || size > MAX_TABLE_ELEMENTS) return UINT32_MAX; \
        void *data = realloc(table->data, (size ? size : 1) * sizeof *table->data); \
        if (!data) return UINT32_MAX; \
        table->data = data; \
        table->size = (uint32_t)size; \
        for (uint64_t index = before; index < size; index++) table->data[index] = value; \
        return before; \
    } \
    static uint32_t grow_##kind##_table(wasm_rt_##kind##_table_t *table, uint32_t more, wasm_rt_##kind##_t value) \
    { \
        running->guest = 0; \
        uint32_t before = kind##_grow(table, more, value); \
        running->guest = 1; \
        return before; \
    } \
    static void free_##kind##_table(wasm_rt_##kind##_table_t *table) { free(table->data); }

TABLE(funcref)
TABLE(externref)

static bool table_grow(wasm_rt_funcref_table_t *table, uint32_t more)
{
    return funcref_grow(table, more, (wasm_rt_funcref_t){NULL, NULL, {NULL}, NULL}) != UINT32_MAX;
}

/* ---- Modules and instances ------------------------------------------------------------------------------------ */

static const runtime_t runtime = {
    trap,
    host,
    allocate_memory,
    grow_memory,
    memory_unmap,
    allocate_funcref_table,
    grow_funcref_table,
    free_funcref_table,
    allocate_externref_table,
    grow_externref_table,
    free_externref_table,
};

/* Load a shared library. NULL: `module_message` says why not. */
static module_t *module_open(const char *path)
{
    void *library = library_load(path);
    if (!library) return NULL;
    const compiled_t *compiled = SYMBOL(library, "compat_module");
    Dl_info place;
    module_t *module = compiled && dladdr(compiled, &place) ? malloc(sizeof *module) : NULL;
    if (!module) {
        snprintf(library_message, sizeof library_message, "it is no compiled module");
        dlclose(library);
        return NULL;
    }
    *module = (module_t){library, compiled, place.dli_fbase, 1};
    compiled->bind(&runtime);
    return module;
}

static const char *module_message(void) { return library_message; }

static void module_release(module_t *module)
{
    if (--module->users) return;
    dlclose(module->library);
    free(module);
}

static const type_t *module_type(const module_t *module, uint32_t index) { return module->compiled->types + index; }

/* Whether the tags among the imports are those that its other instances have, if there are any. */
static bool module_takes_tags(const module_t *module, const import_t *imports)
{
    return module->compiled->import_tags(imports);
}

static void run_instantiation(store_t *store, void *argument)
{
    (void)store;
    const instance_t *instance = argument;
    instance->module->compiled->instantiate(instance->data, instance->imports);
}

/* An instance in which nothing has run yet. NULL for want of memory. */
static instance_t *instance_new(store_t *store, module_t *module, const import_t *imports, size_t count)
{
    instance_t *instance = calloc(1, sizeof *instance + (count + 1) * sizeof *imports);
    char *data = calloc(1, INSTANCE_HEADER + module->compiled->size);
    if (!instance || !data) {
        free(instance);
        free(data);
        return NULL;
    }
    *(wasm_rt_state_t **)data = &store->state;
    *instance = (instance_t){store->instances, module, data + INSTANCE_HEADER};
    instance->imports[0].other = instance->imports;
    memcpy(instance->imports + 1, imports, count * sizeof *imports);
    store->instances = instance;
    module->users++;
    return instance;
}

/* Whether all went well; `end` says how it ended if not. */
static bool instance_start(store_t *store, instance_t *instance) { return run(store, run_instantiation, instance); }

static wasm_rt_function_ptr_t instance_function(const instance_t *instance, uint32_t index)
{
    return instance->module->compiled->exports[index].function;
}

static void *instance_other(const instance_t *instance, uint32_t index)
{
    return instance->module->compiled->exports[index].get(instance->data);
}

/* ---- Making and freeing stores -------------------------------------------------------------------------------- */

static store_t *store_new(int64_t memory_limit)
{
    store_t *store = calloc(1, sizeof *store);
    if (store) store->memory_limit = memory_limit;
    return store;
}

static void *store_slots(store_t *store) { return store->slots; }

static void store_serve(store_t *store, uintptr_t process, const wasm_rt_memory_t *memory)
{
    store->process = (process_t *)process;
    store->guest_memory = memory;
}

/* For a memory or table of the host's. NULL for want of memory. */
static object_t *object_new(store_t *store, bool memory, uint64_t minimum, uint64_t maximum)
{
    object_t *object = calloc(1, sizeof *object);
    if (!object) return NULL;
    object->memory = memory;
    if (!(memory ? memory_map(store, &object->of.memory, minimum, maximum)
                 : funcref_allocate(&object->of.table, (uint32_t)minimum, (uint32_t)maximum))) {
        free(object);
        return NULL;
    }
    object->next = store->objects;
    store->objects = object;
    return object;
}

static wasm_rt_memory_t *memory_new(store_t *store, uint64_t minimum, uint64_t maximum)
{
    object_t *object = object_new(store, true, minimum, maximum);
    return object ? &object->of.memory : NULL;
}

static wasm_rt_funcref_table_t *table_new(store_t *store, uint32_t minimum, uint32_t maximum)
{
    object_t *object = object_new(store, false, minimum, maximum);
    return object ? &object->of.table : NULL;
}

/* A tag need only be told from others of its store: so the same modules always get the same tags. */
static const void *tag_at(unsigned index)
{
    static const char tags[MAX_TAGS];
    return index < MAX_TAGS ? tags + index : NULL;
}

static void store_delete(store_t *store)
{
    for (instance_t *instance = store->instances, *next; instance; instance = next) {
        next = instance->next;
        instance->module->compiled->free(instance->data);
        module_release(instance->module);
        free((char *)instance->data - INSTANCE_HEADER);
        free(instance);
    }
    for (object_t *object = store->objects, *next; object; object = next) {
        next = object->next;
        if (object->memory)
            memory_unmap(&object->of.memory);
        else
            free_funcref_table(&object->of.table);
        free(object);
    }
    for (host_functions_t *made = store->functions, *next; made; made = next) {
        next = made->next;
        free(made);
    }
    free(store);
}
