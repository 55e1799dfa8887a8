"""Sign-RIP: sub-gradient method with small start for robust, over-parameterised matrix recovery.

The model is ``MODEL``, in formulas. For symmetric X, <A_i, X> = a_i . svec(X) with a_i exactly iid
N(0, I_N), N = d(d+1)/2: that is what is simulated (sign(0) = 0). The paper builds on the authors'
Sign-RIP paper, arXiv:2102.02969. Not testable as stated, and what stands in its place:

* sample sizes m = O(d k polylog/((1-p)^2 delta^2)) with unnamed constants: `sign_rip_pointwise`
  (constant known), `sign_rip_uniform_scaling` (exponent), `l1_l2_rip_uniform` (explicit bound);
* error O(alpha^(2 - small)) and O(log^2(1/alpha)) iterations: `residual_exponent` gives the small
  term, `geometric_budget` the iterations with their constant;
* error O(nu sqrt(d r/m)) under Gaussian noise: `final_floor_l1`, `overfit_floor`, `overfit_window`;
* noise that depends on the measurements (s_i = -2<A_i, X*> breaks every method): nothing is
  claimed, here or in the paper.
"""

from theory import Paper
from theory.sign_rip import claims_fixed  # first in the ledger
from theory.sign_rip.claims_population import *
from theory.sign_rip.claims_runs import *
from theory.sign_rip.floors import *
from theory.sign_rip.noise import *
from theory.sign_rip.params import *
from theory.sign_rip.population import *
from theory.sign_rip.prediction_table import advice, command
from theory.sign_rip.spectrum import *

PAPER = Paper(
    "Global Convergence of Sub-gradient Method for Robust Matrix Recovery: Small Initialization,"
    " Noisy Measurements, and Over-parameterization",
    "J. Ma, S. Fattahi",
    "Journal of Machine Learning Research 24, 2023",
    "2202.08788",
    topics=("recovery", "optimisation", "noise"),
)

MODEL = r"""
A positive semi-definite $d\times d$ matrix $X^*$ of rank $r$, with eigenvalues
$\sigma_1\ge\dots\ge\sigma_r>0$, is measured $m$ times with Gaussian matrices $A_i$ and noise that
is independent of them: outliers of any law with probability $p$, dense $\mathcal{N}(0,\nu^2)$, or
both. One fits a factor $U$ of $r'\ge r$ columns in the absolute loss:

$$y_i=\langle A_i,X^*\rangle+s_i,\qquad
f(U)=\frac1m\sum_{i=1}^m\left\lvert y_i-\langle A_i,UU^{\top}\rangle\right\rvert.$$

The sub-gradient method starts small, at $U_0=\alpha B$, and with $\Delta=UU^{\top}-X^*$ it takes
the steps

$$U_{t+1}=U_t-2\,\eta_t\,Q_tU_t,\qquad
Q=\frac1m\sum_{i=1}^m\operatorname{sign}\left(\langle A_i,\Delta\rangle-s_i\right)
\frac{A_i+A_i^{\top}}{2}.$$

On average $Q$ points along the error, with a strength that noise lowers and never turns round:

$$\operatorname{E}Q=\varphi(\Delta)\,\frac{\Delta}{\left\lVert\Delta\right\rVert_F},\qquad
\varphi(\Delta)=\sqrt{\frac{2}{\pi}}\;
\operatorname{E}\exp\left(-\frac{s^2}{2\left\lVert\Delta\right\rVert_F^2}\right).$$

While $U$ is small the method is a power iteration with $-Q$ at $\Delta=-X^*$: signal of strengths
$\theta_i=\varphi(X^*)\,\sigma_i/\left\lVert X^*\right\rVert_F$ in a semicircle of noise of radius
$2W$, $W^2=(d+1)/(2m)$. A direction emerges where $\theta_i>W$; its eigenvalue is then

$$\lambda_i=\theta_i+\frac{W^2}{\theta_i}\qquad\text{as }d\to\infty.$$
"""
