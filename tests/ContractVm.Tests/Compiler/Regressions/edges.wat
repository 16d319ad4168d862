;; Accesses at the last bytes of a memory and across its end, with what was stored in one place read in another.
;; seed 1
;; call 0 last fffc
;; call 0 last fffd
;; call 0 last ffffffff
;; call 0 last 0
;; module
(module
  (memory 1 2)
  (func (export "last") (param i32) (result i32)
    local.get 0
    i32.const -1
    i32.store
    local.get 0
    i32.load offset=0
    i32.const 65532
    i64.load32_u
    i32.wrap_i64
    i32.xor))
