/* The C side of the wasmtime engine: the part of libwasmtime 50's C API that we use, bound when the program runs, and
 * what would be slow or unsafe to do from Python.
 *
 * No header of wasmtime is needed to build this file and no library to link it. The declarations below state facts
 * of that library's ABI (https://docs.wasmtime.dev/c-api/); `library_open` looks every symbol up by name.
 */

#include "../native/native.h"
#include "../native/shared_library.h"
#include "background.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WASMTIME_MAJOR 50
#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* ---- Types of the API ---------------------------------------------------------------------------------------- */

typedef struct wasm_config_t wasm_config_t;
typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasm_frame_t wasm_frame_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_globaltype_t wasm_globaltype_t;
typedef struct wasm_memorytype_t wasm_memorytype_t;
typedef struct wasm_tabletype_t wasm_tabletype_t;
typedef struct wasm_tagtype_t wasm_tagtype_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasmtime_caller wasmtime_caller_t;
typedef struct wasmtime_context wasmtime_context_t;
typedef struct wasmtime_error wasmtime_error_t;
typedef struct wasmtime_module wasmtime_module_t;
typedef struct wasmtime_sharedmemory wasmtime_sharedmemory_t;
typedef struct wasmtime_store wasmtime_store_t;

typedef struct { size_t size; char *data; } wasm_byte_vec_t;
typedef struct { size_t size; wasm_frame_t **data; } wasm_frame_vec_t;
typedef struct { size_t size; wasm_valtype_t **data; } wasm_valtype_vec_t;
typedef struct { uint32_t min, max; } wasm_limits_t;

typedef struct { uint64_t store_id; void *private1; } wasmtime_func_t;
typedef struct { struct { uint64_t store_id; uint32_t private1; } owner; uint32_t private2; } wasmtime_table_t;
typedef struct { struct { uint64_t store_id; uint32_t private1; } owner; uint32_t private2; } wasmtime_memory_t;
typedef struct { struct { uint64_t store_id; uint32_t private1; } owner; uint32_t private2; } wasmtime_tag_t;
typedef struct { uint64_t store_id; uint32_t private1, private2, private3; } wasmtime_global_t;
typedef struct { uint64_t store_id; size_t private1; } wasmtime_instance_t;
typedef struct { uint64_t store_id; uint32_t private1, private2; void *private3; } wasmtime_exnref_t;

enum { EXTERN_FUNC, EXTERN_GLOBAL, EXTERN_TABLE, EXTERN_MEMORY, EXTERN_SHAREDMEMORY, EXTERN_TAG };

typedef struct {
    uint8_t kind;
    union {
        wasmtime_func_t func;
        wasmtime_global_t global;
        wasmtime_table_t table;
        wasmtime_memory_t memory;
        wasmtime_sharedmemory_t *sharedmemory;
        wasmtime_tag_t tag;
    } of;
} wasmtime_extern_t;

enum { KIND_I32, KIND_I64, KIND_F32, KIND_F64, KIND_V128, KIND_FUNCREF };
enum { WASM_KIND_FUNCREF = 129 };  /* wasm.h numbers reference types differently */

typedef struct {
    uint8_t kind;
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        uint8_t v128[16];
        wasmtime_func_t funcref;
        wasmtime_exnref_t exnref;
    } of;
} wasmtime_val_t;

/* A value as compiled code passes it: 16 bytes, the value in the first 4 or 8. */
typedef union {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    uint8_t v128[16];
    void *funcref;
} wasmtime_val_raw_t;

typedef wasm_trap_t *(*wasmtime_func_unchecked_callback_t)(void *, wasmtime_caller_t *, wasmtime_val_raw_t *, size_t);
typedef wasmtime_error_t *(*epoch_callback_t)(wasmtime_context_t *, void *, uint64_t *, uint8_t *);
typedef void (*finalizer_t)(void *);

/* ---- Functions of the API: X(result, name, parameters, arguments) --------------------------------------------- */

#define SETTING(name, type) X(void, wasmtime_config_##name##_set, (wasm_config_t *c, type v), (c, v))

