// The right-hand side with the constant inflows that infusions add to it.
struct Flows {
    const double *rate;  // one number per state that ever has an inflow, LANES apart
    const long long *state;
    long long count;
};

INLINE void slope(const double t, const double *y, const double *p, const double *c, const Flows flows, double *out)
{
    rhs(t, y, p, c, out);
    for (long long i = 0; i < flows.count; i++) out[flows.state[i]] += flows.rate[i * LANES];
}
