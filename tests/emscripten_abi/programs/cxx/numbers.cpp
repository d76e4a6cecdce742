// Functions of mathematics that the JavaScript gave, called in a loop. There is nothing to tell the log.

#include "runtime.hpp"

extern "C" double llvm_sin_f64(double);
extern "C" double llvm_pow_f64(double, double);

double total;

extern "C" EXPORT int sines(int times) {
  int done = 0;
  for (; done < times; done++) total += llvm_sin_f64(done * 0.001);
  return done;
}

extern "C" EXPORT int powers(int times) {
  int done = 0;
  for (; done < times; done++) total += llvm_pow_f64(done * 0.001, 1.37);
  return done;
}