#define API \
    X(wasm_config_t *, wasm_config_new, (void), ()) \
    SETTING(async_stack_size, uint64_t) \
    SETTING(cranelift_regalloc_algorithm, uint8_t) \
    SETTING(epoch_interruption, bool) \
    SETTING(gc_support, bool) \
    SETTING(max_wasm_stack, size_t) \
    SETTING(memory_guard_size, uint64_t) \
    SETTING(memory_reservation, uint64_t) \
    SETTING(shared_memory, bool) \
    SETTING(strategy, uint8_t) \
    SETTING(wasm_bulk_memory, bool) \
    SETTING(wasm_custom_page_sizes, bool) \
    SETTING(wasm_exceptions, bool) \
    SETTING(wasm_function_references, bool) \
    SETTING(wasm_gc, bool) \
    SETTING(wasm_memory64, bool) \
    SETTING(wasm_multi_memory, bool) \
    SETTING(wasm_multi_value, bool) \
    SETTING(wasm_reference_types, bool) \
    SETTING(wasm_relaxed_simd, bool) \
    SETTING(wasm_simd, bool) \
    SETTING(wasm_stack_switching, bool) \
    SETTING(wasm_tail_call, bool) \
    SETTING(wasm_threads, bool) \
    SETTING(wasm_wide_arithmetic, bool) \
    X(wasm_engine_t *, wasm_engine_new_with_config, (wasm_config_t *c), (c)) \
    X(void, wasm_engine_delete, (wasm_engine_t *e), (e)) \
    X(void, wasmtime_engine_increment_epoch, (const wasm_engine_t *e), (e)) \
    X(void, wasm_byte_vec_delete, (wasm_byte_vec_t *v), (v)) \
    X(wasmtime_error_t *, wasmtime_wat2wasm, (const char *t, size_t n, wasm_byte_vec_t *v), (t, n, v)) \
    X(wasmtime_error_t *, wasmtime_module_new, \
      (wasm_engine_t *e, const uint8_t *b, size_t n, wasmtime_module_t **m), (e, b, n, m)) \
    X(wasmtime_error_t *, wasmtime_module_serialize, (const wasmtime_module_t *m, wasm_byte_vec_t *v), (m, v)) \
    X(wasmtime_error_t *, wasmtime_module_deserialize, \
      (wasm_engine_t *e, const uint8_t *b, size_t n, wasmtime_module_t **m), (e, b, n, m)) \
    X(wasmtime_error_t *, wasmtime_module_deserialize_file, \
      (wasm_engine_t *e, const char *p, wasmtime_module_t **m), (e, p, m)) \
    X(void, wasmtime_module_delete, (wasmtime_module_t *m), (m)) \
    X(wasmtime_store_t *, wasmtime_store_new, (wasm_engine_t *e, void *d, finalizer_t f), (e, d, f)) \
    X(void, wasmtime_store_delete, (wasmtime_store_t *s), (s)) \
    X(wasmtime_context_t *, wasmtime_store_context, (wasmtime_store_t *s), (s)) \
    X(void, wasmtime_store_limiter, (wasmtime_store_t *s, int64_t memory, int64_t elements, int64_t instances, \
      int64_t tables, int64_t memories), (s, memory, elements, instances, tables, memories)) \
    X(void, wasmtime_store_epoch_deadline_callback, \
      (wasmtime_store_t *s, epoch_callback_t c, void *d, finalizer_t f), (s, c, d, f)) \
    X(void, wasmtime_context_set_epoch_deadline, (wasmtime_context_t *c, uint64_t t), (c, t)) \
    X(wasmtime_error_t *, wasmtime_instance_new, (wasmtime_context_t *c, const wasmtime_module_t *m, \
      const wasmtime_extern_t *i, size_t n, wasmtime_instance_t *o, wasm_trap_t **t), (c, m, i, n, o, t)) \
    X(bool, wasmtime_instance_export_get, (wasmtime_context_t *c, const wasmtime_instance_t *i, const char *s, \
      size_t n, wasmtime_extern_t *e), (c, i, s, n, e)) \
    X(wasm_valtype_t *, wasm_valtype_new, (uint8_t k), (k)) \
    X(uint8_t, wasm_valtype_kind, (const wasm_valtype_t *t), (t)) \
    X(void, wasm_valtype_vec_new, (wasm_valtype_vec_t *v, size_t n, wasm_valtype_t *const *t), (v, n, t)) \
    X(wasm_functype_t *, wasm_functype_new, (wasm_valtype_vec_t *p, wasm_valtype_vec_t *r), (p, r)) \
    X(const wasm_valtype_vec_t *, wasm_functype_params, (const wasm_functype_t *t), (t)) \
    X(const wasm_valtype_vec_t *, wasm_functype_results, (const wasm_functype_t *t), (t)) \
    X(void, wasm_functype_delete, (wasm_functype_t *t), (t)) \
    X(wasm_functype_t *, wasmtime_func_type, (const wasmtime_context_t *c, const wasmtime_func_t *f), (c, f)) \
    X(void, wasmtime_func_new_unchecked, (wasmtime_context_t *c, const wasm_functype_t *t, \
      wasmtime_func_unchecked_callback_t b, void *e, finalizer_t f, wasmtime_func_t *o), (c, t, b, e, f, o)) \
    X(wasmtime_error_t *, wasmtime_func_call_unchecked, (wasmtime_context_t *c, const wasmtime_func_t *f, \
      wasmtime_val_raw_t *s, size_t n, wasm_trap_t **t), (c, f, s, n, t)) \
    X(wasmtime_error_t *, wasmtime_memorytype_new, (uint64_t min, bool bounded, uint64_t max, bool is64, bool shared, \
      uint8_t page, wasm_memorytype_t **o), (min, bounded, max, is64, shared, page, o)) \
    X(void, wasm_memorytype_delete, (wasm_memorytype_t *t), (t)) \
    X(wasmtime_error_t *, wasmtime_memory_new, \
      (wasmtime_context_t *c, const wasm_memorytype_t *t, wasmtime_memory_t *o), (c, t, o)) \
    X(uint8_t *, wasmtime_memory_data, (wasmtime_context_t *c, const wasmtime_memory_t *m), (c, m)) \
    X(size_t, wasmtime_memory_data_size, (const wasmtime_context_t *c, const wasmtime_memory_t *m), (c, m)) \
    X(wasmtime_error_t *, wasmtime_memory_grow, \
      (wasmtime_context_t *c, const wasmtime_memory_t *m, uint64_t d, uint64_t *o), (c, m, d, o)) \
    X(wasmtime_error_t *, wasmtime_sharedmemory_new, \
      (const wasm_engine_t *e, const wasm_memorytype_t *t, wasmtime_sharedmemory_t **o), (e, t, o)) \
    X(wasmtime_sharedmemory_t *, wasmtime_sharedmemory_clone, (const wasmtime_sharedmemory_t *m), (m)) \
    X(void, wasmtime_sharedmemory_delete, (wasmtime_sharedmemory_t *m), (m)) \
    X(uint8_t *, wasmtime_sharedmemory_data, (const wasmtime_sharedmemory_t *m), (m)) \
    X(size_t, wasmtime_sharedmemory_data_size, (const wasmtime_sharedmemory_t *m), (m)) \
    X(wasmtime_error_t *, wasmtime_sharedmemory_grow, \
      (const wasmtime_sharedmemory_t *m, uint64_t d, uint64_t *o), (m, d, o)) \
    X(wasm_tabletype_t *, wasm_tabletype_new, (wasm_valtype_t *t, const wasm_limits_t *l), (t, l)) \
    X(void, wasm_tabletype_delete, (wasm_tabletype_t *t), (t)) \
    X(wasmtime_error_t *, wasmtime_table_new, (wasmtime_context_t *c, const wasm_tabletype_t *t, \
      const wasmtime_val_t *v, wasmtime_table_t *o), (c, t, v, o)) \
    X(bool, wasmtime_table_get, \
      (wasmtime_context_t *c, const wasmtime_table_t *t, uint64_t i, wasmtime_val_t *v), (c, t, i, v)) \
    X(wasmtime_error_t *, wasmtime_table_set, \
      (wasmtime_context_t *c, const wasmtime_table_t *t, uint64_t i, const wasmtime_val_t *v), (c, t, i, v)) \
    X(uint64_t, wasmtime_table_size, (const wasmtime_context_t *c, const wasmtime_table_t *t), (c, t)) \
    X(wasmtime_error_t *, wasmtime_table_grow, (wasmtime_context_t *c, const wasmtime_table_t *t, uint64_t d, \
      const wasmtime_val_t *v, uint64_t *o), (c, t, d, v, o)) \
    X(wasm_globaltype_t *, wasm_globaltype_new, (wasm_valtype_t *t, uint8_t m), (t, m)) \
    X(void, wasm_globaltype_delete, (wasm_globaltype_t *t), (t)) \
    X(wasmtime_error_t *, wasmtime_global_new, (wasmtime_context_t *c, const wasm_globaltype_t *t, \
      const wasmtime_val_t *v, wasmtime_global_t *o), (c, t, v, o)) \
    X(void, wasmtime_global_get, (wasmtime_context_t *c, const wasmtime_global_t *g, wasmtime_val_t *v), (c, g, v)) \
    X(wasmtime_error_t *, wasmtime_global_set, \
      (wasmtime_context_t *c, const wasmtime_global_t *g, const wasmtime_val_t *v), (c, g, v)) \
    X(wasm_tagtype_t *, wasm_tagtype_new, (wasm_functype_t *t), (t)) \
    X(void, wasm_tagtype_delete, (wasm_tagtype_t *t), (t)) \
    X(wasmtime_error_t *, wasmtime_tag_new, \
      (wasmtime_context_t *c, const wasm_tagtype_t *t, wasmtime_tag_t *o), (c, t, o)) \
    X(bool, wasmtime_tag_eq, \
      (const wasmtime_context_t *c, const wasmtime_tag_t *a, const wasmtime_tag_t *b), (c, a, b)) \
    X(bool, wasmtime_context_take_exception, (wasmtime_context_t *c, wasmtime_exnref_t *o), (c, o)) \
    X(wasm_trap_t *, wasmtime_context_set_exception, (wasmtime_context_t *c, const wasmtime_exnref_t *x), (c, x)) \
    X(wasmtime_error_t *, wasmtime_exnref_tag, \
      (wasmtime_context_t *c, const wasmtime_exnref_t *x, wasmtime_tag_t *o), (c, x, o)) \
    X(size_t, wasmtime_exnref_field_count, (wasmtime_context_t *c, const wasmtime_exnref_t *x), (c, x)) \
    X(wasmtime_error_t *, wasmtime_exnref_field, \
      (wasmtime_context_t *c, const wasmtime_exnref_t *x, size_t i, wasmtime_val_t *o), (c, x, i, o)) \
    X(void, wasmtime_exnref_unroot, (wasmtime_exnref_t *x), (x)) \
    X(void, wasmtime_val_unroot, (wasmtime_val_t *v), (v)) \
    X(wasmtime_error_t *, wasmtime_error_new, (const char *m), (m)) \
    X(void, wasmtime_error_delete, (wasmtime_error_t *e), (e)) \
    X(void, wasmtime_error_message, (const wasmtime_error_t *e, wasm_byte_vec_t *o), (e, o)) \
    X(void, wasmtime_error_wasm_trace, (const wasmtime_error_t *e, wasm_frame_vec_t *o), (e, o)) \
    X(wasm_trap_t *, wasmtime_trap_new, (const char *m, size_t n), (m, n)) \
    X(bool, wasmtime_trap_code, (const wasm_trap_t *t, uint8_t *o), (t, o)) \
    X(void, wasm_trap_delete, (wasm_trap_t *t), (t)) \
    X(void, wasm_trap_message, (const wasm_trap_t *t, wasm_byte_vec_t *o), (t, o)) \
    X(void, wasm_trap_trace, (const wasm_trap_t *t, wasm_frame_vec_t *o), (t, o)) \
    X(void, wasm_frame_vec_delete, (wasm_frame_vec_t *v), (v)) \
    X(uint32_t, wasm_frame_func_index, (const wasm_frame_t *f), (f)) \
    X(size_t, wasm_frame_module_offset, (const wasm_frame_t *f), (f)) \
    X(const wasm_byte_vec_t *, wasmtime_frame_module_name, (const wasm_frame_t *f), (f))

