// Tsit5: Tsitouras 2011, doi:10.1016/j.camwa.2011.06.002. Stage i of state j lies at k[i * N_STATES + j].
#define STAGES 7
#define KEEPS_SLOPE true  // k[0] is the slope at y, whether the step was accepted or not
#define N_WORK 1  // no matrix

__constant__ double A[7][6] = {
    {0.0},
    {0.161},
    {-0.008480655492356989, 0.335480655492357},
    {2.8971530571054935, -6.359448489975075, 4.3622954328695815},
    {5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525},
    {5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383},
    {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774},
};
__constant__ double NODE[7] = {0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0};
__constant__ double FAULT[7] = {
    -0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629,
    0.5823571654525552, -0.45808210592918697, 0.015151515151515152,
};

// From y to yn. The last slope of an accepted step is the first of the next: `ready` says that k[0] holds it.
INLINE void step(const double t, const double h, const double *y, const double *p, const double *c,
                 const Flows flows, const bool ready, double *k, double *work, double *yn)
{
#pragma unroll 1
    for (int stage = ready ? 1 : 0; stage < 7; stage++) {
        EACH_STATE(j) {
            double change = 0.0;
            for (int i = 0; i < stage; i++) change += A[stage][i] * k[i * N_STATES + j];
            yn[j] = y[j] + h * change;
        }
        slope(t + NODE[stage] * h, yn, p, c, flows, k + stage * N_STATES);
    }
}

INLINE double fault(const int j, const double h, const double *k)
{
    double total = 0.0;
#pragma unroll
    for (int i = 0; i < 7; i++) total += FAULT[i] * k[i * N_STATES + j];
    return h * total;
}

INLINE void carry_on(double *k)
{
    EACH_STATE(j) k[j] = k[6 * N_STATES + j];
}

// State at the fraction x of a step, by the free interpolant of order 4; `out` may not be y or yn.
INLINE void inside(const double x, const double h, const double *y, const double *yn, const double *k, double *out)
{
    const double b[7] = {
        h * x * (1.0 + x * (-2.763706197274826 + x * (2.9132554618219126 - 1.0530884977290216 * x))),
        h * x * x * (0.13169999999999998 + x * (-0.2234 + 0.1017 * x)),
        h * x * x * (3.9302962368947516 + x * (-5.941033872131505 + 2.490627285651253 * x)),
        h * x * x * (-12.411077166933676 + x * (30.33818863028232 - 16.548102889244902 * x)),
        h * x * x * (37.50931341651104 + x * (-88.1789048947664 + 47.37952196281928 * x)),
        h * x * x * (-27.896526289197286 + x * (65.09189467479366 - 34.87065786149661 * x)),
        h * x * x * (1.5 + x * (-4.0 + 2.5 * x)),
    };
    EACH_STATE(j) {
        double total = 0.0;
#pragma unroll
        for (int i = 0; i < 7; i++) total += b[i] * k[i * N_STATES + j];
        out[j] = y[j] + total;
    }
}
