// What the programs here need of the C and C++ libraries, and no more.

#pragma once

using size_t = decltype(sizeof 0);

#define EXPORT __attribute__((visibility("default"), used))

extern "C" {
void *malloc(size_t size);
void free(void *memory);

typedef int jmp_buf[2];
int setjmp(jmp_buf) __attribute__((returns_twice));
[[noreturn]] void longjmp(jmp_buf, int);

void *__cxa_current_primary_exception();
void __cxa_increment_exception_refcount(void *);
void __cxa_decrement_exception_refcount(void *);
void __cxa_rethrow_primary_exception(void *);
unsigned __cxa_uncaught_exceptions();
}

// A word to the log, which the test reads when the call has returned; `told` is given in decimal behind it.
void log(const char *word);
void log(const char *word, int told);

// How many blocks of malloc are not freed.
extern int live_blocks;

namespace __cxxabiv1 {
class __class_type_info;
class __pointer_type_info;
}

namespace std {
class type_info {
public:
  virtual ~type_info();
  virtual const __cxxabiv1::__class_type_info *of_class() const { return nullptr; }
  virtual const __cxxabiv1::__pointer_type_info *of_pointer() const { return nullptr; }
  const char *name;
};

class exception {
public:
  virtual ~exception();
  virtual const char *what() const noexcept;
};

class runtime_error : public exception {
  const char *message;

public:
  explicit runtime_error(const char *message) : message(message) {}
  ~runtime_error() override;
  const char *what() const noexcept override;
};

class exception_ptr {
  void *held;

public:
  explicit exception_ptr(void *owned = nullptr) : held(owned) {}
  exception_ptr(const exception_ptr &other) : held(other.held) { __cxa_increment_exception_refcount(held); }
  ~exception_ptr() { __cxa_decrement_exception_refcount(held); }
  [[noreturn]] void rethrow() const {
    __cxa_rethrow_primary_exception(held);
    __builtin_unreachable();
  }
};

inline exception_ptr current_exception() { return exception_ptr(__cxa_current_primary_exception()); }
bool uncaught_exception();
[[noreturn]] void terminate();
}
