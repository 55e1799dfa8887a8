"""Sub-gradient descent on (1/m) sum |y_i - <A_i, U U^T>|, in svec coordinates.

Every run stores its measurements as m rows of N = d(d+1)/2 standard normals (exact for iid
Gaussian A_i), and iterates a batch of runs that share them through two matrix products. For your
own measurements: :func:`recover`, or :func:`descend` and :func:`descend_mixed` on svec rows.

Trials with a matrix of their own run one at a time (width 1): unbatched matrix-vector products are
up to five times as fast as XLA's batched ones, and the matrix stays in cache.
"""

from sims import smat, svec
from sims.sign_rip.own_data import recover
from sims.sign_rip.subgm import constant, descend, descend_mixed, geometric, trace

__all__ = ["constant", "descend", "descend_mixed", "geometric", "recover", "smat", "svec", "trace"]
