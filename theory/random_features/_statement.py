"""The model in formulas, as the report shows it."""

MODEL = r"""
A random feature is a function of a weight $w$ and an input $x$, in bases $\zeta_i$ and $\phi_i$
that are orthonormal over weights and over data. Of $k$ such features one makes a random kernel:

$$g(w,x)=\sum_i\sqrt{\lambda_i}\,\zeta_i(w)\,\phi_i(x),\qquad
\widehat{K}(x,x')=\frac1k\sum_{j=1}^k g(w_j,x)\,g(w_j,x').$$

The $n$ labels are $y=\sum_i v_i\phi_i(x)$ plus noise of variance $\sigma^2$. Ridge regression with
ridge $\delta$ predicts

$$\hat{f}(x)=\widehat{K}(x,X)\left(\widehat{K}(X,X)+\delta I_n\right)^{-1}y.$$

Where the $\phi_i$ and $\zeta_i$ may be taken for independent Gaussians, two effective ridges
$\kappa\le\gamma$ say all: with $L_i=\lambda_i/(\lambda_i+\gamma)$ they solve

$$n=\sum_i L_i+\frac{\delta}{\kappa},\qquad k=\sum_i L_i+\frac{k\,\kappa}{\gamma}.$$

Write $z=\sum_i L_i$, $c=\sum_i L_i(1-L_i)$, $a=n-z$, $b=k-z$,
$B_1=\sum_i v_i^2(1-L_i)^2$ and $B_2=\sum_i v_i^2L_i(1-L_i)$. The test risk, noise included, and the
training risk are, up to $O(1/n)$,

$$E_{\mathrm{te}}=\frac{n\,(b+c)}{ab+c\,(a+b)}\left(B_1+\frac{c}{b+c}\,B_2+\sigma^2\right),\qquad
E_{\mathrm{tr}}=\left(1-\frac{z}{n}\right)^2E_{\mathrm{te}}.$$

As $k\to\infty$ this is kernel ridge regression. At the best ridge more data and more features never
hurt. The fitting ratio $E_{\mathrm{tr}}/E_{\mathrm{te}}$ at the best ridge tells how much of the
noise it pays to fit: where it is $0$, overfitting is obligatory.
"""
