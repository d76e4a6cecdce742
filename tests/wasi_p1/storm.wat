;; The guest of test_storm.py: random calls of every function with random arguments, in a loop of its own.
;;
;; Memory: what pointers may point to below 0x10000 (put back every 64 calls), the numbers to choose arguments from at
;; 0x10000. test_storm.py puts in the imports, the way to each of them, and all numbers.
(module
  ;; {imports}
  (memory (export "memory") 2)
  (data $bytes "{bytes}")
  (data (i32.const 0x10000) "{numbers}")
  (global $random (mut i64) (i64.const 0))
  (global $length (mut i32) (i32.const 0))
  (global $succeeded (mut i64) (i64.const 0))
  (global $failed (mut i64) (i64.const 0))

  ;; xorshift64*
  (func $next (result i64)
    (global.set $random (i64.xor (global.get $random) (i64.shr_u (global.get $random) (i64.const 12))))
    (global.set $random (i64.xor (global.get $random) (i64.shl (global.get $random) (i64.const 25))))
    (global.set $random (i64.xor (global.get $random) (i64.shr_u (global.get $random) (i64.const 27))))
    (i64.mul (global.get $random) (i64.const 0x2545F4914F6CDD1D)))

  (func $below (param $end i64) (result i32)
    (i32.wrap_i64 (i64.rem_u (i64.shr_u (call $next) (i64.const 8)) (local.get $end))))

  ;; One of so many numbers at an address, or once in 32 times any number there is.
  (func $one (param $at i32) (param $count i64) (result i64)
    (if (result i64) (call $below (i64.const 32))
      (then (i64.load (i32.add (local.get $at) (i32.shl (call $below (local.get $count)) (i32.const 3)))))
      (else (call $next))))

  ;; The same for two numbers that belong together, a pointer and what $length is then.
  (func $pair (param $at i32) (param $count i64) (result i32)
    (local $choice i32)
    (local.set $choice (i32.add (local.get $at) (i32.shl (call $below (local.get $count)) (i32.const 4))))
    (global.set $length (i32.wrap_i64 (call $one (i32.add (local.get $choice) (i32.const 8)) (i64.const 1))))
    (i32.wrap_i64 (call $one (local.get $choice) (i64.const 1))))

  (func $call (param $function i32) (result i32)
    ;; {ways}
    (unreachable))

  ;; So many calls. A result that is no error number traps.
  (func (export "storm") (param $seed i64) (param $calls i32)
    (local $function i32) (local $result i32) (local $bit i64)
    (global.set $random (local.get $seed))
    (loop $more
      (if (i32.eqz (i32.and (local.get $calls) (i32.const 63)))
        (then (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const {size}))))
      (local.set $function (call $below (i64.const {functions})))
      (local.set $result (call $call (local.get $function)))
      (if (i32.gt_u (local.get $result) (i32.const {most})) (then (unreachable)))
      (local.set $bit (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $function))))
      (if (local.get $result)
        (then (global.set $failed (i64.or (global.get $failed) (local.get $bit))))
        (else (global.set $succeeded (i64.or (global.get $succeeded) (local.get $bit)))))
      (br_if $more (local.tee $calls (i32.sub (local.get $calls) (i32.const 1))))))

  ;; Which functions did, a bit each.
  (func (export "succeeded") (result i64) (global.get $succeeded))
  (func (export "failed") (result i64) (global.get $failed)))