/* One table of pointers, and a function of the API's own name around each, so that everything else reads as usual. */
static struct {
#define X(result, name, parameters, arguments) result (*name) parameters;
    API
#undef X
} api;

#define X(result, name, parameters, arguments) \
    static result name parameters { return api.name arguments; }
API
#undef X

/* ---- The library --------------------------------------------------------------------------------------------- */

static void *library;

/* Open the library and bind every function. NULL, or why not. The library stays for the life of the process. */
static const char *library_open(const char *path)
{
    library = library_load(path);
    if (!library) return library_message;
#define X(result, name, parameters, arguments) \
    *(void **)&api.name = SYMBOL(library, #name); \
    if (!api.name) return "it has no function " #name;
    API
#undef X
    return NULL;
}

/* The patch number of a library of version 50.0.*, or -1 for any other.
 *
 * The C API has no function that tells its version, but libwasmtime exports helpers for debuggers whose names carry
 * it. All releases are numbered MAJOR.0.PATCH, so a few look-ups find the one that is there. */
static int library_patch(void)
{
    for (int patch = 0; patch < 32; patch++) {
        char name[64];
        snprintf(name, sizeof name, "set_vmctx_memory_" STRING(WASMTIME_MAJOR) "_0_%d", patch);
        if (SYMBOL(library, name)) return patch;
    }
    return -1;
}

/* ---- Engine -------------------------------------------------------------------------------------------------- */

/* Guests recurse as deeply as under a browser (about 1 MiB), which leaves room for the host's frames below the 2 MiB
 * that a Windows thread has. The baseline compiler's frames are up to three times as large. */
#define GUEST_STACK (1024 * 1024)
#define BASELINE_STACK (4 * GUEST_STACK)

enum { REGALLOC_BACKTRACKING, REGALLOC_SINGLE_PASS };
enum { STRATEGY_CRANELIFT = 1, STRATEGY_WINCH };

/* Which compiler an engine has. */
enum {
    OPTIMISING,
    /* For compiling only: registers are allocated in one pass, which makes slower code in a time that does not explode
     * with the size of a function. */
    LINEAR,
    /* All is done in one pass: a tenth of the time, for code that takes about twice as long. */
    BASELINE,
};

/* Where the baseline compiler is known to compile all that the bridge needs. Elsewhere, to ask for it ends the process. */
#if defined __x86_64__ && !defined _WIN32
enum { HAS_BASELINE = 1 };
#else
enum { HAS_BASELINE = 0 };
#endif

static size_t guest_stack(int compiler)
{
    size_t half = thread_stack() / 2;
    return compiler != BASELINE || half < GUEST_STACK ? GUEST_STACK : half < BASELINE_STACK ? half : BASELINE_STACK;
}

/* `interruptible` compiles a check of the time limit into loops and calls, at a cost of some per cent.
 *
 * Exceptions are for the bridge, which shares a store, and so an engine, with the guest; they need the collector, but
 * not the GC proposal. What no legacy compiler emits is off. A memory keeps the default reservation of 4 GiB of
 * addresses, so that its base does not move when it grows.
 *
 * `threads` lets memory be shared. As a thread has to end with its program, wherever it is, such an engine is
 * interruptible. And it checks each address in compiled code, as the library may not be asked where in a shared memory a
 * signal came from: it ends the process if two instances of a store have that memory. */
static wasm_engine_t *engine_new(bool interruptible, bool threads, int compiler)
{
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_strategy_set(config, compiler == BASELINE ? STRATEGY_WINCH : STRATEGY_CRANELIFT);
    wasmtime_config_cranelift_regalloc_algorithm_set(
        config, compiler == LINEAR ? REGALLOC_SINGLE_PASS : REGALLOC_BACKTRACKING);
    wasmtime_config_epoch_interruption_set(config, interruptible);
    wasmtime_config_max_wasm_stack_set(config, guest_stack(compiler));
    // Nothing here is asynchronous, but the engine refuses a stack that is larger than that of such calls.
    wasmtime_config_async_stack_size_set(config, guest_stack(compiler) + GUEST_STACK);
    wasmtime_config_gc_support_set(config, true);
    wasmtime_config_wasm_exceptions_set(config, true);
    wasmtime_config_wasm_bulk_memory_set(config, true);
    wasmtime_config_wasm_multi_value_set(config, true);
    wasmtime_config_wasm_reference_types_set(config, true);
    wasmtime_config_wasm_simd_set(config, true);
    wasmtime_config_wasm_tail_call_set(config, true);
    wasmtime_config_wasm_threads_set(config, true);
    wasmtime_config_shared_memory_set(config, threads);
    if (threads) {
        wasmtime_config_memory_reservation_set(config, 0);
        wasmtime_config_memory_guard_size_set(config, 0);
    }
    wasmtime_config_wasm_custom_page_sizes_set(config, false);
    wasmtime_config_wasm_function_references_set(config, false);
    wasmtime_config_wasm_gc_set(config, false);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_relaxed_simd_set(config, false);
    wasmtime_config_wasm_stack_switching_set(config, false);
    wasmtime_config_wasm_wide_arithmetic_set(config, false);
    return wasm_engine_new_with_config(config);
}

/* ---- Store --------------------------------------------------------------------------------------------------- */

#define MAX_SLOTS 1000 /* the most parameters or results a function may have (WebAssembly JavaScript interface) */

/* Where a memory is. Python owns it and maps the memory anew when `generation` has changed. */
typedef struct memory_view {
    uint64_t generation;
    uint8_t *base;
    size_t size;
    wasmtime_extern_t memory;
    struct memory_view *next;
} memory_view_t;

typedef struct store {
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    memory_view_t *memories;
    /* How the last call that failed has ended: one of the two is set. */
    wasm_trap_t *trap;
    wasmtime_error_t *error;
    /* What native host functions act on. */
    process_t *process;
    wasmtime_memory_t guest_memory;
    /* The guest exception that a host function let pass, when it raised one. */
    wasm_trap_t *rethrown;
    /* What was made for the host functions, to be freed. */
    struct host_functions *functions;
    /* Calls from the host that are running, one inside the other. */
    int depth;
    /* What runs is to end; set by another thread. */
    volatile bool stopped;
    /* Arguments on their way in, results on their way out. One area is enough for nested calls too: both sides take
     * values out before anything else runs. */
    wasmtime_val_raw_t slots[MAX_SLOTS];
} store_t;

static void *store_slots(store_t *store) { return store->slots; }

/* Whenever the guest has run, a memory may have grown, and even moved. */
static void memories_refresh(store_t *store)
{
    for (memory_view_t *view = store->memories; view; view = view->next) {
        const wasmtime_extern_t *memory = &view->memory;
        bool shared = memory->kind == EXTERN_SHAREDMEMORY;
        uint8_t *base = shared ? wasmtime_sharedmemory_data(memory->of.sharedmemory)
                               : wasmtime_memory_data(store->context, &memory->of.memory);
        size_t size = shared ? wasmtime_sharedmemory_data_size(memory->of.sharedmemory)
                             : wasmtime_memory_data_size(store->context, &memory->of.memory);
        if (base != view->base || size != view->size) {
            view->base = base;
            view->size = size;
            view->generation++;
        }
    }
}

/* The epoch belongs to the engine: every store that is running comes here when any of them is to stop. */
static wasmtime_error_t *epoch_reached(wasmtime_context_t *context, void *env, uint64_t *delta, uint8_t *kind)
{
    (void)context;
    store_t *store = env;
    if (store->stopped) return wasmtime_error_new("stopped");
    *delta = 1;
    *kind = 0;
    return NULL;
}

/* What a guest may have of tables, which are host memory: as many elements as browsers allow, and a few tables. No
 * guest comes near; without a bound, one instruction takes 16 GB and minutes. */
#define MAX_TABLE_ELEMENTS 10000000
#define MAX_TABLES 16

/* `memory_limit` is in bytes, for each memory; negative for none. */
static store_t *store_new(wasm_engine_t *engine, int64_t memory_limit, bool interruptible)
{
    store_t *store = calloc(1, sizeof *store);
    if (!store) return NULL;
    store->store = wasmtime_store_new(engine, NULL, NULL);
    store->context = wasmtime_store_context(store->store);
    wasmtime_store_limiter(store->store, memory_limit, MAX_TABLE_ELEMENTS, -1, MAX_TABLES, -1);
    if (interruptible) {
        wasmtime_context_set_epoch_deadline(store->context, 1);
        wasmtime_store_epoch_deadline_callback(store->store, epoch_reached, store, NULL);
    }
    return store;
}

static void functions_delete(struct host_functions *functions);

static void store_delete(store_t *store)
{
    wasmtime_store_delete(store->store);
    functions_delete(store->functions);
    free(store);
}

/* Whether a call succeeded; if not, `trap` or `error` says how it ended, and they are the caller's to delete. */
static bool finished(store_t *store, wasmtime_error_t *error, wasm_trap_t *trap)
{
    store->error = error;
    store->trap = trap;
    memories_refresh(store);
    return !error && !trap;
}

static bool store_instantiate(store_t *store, wasmtime_module_t *module, wasmtime_extern_t **imports, size_t count,
                              wasmtime_instance_t *instance)
{
    wasmtime_extern_t *copies = calloc(count ? count : 1, sizeof *copies);
    if (!copies) return finished(store, wasmtime_error_new("out of memory"), NULL);
    for (size_t i = 0; i < count; i++) copies[i] = *imports[i];
    wasm_trap_t *trap = NULL;
    store->depth++;
    wasmtime_error_t *error = wasmtime_instance_new(store->context, module, copies, count, instance, &trap);
    store->depth--;
    free(copies);
    return finished(store, error, trap);
}

/* The kind of an export, or -1 where there is none of that name. */
static int instance_export(store_t *store, const wasmtime_instance_t *instance, const char *name, size_t length,
                           wasmtime_extern_t *out)
{
    return wasmtime_instance_export_get(store->context, instance, name, length, out) ? out->kind : -1;
}

/* ---- Types --------------------------------------------------------------------------------------------------- */

static uint8_t kind_of(char letter)
{
    switch (letter) {
    case 'i': return KIND_I32;
    case 'j': return KIND_I64;
    case 'f': return KIND_F32;
    default: return KIND_F64;
    }
}

static void types_of(const char *letters, wasm_valtype_vec_t *out)
{
    wasm_valtype_t *types[MAX_SLOTS];
    size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++) types[i] = wasm_valtype_new(kind_of(letters[i]));
    wasm_valtype_vec_new(out, count, types);
}

