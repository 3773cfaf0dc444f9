;; A module in place of the engine that does what its memory says: whatever a spoiled engine could do to its host.
;;
;; Each export runs a program of its own, which begins where the word at 64 + 4 * (its number) says. A program is a list of
;; instructions of four words: what, a, b, c. `wat2wasm puppet.wat` (npm package wabt) makes puppet.wasm, which is checked in.
(module
  (import "host" "call" (func $call (param i32 i32 i32)))
  (import "host" "wait" (func $wait (param i32 f64)))
  (import "host" "output" (func $output (param i32 i32 i32)))
  (import "host" "now" (func $now (result f64)))
  (import "host" "over_memory" (func $over_memory))
  (memory (export "memory") 2)

  (func $run (param $at i32) (result i32)
    (local $a i32) (local $b i32) (local $c i32)
    (loop $next
      (local.set $a (i32.load offset=4 (local.get $at)))
      (local.set $b (i32.load offset=8 (local.get $at)))
      (local.set $c (i32.load offset=12 (local.get $at)))
      (block $trap (block $recurse (block $add (block $jump (block $spin (block $grow
      (block $over (block $clock (block $print (block $pause (block $ask (block $return
        (br_table $return $ask $pause $print $clock $over $grow $spin $jump $add $recurse $trap
          (i32.load (local.get $at))))
        (return (local.get $a))) ;; 0
        (call $call (local.get $a) (local.get $b) (local.get $c)) ;; 1
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (call $wait (local.get $a) (f64.load (local.get $b))) ;; 2
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (call $output (local.get $a) (local.get $b) (local.get $c)) ;; 3
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (f64.store (local.get $a) (call $now)) ;; 4
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (call $over_memory) ;; 5
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (i32.store (local.get $b) (memory.grow (local.get $a))) ;; 6
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (loop $ever (br $ever))) ;; 7
        (local.set $at (local.get $a)) ;; 8
        (br $next))
        (i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (local.get $b))) ;; 9
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next))
        (return (call $run (local.get $a)))) ;; 10
      (unreachable)) ;; 11 and all others
    (unreachable))

  (func (export "engine_buffer") (param i32) (result i32) (call $run (i32.load (i32.const 64))))
  (func (export "engine_start") (param i32 i32) (result i32) (call $run (i32.load (i32.const 68))))
  (func (export "engine_deliver") (param i32 i32 i32 i32) (result i32) (call $run (i32.load (i32.const 72))))
  (func (export "engine_result") (result i32) (call $run (i32.load (i32.const 76))))
  (func (export "engine_result_length") (result i32) (call $run (i32.load (i32.const 80))))
  (func (export "engine_heap") (result i32) (call $run (i32.load (i32.const 84))))
  (func (export "engine_compile") (param i32 i32 i32) (result i32) (call $run (i32.load (i32.const 88))))
  (func (export "engine_where") (result i32) (call $run (i32.load (i32.const 92)))))
