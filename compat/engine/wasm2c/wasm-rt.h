/* The runtime of compiled guests: what the C that wasm2c writes needs, as that C calls it.
 *
 * This file is found in the place of wasm2c's own `wasm-rt.h`, so the names beginning with `wasm_rt` are wasm2c's
 * (version 1.0.42); what they do is written for compat: compiled code reaches its host through one table of functions, a
 * trap or an exception is a jump, and out of bounds is a fault that wasm2c.csrc.c tells from others. That file includes
 * this one, too, with WASM_RT_HOST defined.
 */

#ifndef WASM_RT_H_
#define WASM_RT_H_

#ifndef NDEBUG
#define NDEBUG
#endif
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- Types that wasm2c knows ---------------------------------------------------------------------------------- */

typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct wasm_rt_tailcallee_t {
    void (*fn)(void **instance, void *stack, struct wasm_rt_tailcallee_t *next);
} wasm_rt_tailcallee_t;

/* 32 bytes that are the same for the same type, in all modules. */
typedef const char *wasm_rt_func_type_t;

typedef struct {
    wasm_rt_func_type_t func_type;
    wasm_rt_function_ptr_t func;
    wasm_rt_tailcallee_t func_tailcallee;
    void *module_instance;
} wasm_rt_funcref_t;

typedef void *wasm_rt_externref_t;

/* Its addresses are reserved once and for all, with whatever a 32-bit index and offset can reach behind it: `data` never
 * changes, and no access needs a check. */
typedef struct wasm_rt_memory {
    uint8_t *data;
    uint64_t pages, max_pages;
    uint64_t size;
    struct wasm_rt_memory *next; /* of the same store */
} wasm_rt_memory_t;

/* No guest has one, but wasm2c's code for atomics is written for both. */
typedef wasm_rt_memory_t wasm_rt_shared_memory_t;

typedef struct {
    wasm_rt_funcref_t *data;
    uint32_t max_size, size;
} wasm_rt_funcref_table_t;

typedef struct {
    wasm_rt_externref_t *data;
    uint32_t max_size, size;
} wasm_rt_externref_table_t;

typedef const void *wasm_rt_tag_t;

#define WASM_EXN_MAX_SIZE 256
typedef struct {
    wasm_rt_tag_t tag;
    uint32_t size;
    char data[WASM_EXN_MAX_SIZE];
} wasm_rt_exnref_t;

typedef struct {
    jmp_buf buffer;
} wasm_rt_jmp_buf;

typedef enum {
    WASM_RT_I32,
    WASM_RT_I64,
    WASM_RT_F32,
    WASM_RT_F64,
    WASM_RT_V128,
    WASM_RT_FUNCREF,
    WASM_RT_EXTERNREF,
    WASM_RT_EXNREF,
} wasm_rt_type_t;

/* ---- Between compiled code and its host ----------------------------------------------------------------------- */

/* How a call ended, if it did not return; from the first trap on in the order of TRAPS in failures.py. */
enum {
    END_RETURNED,
    END_THROWN, /* the guest threw, and nobody caught */
    END_HOST, /* a host function raised */
    END_TIME,
    END_NO_ROOM, /* the host has no memory left for a memory or a table */
    END_STACK,
    END_MEMORY,
    END_TABLE,
    END_NULL_ELEMENT,
    END_TYPE,
    END_INT_OVERFLOW,
    END_DIV_BY_ZERO,
    END_INVALID_CONVERSION,
    END_UNREACHABLE,
    END_NULL_REFERENCE,
    END_UNALIGNED,
};

/* Of a store: where the next exception goes, and what is in flight. The pointer to it stands before every instance. */
typedef struct {
    wasm_rt_jmp_buf *unwind_target;
    wasm_rt_exnref_t exception;
} wasm_rt_state_t;

#define INSTANCE_HEADER 16 /* bytes before an instance */

/* What compiled code calls. `host` calls a host function: its arguments are in 16 bytes each, and so is its result. */
typedef struct {
    void (*trap)(int);
    void (*host)(void *function, void *slots);
    void (*allocate_memory)(wasm_rt_memory_t *, uint64_t, uint64_t);
    uint64_t (*grow_memory)(wasm_rt_memory_t *, uint64_t);
    void (*free_memory)(wasm_rt_memory_t *);
    void (*allocate_funcref_table)(wasm_rt_funcref_table_t *, uint32_t, uint32_t);
    uint32_t (*grow_funcref_table)(wasm_rt_funcref_table_t *, uint32_t, wasm_rt_funcref_t);
    void (*free_funcref_table)(wasm_rt_funcref_table_t *);
    void (*allocate_externref_table)(wasm_rt_externref_table_t *, uint32_t, uint32_t);
    uint32_t (*grow_externref_table)(wasm_rt_externref_table_t *, uint32_t, wasm_rt_externref_t);
    void (*free_externref_table)(wasm_rt_externref_table_t *);
} runtime_t;

/* What a module is given for one import. */
typedef union {
    wasm_rt_funcref_t function;
    const void *other; /* a memory, table, global or tag */
} import_t;

