// What C++ programs do with exceptions. Each function tells the log what happens in it.

#include "runtime.hpp"

namespace {
struct Noisy {
  const char *name;
  explicit Noisy(const char *name) : name(name) {}
  Noisy(const Noisy &other) : name(other.name) { log("copy"); }
  ~Noisy() { log(name); }
};

struct Left {
  int left = 1;
  virtual ~Left() {}
};
struct Right {
  int right = 2;
  virtual ~Right() {}
};
struct Both : Left, Right {
  int both = 3;
};
struct Shared : virtual Right {};
struct Diamond : Shared, Left {};
struct Unrelated {};

[[clang::no_destroy]] Both global_object;

[[gnu::noinline]] void raise(int kind) {
  switch (kind) {
  case 0: return;
  case 1: throw 42;
  case 2: throw 2.5;
  case 3: throw "text";
  case 4: throw Left();
  case 5: throw Both();
  case 6: throw Diamond();
  case 7: throw &global_object;
  case 8: throw static_cast<Both *>(nullptr);
  default: throw Unrelated();
  }
}

[[gnu::noinline]] void raise_noisy(const char *name) { throw Noisy(name); }
}

extern "C" EXPORT void by_type(int kind) {
  try {
    raise(kind);
    log("nothing");
  } catch (int number) {
    log("int", number);
  } catch (double number) {
    log("double", static_cast<int>(10 * number));
  } catch (const char *text) {
    log(text);
  } catch (Right &right) {
    log("right", right.right);
  } catch (const Right *right) {
    log("pointer", right ? right->right : 0);
  } catch (Left &left) {
    log("left", left.left);
  } catch (...) {
    log("anything");
  }
}

// The inner handler does not match; on the way out a destructor runs.
extern "C" EXPORT void passes_a_handler(int kind) {
  try {
    Noisy local("~local");
    try {
      raise(kind);
    } catch (Unrelated &) {
      log("unrelated");
    }
    log("after");
  } catch (Right &right) {
    log("right", right.right);
  } catch (int number) {
    log("int", number);
  }
}

extern "C" EXPORT void rethrown() {
  try {
    try {
      try {
        raise_noisy("~thrown");
      } catch (Noisy &) {
        log("first");
        throw;
      }
    } catch (...) {
      log("second");
      throw;
    }
  } catch (Noisy &) {
    log("third");
  }
}

// Each handler knows the object by another base.
extern "C" EXPORT void rethrown_as_another_base() {
  try {
    try {
      throw Both();
    } catch (Right &right) {
      log("right", right.right);
      throw;
    }
  } catch (Left &left) {
    log("left", left.left);
  }
}

extern "C" EXPORT void nested() {
  try {
    raise_noisy("~outer");
  } catch (Noisy &) {
    try {
      raise_noisy("~inner");
    } catch (Noisy &inner) {
      log("caught");
      log(inner.name);
    }
    log("still in the outer handler");
  }
}

extern "C" EXPORT void replaced() {
  try {
    try {
      raise_noisy("~first");
    } catch (Noisy &) {
      raise_noisy("~second");
    }
  } catch (Noisy &noisy) {
    log("caught");
    log(noisy.name);
  }
}

// Both handlers are given the same address: the one that was thrown.
extern "C" EXPORT void one_pointer_twice() {
  try {
    raise(7);
  } catch (Both *) {
    try {
      raise(7);
    } catch (Both *) {
      log("inner", __cxa_uncaught_exceptions());
    }
    log("outer", __cxa_uncaught_exceptions());
  }
}

namespace {
struct Counting {
  ~Counting() { log("uncaught", __cxa_uncaught_exceptions()); }
};

struct Throwing {
  ~Throwing() noexcept(false) { raise(1); }
};

struct CatchingItself {
  ~CatchingItself() {
    try {
      raise(1);
    } catch (int number) {
      log("within", number);
    }
  }
};

struct Unmakeable {
  Unmakeable() { raise(1); }
};
}

extern "C" EXPORT void counted() {
  Counting before;
  try {
    Counting during;
    raise(1);
  } catch (int) {
    Counting after;
  }
}

extern "C" EXPORT void destructor_that_catches() {
  try {
    CatchingItself local;
    raise(2);
  } catch (double) {
    log("double");
  }
}

extern "C" EXPORT void destructor_that_throws() {
  try {
    Throwing local;
    log("alone");
  } catch (int) {
    log("int");
  }
  try {
    Throwing local;
    raise(2);
  } catch (...) {
    log("never");
  }
}

extern "C" EXPORT void leaves_noexcept() {
  try {
    []() noexcept { raise(1); }();
  } catch (...) {
    log("never");
  }
}

extern "C" EXPORT void never_made() {
  try {
    throw Unmakeable();
  } catch (int) {
    log("int");
  }
}

extern "C" EXPORT void uncaught(int kind) {
  if (kind >= 0) raise(kind);
  throw std::runtime_error("no such planet");
}

extern "C" EXPORT void nothing_to_rethrow() { throw; }

namespace {
std::exception_ptr catch_noisy() {
  try {
    raise_noisy("~held");
  } catch (...) {
    return std::current_exception();
  }
  return std::exception_ptr();
}

void rethrow(const std::exception_ptr &held) {
  try {
    held.rethrow();
  } catch (Noisy &noisy) {
    log("again");
  }
}
}

extern "C" EXPORT void held() {
  std::exception_ptr first = catch_noisy();
  log("held");
  {
    std::exception_ptr second = first;
    rethrow(second);
    rethrow(first);
  }
  log("end");
}

extern "C" EXPORT void held_by_nobody_else() {
  try {
    catch_noisy().rethrow();
  } catch (Noisy &) {
    log("last");
  }
}

namespace {
[[gnu::noinline]] double half(double number) {
  if (number < 0) throw Both();
  return number / 2;
}
double (*volatile halves)(double) = half;
}

extern "C" EXPORT double with_a_result(double number) {
  try {
    return halves(number);
  } catch (Right &) {
    return -1;
  }
}

// --- for the benchmark

namespace {
[[gnu::noinline]] void inner(int number) {
  if (number >= 0) throw number;
}

int cleanups;
struct Cleanup {
  ~Cleanup() { cleanups++; }
};

[[gnu::noinline]] void middle(int number) {
  Cleanup cleanup;
  inner(number);
}
}

// Throws through a frame that has something to clean up, and catches; `caught` times.
extern "C" EXPORT int throws(int caught) {
  int sum = 0;
  for (int i = 0; i < caught; i++) {
    try {
      middle(1);
    } catch (int number) {
      sum += number;
    }
  }
  return sum;
}

// Calls what might throw, and does not.
extern "C" EXPORT int calls(int times) {
  int sum = 0;
  for (int i = 0; i < times; i++) {
    try {
      inner(-1);
      sum++;
    } catch (int number) {
      sum += number;
    }
  }
  return sum;
}
