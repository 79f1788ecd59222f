"""What a method offers to the driver; a compiled network has Tsit5 or Rodas5P in this place."""

from myoflare.simulate.lanes.rodas5p import IMPLICIT, IN_TIME, NODES, ORDER, fault, inside, prepare, step

__all__ = ["IMPLICIT", "IN_TIME", "NODES", "ORDER", "fault", "inside", "prepare", "step"]
