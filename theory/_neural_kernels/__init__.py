"""Neural kernels: dual activations, and what a network of infinite width makes of them.

An activation phi acts on Gaussian pairs of correlation t through its dual F(t) = E phi(u) phi(v),
a power series in t with the squared Hermite coefficients. A layer applies F once: t_{l+1} = F(t_l)
is the NNGP kernel, Theta_{l+1} = t_{l+1} + Theta_l F'(t_l) the neural tangent kernel.

Families of activations with their duals in closed form (all evaluators), the dual of any function
of a number (:func:`activation_from`), both kernels at any depth (:func:`deepen`), and the kernel
matrices of data on the sphere (:func:`nngp_matrix`, :func:`ntk_matrix`).
"""

from theory._neural_kernels.activations import *
from theory._neural_kernels.depth import *
from theory._neural_kernels.expansion import *
from theory._neural_kernels.families import *
from theory._neural_kernels.piecewise_linear import *
from theory._neural_kernels.polynomials import *
from theory._neural_kernels.tables import *
