(* What certificates of identities rest on: real numbers, and tactics over them. *)
From Coq Require Export Reals Lra Psatz Nsatz.
Open Scope R_scope.

Lemma exp_power (x : R) (n : nat) : exp x ^ n = exp (INR n * x).
Proof.
  induction n as [|n IH].
  - simpl; rewrite Rmult_0_l, exp_0; reflexivity.
  - rewrite S_INR, Rmult_plus_distr_r, Rmult_1_l, exp_plus; simpl; rewrite IH; ring.
Qed.

Lemma ln_root (x : R) : 0 < x -> ln (sqrt x) = / 2 * ln x.
Proof.
  intros H.
  assert (r : 0 < sqrt x) by (apply sqrt_lt_R0; exact H).
  assert (e : ln (sqrt x * sqrt x) = ln x) by (rewrite sqrt_sqrt; [reflexivity | lra]).
  rewrite ln_mult in e by assumption; lra.
Qed.

Lemma ln_Rpower (x y : R) : ln (Rpower x y) = y * ln x.
Proof. unfold Rpower; apply ln_exp. Qed.

Lemma pow2_sqrt (x : R) : 0 <= x -> sqrt x ^ 2 = x.
Proof. intros h; simpl; rewrite Rmult_1_r; apply sqrt_sqrt, h. Qed.

Lemma root (x y : R) : 0 <= y -> y * y = x -> sqrt x = y.
Proof. intros n e; rewrite <- e; apply sqrt_square, n. Qed.

Lemma other_factor (e f c : R) : 0 < e -> 0 < c -> e = f * c -> 0 < f.
Proof. intros he hc h; rewrite h in he; apply Rmult_lt_reg_r with c; lra. Qed.

Lemma factor_nonzero (e f c : R) : e <> 0 -> e = f * c -> f <> 0.
Proof. intros he h z; apply he; rewrite h, z; ring. Qed.

Lemma Rmin_by_Rabs (x y : R) : Rmin x y = (x + y - Rabs (x - y)) / 2.
Proof. unfold Rmin, Rabs; destruct (Rle_dec x y), (Rcase_abs (x - y)); lra. Qed.

Lemma Rmax_by_Rabs (x y : R) : Rmax x y = (x + y + Rabs (x - y)) / 2.
Proof. unfold Rmax, Rabs; destruct (Rle_dec x y), (Rcase_abs (x - y)); lra. Qed.

Lemma even_power (x : R) (n : nat) : 0 <= x ^ (2 * n).
Proof. rewrite pow_mult; apply pow_le, pow2_ge_0. Qed.

Ltac even := match goal with |- 0 <= ?x ^ ?n =>
  let m := eval compute in (Nat.div2 n) in apply (even_power x m) end.

(* 0 < x, 0 <= x, x <> 0, from the signs of parts *)
Ltac positive := first
  [ assumption
  | match goal with
    | |- 0 < ?a * ?b => apply Rmult_lt_0_compat; positive
    | |- 0 < ?a / ?b => apply Rdiv_lt_0_compat; positive
    | |- 0 < / ?a => apply Rinv_0_lt_compat; positive
    | |- 0 < ?a ^ ?n => apply pow_lt; positive
    | |- 0 < exp _ => apply exp_pos
    | |- 0 < Rpower _ _ => apply exp_pos
    | |- 0 < sqrt _ => apply sqrt_lt_R0; positive
    | |- 0 < PI => exact PI_RGT_0
    | |- 0 < _ + _ => apply Rplus_lt_0_compat; positive
    | |- 0 < _ + _ => apply Rplus_lt_le_0_compat; [positive | nonnegative]
    | |- 0 < _ + _ => apply Rplus_le_lt_0_compat; [nonnegative | positive]
    end
  | lra | nra ]
with nonnegative := first
  [ assumption
  | match goal with
    | |- 0 <= ?a * ?b => apply Rmult_le_pos; nonnegative
    | |- 0 <= ?a / ?b => apply Rmult_le_pos; [nonnegative | apply Rlt_le, Rinv_0_lt_compat; positive]
    | |- 0 <= _ ^ _ => even
    | |- 0 <= ?a ^ ?n => apply pow_le; nonnegative
    | |- 0 <= sqrt _ => apply sqrt_pos
    | |- 0 <= Rabs _ => apply Rabs_pos
    | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonnegative
    end
  | apply Rlt_le; positive | lra | nra ].
Ltac nonzero := first
  [ assumption
  | match goal with
    | |- _ * _ <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
    | |- / _ <> 0 => apply Rinv_neq_0_compat; nonzero
    | |- _ ^ _ <> 0 => apply pow_nonzero; nonzero
    | |- - _ <> 0 => apply Ropp_neq_0_compat; nonzero
    end
  | apply Rgt_not_eq, Rlt_gt; positive
  | lra
  | let e := fresh in intro e; match goal with h : _ <> 0 |- _ => apply h; lra end
  | let e := fresh in intro e; match goal with h : _ <> 0 |- _ => apply h; nra end ].
Ltac defined := repeat match goal with |- _ /\ _ => split end; match goal with
  | |- 0 < _ => positive
  | |- 0 <= _ => nonnegative
  | |- _ <> 0 => nonzero
  | |- _ > 0 => apply Rlt_gt; positive
  end.

