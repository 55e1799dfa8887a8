"""Benign overfitting and grokking of a two-layer ReLU network on XOR cluster data.

Claims replaced by sharp ones, because the paper's constants are unnamed or its event is empty
(limit H: see MODEL):

* Theorem 3.1(iii), Theorem 4.8 (test error <= exp(-Omega(n^(1-20 eps) M2^2/p))): the exponents of
  the z-score, ``test_error_window`` and ``test_error_window_in_n``. The theorem's constant is about
  1000 times below the true one.
* Theorem 3.1(ii): kept with the constant (4/pi)/sqrt(m) in place of O(m^-1/2); its interval
  1/2 (1 ± n^-eps) is vacuous at eps < 2.5e-4, so the content is in the next three claims.
* Lemma 4.7 and (A.68) (orders and loose constants): ``feature_growth_rate``, ``weight_norm``.
* "With probability 1 - O(n^-eps) a good run": the good-run event is empty below n = 10^305;
  ``good_run_event_as_printed`` and ``aligned_sets_as_printed`` stand as REFUTED. Emptiness of (D3)
  and slips in proofs (A.11, A.15, A.87-A.91, D4) are items of ``proofs_check``.
* Lemma A.11's n/24 <= Var(D|X) <= n/2, whose upper bound breaks once P is below about 0.09 n:
  ``activation_covariance`` has the exact value.
* The normalized margin >= r/(240 n^(10 eps)): ``weight_norm_and_normalized_margin``, with the
  growth |n_+ - n_-| of the other axis, sqrt(eta/(pi n)), that a leading-order account misses.
* The activation table and the projections hold for neurons whose axis *turns*, sigma V(2) > 0.
  D != 0 alone is not enough: at n = 100, eta = 0.1 about 7 % of (neuron, axis) pairs do not turn.
"""

from theory import Paper
from theory.xor_cluster import runs
from theory.xor_cluster.accuracy import *
from theory.xor_cluster.alignment import *
from theory.xor_cluster.classifiers import *
from theory.xor_cluster.counts import *
from theory.xor_cluster.margins import *
from theory.xor_cluster.params import *

PAPER = Paper(
    "Benign Overfitting and Grokking in ReLU Networks for XOR Cluster Data",
    "Zhiwei Xu, Yutong Wang, Spencer Frei, Gal Vardi, Wei Hu",
    "ICLR 2024",
    "2310.02541",
    topics=("overfitting", "optimisation", "noise"),
)

MODEL = r"""
Inputs are drawn around four centres, the two of a label opposite to each other:

$$x\sim\mathcal{N}(\nu,I_p),\qquad \nu\in\{\pm\mu_1\}\text{ for label }+1,\quad
\nu\in\{\pm\mu_2\}\text{ for label }-1,\qquad \mu_1\perp\mu_2,\quad
\left\lVert\mu_i\right\rVert^2=M_2.$$

Each of the $n$ training labels is flipped with probability $\eta$; test labels are clean. A network
of $m$ neurons with frozen random $a_j=\pm 1/\sqrt{m}$ is trained by full-batch gradient descent on
the logistic loss, from $w_j\sim\mathcal{N}(0,\omega^2 I_p)$:

$$f(x)=\sum_{j=1}^m a_j\max(\langle w_j,x\rangle,0),\qquad
w_j\leftarrow w_j+\frac{\alpha\,a_j}{n}\sum_{i:\,\langle w_j,x_i\rangle>0}
\frac{y_i\,x_i}{1+e^{y_i f(x_i)}}.$$

What happens depends on $\rho=M_2/\sqrt{p}$, $P=p/M_2$ and $\omega/\alpha$. After one step all
training labels are fitted, flipped ones too, while the clean accuracy is $1/2$ on average. Later
the network classifies clean data as well and still fits the noise. In limit H, where
$\omega/\alpha\to 0$, $P\gg n$, $\rho\ge 6\sqrt{n}$ and the sigmoid stays flat, the activations
follow a finite table, and for a wide network ($m\gg n$) the mean clean accuracy tends, as $n$
grows, to

$$\frac12\;\;(t=1),\qquad \Phi(z_0)=0.7297\;\;(t=2),\qquad
1-\frac{\eta}{(1-\eta)(t-1)}\;\;(t\ge 3),$$

where $z_0$ solves $\varphi(z)=2z\,\Phi(-z)$, with $\varphi$ and $\Phi$ the standard normal density
and distribution function.
"""
