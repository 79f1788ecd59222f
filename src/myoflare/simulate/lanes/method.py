"""What a method offers to the driver; a compiled network has Tsit5 or Rodas5P in this place."""

from myoflare.simulate.lanes.rodas5p import *
