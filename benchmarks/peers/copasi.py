"""COPASI through basico: deterministic LSODA, with the same SBML as libRoadRunner."""

import basico

from benchmarks.sbml import dosed

MAKES = "LSODA through COPASI, doses as SBML events, one load for all patients"


class Peer:
    def __init__(self, case):
        self.case = case
        self.model = basico.load_model_from_string(dosed(case.model, case.schedule))
        data = self.model.getModel()
        values = {v.getSBMLId(): v for v in data.getModelValues()}
        self.values = [(v, case.program.params.index(n)) for n, v in values.items() if n in case.program.params]
        self.starts = [(m, case.program.states.index(m.getSBMLId())) for m in data.getMetabolites()
                       if m.getSBMLId() in case.program.states]  # fmt: skip
        self.volume = data.getCompartment(0)

    def play(self, i, rtol):
        case, model = self.case, self.model.getModel()
        for value, k in self.values:
            value.setInitialValue(float(case.params[i, k]))
        for start, k in self.starts:
            start.setInitialConcentration(float(case.y0[i, k]) / self.volume.getInitialValue())
        model.updateInitialValues(0)
        table = basico.run_time_course(
            start_time=0, duration=float(case.times[-1]), intervals=len(case.times) - 1, use_numbers=False,
            use_sbml_id=True, r_tol=rtol, a_tol=float(case.atol(rtol).min()), max_steps=10_000_000, model=self.model,
        )  # fmt: skip
        return table[list(case.program.states)].to_numpy()