(* exp of a sum as a product, ln of a product as a sum *)
Ltac split_exp := unfold Rpower, Rdiv; rewrite ?exp_power, <- ?exp_Ropp, <- ?exp_plus;
  apply f_equal; cbn [INR].
Ltac split_ln := unfold Rdiv; repeat first
  [ rewrite ln_mult by defined | rewrite ln_Rinv by defined | rewrite ln_pow by defined
  | rewrite ln_root by defined | rewrite ln_Rpower | rewrite ln_exp | rewrite ln_1 ];
  cbn [INR].

(* parts that algebra does not look into, as variables of which it knows a sign and a square *)
Ltac hide_root b := let r := fresh "r" in let h := fresh "square" in
  assert (h : sqrt b ^ 2 = b) by (apply pow2_sqrt; defined);
  first [ assert (0 < sqrt b) by (apply sqrt_lt_R0; defined)
        | pose proof (sqrt_pos b) ];
  set (r := sqrt b) in *; clearbody r.
Ltac hide_turn a := let c := fresh "c" in let s := fresh "s" in let h := fresh "square" in
  assert (h : sin a ^ 2 = 1 - cos a ^ 2) by (pose proof (sin2_cos2 a); unfold Rsqr in *; lra);
  set (c := cos a) in *; set (s := sin a) in *; clearbody c s.
Ltac hide_positive e := let v := fresh "v" in let p := fresh "p" in
  assert (p : 0 < e) by apply exp_pos; set (v := e) in *; clearbody v.
Ltac hide := repeat match goal with
  | |- context [exp ?a] => hide_positive (exp a)
  | |- context [sqrt ?a] => hide_root a
  | _ : context [sqrt ?a] |- _ => hide_root a
  | |- context [sin ?a] => hide_turn a
  | |- context [cos ?a] => hide_turn a
  end.
(* a field's identity modulo the squares of hidden roots *)
Ltac field_modulo_squares := first
  [ lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _, d : _ ^ _ = _, e : _ ^ _ = _, f : _ ^ _ = _, g : _ ^ _ = _, h : _ ^ _ = _ |- _ =>
      solve [field [a b c d e f g h]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _, d : _ ^ _ = _, e : _ ^ _ = _, f : _ ^ _ = _, g : _ ^ _ = _ |- _ =>
      solve [field [a b c d e f g]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _, d : _ ^ _ = _, e : _ ^ _ = _, f : _ ^ _ = _ |- _ =>
      solve [field [a b c d e f]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _, d : _ ^ _ = _, e : _ ^ _ = _ |- _ =>
      solve [field [a b c d e]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _, d : _ ^ _ = _ |- _ =>
      solve [field [a b c d]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _, c : _ ^ _ = _ |- _ =>
      solve [field [a b c]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _, b : _ ^ _ = _ |- _ =>
      solve [field [a b]; defined] end
  | lazymatch goal with
    a : _ ^ _ = _ |- _ =>
      solve [field [a]; defined] end ].
Ltac algebra := unfold tan in *; first
  [ reflexivity | lra | solve [field; defined] | hide; first
    [ lra | field_modulo_squares | solve [field_simplify_eq; [ nsatz | defined .. ]] ] ].

(* statements over ordered fields: cases first, then linear, then nonlinear arithmetic *)
Ltac by_factors p := match p with
  | 0 < ?d => match goal with
    | |- ?a < ?b => apply Rminus_gt_0_lt; apply Rlt_gt
    | |- ?a > ?b => apply Rlt_gt, Rminus_gt_0_lt; apply Rlt_gt
    end; match goal with |- 0 < ?e => replace e with d by (field; defined) end; positive
  | 0 <= ?d => match goal with
    | |- ?a <= ?b => apply Rge_le, Rminus_ge, Rle_ge
    | |- ?a >= ?b => apply Rminus_ge, Rle_ge
    end; match goal with |- 0 <= ?e => replace e with d by (field; defined) end; nonnegative
  end.
Ltac no_quotients := unfold Rdiv in *; repeat match goal with
  | h : ?d <> 0 |- _ => let i := fresh "i" in let e := fresh "inverse" in
      assert (e : d * / d = 1) by (apply Rinv_r; exact h);
      set (i := / d) in *; clearbody i; revert h
  end; intros.
Ltac by_cases p := match p with
  | ?a < ?b => destruct (Rlt_le_dec a b); [left; assumption | right]
  | ?a <= ?b => destruct (Rle_lt_dec a b); [left; assumption | right]
  | ?a > ?b => destruct (Rlt_le_dec b a); [left; assumption | right]
  | ?a >= ?b => destruct (Rle_lt_dec b a); [left; apply Rle_ge; assumption | right]
  end.
Ltac polynomial factors last := repeat match goal with
  | h : _ /\ _ |- _ => destruct h
  | h : _ \/ _ |- _ => destruct h
  | |- _ /\ _ => split
  | |- _ <-> _ => split
  | |- _ -> _ => intro
  | |- context [if ?d then _ else _] => destruct d
  | _ : context [if ?d then _ else _] |- _ => destruct d
  end; first
  [ lra | factors
  | match goal with |- ?p \/ _ => first
      [ by_cases p; polynomial factors last
      | left; polynomial factors last | right; polynomial factors last ] end
  | last ].
