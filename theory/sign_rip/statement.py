"""The model in formulas, as the report shows it."""

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
