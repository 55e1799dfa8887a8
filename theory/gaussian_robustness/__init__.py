"""Adversarial robustness against accuracy disparity: Gaussian and stable two-class mixtures.

Every formula is exact for the model below. The paper's theorem numbers were not available, so
sources say "abstract" or "derived". Remarks:

- "Robustness degrades the standard accuracy on all classes" is true of the inherent part only
  (``inherent_effect``); the net majority accuracy can rise (``majority_gain_threshold``).
- "The best offset solves the stationarity equation" needs R < R_c, not R < R*.
- The unequal-variance rule of Xu et al. is best only until the wider class's constant rule is, so
  ``unequal_variance_optimum`` states the smaller of the two errors.
"""

from theory import (
    Paper, cauchy_cdf, cauchy_pdf, dual_norm, holtsmark_pdf, levy_cdf, lp_norm, stable_cdf,
    stable_pdf, stable_tail_constant, worst_attack,
)  # fmt: skip
from theory.gaussian_robustness import heavy_tails, optima
from theory.gaussian_robustness.attacks import *
from theory.gaussian_robustness.cauchy import *
from theory.gaussian_robustness.gaussian import *
from theory.gaussian_robustness.logistic import *
from theory.gaussian_robustness.margins import *
from theory.gaussian_robustness.offsets import *
from theory.gaussian_robustness.params import *
from theory.gaussian_robustness.rules import *
from theory.gaussian_robustness.samples import *
from theory.gaussian_robustness.small_attacks import *
from theory.gaussian_robustness.stable_logistic import *
from theory.gaussian_robustness.unequal import *

PAPER = Paper(
    "Understanding the Impact of Adversarial Robustness on Accuracy Disparity",
    "Yuzheng Hu, Fan Wu, Hongyang Zhang, Han Zhao",
    "ICML 2023",
    "2211.15762",
    topics=("robustness", "imbalance", "classification"),
)

MODEL = r"""
Two classes $y=\pm 1$ with prior odds $R=P(y=+1)/P(y=-1)\ge 1$, so that $+1$ is the majority, are
noisy copies of one mean:

$$x=y\,\mu+\xi,\qquad \xi\sim\mathcal{N}(0,\Sigma)\quad\text{or symmetric }\alpha\text{-stable}.$$

A linear rule predicts $\operatorname{sign}(w\cdot x+b)$. An attacker moves $x$ by any $\delta$ with
$\left\lVert\delta\right\rVert_p\le\varepsilon$. The standard rule has the least natural error, the
robust rule the least error under the attack. In every direction $w\cdot\xi=\gamma(w)\,S$ with one
law $F$ of $S$, so a rule enters only through its natural margin $k$, its robust margin $m$ and its
offset $h$, where $1/p+1/q=1$:

$$k=\frac{w\cdot\mu}{\gamma(w)},\qquad
m=\frac{w\cdot\mu-\varepsilon\left\lVert w\right\rVert_q}{\gamma(w)},\qquad
h=\frac{b}{\gamma(w)}.$$

Majority and minority are classified correctly with probabilities $F(k+h)$ and $F(k-h)$, under the
attack $F(m+h)$ and $F(m-h)$. For Gaussian noise the attack acts as if it shortened the mean by the
$z$ with $\left\lVert z\right\rVert_p\le\varepsilon$ that makes $s_r$ least:

$$w=2\,\Sigma^{-1}(\mu-z),\qquad b=\log R,\qquad
s_r^2=(\mu-z)^{\top}\Sigma^{-1}(\mu-z),\qquad h=\frac{\log R}{2\,s_r}.$$

The accuracy disparity is $\Phi(k+h)-\Phi(k-h)$ with $k=\mu^{\top}\Sigma^{-1}(\mu-z)/s_r$. It is
larger for the robust rule at every $R>1$ and every $\varepsilon>0$ for which $s_r>0$. For stable
noise with density $f$ the best offset is the smallest root of $f(m-h)=R\,f(m+h)$, up to the finite
odds $R_c(m)=\sup_x F(x+2m)/F(x)$; beyond them the best rule always predicts the majority.
"""
