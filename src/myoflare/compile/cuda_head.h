// The head of every generated solver: CUDA's words, also for a C++ compiler, and the functions that formulas use.
#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef __CUDACC__
#define INLINE static __device__ __forceinline__
#define NOINLINE static __device__ __noinline__
#define LANES 32  // threads of a warp: number i of 32 patients lies side by side, so that a warp reads it in one go
// Written out whole, such loops keep every state in a register and overflow them all.
#define EACH_STATE(j) _Pragma("unroll 4") for (int j = 0; j < N_STATES; j++)
#else
// Plain C++: a grid of one thread.
#define __device__
#define __global__
#define __constant__ static const
#define __launch_bounds__(n)
#define __syncwarp()
#define INLINE static inline
#define NOINLINE static
#define LANES 1
#define EACH_STATE(j) for (int j = 0; j < N_STATES; j++)
static const struct { int x; } threadIdx = {0}, blockIdx = {0}, blockDim = {1};
static unsigned long long atomicAdd(unsigned long long *where, unsigned long long more)
{
    const unsigned long long before = *where;
    *where += more;
    return before;
}
#endif

// Twins of compile/kernels.py.
// A base below zero counts as zero where the exponent is broken.
NOINLINE double f_not_above_zero(const double base, const double exponent)
{
    if (exponent == floor(exponent)) return pow(base, exponent);
    if (isnan(base) || isnan(exponent)) return base * exponent;
    return exponent > 0.0 ? 0.0 : INFINITY;
}
// Above zero by exp and log: half the work of pow, and an error of |exponent log(base)| units in the last place.
INLINE double f_powr(const double base, const double exponent)
{
    return base > 0.0 ? exp(exponent * log(base)) : f_not_above_zero(base, exponent);
}
INLINE double f_powc(const double base, const double exponent)
{
    return base < 0.0 && exponent != floor(exponent) ? NAN : f_powr(base, exponent);
}
INLINE double f_dpowr(const double base, const double exponent)
{
    if (exponent == 0.0 || exponent == 1.0) return exponent;
    if (base > 0.0) return exponent * exp((exponent - 1.0) * log(base));
    if (exponent == floor(exponent)) return exponent * pow(base, exponent - 1.0);
    return isnan(base) || isnan(exponent) ? base * exponent : 0.0;
}
INLINE double f_logp(const double x) { return x > 0.0 ? log(x) : 0.0; }
INLINE double f_select(const double test, const double a, const double b) { return test != 0.0 ? a : b; }
INLINE double f_max_(const double a, const double b) { return a >= b ? a : b; }
INLINE double f_min_(const double a, const double b) { return a <= b ? a : b; }
INLINE double f_abs_(const double a) { return fabs(a); }
INLINE double f_sign_(const double a) { return a > 0.0 ? 1.0 : (a < 0.0 ? -1.0 : 0.0); }
INLINE double f_floor_(const double a) { return floor(a); }
INLINE double f_ceil_(const double a) { return ceil(a); }
INLINE double f_geq(const double a, const double b) { return a >= b ? 1.0 : 0.0; }
INLINE double f_gt(const double a, const double b) { return a > b ? 1.0 : 0.0; }
INLINE double f_leq(const double a, const double b) { return a <= b ? 1.0 : 0.0; }
INLINE double f_lt(const double a, const double b) { return a < b ? 1.0 : 0.0; }
INLINE double f_eq(const double a, const double b) { return a == b ? 1.0 : 0.0; }
INLINE double f_neq(const double a, const double b) { return a != b ? 1.0 : 0.0; }
INLINE double f_both(const double a, const double b) { return a != 0.0 && b != 0.0 ? 1.0 : 0.0; }
INLINE double f_either(const double a, const double b) { return a != 0.0 || b != 0.0 ? 1.0 : 0.0; }
