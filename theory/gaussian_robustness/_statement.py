"""The model in formulas, as the report shows it."""

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
