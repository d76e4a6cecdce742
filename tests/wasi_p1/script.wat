;; The guest of script.py: it reads records, does what they say, and writes what came of it.
;;
;; Memory: its own needs below 0x10000 (an iovec at 0, a count or a result at 8), what scripts use, the script from
;; 0x100000, the answers from 0x200000. script.py puts in the imports and the way to each of them.
(module
  ;; {imports}
  (memory (export "memory") 64)
  (global $answered (mut i32) (i32.const 0x200000))

  ;; A number, or with a tag what stands at that address.
  (func $argument (param $at i32) (result i64)
    (if (result i64) (i32.load8_u (local.get $at))
      (then (i64.load32_u (i32.wrap_i64 (i64.load offset=1 (local.get $at)))))
      (else (i64.load offset=1 (local.get $at)))))

  (func $call (param $at i32) (result i32)
    ;; {ways}
    (unreachable))

  (func $answer (param $at i32) (param $size i32)
    (memory.copy (global.get $answered) (local.get $at) (local.get $size))
    (global.set $answered (i32.add (global.get $answered) (local.get $size))))

  ;; To the end of the file, piece by piece.
  (func $read_script
    (local $end i32)
    (local.set $end (i32.const 0x100000))
    (loop $more
      (i32.store (i32.const 0) (local.get $end))
      (i32.store (i32.const 4) (i32.const 0x100000))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
      (local.set $end (i32.add (local.get $end) (i32.load (i32.const 8))))
      (br_if $more (i32.load (i32.const 8)))))

  (func $write_answers
    (i32.store (i32.const 0) (i32.const 0x200000))
    (i32.store (i32.const 4) (i32.sub (global.get $answered) (i32.const 0x200000)))
    (loop $more
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 8))))
      (i32.store (i32.const 4) (i32.sub (i32.load (i32.const 4)) (i32.load (i32.const 8))))
      (br_if $more (i32.load (i32.const 4)))))

  ;; 1: put bytes at an address. 2: call. 3: show a size of bytes at an address.
  (func $do (param $what i32) (param $at i32) (param $size i32)
    (if (i32.eq (local.get $what) (i32.const 1))
      (then
        (memory.copy
          (i32.load (local.get $at))
          (i32.add (local.get $at) (i32.const 4))
          (i32.sub (local.get $size) (i32.const 4)))))
    (if (i32.eq (local.get $what) (i32.const 2))
      (then
        (i32.store (i32.const 8) (call $call (local.get $at)))
        (call $answer (i32.const 8) (i32.const 4))))
    (if (i32.eq (local.get $what) (i32.const 3))
      (then (call $answer (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))))))

  (func (export "_start")
    (local $at i32)
    (call $read_script)
    (local.set $at (i32.const 0x100000))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (i32.load8_u (local.get $at))))
        (call $do
          (i32.load8_u (local.get $at))
          (i32.add (local.get $at) (i32.const 5))
          (i32.load offset=1 (local.get $at)))
        (local.set $at
          (i32.add (i32.add (local.get $at) (i32.const 5)) (i32.load offset=1 (local.get $at))))
        (br $next)))
    (call $write_answers)))
