"""Infinitely wide and deep networks as classifiers: nearest neighbour, majority, singular kernel.

``MODEL`` has the notation. What the paper says that is replaced here, with reasons:

* majority vote for every A != 0: false for B' < 1 without ridge, where the limit interpolates the
  labels (claim ``majority_vote_without_ridge``, repaired by ``flat_limit_without_ridge``);
* "R is bounded and tends to a constant near the diagonal": it is log-periodic (:func:`modulation`),
  and vanishes for orthogonal inputs;
* consistency at alpha = d as a limit in n: it is of order 1/log n, so the finite-n law is tested;
* limits in the order depth, then n: the NTK needs depth n^{2/d}, see claim
  ``nngp_log_depth_ntk_polynomial_depth``.
"""

from theory import Paper
from theory._neural_kernels import *
from theory.ntk_classifiers.command import *
from theory.ntk_classifiers.dirichlet import *
from theory.ntk_classifiers.exponents import *
from theory.ntk_classifiers.majority import *
from theory.ntk_classifiers.nearest import *
from theory.ntk_classifiers.params import *
from theory.ntk_classifiers.relu import *
from theory.ntk_classifiers.singular import *
from theory.ntk_classifiers.votes import *
from theory.ntk_classifiers.width import *

PAPER = Paper(
    "Wide and Deep Neural Networks Achieve Optimality for Classification",
    "A. Radhakrishnan, M. Belkin, C. Uhler",
    "Proceedings of the National Academy of Sciences 120(14), 2023",
    "2204.14126",
    topics=("kernels", "classification"),
)

MODEL = r"""
Inputs lie on the part of the unit sphere of $\mathbb{R}^{d+1}$ with non-negative coordinates,
labels are $y_i=\pm 1$. A fully connected network with activation $\phi$, scaled so that
$\operatorname{E}\phi(Z)^2=1$, weights $\mathcal{N}(0,1)$ and infinite width is trained by gradient
flow from zero output. That is interpolation with a kernel of $t=x\cdot z$ alone:

$$f_L(x)=y^{\top}K_L(X,X)^{-1}K_L(X,x),\qquad
F(t)=\operatorname{E}\phi(u)\phi(v)\text{ for standard normal }u,v\text{ of correlation }t.$$

Each layer applies $F$ once. From $t_0=\Theta_0=t$, the kernel after $L$ layers is $t_L$ where only
the last layer is trained (NNGP) and $\Theta_L$ where all are (NTK):

$$t_{l+1}=F(t_l),\qquad \Theta_{l+1}=t_{l+1}+\Theta_l\,F'(t_l).$$

As $L\to\infty$ the sign of the output depends on three numbers only, $A=\operatorname{E}\phi(Z)$,
$A'=\operatorname{E}\phi'(Z)$ and $B'=\operatorname{E}\phi'(Z)^2$. With $A=A'=0$ it is the label of
the nearest neighbour; with $A\ne 0$ and $B'\ge 1$ the majority of the labels. With $A=0\ne A'$ it
is a vote weighted by a kernel that is singular at $x=z$:

$$\operatorname{sign}\sum_{i=1}^n y_i\,G(x\cdot x_i),\qquad
G(t)=\lim\limits_{L\to\infty}\frac{t_L}{A'^{2L}}
=\frac{R(\left\lvert x-z\right\rvert)}{\left\lvert x-z\right\rvert^{\alpha}},\qquad
\alpha=-\frac{4\log\left\lvert A'\right\rvert}{\log B'},$$

where $R$ stays bounded near the diagonal. At $\alpha=d$ the vote is consistent: its error tends to
that of the Bayes rule as $n\to\infty$, at the slow rate $1/\log n$.
"""
