"""What a method offers to ``record`` and ``sweep``; a compiled network has Tsit5 or Rodas5P in this place."""

from myoflare.simulate.gradient.rodas5p import (
    IMPLICIT,
    ORDER,
    STAGES,
    end_of,
    fault,
    inside,
    inside_back,
    step,
    step_back,
)

__all__ = ["IMPLICIT", "ORDER", "STAGES", "end_of", "fault", "inside", "inside_back", "step", "step_back"]