/* A function type of a module. The two functions are NULL where it has more than numbers. */
typedef struct {
    wasm_rt_func_type_t id;
    /* Call a function of the type: arguments in the slots, the result in the first. */
    void (*call)(wasm_rt_function_ptr_t, void *instance, void *slots);
    wasm_rt_function_ptr_t host; /* a function of the type that calls a host function, its `module_instance` */
} type_t;

/* What a module exports: a function, or what gives the address of something else. */
typedef struct {
    wasm_rt_function_ptr_t function;
    void *(*get)(void *instance);
} export_t;

/* The one symbol of a compiled module, which translate.py writes. */
typedef struct {
    size_t size; /* of an instance */
    void (*bind)(const runtime_t *);
    bool (*import_tags)(const import_t *); /* false where one is another than before: code holds them, not instances */
    void (*instantiate)(void *instance, const import_t *);
    void (*free)(void *instance);
    const type_t *types;
    const export_t *exports;
} compiled_t;

#ifndef WASM_RT_HOST

extern const runtime_t *compat_runtime;

/* ---- What wasm2c's code calls, and how it is configured ------------------------------------------------------- */

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define wasm_rt_memcpy __builtin_memcpy
#define wasm_rt_unreachable __builtin_unreachable
#define WASM_RT_C11_AVAILABLE
#define WASM_RT_USE_MMAP 1
#define WASM_RT_MEMCHECK_GUARD_PAGES 1
/* A load whose result nobody needs may go: else the compiler vectorises no loop that has one. */
#define WASM_RT_NONCONFORMING_ALLOW_OOB_READ_ELIMINATION 1
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_STACK_DEPTH_COUNT 0
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){NULL, NULL, {NULL}, NULL})
#define wasm_rt_externref_null_value ((wasm_rt_externref_t){NULL})
#define wasm_rt_is_initialized() true

/* wasm2c has one code for what are several messages; the functions that raise it know more. */
static inline int out_of_bounds(const char *function)
{
    return strstr(function, "table") ? END_TABLE : END_MEMORY;
}
#define WASM_RT_TRAP_OOB out_of_bounds(__func__)
#define WASM_RT_TRAP_CALL_INDIRECT \
    (index >= table->size ? END_TABLE : table->data[index].func ? END_TYPE : END_NULL_ELEMENT)
#define WASM_RT_TRAP_INT_OVERFLOW END_INT_OVERFLOW
#define WASM_RT_TRAP_DIV_BY_ZERO END_DIV_BY_ZERO
#define WASM_RT_TRAP_INVALID_CONVERSION END_INVALID_CONVERSION
#define WASM_RT_TRAP_UNREACHABLE END_UNREACHABLE
#define WASM_RT_TRAP_NULL_REF END_NULL_REFERENCE
#define WASM_RT_TRAP_UNALIGNED END_UNALIGNED

__attribute__((noreturn, cold)) static inline void wasm_rt_trap(int code)
{
    compat_runtime->trap(code);
    __builtin_unreachable();
}

#define wasm_rt_allocate_memory(memory, pages, maximum, is64, page_size) \
    compat_runtime->allocate_memory(memory, pages, maximum)
#define wasm_rt_grow_memory(memory, pages) compat_runtime->grow_memory(memory, pages)
#define wasm_rt_free_memory(memory) compat_runtime->free_memory(memory)
#define wasm_rt_allocate_funcref_table(...) compat_runtime->allocate_funcref_table(__VA_ARGS__)
#define wasm_rt_grow_funcref_table(...) compat_runtime->grow_funcref_table(__VA_ARGS__)
#define wasm_rt_free_funcref_table(table) compat_runtime->free_funcref_table(table)
#define wasm_rt_allocate_externref_table(...) compat_runtime->allocate_externref_table(__VA_ARGS__)
#define wasm_rt_grow_externref_table(...) compat_runtime->grow_externref_table(__VA_ARGS__)
#define wasm_rt_free_externref_table(table) compat_runtime->free_externref_table(table)

/* ---- Exceptions: where these are used, `instance` is at hand -------------------------------------------------- */

#define STATE (*(wasm_rt_state_t **)((char *)instance - INSTANCE_HEADER))
#define WASM_RT_UNWIND_TARGET wasm_rt_jmp_buf
#define wasm_rt_exnref_null_value ((wasm_rt_exnref_t){NULL, 0, {0}})
#define wasm_rt_try(target) _setjmp((target).buffer)
#define wasm_rt_get_unwind_target() (STATE->unwind_target)
#define wasm_rt_set_unwind_target(target) (STATE->unwind_target = (target))
#define wasm_rt_exception_tag() (STATE->exception.tag)
#define wasm_rt_exception_size() (STATE->exception.size)
#define wasm_rt_exception() (STATE->exception.data)
#define wasm_rt_load_exception(tag, size, values) exception_load(STATE, tag, size, values)
#define wasm_rt_throw() _longjmp(STATE->unwind_target->buffer, END_THROWN)

static inline void exception_load(wasm_rt_state_t *state, wasm_rt_tag_t tag, uint32_t size, const void *values)
{
    if (size > WASM_EXN_MAX_SIZE) wasm_rt_trap(END_STACK);
    state->exception.tag = tag;
    state->exception.size = size;
    if (size) memmove(state->exception.data, values, size);
}

#endif
#endif
