"""PAC-Bayes certificates for searched prompts: 18 bounds, exact coverage, exact risks.

A frozen vision-language model turns a text prompt for each class into a classifier. Prompts are
discrete, so searching them on n labelled points is learning in a countable class: with a language
model as the prior P, the prompt theta that the search returns costs
c = ln(1/P(theta)) + ln(1/delta) nats, and with probability 1 - delta its true error R(theta) lies
under a function of its training error r = k/n, of n and of c: the ``CATALOGUE`` and
``certificates``, exact to rounding for n up to 1e6 and complexities far beyond 700 nats. In two
synthetic families every prompt's risk is known: a template shared by two classes (fixture T, all
1728 prompts enumerable) and one prompt for each of K classes (fixture B, one Gaussian integral).
The prior is a tiny autoregressive model (``log_prior``). All logarithms are natural.

Assumptions: the sample is iid from the law that defines R; P is fixed before the sample is seen;
losses are 0 or 1 where a kl or a binomial tail is used; the posterior is one prompt; delta is
fixed, one for each certificate (the best of B bounds costs delta/B each); embeddings are not fitted
on the sample.

The numbers for CIFAR and ImageNet with CLIP and LLaMA are not reproduced: they need those models.
In their place stand claims on the fixtures. Theorem numbers are not quoted: only the abstract, the
reviews and the authors' summary were at hand. Statements replaced, and why:

* the bound as printed in a public summary, r + (c + 2)/(2 n - 1), lacks the square root and ln n
  and is not valid (``summary_formula``, expected REFUTED, repaired by ``mcallester_validity``);
* "the prompt with the best bound has the best test error" holds as a correlation
  (``model_selection``); that the bound selects better than the training error does is not claimed;
* for one prompt, c/n needs no ln xi(n); for a general posterior that is an open conjecture, so
  ``occam_kl`` is listed for point masses only.
"""

from theory import (
    Paper, binomial_upper, kl_inverse, kl_smallest_rate, log_betting_wealth, log_binomial_cdf,
    log_mixture_wealth,
)  # fmt: skip
from theory.pac_bayes_prompts.bounds import *
from theory.pac_bayes_prompts.certificates import *
from theory.pac_bayes_prompts.comparisons import *
from theory.pac_bayes_prompts.coverage import *
from theory.pac_bayes_prompts.fixtures import *
from theory.pac_bayes_prompts.params import *
from theory.pac_bayes_prompts.prior import *
from theory.pac_bayes_prompts.searches import *
from theory.pac_bayes_prompts.xi import *

PAPER = Paper(
    "Understanding prompt engineering may not require rethinking generalization",
    "Victor Akinwande, Yiding Jiang, Dylan Sam, J. Zico Kolter",
    "ICLR 2024",
    "2310.03957",
    topics=("bounds",),
)

MODEL = r"""
A prompt $\theta=(\theta_1,\dots,\theta_L)$ is a word of tokens, and it fixes a classifier. A small
language model gives its prior probability before any label is seen:

$$\ln P(\theta)=\ln\pi_0(\theta_1)+\sum_{i=2}^{L}\ln Q(\theta_{i-1},\theta_i),\qquad
c=\ln\frac{1}{P(\theta)}+\ln\frac1\delta.$$

A greedy, beam or exhaustive search sees $n$ independent labelled points and returns one prompt. It
errs on $k$ of them, so its training error is $r=k/n$; its true error is $R(\theta)$. The prompts
are countable, so with probability at least $1-\delta$ the one that is returned, however it was
searched, satisfies

$$R(\theta)\le\operatorname{kl}^{-1}\left(r,\frac{c}{n}\right)\le r+\sqrt{\frac{c}{2n}},\qquad
\operatorname{kl}^{-1}(r,C)=
\sup\left\{p\ge r:\;r\ln\frac{r}{p}+(1-r)\ln\frac{1-r}{1-p}\le C\right\}.$$

Inverting the binomial tail is sharper still; the catalogue holds 18 such bounds:

$$R(\theta)\le\sup\left\{p:\;P\left(\operatorname{Bin}(n,p)\le k\right)\ge e^{-c}\right\}.$$

Two families of prompts have a true error in closed form, so that coverage is tested against the
truth. In the first, a prompt gates the features of a Gaussian $x\sim\mathcal{N}(\mu_y,\sigma^2I)$
with $y\in\{0,1\}$ equally likely, and class $1$ is predicted where $\langle x,w(\theta)\rangle>0$:

$$R(\theta)=\frac12\,\Phi\left(-\frac{\langle\mu_1,w\rangle}{\sigma\left\lvert w\right\rvert}\right)
+\frac12\,\Phi\left(\frac{\langle\mu_0,w\rangle}{\sigma\left\lvert w\right\rvert}\right).$$

In the second, each of $K$ classes has a prompt of its own, and the error is one Gaussian integral.
"""
