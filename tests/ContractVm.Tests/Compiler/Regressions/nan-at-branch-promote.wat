;; A float that is computed, and may be made canonical, is taken along by a conditional branch and used after it too.
;; seed 1459
;; call 0 f6 0
;; module
(module
  (type (;0;) (func (result f64)))
  (type (;1;) (func (param i32 i32) (result f64 v128)))
  (table (;0;) 19 funcref)
  (export "f6" (func 0))
  (export "t0" (table 0))
  (elem (;0;) declare func 0)
  (func (;0;) (type 0) (result f64)
    (local i64 i32 i64 f32 f64 v128)
    f32.const 0
    f64.promote_f32
    i32.const 0
    br_if 0
    local.set 4
    f32.const 0
    f32.const 0
    f32.le
    if (result i32)
      local.get 4
      i32.const 2048
      br_if 1
      local.set 4
      i32.const 0
    else
      i32.const 0
    end
    i32.const 0
    i32.const 0
    call_indirect (type 1) (param i32 i32) (result f64 v128)
    local.set 5
    local.set 4
    f64.const 0
  )
)
