;; int try(int value) { int r = setjmp(buffer); if (r == 0) deep(value); return r; } as fastcomp compiles it.

(module
  (import "env" "memory" (memory 256 256))
  (import "env" "invoke_vi" (func $invoke_vi (param i32 i32)))
  (import "env" "_longjmp" (func $longjmp (param i32 i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $deep $jump)
  (global $STACKTOP (mut i32) (i32.const 4096))
  (global $threw (mut i32) (i32.const 0))
  (global $value (mut i32) (i32.const 0))

  (func (export "dynCall_vi") (param i32 i32) (call_indirect (param i32) (local.get 1) (local.get 0)))
  (func (export "stackSave") (result i32) (global.get $STACKTOP))
  (func (export "stackRestore") (param i32) (global.set $STACKTOP (local.get 0)))
  (func (export "_setThrew") (param $threw i32) (param $value i32)
    (if (i32.eqz (global.get $threw)) (then
      (global.set $threw (local.get $threw))
      (global.set $value (local.get $value)))))

  (func (export "try") (param $argument i32) (result i32)
    (call $invoke_vi (i32.const 0) (local.get $argument))
    (if (i32.ne (global.get $threw) (i32.const 2048)) (then (return (i32.const -999))))
    (global.set $threw (i32.const 0))
    (global.get $value))

  (func $deep (param $argument i32) (local $threw i32)
    (global.set $STACKTOP (i32.add (global.get $STACKTOP) (i32.const 256)))
    (call $invoke_vi (i32.const 1) (local.get $argument))
    ;; The jump is not to here: pass it on, as compiled code does where _testSetjmp knows no label.
    (local.set $threw (global.get $threw))
    (global.set $threw (i32.const 0))
    (call $longjmp (local.get $threw) (global.get $value)))

  (func $jump (export "jump") (param $argument i32) (call $longjmp (i32.const 2048) (local.get $argument))))
