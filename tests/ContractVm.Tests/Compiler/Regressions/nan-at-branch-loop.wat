;; A float that is computed, and may be made canonical, is taken along by a conditional branch and used after it too.
;; seed 3055
;; call 0 f3 0 0
;; module
(module
  (type (;0;) (func (param f64 f64) (result f64 f64 f64)))
  (type (;1;) (func (param v128 f64) (result funcref i32 v128)))
  (table (;0;) 18 funcref)
  (global (;0;) (mut externref) (ref.null extern))
  (global (;1;) (mut f32) (f32.const -5.634099E+36))
  (global (;2;) (mut (ref null 1)) (ref.null 1))
  (global (;3;) funcref (ref.null func))
  (global (;4;) v128 (v128.const i32x4 0xffffffff 0x0000007f 0x3abcfb8c 0x3bac35ef))
  (global (;5;) (mut v128) (v128.const i32x4 0x8c799222 0xa9b55b77 0x10000000 0xc239159e))
  (export "f3" (func 0))
  (export "t0" (table 0))
  (export "g0" (global 0))
  (export "g1" (global 1))
  (export "g2" (global 2))
  (export "g3" (global 3))
  (export "g4" (global 4))
  (export "g5" (global 5))
  (elem (;0;) declare func 0)
  (func (;0;) (type 0) (param f64 f64) (result f64 f64 f64)
    (local i32 i64 f32 f64)
    block
      loop
        local.get 0
        f64.trunc
        f64.const 0
        f64.const 0
        i32.const 0
        br_if 2
        local.set 0
        local.set 5
        local.set 0
      end
    end
    f64.const 0
    f64.const 0
    local.get 0
  )
)
;; module
(module
  (elem (;0;) declare func)
)
