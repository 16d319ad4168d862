;; A float that is computed, and made canonical, is taken along by a conditional branch and used after it too.
;; seed 149
;; call 0 f4
;; module
(module
  (func (export "f4") (result f64)
    (local f64)
    f64.const 0
    f64.const 0
    f64.div
    i32.const 0
    br_if 0
    local.set 0
    local.get 0
  )
)