static wasm_functype_t *functype_of(const char *params, const char *results)
{
    wasm_valtype_vec_t param_types, result_types;
    types_of(params, &param_types);
    types_of(results, &result_types);
    return wasm_functype_new(&param_types, &result_types);
}

static void val_from_slot(const wasmtime_val_raw_t *slot, char letter, wasmtime_val_t *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind_of(letter);
    memcpy(&out->of, slot, 8);
}

/* ---- Functions ----------------------------------------------------------------------------------------------- */

static bool function_call(store_t *store, const wasmtime_extern_t *function, size_t slots)
{
    wasm_trap_t *trap = NULL;
    store->depth++;
    wasmtime_error_t *error =
        wasmtime_func_call_unchecked(store->context, &function->of.func, store->slots, slots, &trap);
    store->depth--;
    return finished(store, error, trap);
}

/* A host function as all stores have it. */
typedef struct {
    wasm_functype_t *type;
    native_t native; /* serves what it can, before Python is asked; or NULL */
    char result;
} declaration_t;

typedef struct {
    store_t *store;
    void *handle; /* of the Python object that has the bodies */
    uint32_t index; /* of its own there */
    char result;
    native_t native;
} host_function_t;

/* Those that were made at once, in a list of all of a store. */
typedef struct host_functions {
    struct host_functions *next;
    host_function_t function[];
} host_functions_t;

