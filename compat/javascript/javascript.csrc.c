/* The C side of the JavaScript engine: the part of QuickJS-ng's C API that we use, bound when the program runs.
 *
 * No header of QuickJS is needed to build this file and no library to link it. The declarations below state facts of
 * that library's ABI, release 0.17 on a 64-bit host (upstream's quickjs.h); `engine_open` looks every symbol up in the
 * shared object of the wheel quickjs-ng, and says no to any other release.
 *
 * One `realm` is one program's JavaScript: a runtime, a context, and a view of the guest's memory. Numbers, strings,
 * booleans and byte arrays cross between it and Python; objects never do. */

#include "../native/shared_library.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICKJS_MINOR 17 /* of version 0 */

/* ---- Types of the API ---------------------------------------------------------------------------------------- */

typedef struct JSRuntime JSRuntime;
typedef struct JSContext JSContext;
typedef struct {
    union { int32_t int32; double float64; void *ptr; } u;
    int64_t tag;
} JSValue;

enum { TAG_OBJECT = -1, TAG_INT = 0, TAG_BOOL = 1, TAG_NULL = 2, TAG_UNDEFINED = 3, TAG_EXCEPTION = 6, TAG_FLOAT64 = 8 };

typedef JSValue JSCClosure(JSContext *, JSValue, int, JSValue *, int, void *);
typedef int JSInterruptHandler(JSRuntime *, void *);
typedef void JSRejectionTracker(JSContext *, JSValue, JSValue, bool, void *);
typedef void *JSRealloc(JSRuntime *, void *, void *, size_t);
typedef void finalizer_t(void *);

/* ---- Functions of the API: X(result, name, parameters, arguments) --------------------------------------------- */

#define API \
    X(const char *, JS_GetVersion, (void), ()) \
    X(JSRuntime *, JS_NewRuntime, (void), ()) \
    X(void, JS_FreeRuntime, (JSRuntime *r), (r)) \
    X(void, JS_SetMemoryLimit, (JSRuntime *r, size_t n), (r, n)) \
    X(void, JS_SetMaxStackSize, (JSRuntime *r, size_t n), (r, n)) \
    X(void, JS_UpdateStackTop, (JSRuntime *r), (r)) \
    X(void, JS_SetInterruptHandler, (JSRuntime *r, JSInterruptHandler *h, void *o), (r, h, o)) \
    X(void, JS_SetCanBlock, (JSRuntime *r, bool b), (r, b)) \
    X(void, JS_SetHostPromiseRejectionTracker, (JSRuntime *r, JSRejectionTracker *t, void *o), (r, t, o)) \
    X(int, JS_ExecutePendingJob, (JSRuntime *r, JSContext **c), (r, c)) \
    X(JSContext *, JS_NewContext, (JSRuntime *r), (r)) \
    X(void, JS_FreeContext, (JSContext *c), (c)) \
    X(JSValue, JS_Eval, (JSContext *c, const char *s, size_t n, const char *f, int o), (c, s, n, f, o)) \
    X(JSValue, JS_Call, (JSContext *c, JSValue f, JSValue t, int n, JSValue *v), (c, f, t, n, v)) \
    X(JSValue, JS_NewCClosure, (JSContext *c, JSCClosure *f, const char *s, finalizer_t *d, int n, int m, void *o), \
      (c, f, s, d, n, m, o)) \
    X(JSValue, JS_GetGlobalObject, (JSContext *c), (c)) \
    X(JSValue, JS_GetPropertyStr, (JSContext *c, JSValue o, const char *s), (c, o, s)) \
    X(int, JS_SetPropertyStr, (JSContext *c, JSValue o, const char *s, JSValue v), (c, o, s, v)) \
    X(JSValue, JS_GetException, (JSContext *c), (c)) \
    X(JSValue, JS_NewError, (JSContext *c), (c)) \
    X(JSValue, JS_Throw, (JSContext *c, JSValue v), (c, v)) \
    X(void, JS_SetUncatchableError, (JSContext *c, JSValue v), (c, v)) \
    X(void, JS_FreeValue, (JSContext *c, JSValue v), (c, v)) \
    X(JSValue, JS_DupValue, (JSContext *c, JSValue v), (c, v)) \
    X(JSValue, JS_NewStringLen, (JSContext *c, const char *s, size_t n), (c, s, n)) \
    X(const char *, JS_ToCStringLen2, (JSContext *c, size_t *n, JSValue v, bool b), (c, n, v, b)) \
    X(void, JS_FreeCString, (JSContext *c, const char *s), (c, s)) \
    X(uint8_t *, JS_GetUint8Array, (JSContext *c, size_t *n, JSValue v), (c, n, v)) \
    X(int, JS_GetTypedArrayType, (JSValue v), (v)) \
    X(JSValue, JS_NewUint8ArrayCopy, (JSContext *c, const uint8_t *b, size_t n), (c, b, n)) \
    X(JSValue, JS_NewArrayBuffer, (JSContext *c, uint8_t *b, size_t n, size_t m, JSRealloc *r, void *o, bool s), \
      (c, b, n, m, r, o, s))

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

