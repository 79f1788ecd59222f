// Patients through time. A thread takes a patient, carries it to the end and takes the next: no thread of a warp waits
// for the slowest of its neighbours. Each thread has a slot of memory for what belongs to its patient of the moment.
enum { ADD_STATE, SET_STATE, SET_PARAM, SET_RATE };                     // simulate/schedule.py
enum { OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE };                // base/status.py
enum { STATES, OBSERVABLES, RULES };                                    // what is asked for
#define MAX_THREADS 256                                                 // of a block

// Arrays are those of Packed and Batch, patient by patient as numpy has them. Mirrored in simulate/device.py.
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
    long long *steps;
    double *slots;
    unsigned long long *next;  // the patient that nobody has taken yet
};

#define SLOT(job) (N_PARAMS + N_CONSTANTS + N_STATES + (job).inflows)  // numbers in one slot
#define N_OUT(job) ((job).outputs == STATES ? N_STATES : (job).outputs == OBSERVABLES ? N_OBSERVABLES : N_RULES)

NOINLINE void write_output(const Job job, const long long who, const long long time, const double t, const double *y,
                           const double *p, const double *c)
{
    double *out = job.values + (who * job.times + time) * N_OUT(job);
    if (job.outputs == OBSERVABLES) observables(t, y, p, c, out);
    else if (job.outputs == RULES) rules(t, y, p, c, out);
    else for (int j = 0; j < N_STATES; j++) out[j] = y[j];
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

extern "C" __global__ void __launch_bounds__(MAX_THREADS) myoflare_kernel(const Job job)
{
    const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    double *p = job.slots + thread / LANES * LANES * SLOT(job) + thread % LANES;
    double *c = p + N_PARAMS * LANES, *atol = c + N_CONSTANTS * LANES, *rate = atol + N_STATES * LANES;
    const Flows flows = {rate, job.inflow, job.inflows};
    const double end = job.when[job.times - 1];
    double y[N_STATES], yn[N_STATES], k[STAGES * N_STATES], work[N_WORK];
    double t = 0.0, h = 0.0, h_start = 0.0, last_error = 1.0;
    long long who = -1, output = 0, action = 0, last_action = 0, accepted = 0, tried = 0;
    bool ready = false, arrived = false, set = false, first = false;

    for (;;) {
        __syncwarp();
        if (who < 0) {  // the next patient
            who = (long long)atomicAdd(job.next, 1ULL);
            if (who >= job.patients) return;
            for (int i = 0; i < N_PARAMS; i++) p[i * LANES] = job.params[who * N_PARAMS + i];
            for (int j = 0; j < N_STATES; j++) y[j] = job.y0[who * N_STATES + j];
            for (int j = 0; j < N_STATES; j++) atol[j * LANES] = job.atol[who * N_STATES + j];
            for (long long i = 0; i < job.inflows; i++) rate[i * LANES] = 0.0;
            t = job.when[0];
            action = job.offsets[who];
            last_action = job.offsets[who + 1];
            output = accepted = tried = 0;
            h_start = job.first_step;
            set = arrived = true;
        }
        if (arrived) {  // at a day of the schedule, or at the start or the end
            for (; action < last_action && job.day[action] <= t; action++) set |= act(job, action, y, p, rate);
            if (set) constants(t, y, p, c, c);
            for (; output < job.times && job.when[output] <= t; output++) write_output(job, who, output, t, y, p, c);
            ready = set = arrived = false;
            first = true;
            h = h_start;
            last_error = 1.0;
            tried = 0;
        }
        const double next = action < last_action ? job.day[action] : end;
        const double stop = next < end ? next : end;
        const double rest = stop - t;
        const bool hit = !(h < 0.999 * rest);
        const double dt = hit ? rest : (h > 0.5 * rest ? 0.5 * rest : h);
        if (!(rest > 0.0)) {  // the end
            job.status[who] = OK;
            job.reached[who] = t;
            job.steps[who] = accepted;
            who = -1;
            continue;
        }
        step(t, dt, y, p, c, flows, ready, k, work, yn);
        double total = 0.0;
        for (int j = 0; j < N_STATES; j++) {
            const double error = fault(j, dt, k) / (atol[j * LANES] + job.rtol * fmax(fabs(y[j]), fabs(yn[j])));
            total += error * error;
        }
        const double error = fmax(sqrt(total / N_STATES), 1e-10);
        const bool finite = total < 1e300;
        const bool good = finite && error <= 1.0;
        // Proportional and integral control: Hairer and Wanner, Solving ODEs II, section IV.2.
        double factor_h = 0.2;
        if (finite) {
            const double memory = good && KEEPS_SLOPE ? pow(last_error, 0.04) * pow(error, -0.17) : pow(error, -0.2);
            factor_h = fmin(fmax(0.9 * memory, 0.2), 6.0);
        }
        tried++;
        if (good) {
            const double reached = hit ? stop : t + dt;
            double at[N_STATES];
            // An output on the day of an action waits for the action.
            for (; output < job.times && job.when[output] <= reached; output++) {
                if (hit && job.when[output] == reached) break;
                inside((job.when[output] - t) / dt, dt, y, yn, k, at);
                write_output(job, who, output, job.when[output], at, p, c);
                tried = 0;
            }
            for (int j = 0; j < N_STATES; j++) y[j] = yn[j];
            carry_on(k);
            if (first) h_start = 0.9 * dt * factor_h;  // what went well after this action is tried after the next
            last_error = fmax(error, 1e-4);
            t = reached;
            arrived = hit;
            first = false;
            accepted++;
            // A step cut short by an appointment says little about the step that would have gone well.
            h = dt < h && factor_h >= 1.0 ? fmax(h, dt * factor_h) : dt * factor_h;
        } else {
            h = dt * factor_h;
        }
        ready = KEEPS_SLOPE;
        const bool stuck = !good && h < 1e-14 * (1.0 + fabs(t));
        if (stuck || tried >= job.max_steps) {
            job.status[who] = !stuck ? TOO_MANY_STEPS : finite ? NO_CONVERGENCE : NOT_FINITE;
            job.reached[who] = t;
            job.steps[who] = accepted;
            who = -1;
        }
    }
}
