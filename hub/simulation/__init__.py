"""A synthetic region: `simulate` tells it as CloudEvents, the same bytes for the same arguments.

For demos, benches and tests of convergence. Nothing in it is about anybody. It knows the facts
document (which types, which fields, who may say them) and, as words of its own, the rules that are
answered; it knows nothing of how a hub evaluates them.
"""

from hub.simulation.faults import Fault
from hub.simulation.simulate import Arrival, Region, simulate

__all__ = ["Arrival", "Fault", "Region", "simulate"]
