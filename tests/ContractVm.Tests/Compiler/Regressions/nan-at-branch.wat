;; A float that is computed, and may be made canonical, is taken along by a conditional branch and used after it too.
;; seed 66
;; call 0 f2 0 0 0 0 0
;; module
(module
  (type (;0;) (func (result f64 i64 f32 i64 f32 f64 f32 f32 i64 f64 i64 f64 i32)))
  (export "f2" (func 0))
  (elem (;0;) declare func 0)
  (func (;0;) (type 0) (result f64 i64 f32 i64 f32 f64 f32 f32 i64 f64 i64 f64 i32)
    (local f64 i64 f32 i32 f64 i32 i64 f32 f64 v128 i32 i32 i32 i64 i64 i64 f32 f32 f64)
    f64.const 0
    i64.const 0
    f32.const 0
    i64.const 0
    f32.const 0
    f32.const 0
    f32.add
    f64.const 0
    f32.const 0
    f32.const 0
    i64.const 0
    f64.const 0
    i64.const 0
    f64.const 0
    i32.const 0
    i32.const 0
    br_if 0
    local.set 10
    drop
    drop
    drop
    local.set 1
    drop
    local.set 16
    local.set 18
    local.set 2
    local.set 13
    local.set 16
    local.set 1
    local.set 0
    f64.const 0
    i64.const 0
    f32.const 0
    i64.const 0
    f32.const 0
    f64.const 0
    local.get 2
    f32.const 0
    i64.const 0
    f64.const 0
    i64.const 0
    f64.const 0
    i32.const 0
  )
)
