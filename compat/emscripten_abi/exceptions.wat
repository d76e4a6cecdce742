;; What the runtime library remembers of C++ exceptions, as src/library_exceptions.js of Emscripten did: an exception
;; object carries no header, so its record is kept here, in a memory that no program can reach. exceptions.py says what
;; the functions are for; whatever they are called with, they trap at worst.
;;
;; Cells of 32 bytes hold everything. A cell that is free, or a handler that runs, is in a list through `next`. Any
;; other gives an address under which an exception is known, and is in the list of its bucket, newest first:
;;
;;    0 next
;;    4 address       the object's own, or one that a handler was given: a base class within it, or what it points to
;;    8 record        the cell of the object's own address, which goes on
;;   12 also          the next cell of the same object
;;   16 type          address of its std::type_info; 0 for an object of no C++ type
;;   20 destructor    function pointer, or 0
;;   24 references    handlers that run, and exception_ptrs
;;   28 caught        a byte: a handler has begun
;;   29 rethrown      a byte: thrown again, so that the handler that ends now must leave it alive

(module $exceptions
  (memory 1 1024)

  ;; 1,024 buckets of 4 bytes come first, then cells.
  (global $top (mut i32) (i32.const 4096))
  (global $free (mut i32) (i32.const 0))
  (global $handlers (mut i32) (i32.const 0))  ;; innermost first; each has the address of its object

  (global $last (mut i32) (i32.const 0))
  (global $uncaught (mut i32) (i32.const 0))

  ;; --- cells

  (func $take (result i32)
    (local $cell i32)
    (local.set $cell (global.get $free))
    (if (local.get $cell)
      (then
        (global.set $free (i32.load (local.get $cell)))
        (memory.fill (local.get $cell) (i32.const 0) (i32.const 32)))
      (else
        (local.set $cell (global.get $top))
        (global.set $top (i32.add (local.get $cell) (i32.const 32)))
        (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
          (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))))))
    (local.get $cell))

  (func $give_back (param $cell i32)
    (i32.store (local.get $cell) (global.get $free))
    (global.set $free (local.get $cell)))

  (func $bucket (param $address i32) (result i32)
    ;; malloc aligns to 8 bytes
    (i32.and (i32.shr_u (local.get $address) (i32.const 1)) (i32.const 0xffc)))

  (func $add (param $address i32) (result i32)
    (local $cell i32) (local $bucket i32)
    (local.set $cell (call $take))
    (local.set $bucket (call $bucket (local.get $address)))
    (i32.store (local.get $cell) (i32.load (local.get $bucket)))
    (i32.store (local.get $bucket) (local.get $cell))
    (i32.store offset=4 (local.get $cell) (local.get $address))
    (local.get $cell))

  (func $remove (param $cell i32)
    (local $link i32)
    (local.set $link (call $bucket (i32.load offset=4 (local.get $cell))))
    (loop $search
      (if (i32.ne (i32.load (local.get $link)) (local.get $cell)) (then
        (local.set $link (i32.load (local.get $link)))
        (br $search))))
    (i32.store (local.get $link) (i32.load (local.get $cell)))
    (call $give_back (local.get $cell)))

  ;; The record of the exception that is known by an address, the newest if there are several; or 0.
  (func $known (param $address i32) (result i32)
    (local $cell i32)
    (local.set $cell (i32.load (call $bucket (local.get $address))))
    (loop $search
      (if (i32.eqz (local.get $cell)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load offset=4 (local.get $cell)) (local.get $address))
        (then (return (i32.load offset=8 (local.get $cell)))))
      (local.set $cell (i32.load (local.get $cell)))
      (br $search))
    (unreachable))

  ;; The record of an object, or 0.
  (func $record (param $object i32) (result i32)
    (local $cell i32)
    (local.set $cell (i32.load (call $bucket (local.get $object))))
    (loop $search
      (if (i32.eqz (local.get $cell)) (then (return (i32.const 0))))
      (if (i32.and
            (i32.eq (i32.load offset=4 (local.get $cell)) (local.get $object))
            (i32.eq (i32.load offset=8 (local.get $cell)) (local.get $cell)))
        (then (return (local.get $cell))))
      (local.set $cell (i32.load (local.get $cell)))
      (br $search))
    (unreachable))

  ;; The object that is known by an address; the address itself where none is.
  (func $object (param $address i32) (result i32)
    (local $record i32)
    (local.set $record (call $known (local.get $address)))
    (if (result i32) (local.get $record)
      (then (i32.load offset=4 (local.get $record)))
      (else (local.get $address))))

  (func $forget (param $cell i32)
    (local $also i32)
    (loop $next
      (if (local.get $cell) (then
        (local.set $also (i32.load offset=12 (local.get $cell)))
        (call $remove (local.get $cell))
        (local.set $cell (local.get $also))
        (br $next)))))

  ;; --- throwing

  (func (export "throw") (param $object i32) (param $type i32) (param $destructor i32)
    (local $record i32)
    ;; An object that a longjmp out of its handler has left behind may be thrown anew.
    (call $forget (call $record (local.get $object)))
    (local.set $record (call $add (local.get $object)))
    (i32.store offset=8 (local.get $record) (local.get $record))
    (i32.store offset=16 (local.get $record) (local.get $type))
    (i32.store offset=20 (local.get $record) (local.get $destructor))
    (global.set $last (local.get $object))
    (global.set $uncaught (i32.add (global.get $uncaught) (i32.const 1))))

  (func (export "resume") (param $address i32) (result i32)
    (if (i32.eqz (global.get $last)) (then (global.set $last (call $object (local.get $address)))))
    (global.get $last))

  (func (export "rethrow") (result i32)
    (if (i32.eqz (global.get $handlers)) (then (return (i32.const 0))))
    (call $rethrow (i32.load offset=4 (global.get $handlers))))

  (func $rethrow (export "rethrow_primary") (param $object i32) (result i32)
    (local $record i32)
    (local.set $record (call $record (local.get $object)))
    (if (local.get $record) (then (i32.store8 offset=29 (local.get $record) (i32.const 1))))
    (global.set $last (local.get $object))
    (local.get $object))

  ;; --- catching

  (func (export "last") (result i32) (global.get $last))

  (func (export "type") (param $object i32) (result i32)
    (local $record i32)
    (local.set $record (call $record (local.get $object)))
    (if (result i32) (local.get $record)
      (then (i32.load offset=16 (local.get $record)))
      (else (i32.const 0))))

  (func (export "adjust") (param $object i32) (param $address i32)
    (local $record i32) (local $cell i32)
    (local.set $record (call $record (local.get $object)))
    (if (i32.or (i32.eqz (local.get $record)) (i32.eq (call $known (local.get $address)) (local.get $record)))
      (then (return)))
    (local.set $cell (call $add (local.get $address)))
    (i32.store offset=8 (local.get $cell) (local.get $record))
    (i32.store offset=12 (local.get $cell) (i32.load offset=12 (local.get $record)))
    (i32.store offset=12 (local.get $record) (local.get $cell)))

  (func (export "begin_catch") (param $address i32)
    (local $handler i32) (local $record i32)
    (local.set $handler (call $take))
    (i32.store (local.get $handler) (global.get $handlers))
    (i32.store offset=4 (local.get $handler) (call $object (local.get $address)))
    (global.set $handlers (local.get $handler))
    (local.set $record (call $known (local.get $address)))
    (if (i32.eqz (local.get $record)) (then (return)))
    (if (i32.eqz (i32.load8_u offset=28 (local.get $record))) (then
      (i32.store8 offset=28 (local.get $record) (i32.const 1))
      (global.set $uncaught (i32.sub (global.get $uncaught) (i32.const 1)))))
    (i32.store8 offset=29 (local.get $record) (i32.const 0))
    (call $own (local.get $record)))

  (func (export "end_catch") (result i32)
    (local $handler i32)
    (local.set $handler (global.get $handlers))
    (if (i32.eqz (local.get $handler)) (then (return (i32.const 0))))
    (global.set $handlers (i32.load (local.get $handler)))
    (global.set $last (i32.const 0))
    (call $give_back (local.get $handler))
    (i32.load offset=4 (local.get $handler)))

  ;; --- owning

  (func $own (param $record i32)
    (i32.store offset=24 (local.get $record) (i32.add (i32.load offset=24 (local.get $record)) (i32.const 1))))

  (func $acquire (export "acquire") (param $object i32)
    (local $record i32)
    (local.set $record (call $record (local.get $object)))
    (if (local.get $record) (then (call $own (local.get $record)))))

  (func (export "current") (result i32)
    (local $object i32)
    (if (i32.eqz (global.get $handlers)) (then (return (i32.const 0))))
    (local.set $object (i32.load offset=4 (global.get $handlers)))
    (call $acquire (local.get $object))
    (local.get $object))

  (func (export "release") (param $object i32) (result i32)
    (local $record i32)
    (local.set $record (call $record (local.get $object)))
    (if (i32.eqz (local.get $record)) (then (return (i32.const 0))))
    (i32.store offset=24 (local.get $record) (i32.sub (i32.load offset=24 (local.get $record)) (i32.const 1)))
    (if (i32.or
          (i32.gt_s (i32.load offset=24 (local.get $record)) (i32.const 0))
          (i32.load8_u offset=29 (local.get $record)))
      (then (return (i32.const 0))))
    (call $forget (local.get $record))
    (i32.const 1))

  (func (export "destructor") (param $object i32) (result i32)
    (local $record i32)
    (local.set $record (call $record (local.get $object)))
    (if (result i32) (local.get $record)
      (then (i32.load offset=20 (local.get $record)))
      (else (i32.const 0))))

  ;; --- what is under way

  (func (export "uncaught") (result i32) (global.get $uncaught))

  (func (export "settle")
    (global.set $last (i32.const 0))
    (global.set $uncaught (i32.const 0))))
