"""The model in formulas, as the report shows it."""

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
the network classifies clean data as well and still fits the noise. Where $\omega/\alpha\to 0$,
$P\gg n$, $\rho\ge 6\sqrt{n}$ and the sigmoid stays flat, the activations follow a finite table, and
for a wide network ($m\gg n$) the mean clean accuracy tends, as $n$ grows, to

$$\frac12\;\;(t=1),\qquad \Phi(z_0)=0.7297\;\;(t=2),\qquad
1-\frac{\eta}{(1-\eta)(t-1)}\;\;(t\ge 3),$$

where $z_0$ solves $\varphi(z)=2z\,\Phi(-z)$, with $\varphi$ and $\Phi$ the standard normal density
and distribution function.
"""
