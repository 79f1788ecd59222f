// Patients through time. A thread takes a patient, carries it to the end and takes the next: no thread of a warp waits
// for the slowest of its neighbours. Each thread has a slot of memory for what belongs to its patient of the moment.
enum { ADD_STATE, SET_STATE, SET_PARAM, SET_RATE };                     // simulate/schedule.py
enum { OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE };                // base/status.py
enum { STATES, DERIVED, RULES, OBSERVABLES };                           // simulate/batch.py
#define MAX_THREADS 256                                                 // of a block

// Arrays are those of Packed and Batch, patient by patient as numpy has them. `blocks` is asked for per processor.
// Mirrored in simulate/library.py.
struct Job {
    long long patients, times, actions, inflows, outputs, max_steps, blocks, threads;
    double rtol, first_step;
    const double *params, *y0, *atol, *when;
    const long long *offsets;
    const double *day;
    const long long *kind, *target;
    const double *value;
    const long long *inflow;  // the states that ever have an inflow
    double *values;           // (patient, time, output)
    long long *status;
    double *reached;
    long long *steps, *rejected;
    double *final;  // (patient, state)
    double *slots;
    unsigned long long *next;  // the patient that nobody has taken yet
};

#define SLOT(job) (N_PARAMS + N_CONSTANTS + N_STATES + (job).inflows)  // numbers in one slot
#define HAS_RULES(job) ((job).outputs == DERIVED || (job).outputs == RULES)
#define HAS_OBSERVABLES(job) ((job).outputs == DERIVED || (job).outputs == OBSERVABLES)
#define N_OUT(job) \
    ((job).outputs == STATES ? N_STATES : HAS_RULES(job) * N_RULES + HAS_OBSERVABLES(job) * N_OBSERVABLES)

// Where a thread's patient is. `h` is the step that the controller would take; `after` the one it took after an action.
struct Place {
    long long who = -1, output = 0, action = 0, last_action = 0, accepted = 0, rejected = 0, tried = 0;
    double t = 0.0, h = 0.0, after = 0.0, last_error = 1.0;
    bool ready = false, arrived = false, first = false;
};

NOINLINE void write_output(const Job job, const Place at, const double t, const double *y, const double *p,
                           const double *c)
{
    double *out = job.values + (at.who * job.times + at.output) * N_OUT(job);
    if (HAS_RULES(job)) rules(t, y, p, c, out);
    if (HAS_OBSERVABLES(job)) observables(t, y, p, c, out + HAS_RULES(job) * N_RULES);
    if (job.outputs == STATES) EACH_STATE(j) out[j] = y[j];
}

// One action of the schedule. Says whether parameters changed.
INLINE bool act(const Job job, const long long i, double *y, double *p, double *rate)
{
    const long long target = job.target[i];
    if (job.kind[i] == ADD_STATE) y[target] += job.value[i];
    else if (job.kind[i] == SET_STATE) y[target] = job.value[i];
    else if (job.kind[i] == SET_PARAM) p[target * LANES] = job.value[i];
    else for (long long k = 0; k < job.inflows; k++) if (job.inflow[k] == target) rate[k * LANES] = job.value[i];
    return job.kind[i] == SET_PARAM;
}

// The next patient, from its inputs into the thread's slot. False: nobody is left.
INLINE bool begin(const Job job, Place &at, double *y, double *p, double *atol, double *rate)
{
    const long long who = (long long)atomicAdd(job.next, 1ULL);
    if (who >= job.patients) return false;
    for (int i = 0; i < N_PARAMS; i++) p[i * LANES] = job.params[who * N_PARAMS + i];
    EACH_STATE(j) y[j] = job.y0[who * N_STATES + j];
    EACH_STATE(j) atol[j * LANES] = job.atol[who * N_STATES + j];
    for (long long i = 0; i < job.inflows; i++) rate[i * LANES] = 0.0;
    at = Place();
    at.who = who;
    at.action = job.offsets[who];
    at.last_action = job.offsets[who + 1];
    at.t = job.when[0];
    at.after = job.first_step;
    at.arrived = true;
    return true;
}

// A day of the schedule, the start or the end: its actions, then its output, then a careful step.
INLINE void arrive(const Job job, Place &at, double *y, double *p, double *c, double *rate)
{
    bool changed = at.accepted == 0;
    for (; at.action < at.last_action && job.day[at.action] <= at.t; at.action++)
        if (job.day[at.action] == at.t || job.kind[at.action] >= SET_PARAM)  // a dose of the past is not given again
            changed |= act(job, at.action, y, p, rate);
    if (changed) constants(at.t, y, p, c, c);
    for (; at.output < job.times && job.when[at.output] <= at.t; at.output++) write_output(job, at, at.t, y, p, c);
    at.ready = at.arrived = false;
    at.first = true;
    at.h = at.after;
    at.last_error = 1.0;
    at.tried = 0;
}

