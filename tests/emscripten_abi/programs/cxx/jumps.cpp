// What C and C++ programs do with setjmp and longjmp. Each function tells the log what happens in it.

#include "runtime.hpp"

namespace {
jmp_buf outer, inner;

[[gnu::noinline]] void jump(int value) { longjmp(inner, value); }

// Has a setjmp of its own, past which the jump goes.
[[gnu::noinline]] void between(int value) {
  jmp_buf unused;
  if (setjmp(unused)) log("never");
  jump(value);
}
}

extern "C" EXPORT int returned(int value) {
  int result = setjmp(inner);
  if (result) return result;
  jump(value);
  return -999;
}

extern "C" EXPORT int across_a_setjmp(int value) {
  int result = setjmp(inner);
  if (result) return result;
  between(value);
  return -999;
}

extern "C" EXPORT void again_and_again() {
  volatile int round = 0;
  int result = setjmp(inner);
  log("round", result);
  if (round < 3) {
    round = round + 1;
    jump(10 * round);
  }
}

namespace {
[[gnu::noinline]] void nested_within() {
  int result = setjmp(inner);
  if (result) {
    log("inner", result);
    longjmp(outer, result + 1);
  }
  jump(5);
}
}

extern "C" EXPORT void nested() {
  int result = setjmp(outer);
  if (result) {
    log("outer", result);
    return;
  }
  nested_within();
}

extern "C" EXPORT void two_in_one_function() {
  volatile int done = 0;
  int first = setjmp(outer);
  if (first) {
    log("first", first);
    return;
  }
  int second = setjmp(inner);
  if (second) {
    log("second", second);
    longjmp(outer, 2);
  }
  if (!done) jump(1);
}

extern "C" EXPORT void to_a_dead_frame() {
  if (!setjmp(inner)) return;
  log("never");
}

extern "C" EXPORT void jump_to_a_dead_frame() { jump(1); }

namespace {
struct Number {
  int number;
};

[[gnu::noinline]] void raise(int number) { throw Number{number}; }

[[gnu::noinline]] void jump_out_of_a_handler() {
  try {
    raise(7);
  } catch (Number &caught) {
    log("handler", caught.number);
    jump(caught.number);
  }
}
}

extern "C" EXPORT void out_of_a_handler() {
  int result = setjmp(inner);
  if (result) {
    log("jumped", result);
    try {
      raise(8);
    } catch (Number &caught) {
      log("caught", caught.number);
    }
    return;
  }
  jump_out_of_a_handler();
}

namespace {
[[gnu::noinline]] void raise_past_a_setjmp(int number) {
  jmp_buf unused;
  if (setjmp(unused)) log("never");
  raise(number);
}
}

extern "C" EXPORT void exception_past_a_setjmp() {
  try {
    raise_past_a_setjmp(9);
  } catch (Number &caught) {
    log("caught", caught.number);
  }
}

// --- for the benchmark

namespace {
[[gnu::noinline]] void deeper(int value) {
  if (value) jump(value);
}
}

// Jumps out of two frames; `times` times.
extern "C" EXPORT int jumps(int times) {
  volatile int sum = 0;
  for (volatile int i = 0; i < times; i = i + 1) {
    if (setjmp(inner)) {
      sum = sum + 1;
      continue;
    }
    deeper(1);
  }
  return sum;
}
