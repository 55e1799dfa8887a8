(* What certificates over boxes rest on: interval arithmetic, and the error function. *)
From Coquelicot Require Export Coquelicot.
From Interval Require Export Tactic.
Require Export overfit_algebra.
Open Scope R_scope.

Definition erf (x : R) : R := 2 / sqrt PI * RInt (fun t => exp (- t ^ 2)) 0 x.

(* integral on halves of the box, n times over, along each coordinate in turn *)
Ltac halve x := match goal with
  | h : ?low <= x <= ?high |- _ =>
      destruct (Rle_lt_dec x ((low + high) / 2));
      [ assert (low <= x <= (low + high) / 2) by lra | assert ((low + high) / 2 <= x <= high) by lra ];
      clear h
  end.
Ltac integral_in_halves x y n := first
  [ integral | integral with (i_fuel 500)
  | match n with S ?m => halve x; integral_in_halves y x m end ].