INLINE void leave(const Job job, Place &at, const double *y, const long long status)
{
    EACH_STATE(j) job.final[at.who * N_STATES + j] = y[j];
    job.status[at.who] = status;
    job.reached[at.who] = at.t;
    job.steps[at.who] = at.accepted;
    job.rejected[at.who] = at.rejected;
    at.who = -1;
}

// Outputs inside the step that was just made. An output on the day of an action waits for the action.
INLINE void pass(const Job job, Place &at, const double dt, const double reached, const bool hit, const double *y,
                 const double *yn, const double *k, const double *p, const double *c)
{
    double between[N_STATES];
    for (; at.output < job.times && job.when[at.output] <= reached; at.output++) {
        const double t = job.when[at.output];
        if (hit && t == reached) break;
        inside((t - at.t) / dt, dt, y, yn, k, between);
        write_output(job, at, t, between, p, c);
        at.tried = 0;
    }
}

// By how much the next step may be longer, after one with this error; infinite or NaN asks for a fifth.
// Proportional and integral control: Hairer and Wanner, Solving ODEs II, section IV.2.
INLINE double growth(const double error, const double last_error)
{
    if (!(error < 1e300)) return 0.2;
    const double factor = error <= 1.0 && KEEPS_SLOPE ? pow(last_error, 0.04) * pow(error, -0.17) : pow(error, -0.2);
    return fmin(fmax(0.9 * factor, 0.2), 6.0);
}

extern "C" __global__ void __launch_bounds__(MAX_THREADS) myoflare_kernel(const Job job)
{
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    double *p = job.slots + thread / LANES * LANES * SLOT(job) + thread % LANES;
    double *c = p + N_PARAMS * LANES, *atol = c + N_CONSTANTS * LANES, *rate = atol + N_STATES * LANES;
    const Flows flows = {rate, job.inflow, job.inflows};
    const double end = job.when[job.times - 1];
    double y[N_STATES], yn[N_STATES], k[STAGES * N_STATES], work[N_WORK];
    Place at;

    for (;;) {
        __syncwarp();
        if (at.who < 0 && !begin(job, at, y, p, atol, rate)) return;
        if (at.arrived) arrive(job, at, y, p, c, rate);
        const double stop = at.action < at.last_action ? fmin(job.day[at.action], end) : end;
        const double rest = stop - at.t;
        if (!(rest > 0.0)) {
            leave(job, at, y, OK);
            continue;
        }
        const bool hit = !(at.h < 0.999 * rest);
        const double dt = hit ? rest : fmin(at.h, 0.5 * rest);
        step(at.t, dt, y, p, c, flows, at.ready, k, work, yn);
        at.ready = KEEPS_SLOPE;
        at.tried++;
        double total = 0.0;
        EACH_STATE(j) {
            const double e = fault(j, dt, k) / (atol[j * LANES] + job.rtol * fmax(fabs(y[j]), fabs(yn[j])));
            total += e * e;
        }
        const double error = total < 1e300 ? fmax(sqrt(total / N_STATES), 1e-10) : INFINITY;
        const double factor = growth(error, at.last_error);
        if (error <= 1.0) {
            const double reached = hit ? stop : at.t + dt;
            pass(job, at, dt, reached, hit, y, yn, k, p, c);
            EACH_STATE(j) y[j] = yn[j];
            carry_on(k);
            if (at.first) at.after = 0.9 * dt * factor;
            at.last_error = fmax(error, 1e-4);
            at.t = reached;
            at.arrived = hit;
            at.first = false;
            at.accepted++;
            // A step cut short by an appointment says little about the step that would have gone well.
            at.h = factor >= 1.0 ? fmax(dt < at.h ? at.h : 0.0, dt * factor) : dt * factor;
        } else {
            at.h = dt * factor;
            at.rejected++;
            if (at.h < 1e-14 * (1.0 + fabs(at.t))) leave(job, at, y, error < 1e300 ? NO_CONVERGENCE : NOT_FINITE);
        }
        if (at.who >= 0 && at.tried >= job.max_steps) leave(job, at, y, TOO_MANY_STEPS);
    }
}
