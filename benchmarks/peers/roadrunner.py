"""libRoadRunner: compiled SBML and CVODE. Loaded once; each patient sets parameters and starting amounts."""

import numpy as np
import roadrunner

from benchmarks.sbml import dosed

MAKES = "CVODE (BDF) through libRoadRunner, doses as SBML events, one load for all patients"
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)


class Peer:
    def __init__(self, case):
        self.case = case
        self.runner = roadrunner.RoadRunner(dosed(case.model, case.schedule))
        inner = self.runner.model
        self.species = list(inner.getFloatingSpeciesIds())
        self.order = [case.program.states.index(s) for s in self.species]
        names = list(inner.getGlobalParameterIds())
        settable = [n for n in names if n in case.program.params]
        self.at = [names.index(n) for n in settable]
        self.mine = [case.program.params.index(n) for n in settable]
        moving = [n for n in names if n.startswith(("next_", "inflow_"))]
        self.moving = [names.index(n) for n in moving]
        self.first = np.array([inner.getGlobalParameterValues()[k] for k in self.moving], float)
        self.runner.timeCourseSelections = list(case.program.states)
        self.runner.integrator.setValue("maximum_num_steps", 1_000_000)

    def play(self, i, rtol):
        case, runner = self.case, self.runner
        runner.reset()
        model, order = runner.model, self.order
        if self.moving:
            model.setGlobalParameterValues(self.moving, self.first)
        model.setGlobalParameterValues(self.at, case.params[i, self.mine])
        model.setFloatingSpeciesAmounts(list(range(len(order))), case.y0[i, order])
        runner.integrator.setValue("relative_tolerance", rtol)
        runner.integrator.setValue("absolute_tolerance", [float(x) for x in case.atol(rtol)[order]])
        return np.array(runner.simulate(0, case.times[-1], len(case.times)))