#define HOST_CALL_FAILED (UINT64_C(1) << 32)

static uint64_t host_call(void *handle, uint32_t index); /* in Python */

/* The trampoline: every host function is this one, with its own `env`.
 *
 * How a Python exception crosses C and comes out as itself:
 *
 *  1. Guest code calls an import. Compiled code calls this function, which copies the arguments into the store's slots
 *     and calls Python (`host_call`; cffi takes the GIL).
 *  2. The body raises. cffi catches whatever it is (BaseException too: none may reach C) and gives it to the `onerror`
 *     of `host_call`, which keeps it in the Python store; `host_call` returns HOST_CALL_FAILED.
 *  3. This function then returns a trap. Its text is never shown. No guest handler catches a trap: wasmtime unwinds all
 *     guest frames up to the nearest call from the host.
 *  4. `function_call` comes back with an error, and Python finds the exception in the store: it takes it out and
 *     raises it. Its traceback is intact, and now also shows the frames of that caller.
 *  5. If the caller is itself the body of a host function (guest, host, guest, host), the exception leaves that body and
 *     the same happens at step 2, one level up. Whoever is in between may catch it, as in any Python program.
 *
 * A guest exception (a tag thrown) that reaches a call from the host is raised in Python as GuestException, which
 * holds on to the thrown object. If a body lets it pass, step 2 hands the object back to wasmtime as the pending
 * exception (`rethrown`) and this function returns that trap instead: the outer guest frames may catch it, as if no
 * host had been in between. */
