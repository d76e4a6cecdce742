;; A small library in fastcomp's manner. Each function does one thing so many times, and returns how many.
(module
  (import "env" "memory" (memory 256 256))
  (import "env" "answer" (func $answer (param i32) (result i32)))
  (import "env" "_gettimeofday" (func $gettimeofday (param i32 i32) (result i32)))
  (table 1 funcref)
  ;; the stack, from 4096 to 135168
  (global (mut i32) (i32.const 4096))
  (global (mut i32) (i32.const 135168))
  ;; a host function of the embedder's own
  (func (export "_asks") (param $times i32) (result i32) (local $n i32)
    (loop $again
      (local.set $n (call $answer (local.get $n)))
      (br_if $again (i32.lt_u (local.get $n) (local.get $times))))
    (local.get $n))
  ;; a host function that the host has in C
  (func (export "_tells") (param $times i32) (result i32) (local $n i32)
    (loop $again
      (local.set $n (i32.add (i32.add (local.get $n) (i32.const 1))
                             (call $gettimeofday (i32.const 1024) (i32.const 0))))
      (br_if $again (i32.lt_u (local.get $n) (local.get $times))))
    (local.get $n))
  ;; none at all
  (func (export "_computes") (param $times i32) (result i32) (local $n i32) (local $state i32)
    (loop $again
      (local.set $state
        (i32.rem_u (i32.add (i32.mul (local.get $state) (i32.const 1664525)) (i32.const 1013904223))
                   (i32.or (local.get $n) (i32.const 1))))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $times))))
    (i32.store (i32.const 2048) (local.get $state))
    (local.get $n)))
