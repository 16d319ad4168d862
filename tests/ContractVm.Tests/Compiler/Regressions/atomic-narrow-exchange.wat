;; A compare-and-exchange of 16 bits that must not write.
;; seed 587
;; call 0 f5 0
;; module
(module
  (type (;0;) (func (param f64 i64 v128 f64 i32 i32 f64) (result f32)))
  (type (;1;) (func (result f32 i32)))
  (import "env" "m0" (memory (;0;) 2 3))
  (export "f4" (func 0))
  (export "f5" (func 1))
  (export "m0" (memory 0))
  (elem (;0;) declare func 0 1)
  (func (;0;) (type 0) (param f64 i64 v128 f64 i32 i32 f64) (result f32)
    f32.const 0
  )
  (func (;1;) (type 1) (result f32 i32)
    (local i64 i32 i64 f32)
    f64.const 0
    i64.const 0
    v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000
    f64.const 0
    i32.const 0
    i32.const 0
    i32.const 0
    i32.atomic.rmw16.cmpxchg_u offset=31504
    i32.const 0
    f64.const 0
    call 0
    local.set 3
    f32.const 0
    i32.const 0
  )
)