static wasm_trap_t *trampoline(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count)
{
    (void)caller;
    host_function_t *function = env;
    store_t *store = function->store;
    if (function->native && store->process) {
        guest_t guest = {store->process, wasmtime_memory_data(store->context, &store->guest_memory),
                         wasmtime_memory_data_size(store->context, &store->guest_memory)};
        outcome_t outcome = function->native(&guest, (slot_t *)values);
        if (outcome != HANDED_OVER) return outcome == SERVED ? NULL : wasmtime_trap_new("ended", 5);
    }
    memcpy(store->slots, values, count * sizeof *values);
    memories_refresh(store);
    uint64_t result = host_call(function->handle, function->index);
    if (result >= HOST_CALL_FAILED) {
        wasm_trap_t *rethrown = store->rethrown;
        store->rethrown = NULL;
        return rethrown ? rethrown : wasmtime_trap_new("host", 4);
    }
    if (function->result == 'i')
        values[0].i64 = (int64_t)result;
    else if (function->result)
        values[0] = store->slots[0];
    return NULL;
}

/* What native host functions act on from now on. */
static void store_serve(store_t *store, uintptr_t process, const wasmtime_extern_t *memory)
{
    store->process = (process_t *)process;
    store->guest_memory = memory->of.memory;
}

static void functions_delete(host_functions_t *functions)
{
    while (functions) {
        host_functions_t *next = functions->next;
        free(functions);
        functions = next;
    }
}

