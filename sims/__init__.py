"""What happens: simulations of every setting, and verdicts on the claims."""

# first: from its first line on, Ctrl-C ends a command that is starting quietly
import theory
from sims._calibration import *
from sims._classes import *
from sims._confusion import *
from sims._counts import *
from sims._descent import *
from sims._designs import *
from sims._discriminants import *
from sims._draws import *
from sims._engine import simulate, simulations_of
from sims._logistic import *
from sims._margins import *
from sims._neighbours import *
from sims._notebook import Ledger, verify
from sims._plan import Plan, plan
from sims._products import product
from sims._ranking import *
from sims._row import Row, decisions
from sims._run import NonFiniteObservable, Run
from sims._sequential import ALPHA, SupportError
from sims._series import *
from sims._simulation import Simulation, fitting, simulation
from sims._stable_draws import *
from sims._symmetric import *
from theory import claims_of
from theory._discovery import register

register(__name__, __path__)
