"""The model in formulas, as the report shows it."""

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