/* Say what a host function is, with types as letters; `native` is the address of a `native_t` or 0. */
static void function_declare(declaration_t *declaration, uintptr_t native, const char *params, const char *results)
{
    *declaration = (declaration_t){functype_of(params, results), (native_t)native, results[0]};
}

static void declarations_delete(declaration_t *declarations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (declarations[i].type) wasm_functype_delete(declarations[i].type);
    free(declarations);
}

static declaration_t *declarations_new(size_t count) { return calloc(count ? count : 1, sizeof(declaration_t)); }

/* Make the host functions that were declared. `handle` is what cffi's `new_handle` gave. False for want of memory. */
static bool functions_new(store_t *store, void *handle, const declaration_t *declarations, size_t count,
                          wasmtime_extern_t *out)
{
    host_functions_t *made = malloc(sizeof *made + count * sizeof made->function[0]);
    if (!made) return false;
    made->next = store->functions;
    store->functions = made;
    for (size_t i = 0; i < count; i++) {
        const declaration_t *one = &declarations[i];
        made->function[i] = (host_function_t){store, handle, (uint32_t)i, one->result, one->native};
        out[i].kind = EXTERN_FUNC;
        wasmtime_func_new_unchecked(store->context, one->type, trampoline, &made->function[i], NULL, &out[i].of.func);
    }
    return true;
}

static bool letters_of(const wasm_valtype_vec_t *types, char *out, size_t capacity)
{
    if (types->size >= capacity) return false;
    for (size_t i = 0; i < types->size; i++) {
        uint8_t kind = wasm_valtype_kind(types->data[i]);
        if (kind > KIND_F64) return false;
        out[i] = "ijfd"[kind];
    }
    out[types->size] = 0;
    return true;
}

/* The type of a function as letters; 0 if it does not fit. It must not be asked of a function that may mention v128 or
 * a reference type other than funcref and externref: the library ends the process. */
static int function_signature(store_t *store, const wasmtime_extern_t *function, char *params, char *results,
                              size_t capacity)
{
    wasm_functype_t *type = wasmtime_func_type(store->context, &function->of.func);
    int known = letters_of(wasm_functype_params(type), params, capacity) &&
                letters_of(wasm_functype_results(type), results, capacity);
    wasm_functype_delete(type);
    return known;
}

/* ---- Memories ------------------------------------------------------------------------------------------------ */

static bool memory_new(store_t *store, uint64_t minimum, uint64_t maximum, bool bounded, wasmtime_extern_t *out)
{
    wasm_memorytype_t *type = NULL;
    wasmtime_error_t *error = wasmtime_memorytype_new(minimum, bounded, maximum, false, false, 16, &type);
    if (!error) {
        out->kind = EXTERN_MEMORY;
        error = wasmtime_memory_new(store->context, type, &out->of.memory);
        wasm_memorytype_delete(type);
    }
    return finished(store, error, NULL);
}

/* A memory for several stores of one engine. Each has a handle of its own, which is `shared_memory_delete`'s to end. */
static bool shared_memory_new(store_t *store, wasm_engine_t *engine, uint64_t minimum, uint64_t maximum,
                              wasmtime_extern_t *out)
{
    wasm_memorytype_t *type = NULL;
    wasmtime_error_t *error = wasmtime_memorytype_new(minimum, true, maximum, false, true, 16, &type);
    if (!error) {
        out->kind = EXTERN_SHAREDMEMORY;
        error = wasmtime_sharedmemory_new(engine, type, &out->of.sharedmemory);
        wasm_memorytype_delete(type);
    }
    return finished(store, error, NULL);
}

static void shared_memory_clone(const wasmtime_extern_t *memory, wasmtime_extern_t *out)
{
    out->kind = EXTERN_SHAREDMEMORY;
    out->of.sharedmemory = wasmtime_sharedmemory_clone(memory->of.sharedmemory);
}

static void shared_memory_delete(wasmtime_extern_t *memory)
{
    wasmtime_sharedmemory_delete(memory->of.sharedmemory);
}

static void memory_watch(store_t *store, memory_view_t *view, const wasmtime_extern_t *memory)
{
    view->memory = *memory;
    view->next = store->memories;
    store->memories = view;
    memories_refresh(store);
}

static bool memory_grow(store_t *store, const wasmtime_extern_t *memory, uint64_t pages)
{
    uint64_t before;
    wasmtime_error_t *error = memory->kind == EXTERN_SHAREDMEMORY
                                  ? wasmtime_sharedmemory_grow(memory->of.sharedmemory, pages, &before)
                                  : wasmtime_memory_grow(store->context, &memory->of.memory, pages, &before);
    return finished(store, error, NULL);
}

/* ---- Tables of functions ------------------------------------------------------------------------------------- */

