;; A program as Emscripten 1.38.31 to 1.38.43 would emit it: fastcomp's code, linked by asm2wasm. See README.md.
;; It greets, prints its arguments, writes a file, reads it back, and prints what it read.

(module
  (type $ii (func (param i32) (result i32)))

  (import "env" "memory" (memory 256 256))
  (import "env" "table" (table 2 2 funcref))
  (import "env" "DYNAMICTOP_PTR" (global $DYNAMICTOP_PTR i32))
  (import "env" "abort" (func $abort (param i32)))
  (import "env" "___lock" (func $lock (param i32)))
  (import "env" "___setErrNo" (func $setErrNo (param i32)))
  (import "env" "___syscall140" (func $llseek (param i32 i32) (result i32)))
  (import "env" "___syscall146" (func $writev (param i32 i32) (result i32)))
  (import "env" "___syscall3" (func $read (param i32 i32) (result i32)))
  (import "env" "___syscall5" (func $open (param i32 i32) (result i32)))
  (import "env" "___syscall6" (func $close (param i32 i32) (result i32)))
  (import "env" "___unlock" (func $unlock (param i32)))
  (import "env" "_emscripten_get_heap_size" (func $get_heap_size (result i32)))
  (import "env" "_emscripten_resize_heap" (func $resize_heap (param i32) (result i32)))
  (import "env" "abortOnCannotGrowMemory" (func $abortOnCannotGrowMemory (param i32) (result i32)))

  ;; STACK_BASE and STACK_MAX: the stack lies behind static data and grows upwards.
  (global $STACKTOP (mut i32) (i32.const 2048))
  (global $STACK_MAX (mut i32) (i32.const 5244928))

  (export "___errno_location" (func $errno_location))
  (export "_fflush" (func $fflush))
  (export "_free" (func $free))
  (export "_main" (func $main))
  (export "_malloc" (func $malloc))
  (export "_sbrk" (func $sbrk))
  (export "dynCall_ii" (func $dynCall_ii))
  (export "stackAlloc" (func $stackAlloc))
  (export "stackRestore" (func $stackRestore))
  (export "stackSave" (func $stackSave))

  (elem (i32.const 0) $b0 $puts)

  (data (i32.const 1024) "Hello, fastcomp!\n\00")
  (data (i32.const 1056) "argv[\00")
  (data (i32.const 1072) "] = \00")
  (data (i32.const 1088) "\n\00")
  (data (i32.const 1104) "/tmp/hello.txt\00")
  (data (i32.const 1120) "cannot open /tmp/hello.txt\n\00")
  (data (i32.const 1152) "written, and read back\n\00")
  ;; 1200: errno; 1216: the lock of stdout

  (func $main (param $argc i32) (param $argv i32) (result i32)
    (local $i i32)
    ;; puts through a function pointer: 1 is its index among the functions of type `ii`.
    (drop (call $dynCall_ii (i32.const 1) (i32.const 1024)))
    (block $done
      (loop $arguments
        (br_if $done (i32.ge_s (local.get $i) (local.get $argc)))
        (drop (call $puts (i32.const 1056)))
        (call $put_digit (local.get $i))
        (drop (call $puts (i32.const 1072)))
        (drop (call $puts (i32.load (i32.add (local.get $argv) (i32.shl (local.get $i) (i32.const 2))))))
        (drop (call $puts (i32.const 1088)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $arguments)))
    (call $write_and_read_back))

  ;; Returns 0, or 1 if the file cannot be opened.
  (func $write_and_read_back (result i32)
    (local $frame i32) (local $fd i32) (local $buffer i32) (local $length i32)
    (local.set $frame (call $stackAlloc (i32.const 32)))
    ;; open("/tmp/hello.txt", O_RDWR | O_CREAT | O_TRUNC, 0666)
    (i32.store (local.get $frame) (i32.const 1104))
    (i32.store offset=4 (local.get $frame) (i32.const 0x242))
    (i32.store offset=8 (local.get $frame) (i32.const 438))
    (local.set $fd (call $open (i32.const 5) (local.get $frame)))
    (if (i32.lt_s (local.get $fd) (i32.const 0)) (then
      (call $stackRestore (local.get $frame))
      (drop (call $puts (i32.const 1120)))
      (return (i32.const 1))))
    (drop (call $write (local.get $fd) (i32.const 1152) (call $strlen (i32.const 1152))))
    ;; llseek(fd, 0, 0, &result, SEEK_SET)
    (i32.store (local.get $frame) (local.get $fd))
    (i32.store offset=4 (local.get $frame) (i32.const 0))
    (i32.store offset=8 (local.get $frame) (i32.const 0))
    (i32.store offset=12 (local.get $frame) (i32.add (local.get $frame) (i32.const 24)))
    (i32.store offset=16 (local.get $frame) (i32.const 0))
    (drop (call $llseek (i32.const 140) (local.get $frame)))
    ;; read(fd, buffer, 64)
    (local.set $buffer (call $malloc (i32.const 64)))
    (i32.store offset=4 (local.get $frame) (local.get $buffer))
    (i32.store offset=8 (local.get $frame) (i32.const 64))
    (local.set $length (call $read (i32.const 3) (local.get $frame)))
    (drop (call $close (i32.const 6) (local.get $frame)))
    (call $stackRestore (local.get $frame))
    (drop (call $write (i32.const 1) (local.get $buffer) (local.get $length)))
    (call $free (local.get $buffer))
    (i32.const 0))

  ;; --- what would be libc's

  ;; fputs(text, stdout), which is not buffered here
  (func $puts (param $text i32) (result i32)
    (local $result i32)
    (call $lock (i32.const 1216))
    (local.set $result (call $write (i32.const 1) (local.get $text) (call $strlen (local.get $text))))
    (call $unlock (i32.const 1216))
    (local.get $result))

  (func $put_digit (param $digit i32)
    (local $frame i32)
    (local.set $frame (call $stackAlloc (i32.const 16)))
    (i32.store8 (local.get $frame) (i32.add (i32.const 48) (local.get $digit)))
    (drop (call $write (i32.const 1) (local.get $frame) (i32.const 1)))
    (call $stackRestore (local.get $frame)))

  ;; A system call takes its number, and the address of its arguments: writev(fd, iov, 1).
  (func $write (param $fd i32) (param $text i32) (param $length i32) (result i32)
    (local $frame i32) (local $result i32)
    (local.set $frame (call $stackAlloc (i32.const 32)))
    (i32.store (local.get $frame) (local.get $fd))
    (i32.store offset=4 (local.get $frame) (i32.add (local.get $frame) (i32.const 16)))
    (i32.store offset=8 (local.get $frame) (i32.const 1))
    (i32.store offset=16 (local.get $frame) (local.get $text))
    (i32.store offset=20 (local.get $frame) (local.get $length))
    (local.set $result (call $writev (i32.const 146) (local.get $frame)))
    (call $stackRestore (local.get $frame))
    (local.get $result))

  (func $strlen (param $text i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $text))
    (block $found
      (loop $next
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $end) (local.get $text)))

  (func $errno_location (result i32) (i32.const 1200))

  (func $fflush (param $stream i32) (result i32) (i32.const 0))

  ;; An allocator that never takes back.
  (func $malloc (param $size i32) (result i32)
    (call $sbrk (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))

  (func $free (param $address i32))

  ;; As asm.js library code from 1.38.31 on: the host's heap size first, then growth, then the new end of the heap.
  (func $sbrk (param $increment i32) (result i32)
    (local $old i32) (local $new i32) (local $total i32)
    (local.set $total (call $get_heap_size))
    (local.set $old (i32.load (global.get $DYNAMICTOP_PTR)))
    (local.set $new (i32.add (local.get $old) (local.get $increment)))
    (if (i32.or
          (i32.and (i32.gt_s (local.get $increment) (i32.const 0)) (i32.lt_s (local.get $new) (local.get $old)))
          (i32.lt_s (local.get $new) (i32.const 0)))
      (then
        (drop (call $abortOnCannotGrowMemory (local.get $new)))
        (call $setErrNo (i32.const 12))
        (return (i32.const -1))))
    (if (i32.gt_s (local.get $new) (local.get $total)) (then
      (if (i32.eqz (call $resize_heap (local.get $new))) (then
        (call $setErrNo (i32.const 12))
        (return (i32.const -1))))))
    (i32.store (global.get $DYNAMICTOP_PTR) (local.get $new))
    (local.get $old))

  ;; --- what fastcomp and asm2wasm add

  (func $stackAlloc (param $size i32) (result i32)
    (local $result i32)
    (local.set $result (global.get $STACKTOP))
    (global.set $STACKTOP
      (i32.and (i32.add (i32.add (global.get $STACKTOP) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (local.get $result))

  (func $stackSave (result i32) (global.get $STACKTOP))

  (func $stackRestore (param $top i32) (global.set $STACKTOP (local.get $top)))

  (func $dynCall_ii (param $pointer i32) (param $argument i32) (result i32)
    (call_indirect (type $ii) (local.get $argument) (i32.and (local.get $pointer) (i32.const 1))))

  ;; What a null pointer of type `ii` calls.
  (func $b0 (param i32) (result i32)
    (call $abort (i32.const 0))
    (i32.const 0)))
