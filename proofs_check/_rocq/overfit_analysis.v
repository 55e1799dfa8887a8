(* What certificates over boxes rest on: interval arithmetic, and the error function. *)
From Coquelicot Require Export Coquelicot.
From Interval Require Export Tactic.
Require Export overfit_algebra.
Open Scope R_scope.

Definition erf (x : R) : R := 2 / sqrt PI * RInt (fun t => exp (- t ^ 2)) 0 x.