static wasmtime_val_t funcref(const wasmtime_extern_t *function)
{
    wasmtime_val_t value;
    memset(&value, 0, sizeof value);
    value.kind = KIND_FUNCREF;
    if (function) value.of.funcref = function->of.func;
    return value;
}

static bool table_new(store_t *store, uint32_t minimum, uint32_t maximum, wasmtime_extern_t *out)
{
    wasm_limits_t limits = {minimum, maximum};
    wasm_tabletype_t *type = wasm_tabletype_new(wasm_valtype_new(WASM_KIND_FUNCREF), &limits);
    wasmtime_val_t null = funcref(NULL);
    out->kind = EXTERN_TABLE;
    wasmtime_error_t *error = wasmtime_table_new(store->context, type, &null, &out->of.table);
    wasm_tabletype_delete(type);
    return finished(store, error, NULL);
}

static uint64_t table_size(store_t *store, const wasmtime_extern_t *table)
{
    return wasmtime_table_size(store->context, &table->of.table);
}

/* 1 for a function, 0 for null, -1 for an index outside, -2 for an element that is not a function. */
static int table_get(store_t *store, const wasmtime_extern_t *table, uint64_t index, wasmtime_extern_t *out)
{
    wasmtime_val_t value;
    if (!wasmtime_table_get(store->context, &table->of.table, index, &value)) return -1;
    if (value.kind != KIND_FUNCREF) {
        wasmtime_val_unroot(&value);
        return -2;
    }
    out->kind = EXTERN_FUNC;
    out->of.func = value.of.funcref;
    return value.of.funcref.store_id != 0;
}

static bool table_set(store_t *store, const wasmtime_extern_t *table, uint64_t index, const wasmtime_extern_t *function)
{
    wasmtime_val_t value = funcref(function);
    return finished(store, wasmtime_table_set(store->context, &table->of.table, index, &value), NULL);
}

static bool table_grow(store_t *store, const wasmtime_extern_t *table, uint64_t elements)
{
    wasmtime_val_t null = funcref(NULL);
    uint64_t before;
    return finished(store, wasmtime_table_grow(store->context, &table->of.table, elements, &null, &before), NULL);
}

/* ---- Globals: the value is in the first slot ----------------------------------------------------------------- */

static bool global_new(store_t *store, char letter, bool mutable, wasmtime_extern_t *out)
{
    wasmtime_val_t value;
    val_from_slot(store->slots, letter, &value);
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new(kind_of(letter)), mutable);
    out->kind = EXTERN_GLOBAL;
    wasmtime_error_t *error = wasmtime_global_new(store->context, type, &value, &out->of.global);
    wasm_globaltype_delete(type);
    return finished(store, error, NULL);
}

static void global_get(store_t *store, const wasmtime_extern_t *global)
{
    wasmtime_val_t value;
    wasmtime_global_get(store->context, &global->of.global, &value);
    memcpy(store->slots, &value.of, 8);
}

static bool global_set(store_t *store, const wasmtime_extern_t *global, char letter)
{
    wasmtime_val_t value;
    val_from_slot(store->slots, letter, &value);
    return finished(store, wasmtime_global_set(store->context, &global->of.global, &value), NULL);
}

/* ---- Tags and exceptions ------------------------------------------------------------------------------------- */

#define NO_EXCEPTION ((size_t)-1)

static bool tag_new(store_t *store, const char *params, wasmtime_extern_t *out)
{
    wasm_tagtype_t *type = wasm_tagtype_new(functype_of(params, ""));
    out->kind = EXTERN_TAG;
    wasmtime_error_t *error = wasmtime_tag_new(store->context, type, &out->of.tag);
    wasm_tagtype_delete(type);
    return finished(store, error, NULL);
}

/* Take the guest exception that the last call ended with; how many values it carries, or NO_EXCEPTION. */
static size_t exception_take(store_t *store, wasmtime_exnref_t *exception, wasmtime_tag_t *tag)
{
    if (!wasmtime_context_take_exception(store->context, exception)) return NO_EXCEPTION;
    wasmtime_error_t *error = wasmtime_exnref_tag(store->context, exception, tag);
    if (error) wasmtime_error_delete(error);
    return wasmtime_exnref_field_count(store->context, exception);
}

/* Put one of its values into the first slot; the letter of its type, or 0 where that is not a number. */
static char exception_field(store_t *store, const wasmtime_exnref_t *exception, size_t index)
{
    wasmtime_val_t value;
    wasmtime_error_t *error = wasmtime_exnref_field(store->context, exception, index, &value);
    if (error) {
        wasmtime_error_delete(error);
        return 0;
    }
    if (value.kind > KIND_F64) {
        wasmtime_val_unroot(&value);
        return 0;
    }
    memcpy(store->slots, &value.of, 8);
    return "ijfd"[value.kind];
}

/* Let it go on through the guest frames outside the host function at hand. */
static void exception_throw(store_t *store, const wasmtime_exnref_t *exception)
{
    store->rethrown = wasmtime_context_set_exception(store->context, exception);
}

static bool exception_has_tag(store_t *store, const wasmtime_tag_t *tag, const wasmtime_extern_t *other)
{
    return wasmtime_tag_eq(store->context, tag, &other->of.tag);
}
