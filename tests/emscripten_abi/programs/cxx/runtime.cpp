// The parts of a C and C++ library that exceptions and longjmp stand on, each as small as it can be.

#include "runtime.hpp"

// --- memory: blocks of one size, the last one freed is the next one given

namespace {
constexpr size_t BLOCK = 64;
union Block {
  Block *next;
  alignas(16) char bytes[BLOCK];
};
Block *unused = reinterpret_cast<Block *>(0x100000);  // behind static data, the stack, and what the host owns
Block *returned;

char text[1024];
char *end = text;
}

int live_blocks;

extern "C" EXPORT void *malloc(size_t size) {
  if (size > BLOCK) __builtin_trap();
  live_blocks++;
  if (Block *block = returned) {
    returned = block->next;
    return block;
  }
  return unused++;
}

extern "C" EXPORT void free(void *memory) {
  if (!memory) return;
  live_blocks--;
  auto block = static_cast<Block *>(memory);
  block->next = returned;
  returned = block;
}

void operator delete(void *memory, size_t) noexcept { free(memory); }

// --- the log

void log(const char *word) {
  if (end != text) *end++ = ' ';
  while (*word) *end++ = *word++;
  *end = 0;
}

void log(const char *word, int told) {
  log(word);
  *end++ = '=';
  if (told < 0) *end++ = '-';
  unsigned rest = told < 0 ? -told : told, unit = 1;
  while (rest / unit >= 10) unit *= 10;
  for (; unit; unit /= 10) *end++ = '0' + rest / unit % 10;
  *end = 0;
}

extern "C" EXPORT const char *take_log() {
  *end = 0;
  end = text;
  return text;
}

extern "C" EXPORT int blocks() { return live_blocks; }

// --- the stack, and what `invoke_*` tells

__asm__(".globaltype __stack_pointer, i32");

extern "C" EXPORT char *stackSave() {
  char *top;
  __asm__ volatile("global.get __stack_pointer\n local.set %0" : "=r"(top));
  return top;
}

extern "C" EXPORT void stackRestore(char *top) {
  __asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(top));
}

extern "C" {
int __THREW__;
int __threwValue;
}

extern "C" EXPORT void setThrew(int threw, int value) {
  if (__THREW__) return;
  __THREW__ = threw;
  __threwValue = value;
}

#define DYNCALL(name, result, pointer, ...) extern "C" EXPORT result dynCall_##name pointer __VA_ARGS__
DYNCALL(v, void, (void (*f)()), { f(); })
DYNCALL(vi, void, (void (*f)(int), int a), { f(a); })
DYNCALL(vii, void, (void (*f)(int, int), int a, int b), { f(a, b); })
DYNCALL(viii, void, (void (*f)(int, int, int), int a, int b, int c), { f(a, b, c); })
DYNCALL(i, int, (int (*f)()), { return f(); })
DYNCALL(ii, int, (int (*f)(int), int a), { return f(a); })
DYNCALL(iii, int, (int (*f)(int, int), int a, int b), { return f(a, b); })
DYNCALL(dd, double, (double (*f)(double), double a), { return f(a); })

// --- setjmp: the compiler numbers the calls of a function and the places of return in it

extern "C" void __wasm_setjmp(int *buffer, int label, int call) {
  buffer[0] = call;
  buffer[1] = label;
}

extern "C" int __wasm_setjmp_test(int *buffer, int call) { return buffer[0] == call ? buffer[1] : 0; }

extern "C" [[noreturn]] void emscripten_longjmp(int, int);
extern "C" [[noreturn]] void longjmp(jmp_buf buffer, int value) { emscripten_longjmp(reinterpret_cast<int>(buffer), value); }

// --- types (Itanium C++ ABI, 2.9.5), and which catches which

std::type_info::~type_info() = default;
std::exception::~exception() = default;
const char *std::exception::what() const noexcept { return "std::exception"; }
std::runtime_error::~runtime_error() = default;
const char *std::runtime_error::what() const noexcept { return message; }

namespace __cxxabiv1 {
class __fundamental_type_info : public std::type_info {
public:
  ~__fundamental_type_info() override;
};

class __class_type_info : public std::type_info {
public:
  ~__class_type_info() override;
  const __class_type_info *of_class() const override { return this; }
  // Whether it is `base`, or has that as a base; then `object` is moved there.
  virtual bool has(const __class_type_info *base, char *&) const { return this == base; }
};

class __si_class_type_info : public __class_type_info {
public:
  ~__si_class_type_info() override;
  bool has(const __class_type_info *base, char *&object) const override {
    return this == base || parent->has(base, object);
  }
  const __class_type_info *parent;
};

class __vmi_class_type_info : public __class_type_info {
public:
  ~__vmi_class_type_info() override;
  bool has(const __class_type_info *base, char *&object) const override;
  unsigned flags;
  unsigned count;
  struct {
    const __class_type_info *type;
    long offset_flags;
  } bases[1];
};

class __pbase_type_info : public std::type_info {
public:
  ~__pbase_type_info() override;
  unsigned flags;
  const std::type_info *pointee;
};

class __pointer_type_info : public __pbase_type_info {
public:
  ~__pointer_type_info() override;
  const __pointer_type_info *of_pointer() const override { return this; }
};

__fundamental_type_info::~__fundamental_type_info() = default;
__class_type_info::~__class_type_info() = default;
__si_class_type_info::~__si_class_type_info() = default;
__vmi_class_type_info::~__vmi_class_type_info() = default;
__pbase_type_info::~__pbase_type_info() = default;
__pointer_type_info::~__pointer_type_info() = default;

bool __vmi_class_type_info::has(const __class_type_info *base, char *&object) const {
  if (this == base) return true;
  for (unsigned i = 0; i < count; i++) {
    long offset = bases[i].offset_flags >> 8;
    bool is_virtual = bases[i].offset_flags & 1;
    if (is_virtual) offset = *reinterpret_cast<long *>(*reinterpret_cast<char **>(object) + offset);
    char *there = object + offset;
    if (bases[i].type->has(base, there)) {
      object = there;
      return true;
    }
  }
  return false;
}

namespace {
bool is_base(const std::type_info *handler, const std::type_info *thrown, char *&object) {
  return thrown->of_class() && handler->of_class() && thrown->of_class()->has(handler->of_class(), object);
}
}
}

using namespace __cxxabiv1;

extern "C" EXPORT int __cxa_can_catch(const std::type_info *handler, const std::type_info *thrown, char **object) {
  char *there = *object;
  auto wanted = handler->of_pointer(), given = thrown->of_pointer();
  bool catches = handler == thrown || is_base(handler, thrown, there);
  if (given) {
    there = *reinterpret_cast<char **>(there);
    unsigned lost = wanted ? given->flags & ~wanted->flags : 0;
    catches = catches || (wanted && !lost && (wanted->pointee == given->pointee || is_base(wanted->pointee, given->pointee, there)));
  }
  if (catches) *object = there;
  return catches;
}
