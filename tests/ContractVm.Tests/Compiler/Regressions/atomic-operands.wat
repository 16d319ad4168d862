;; Operands of an atomic read-modify-write that nothing else uses.
;; seed 2
;; module
(module
  (type (;0;) (func))
  (memory (;0;) i64 2 2 shared)
  (export "f6" (func 0))
  (export "m0" (memory 0))
  (elem (;0;) declare func 0)
  (func (;0;) (type 0)
    i64.const 0
    i32.const 0
    i32.atomic.rmw8.add_u
    if
    end
  )
)
