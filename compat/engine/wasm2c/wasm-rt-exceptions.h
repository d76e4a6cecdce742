/* wasm2c's code includes this besides wasm-rt.h, which has it all. */
#include "wasm-rt.h"
