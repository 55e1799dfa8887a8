"""Ridge regression on random features: its eigenframework, and when overfitting is obligatory.

The eigenframework predicts test risk E_te (noise included) and train risk E_tr from (lambda_i,
v_i^2, n, k, delta, sigma^2), see ``MODEL``; the fitting ratio is R = E_tr/E_te in [0, 1]. It rests
on Gaussian universality (the phi_i and zeta_i may be taken for independent Gaussians); its error is
O(1/n). k = inf is kernel ridge regression, here 1/k = 0 exactly.

Claims about the paper's trained convolutional kernels on image data (the exponents of CIFAR10, SVHN
and MNIST) are not tested: they speak of data sets that are not here; the measurement itself is, as
``exponent_measurement``, and on scikit-learn's digits in a figure. "n, k large" in Assumption A has
no rate in the paper: claims carry the tolerance C/n with the C that the exact finite-size cases
(``exact_finite_size``) show; that the error falls as 1/n is measured on ladders
(``finite_size_error_of_the_test_risk``, deep). The statement that "E_te is monotone" is false at a
fixed ridge and is tested at the optimal one (``more_is_better``).
"""

from theory import Paper
from theory.random_features import finite_size, risks
from theory.random_features.command import *
from theory.random_features.data import *
from theory.random_features.framework import *
from theory.random_features.kernel_limit import *
from theory.random_features.maps import *
from theory.random_features.optimum import *
from theory.random_features.params import *
from theory.random_features.powerlaw import *
from theory.random_features.predict import *
from theory.random_features.solver import *
from theory.random_features.spectrum import *
from theory.random_features.sphere import *
from theory.random_features.width import *

PAPER = Paper(
    "More is Better in Modern Machine Learning: when Infinite Overparameterization is"
    " Optimal and Overfitting is Obligatory",
    "James B. Simon, Dhruva Karkada, Nikhil Ghosh, Mikhail Belkin",
    "ICLR 2024",
    "2311.14646",
    topics=("overfitting", "kernels", "scaling"),
)

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
