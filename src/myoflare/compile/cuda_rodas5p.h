// Rodas5P: Steinebach 2023, doi:10.1007/s10543-023-00967-x, in the form of Hairer and Wanner (Solving ODEs II, IV.7)
// that needs no product with the Jacobian. Stage U_i of state j lies at k[i * N_STATES + j].
#define STAGES (8 + TIMED)  // the last holds the change of the slope with time
#define KEEPS_SLOPE false
#define N_WORK N_LU
#define GAMMA 0.21193756319429014

__constant__ double NODE[8] = {0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664,
                               1.0, 1.0, 1.0};
__constant__ double DRIFT[8] = {0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734,
                                2.325825639765069, 0.0, 0.0, 0.0};
__constant__ double A[8][7] = {
    {0.0},
    {3.0},
    {2.849394379747939, 0.45842242204463923},
    {-6.954028509809101, 2.489845061869568, -10.358996098473584},
    {2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0},
    {-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0, 1.0},
};
__constant__ double C[8][7] = {
    {0.0},
    {-14.155112264123755},
    {-17.97296035885952, -2.859693295451294},
    {147.12150275711716, -1.41221402718213, 71.68940251302358},
    {165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306},
    {24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471},
    {30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
     -28.087943162872662},
    {37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
     -54.66780262877968, -9.48861652309627},
};
__constant__ double H[3][8] = {
    {25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
     1.1241088310450404, 0.4272876194431874, -0.17202221070155493},
    {-9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
     15.98066361424651, -6.789040303419874, -6.710236069923372},
    {11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
     -59.78993625266729, -0.15582684282751913, 4.883087185713722},
};

INLINE void step(const double t, const double h, const double *y, const double *p, const double *c,
                 const Flows flows, const bool ready, double *k, double *work, double *yn)
{
    jacobian(t, y, p, c, work);
    factor(work, 1.0 / (GAMMA * h));
#if TIMED
    {  // by a difference: the term is small, and a formula may jump in time
        double *drift = k + 8 * N_STATES;
        const double nudge = 1e-7 * h;
        slope(t + nudge, y, p, c, flows, drift);
        slope(t, y, p, c, flows, k);
        EACH_STATE(j) drift[j] = (drift[j] - k[j]) / nudge;
    }
#endif
#pragma unroll 1
    for (int stage = 0; stage < 8; stage++) {
        double *u = k + stage * N_STATES;
        EACH_STATE(j) {
            double place = y[j];
            for (int i = 0; i < stage; i++) place += A[stage][i] * k[i * N_STATES + j];
            yn[j] = place;
        }
        slope(t + NODE[stage] * h, yn, p, c, flows, u);
        EACH_STATE(j) {
            double past = 0.0;
            for (int i = 0; i < stage; i++) past += C[stage][i] * k[i * N_STATES + j];
            u[j] += past / h;
#if TIMED
            u[j] += DRIFT[stage] * h * k[8 * N_STATES + j];
#endif
        }
        solve(work, u);
    }
    EACH_STATE(j) yn[j] += k[7 * N_STATES + j];
}

// The last stage: the method embedded before it has order 4.
INLINE double fault(const int j, const double h, const double *k) { return k[7 * N_STATES + j]; }

INLINE void carry_on(double *) {}

// State at the fraction x of a step, by the method's own interpolant of order 4; `out` may not be y or yn.
INLINE void inside(const double x, const double h, const double *y, const double *yn, const double *k, double *out)
{
    EACH_STATE(j) {
        double first = 0.0, second = 0.0, third = 0.0;
#pragma unroll
        for (int i = 0; i < 8; i++) {
            first += H[0][i] * k[i * N_STATES + j];
            second += H[1][i] * k[i * N_STATES + j];
            third += H[2][i] * k[i * N_STATES + j];
        }
        out[j] = (1.0 - x) * y[j] + x * (yn[j] + (1.0 - x) * (first + x * (second + x * third)));
    }
}
