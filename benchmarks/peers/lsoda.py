"""SciPy's LSODA with our compiled rates and Jacobian: what Myoflare itself ran before it had an engine."""

from myoflare.simulate import advance

MAKES = "LSODA through scipy.integrate.odeint, rates and Jacobian compiled by numba, restarted at each dose"


class Peer:
    def __init__(self, case):
        self.case = case

    def play(self, i, rtol):
        case = self.case
        return advance(
            case.program, case.params[i], case.y0[i], case.times, case.schedule, rtol=rtol, atol=case.atol(rtol)
        ).states
