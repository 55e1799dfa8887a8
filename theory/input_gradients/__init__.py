"""Input gradients: when they show the signal, and when every place where it could be.

An input has d blocks of D numbers. The signal y u*, y = +-1, u* a unit vector, sits in one block
j*, uniform among the first k; every block has noise of norm at most eps, or (D = 1) an attack moves
every coordinate by at most eps. A net is f(x) = (1/2) sum_a c_a relu(w_a . x + b_a) of any width,
|(w_a, b_a)| = 1, sum_a |c_a| = 1; gamma(eps) is the largest margin min y f over all such inputs.
The leakage L is the mean of |grad_i f| over the other informative blocks i <= k divided by
|grad_j* f|: 0 where gradients show the signal, 1 where they cannot tell it from the places where
it is not, above 1 where they are upside down. Throughout s = 1 - k eps.

The paper has k = d/2, its public notebook k = d; here k <= d are free, d odd too. u* is the first
axis. What is derived beyond the paper: the leaky net stays optimal exactly up to eps_c(k), in
closed form, for noise in blocks of any size and for attacks in any l_p norm, p > 1.
"""

from theory.input_gradients.lazy import lazy_gradient, lazy_inversion
from theory.input_gradients.leak import certificate, equal_gradient, leak_threshold, max_margin
from theory.input_gradients.masking import diffroar
from theory.input_gradients.nets import PAPER, Net, Params, leaky_net, subset_net

__all__ = [
    "PAPER", "Net", "Params", "certificate", "diffroar", "equal_gradient", "lazy_gradient",
    "lazy_inversion", "leak_threshold", "leaky_net", "max_margin", "subset_net",
]  # fmt: skip
