;; Passes over the bytes of a text at which nothing can begin that candidates.ts would look at: no core of a
;; form, and no escape through which one may be read. It may stop where nothing is; it never passes over
;; something. scan.ts loads the memory and calls it; `node tools/redaction-scan.ts` writes scan-module.ts.
;;
;; Memory: 0 the class of each byte, 256 the value of each hexadecimal digit (255 of any other byte),
;; 65536 a part of the text with at least 3 bytes before it, 196608 the bits of the filter (filter.ts).
;; A class is a sum: 1 an escape may begin, 2 a letter, digit or zero, 4 may be in a core,
;; 8 what an escape may stand for in a core.
(module
  (memory (export "memory") 11)

  (func $class (param $byte i32) (param $which i32) (result i32)
    (i32.and (i32.load8_u (local.get $byte)) (local.get $which)))

  (func $is (param $at i32) (param $which i32) (result i32)
    (call $class (i32.load8_u (local.get $at)) (local.get $which)))

  ;; Two hexadecimal digits as a number; 256 when they are not there.
  (func $hexadecimal (param $at i32) (result i32)
    (local $first i32)
    (local $second i32)
    (local.set $first (i32.load8_u offset=256 (i32.load8_u (local.get $at))))
    (local.set $second (i32.load8_u offset=256 (i32.load8_u offset=1 (local.get $at))))
    (select
      (i32.const 256)
      (i32.or (i32.shl (local.get $first) (i32.const 4)) (local.get $second))
      (i32.gt_u (i32.or (local.get $first) (local.get $second)) (i32.const 15))))

  (func $bit (param $place i32) (result i32)
    (i32.and
      (i32.shr_u (i32.load8_u offset=196608 (i32.shr_u (local.get $place) (i32.const 3))) (i32.and (local.get $place) (i32.const 7)))
      (i32.const 1)))

  (func $hash (param $four i32) (param $shift i32) (result i32)
    (i32.shr_u (i32.mul (local.get $four) (i32.const 0x9e3779b1)) (local.get $shift)))

  ;; Whether a core may begin here: `mayContinueWith` of filter.ts, where four bytes follow as they stand.
  (func $core (param $at i32) (param $shift i32) (result i32)
    (local $four i32)
    (local.set $four (i32.load (local.get $at)))
    (if (call $bit (call $hash
          (i32.xor
            (i32.mul (local.get $four) (i32.const 0x85ebca6b))
            (call $hash (i32.load offset=4 (local.get $at)) (i32.const 0)))
          (local.get $shift)))
      (then (return (i32.const 1))))
    (if (call $bit (i32.xor (call $hash (local.get $four) (local.get $shift)) (i32.const 1)))
      (then (return (i32.const 1))))
    (i32.or
      (i32.or (call $is (i32.add (local.get $at) (i32.const 4)) (i32.const 1)) (call $is (i32.add (local.get $at) (i32.const 5)) (i32.const 1)))
      (i32.or (call $is (i32.add (local.get $at) (i32.const 6)) (i32.const 1)) (call $is (i32.add (local.get $at) (i32.const 7)) (i32.const 1)))))

  ;; Whether a core may begin up to three bytes before a place, or at it, and go on behind what stands there
  ;; for nothing. `count` is 1, or 0 to ask for the place itself too.
  (func $across (param $at i32) (param $behind i32) (param $count i32) (param $shift i32) (result i32)
    (local $bits i32)
    (loop $more (result i32)
      (if (local.get $count)
        (then (if (i32.eqz (call $is (i32.sub (local.get $at) (local.get $count)) (i32.const 4)))
          (then (return (i32.const 0))))))
      (local.set $bits (i32.shl (local.get $count) (i32.const 3)))
      (if (call $bit (call $hash
            (i32.or
              (i32.and
                (i32.load (i32.sub (local.get $at) (local.get $count)))
                (i32.sub (i32.shl (i32.const 1) (local.get $bits)) (i32.const 1)))
              (i32.shl (i32.load (local.get $behind)) (local.get $bits)))
            (local.get $shift)))
        (then (return (i32.const 1))))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $count) (i32.const 4)))
      (i32.const 0)))

  ;; The same of the end of a line at a place, which is read up to `behind`, and blanks behind it.
  (func $line (param $at i32) (param $behind i32) (param $end i32) (param $shift i32) (result i32)
    (local $most i32)
    (if (i32.eqz (call $is (i32.sub (local.get $at) (i32.const 1)) (i32.const 4))) (then (return (i32.const 0))))
    (if (call $escaped (local.get $behind)) (then (return (i32.const 1))))
    (if (call $across (local.get $at) (local.get $behind) (i32.const 1) (local.get $shift)) (then (return (i32.const 1))))
    (if (i32.eqz (call $blank (local.get $behind))) (then (return (i32.const 0))))
    (local.set $behind (i32.add (local.get $behind) (i32.const 1)))
    (if (call $escaped (local.get $behind)) (then (return (i32.const 1))))
    (if (call $across (local.get $at) (local.get $behind) (i32.const 1) (local.get $shift)) (then (return (i32.const 1))))
    (local.set $most (i32.add (local.get $behind) (i32.const 127)))
    (loop $more
      (if (i32.or (i32.ge_u (local.get $behind) (local.get $most)) (i32.ge_u (i32.add (local.get $behind) (i32.const 4)) (local.get $end)))
        (then (return (i32.const 1))))
      (if (call $blank (local.get $behind))
        (then
          (local.set $behind (i32.add (local.get $behind) (i32.const 1)))
          (br $more))))
    (if (call $escaped (local.get $behind)) (then (return (i32.const 1))))
    (call $across (local.get $at) (local.get $behind) (i32.const 1) (local.get $shift)))

  (func $blank (param $at i32) (result i32)
    (local $byte i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (i32.or (i32.eq (local.get $byte) (i32.const 0x20)) (i32.eq (local.get $byte) (i32.const 0x09))))

  ;; Whether an escape begins among the three bytes that may belong to a core.
  (func $escaped (param $at i32) (result i32)
    (i32.or
      (i32.or (call $is (local.get $at) (i32.const 1)) (call $is (i32.add (local.get $at) (i32.const 1)) (i32.const 1)))
      (call $is (i32.add (local.get $at) (i32.const 2)) (i32.const 1))))

  (func $percent (param $at i32) (param $end i32) (param $shift i32) (result i32)
    (local $code i32)
    (local.set $code (call $hexadecimal (i32.add (local.get $at) (i32.const 1))))
    (if (i32.gt_u (local.get $code) (i32.const 255)) (then (return (i32.const 0))))
    (if (i32.eqz (call $class (local.get $code) (i32.const 8))) (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 3)))
    (if (i32.eq (local.get $code) (i32.const 0x25))
      (then
        (local.set $code (call $hexadecimal (local.get $at)))
        (if (i32.gt_u (local.get $code) (i32.const 255)) (then (return (call $is (local.get $at) (i32.const 1)))))
        (return (i32.ne (call $class (local.get $code) (i32.const 8)) (i32.const 0)))))
    (if (i32.eq (local.get $code) (i32.const 0x5c)) (then (return (call $is (local.get $at) (i32.const 3)))))
    (if (i32.or (i32.eq (local.get $code) (i32.const 0x0a)) (i32.eq (local.get $code) (i32.const 0x0d)))
      (then (return (call $line (i32.sub (local.get $at) (i32.const 3)) (local.get $at) (local.get $end) (local.get $shift)))))
    (i32.const 1))

  (func $ampersand (param $at i32) (result i32)
    (local $byte i32)
    (local $code i32)
    (local $most i32)
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 0x61))
      (then
        ;; `mp`
        (if (i32.ne (i32.load16_u offset=1 (local.get $at)) (i32.const 0x706d)) (then (return (i32.const 0))))
        (local.set $byte (i32.load8_u offset=3 (local.get $at)))
        (if (i32.ne (local.get $byte) (i32.const 0x3b)) (then (return (call $class (local.get $byte) (i32.const 1)))))
        (local.set $byte (i32.load8_u offset=4 (local.get $at)))
        (if (i32.eq (local.get $byte) (i32.const 0x61)) (then (return (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (if (i32.ne (local.get $byte) (i32.const 0x23)) (then (return (call $class (local.get $byte) (i32.const 1)))))
    ;; A decimal number of at most three digits, and what follows it; any other is for candidates.ts.
    (local.set $most (i32.add (local.get $at) (i32.const 5)))
    (loop $more
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $at) (local.get $most)) (then (return (i32.const 1))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
        (then
          (local.set $code (i32.add (i32.mul (local.get $code) (i32.const 10)) (i32.sub (local.get $byte) (i32.const 0x30))))
          (if (i32.gt_u (local.get $code) (i32.const 255)) (then (return (i32.const 0))))
          (br $more))))
    (if (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x78)) (then (return (i32.const 1))))
    (if (i32.ne (local.get $byte) (i32.const 0x3b)) (then (return (call $class (local.get $byte) (i32.const 1)))))
    (i32.ne (call $class (local.get $code) (i32.const 8)) (i32.const 0)))

  (func $backslash (param $at i32) (param $end i32) (param $shift i32) (result i32)
    (local $behind i32)
    (local $byte i32)
    (local $letter i32)
    (local $code i32)
    (local.set $behind (i32.add (local.get $at) (i32.const 1)))
    (loop $more
      (if (i32.or
            (i32.ge_u (i32.add (local.get $behind) (i32.const 8)) (local.get $end))
            (i32.gt_u (local.get $behind) (i32.add (local.get $at) (i32.const 16))))
        (then (return (i32.const 1))))
      (if (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x5c))
        (then
          (local.set $behind (i32.add (local.get $behind) (i32.const 1)))
          (br $more))))
    (local.set $byte (i32.load8_u (local.get $behind)))
    (if (i32.eqz (call $class (local.get $byte) (i32.const 3))) (then (return (i32.const 0))))
    (if (i32.eq (local.get $byte) (i32.const 0x2b)) (then (return (i32.const 0))))
    (local.set $letter (i32.or (local.get $byte) (i32.const 0x20)))
    (if (i32.or (i32.eq (local.get $letter) (i32.const 0x75)) (i32.eq (local.get $letter) (i32.const 0x78)))
      (then
        (local.set $code (call $hexadecimal (i32.add (local.get $behind) (i32.const 1))))
        (if (i32.gt_u (local.get $code) (i32.const 255)) (then (return (i32.const 1))))
        (if (i32.eq (local.get $letter) (i32.const 0x75))
          (then
            (if (local.get $code)
              (then (return (i32.gt_u (call $hexadecimal (i32.add (local.get $behind) (i32.const 3))) (i32.const 255)))))
            (local.set $code (call $hexadecimal (i32.add (local.get $behind) (i32.const 3))))
            (if (i32.gt_u (local.get $code) (i32.const 255)) (then (return (i32.const 1))))))
        (return (i32.ne (call $class (local.get $code) (i32.const 8)) (i32.const 0)))))
    ;; Several, or another escape behind it.
    (if (i32.or
          (call $class (local.get $byte) (i32.const 1))
          (i32.gt_u (local.get $behind) (i32.add (local.get $at) (i32.const 1))))
      (then (return (i32.const 1))))
    ;; `n` and `r`
    (if (i32.or (i32.eq (local.get $byte) (i32.const 0x6e)) (i32.eq (local.get $byte) (i32.const 0x72)))
      (then (return (call $line (local.get $at) (i32.add (local.get $behind) (i32.const 1)) (local.get $end) (local.get $shift)))))
    ;; 0 to 7: a number.
    (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 8)) (then (return (i32.const 1))))
    ;; A letter that it may stand for.
    (if (call $escaped (i32.add (local.get $behind) (i32.const 1))) (then (return (i32.const 1))))
    (call $across (local.get $at) (local.get $behind) (i32.const 0) (local.get $shift)))

  ;; Whether a core may be read through the escape at a place.
  (func $escape (param $at i32) (param $end i32) (param $shift i32) (result i32)
    (local $byte i32)
    (local $behind i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 0x25)) (then (return (call $percent (local.get $at) (local.get $end) (local.get $shift)))))
    (if (i32.eq (local.get $byte) (i32.const 0x26)) (then (return (call $ampersand (local.get $at)))))
    (if (i32.eq (local.get $byte) (i32.const 0x5c)) (then (return (call $backslash (local.get $at) (local.get $end) (local.get $shift)))))
    (local.set $behind (i32.add (local.get $at) (i32.const 1)))
    (if (i32.and (i32.eq (local.get $byte) (i32.const 0x0d)) (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x0a)))
      (then (local.set $behind (i32.add (local.get $behind) (i32.const 1)))))
    (call $line (local.get $at) (local.get $behind) (local.get $end) (local.get $shift)))

  ;; The first place from `at` on that is to be looked at; `limit` or a little more when there is none. Behind
  ;; `limit` there are 32 bytes of the text at least, up to `end`.
  (func (export "next") (param $at i32) (param $limit i32) (param $end i32) (param $shift i32) (result i32)
    (local $block v128)
    (local $escapes i32)
    (local $place i32)
    (local $most i32)
    (local $hash i32)
    (loop $blocks
      (if (i32.ge_u (local.get $at) (local.get $limit)) (then (return (local.get $at))))
      (local.set $block (v128.load (local.get $at)))
      (local.set $escapes (i8x16.bitmask
        (v128.or
          (v128.or
            (v128.or
              (i8x16.eq (local.get $block) (v128.const i8x16 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10))
              (i8x16.eq (local.get $block) (v128.const i8x16 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13)))
            (v128.or
              (i8x16.eq (local.get $block) (v128.const i8x16 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37))
              (i8x16.eq (local.get $block) (v128.const i8x16 38 38 38 38 38 38 38 38 38 38 38 38 38 38 38 38))))
          (i8x16.eq (local.get $block) (v128.const i8x16 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92 92)))))
      (local.set $place (local.get $at))
      (local.set $most (i32.add (local.get $at) (i32.const 16)))
      (block $found
        (loop $places
          ;; Four places together: `mayStartWith` of filter.ts, written out since it is asked of every byte.
          (if (i32.and (i32.const 1) (i32.or
              (i32.or
                (i32.shr_u
                (i32.load8_u offset=196608 (i32.shr_u
                  (local.tee $hash (i32.shr_u (i32.mul (i32.load (local.get $place)) (i32.const 0x9e3779b1)) (local.get $shift)))
                  (i32.const 3)))
                (i32.and (local.get $hash) (i32.const 7)))
                (i32.shr_u
                (i32.load8_u offset=196608 (i32.shr_u
                  (local.tee $hash (i32.shr_u (i32.mul (i32.load offset=1 (local.get $place)) (i32.const 0x9e3779b1)) (local.get $shift)))
                  (i32.const 3)))
                (i32.and (local.get $hash) (i32.const 7))))
              (i32.or
                (i32.shr_u
                (i32.load8_u offset=196608 (i32.shr_u
                  (local.tee $hash (i32.shr_u (i32.mul (i32.load offset=2 (local.get $place)) (i32.const 0x9e3779b1)) (local.get $shift)))
                  (i32.const 3)))
                (i32.and (local.get $hash) (i32.const 7)))
                (i32.shr_u
                (i32.load8_u offset=196608 (i32.shr_u
                  (local.tee $hash (i32.shr_u (i32.mul (i32.load offset=3 (local.get $place)) (i32.const 0x9e3779b1)) (local.get $shift)))
                  (i32.const 3)))
                (i32.and (local.get $hash) (i32.const 7))))))
            (then
              (local.set $most (i32.add (local.get $place) (i32.const 4)))
              (loop $each
                (if (call $bit (call $hash (i32.load (local.get $place)) (local.get $shift)))
                  (then (br_if $found (call $core (local.get $place) (local.get $shift)))))
                (local.set $place (i32.add (local.get $place) (i32.const 1)))
                (br_if $each (i32.lt_u (local.get $place) (local.get $most))))
              (local.set $most (i32.add (local.get $at) (i32.const 16))))
            (else (local.set $place (i32.add (local.get $place) (i32.const 4)))))
          (br_if $places (i32.lt_u (local.get $place) (local.get $most))))
        (local.set $place (local.get $most)))
      ;; No core begins before $place. An escape may be there.
      (loop $each
        (if (local.get $escapes)
          (then
            (local.set $most (i32.add (local.get $at) (i32.ctz (local.get $escapes))))
            (if (i32.ge_u (local.get $most) (local.get $place)) (then (return (local.get $place))))
            (if (call $escape (local.get $most) (local.get $end) (local.get $shift)) (then (return (local.get $most))))
            (local.set $escapes (i32.and (local.get $escapes) (i32.sub (local.get $escapes) (i32.const 1))))
            (br $each))))
      (if (i32.lt_u (local.get $place) (i32.add (local.get $at) (i32.const 16))) (then (return (local.get $place))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $blocks))
    (unreachable))
)