/* Open the library and bind every function. NULL, or why not. It stays for the life of the process. */
static const char *engine_open(const char *path)
{
    if (sizeof(void *) != 8) return "only 64-bit builds are known";
    void *library = library_load(path);
    if (!library) return library_message;
#define X(result, name, parameters, arguments) \
    *(void **)&api.name = SYMBOL(library, #name); \
    if (!api.name) return "it exports no function " #name;
    API
#undef X
    return NULL;
}

static const char *engine_version(void) { return JS_GetVersion(); }

/* ---- Values -------------------------------------------------------------------------------------------------- */

enum { UNDEFINED, NULL_, BOOL_, NUMBER, TEXT, BYTES, OTHER };

typedef struct {
    int kind;
    double number;
    const char *text;
    size_t size;
} item_t;

#define TYPED_ARRAY_UINT8 2

static JSValue undefined(void)
{
    JSValue value;
    memset(&value, 0, sizeof value);
    value.tag = TAG_UNDEFINED;
    return value;
}

/* Text that `item_of` made is to be given back with `item_free`; bytes are those of the array itself. */
static item_t item_of(JSContext *context, JSValue value)
{
    item_t item = {OTHER, 0, NULL, 0};
    switch ((int)value.tag) {
    case TAG_UNDEFINED: item.kind = UNDEFINED; return item;
    case TAG_NULL: item.kind = NULL_; return item;
    case TAG_BOOL: item.kind = BOOL_; item.number = value.u.int32; return item;
    case TAG_INT: item.kind = NUMBER; item.number = value.u.int32; return item;
    case TAG_FLOAT64: item.kind = NUMBER; item.number = value.u.float64; return item;
    }
    if (value.tag == TAG_OBJECT) {
        if (JS_GetTypedArrayType(value) == TYPED_ARRAY_UINT8) {
            item.text = (const char *)JS_GetUint8Array(context, &item.size, value);
            if (item.text || !item.size) item.kind = BYTES;
        }
        return item;
    }
    item.text = JS_ToCStringLen2(context, &item.size, value, false);
    if (item.text)
        item.kind = TEXT;
    else
        JS_FreeValue(context, JS_GetException(context));
    return item;
}

static void item_free(JSContext *context, const item_t *item)
{
    if (item->kind == TEXT) JS_FreeCString(context, item->text);
}

static JSValue value_of(JSContext *context, const item_t *item)
{
    JSValue value = undefined();
    switch (item->kind) {
    case NULL_: value.tag = TAG_NULL; break;
    case BOOL_: value.tag = TAG_BOOL; value.u.int32 = item->number != 0; break;
    case NUMBER:
        /* The engine expects what fits into 32 bits to be an integer, but for minus zero. */
        if (item->number >= INT32_MIN && item->number <= INT32_MAX && (double)(int32_t)item->number == item->number &&
            (item->number != 0 || 1 / item->number > 0)) {
            value.tag = TAG_INT;
            value.u.int32 = (int32_t)item->number;
        } else {
            value.tag = TAG_FLOAT64;
            value.u.float64 = item->number;
        }
        break;
    case TEXT: return JS_NewStringLen(context, item->text, item->size);
    case BYTES: return JS_NewUint8ArrayCopy(context, (const uint8_t *)item->text, item->size);
    }
    return value;
}

/* ---- A realm ------------------------------------------------------------------------------------------------- */

#define MAX_ITEMS 64

typedef struct realm {
    JSRuntime *runtime;
    JSContext *context;
    void *handle; /* of the Python object */
    JSValue result;
    item_t item; /* what `result` is, or, of a failed call, the text of the exception */
    item_t returned; /* by a host function */
    char *returned_text;
    uint8_t *base;
    size_t size;
    bool resizing; /* by `realm_memory`: no program may do it */
    int depth; /* of calls from Python, one inside the other */
    JSValue buffer;
    JSValue resize; /* of `buffer`, taken before any program could put another in its place */
} realm_t;

static bool javascript_host(void *handle, const item_t *items, size_t count); /* in Python */
static bool javascript_interrupted(void *handle);

static int interrupted(JSRuntime *runtime, void *opaque)
{
    (void)runtime;
    return javascript_interrupted(((realm_t *)opaque)->handle);
}

static void *moved(JSRuntime *runtime, void *opaque, void *pointer, size_t size)
{
    (void)runtime, (void)pointer;
    realm_t *realm = opaque;
    /* The memory is the guest's: nothing is allocated here, and nothing freed. */
    return size && realm->resizing ? realm->base : NULL;
}

/* `host(…)` in JavaScript: gives its arguments to Python, which leaves the result with `realm_return`.
 *
 * Where Python raised, it keeps the exception, and JavaScript is left by an error that nothing in it can catch: the
 * call from Python that is under way comes back as failed, and raises the exception as itself. */
static JSValue host(JSContext *context, JSValue self, int count, JSValue *values, int magic, void *opaque)
{
    (void)self, (void)magic;
    realm_t *realm = opaque;
    item_t items[MAX_ITEMS];
    if (count > MAX_ITEMS) count = MAX_ITEMS;
    for (int i = 0; i < count; i++) items[i] = item_of(context, values[i]);
    realm->returned.kind = UNDEFINED;
    bool done = javascript_host(realm->handle, items, count);
    for (int i = 0; i < count; i++) item_free(context, &items[i]);
    JSValue result = undefined();
    if (done) {
        result = value_of(context, &realm->returned);
    } else {
        JSValue error = JS_NewError(context);
        JS_SetUncatchableError(context, error);
        result = JS_Throw(context, error);
    }
    free(realm->returned_text);
    realm->returned_text = NULL;
    return result;
}

static void result_set(realm_t *realm, JSValue value)
{
    item_free(realm->context, &realm->item);
    JS_FreeValue(realm->context, realm->result);
    realm->result = value;
    realm->item = item_of(realm->context, value);
}

/* Whether it succeeded; if not, the result is the text of what was thrown. */
static bool finished(realm_t *realm, JSValue value)
{
    if (value.tag != TAG_EXCEPTION) {
        result_set(realm, value);
        return true;
    }
    JSValue error = JS_GetException(realm->context);
    size_t size = 0;
    const char *text = JS_ToCStringLen2(realm->context, &size, error, false);
    if (!text) JS_FreeValue(realm->context, JS_GetException(realm->context));
    result_set(realm, text ? JS_NewStringLen(realm->context, text, size) : undefined());
    if (text) JS_FreeCString(realm->context, text);
    JS_FreeValue(realm->context, error);
    return false;
}

static const item_t *realm_result(realm_t *realm) { return &realm->item; }

/* A promise was rejected with nobody to handle that, or somebody came for one that was. The function of that name in
 * JavaScript is told, if there is one. */
static void rejected(JSContext *context, JSValue promise, JSValue reason, bool handled, void *opaque)
{
    (void)opaque;
    JSValue flag = undefined();
    flag.tag = TAG_BOOL;
    flag.u.int32 = handled;
    JSValue values[] = {promise, reason, flag};
    JSValue global = JS_GetGlobalObject(context);
    JSValue function = JS_GetPropertyStr(context, global, "promiseRejected");
    if (function.tag == TAG_OBJECT) {
        JSValue result = JS_Call(context, function, global, 3, values);
        if (result.tag == TAG_EXCEPTION) result = JS_GetException(context);
        JS_FreeValue(context, result);
    }
    JS_FreeValue(context, function);
    JS_FreeValue(context, global);
}

/* What the host function at hand returns; text is copied. */
static void realm_return(realm_t *realm, int kind, double number, const char *text, size_t size)
{
    free(realm->returned_text);
    realm->returned_text = size ? malloc(size) : NULL;
    if (realm->returned_text) memcpy(realm->returned_text, text, size);
    realm->returned = (item_t){kind, number, realm->returned_text ? realm->returned_text : "",
                               realm->returned_text ? size : 0};
}

static realm_t *realm_new(void *handle, size_t memory_limit, size_t stack_limit)
{
    realm_t *realm = calloc(1, sizeof *realm);
    if (!realm) return NULL;
    realm->handle = handle;
    realm->runtime = JS_NewRuntime();
    if (realm->runtime) {
        JS_SetMemoryLimit(realm->runtime, memory_limit);
        JS_SetMaxStackSize(realm->runtime, stack_limit);
        JS_SetInterruptHandler(realm->runtime, interrupted, realm);
        JS_SetCanBlock(realm->runtime, false);
        JS_SetHostPromiseRejectionTracker(realm->runtime, rejected, NULL);
        realm->context = JS_NewContext(realm->runtime);
    }
    if (!realm->context) {
        if (realm->runtime) JS_FreeRuntime(realm->runtime);
        free(realm);
        return NULL;
    }
    realm->result = realm->buffer = undefined();
    static const char resize[] = "ArrayBuffer.prototype.resize";
    realm->resize = JS_Eval(realm->context, resize, sizeof resize - 1, "resize", 0);
    JSValue global = JS_GetGlobalObject(realm->context);
    JS_SetPropertyStr(realm->context, global, "host", JS_NewCClosure(realm->context, host, "host", NULL, 1, 0, realm));
    JS_FreeValue(realm->context, global);
    return realm;
}

static void realm_delete(realm_t *realm)
{
    item_free(realm->context, &realm->item);
    JS_FreeValue(realm->context, realm->result);
    JS_FreeValue(realm->context, realm->buffer);
    JS_FreeValue(realm->context, realm->resize);
    JS_FreeContext(realm->context);
    JS_FreeRuntime(realm->runtime);
    free(realm->returned_text);
    free(realm);
}

/* The stack limit counts from the outermost call: what lies between two calls is of the same stack. */
static void enter(realm_t *realm)
{
    if (!realm->depth++) JS_UpdateStackTop(realm->runtime);
}

static bool realm_is_running(realm_t *realm) { return realm->depth > 0; }

static bool realm_evaluate(realm_t *realm, const char *text, size_t size, const char *name)
{
    enter(realm);
    JSValue result = JS_Eval(realm->context, text, size, name, 0);
    realm->depth--;
    return finished(realm, result);
}

/* Call a function of the global object. */
static bool realm_call(realm_t *realm, const char *name, const item_t *items, size_t count)
{
    JSValue values[MAX_ITEMS];
    if (count > MAX_ITEMS) count = MAX_ITEMS;
    enter(realm);
    JSValue global = JS_GetGlobalObject(realm->context);
    JSValue function = JS_GetPropertyStr(realm->context, global, name);
    for (size_t i = 0; i < count; i++) values[i] = value_of(realm->context, &items[i]);
    JSValue result = JS_Call(realm->context, function, global, (int)count, values);
    for (size_t i = 0; i < count; i++) JS_FreeValue(realm->context, values[i]);
    JS_FreeValue(realm->context, function);
    JS_FreeValue(realm->context, global);
    realm->depth--;
    return finished(realm, result);
}

/* Do the first of what promises have put off: 1, 0 if there is nothing, or -1 where it was left by an error. */
static int realm_job(realm_t *realm)
{
    JSContext *context;
    enter(realm);
    int done = JS_ExecutePendingJob(realm->runtime, &context);
    realm->depth--;
    if (done < 0) {
        JSValue error = undefined();
        error.tag = TAG_EXCEPTION;
        finished(realm, error);
    }
    return done;
}

static bool resize(realm_t *realm, uint8_t *base, size_t size)
{
    item_t wanted = {NUMBER, (double)size, NULL, 0};
    JSValue length = value_of(realm->context, &wanted);
    realm->base = base;
    realm->resizing = true;
    JSValue done = JS_Call(realm->context, realm->resize, realm->buffer, 1, &length);
    realm->resizing = false;
    if (done.tag != TAG_EXCEPTION) return true;
    JS_FreeValue(realm->context, JS_GetException(realm->context));
    return false;
}

/* Say where the guest's memory is. The first time, this makes the ArrayBuffer `memory` of the global object, which lies
 * over it; afterwards that is resized in place, so that every view of it goes on showing what is there.
 *
 * The engine clears what a buffer grows by, but the guest may have written there: so the buffer grows over memory that
 * is thrown away, and is then moved, at the same size, to where the guest's is. False for want of memory. */
static bool realm_memory(realm_t *realm, uint8_t *base, size_t size, size_t maximum)
{
    JSContext *context = realm->context;
    if (base == realm->base && size == realm->size) return true;
    if (!realm->base) {
        realm->base = base;
        realm->size = size;
        realm->buffer = JS_NewArrayBuffer(context, base, size, maximum, moved, realm, false);
        if (realm->buffer.tag == TAG_EXCEPTION) return false;
        JSValue global = JS_GetGlobalObject(context);
        JS_SetPropertyStr(context, global, "memory", JS_DupValue(context, realm->buffer));
        JS_FreeValue(context, global);
        return true;
    }
    uint8_t *scratch = malloc(size);
    bool grown = scratch && resize(realm, scratch, size) && resize(realm, base, size);
    free(scratch);
    realm->size = size;
    return grown;
}
