// The door: called through ctypes by simulate/library.py. Returns 0, or 1 with a sentence in `message`.
extern "C" const char *myoflare_digest() { return DIGEST; }
extern "C" const char *myoflare_solver() { return SOLVER; }

#ifndef __CUDACC__
#include <stdlib.h>

extern "C" int myoflare_devices(char *, int) { return 0; }

extern "C" int myoflare_run(const Job *asked, double *seconds, char *message, int length)
{
    Job job = *asked;
    unsigned long long next = 0;
    job.next = &next;
    job.slots = (double *)malloc(sizeof(double) * (SLOT(job) + 1));
    if (!job.slots) return snprintf(message, length, "no memory for one patient"), 1;
    myoflare_kernel(job);
    free(job.slots);
    *seconds = 0.0;
    return 0;
}
#else
#include <cuda_runtime.h>

// Device memory of one run, freed together.
struct Held {
    void *all[32];
    int count = 0;
    ~Held() { while (count) cudaFree(all[--count]); }
    cudaError_t room(void **where, const size_t bytes)
    {
        const cudaError_t error = cudaMalloc(where, bytes ? bytes : 8);
        if (error == cudaSuccess) all[count++] = *where;
        return error;
    }
    template <class T> cudaError_t send(const T **array, const size_t n)
    {
        void *there;
        const cudaError_t error = room(&there, n * sizeof(T));
        if (error != cudaSuccess) return error;
        const T *here = *array;
        *array = (const T *)there;
        return n ? cudaMemcpy(there, here, n * sizeof(T), cudaMemcpyHostToDevice) : cudaSuccess;
    }
};

#define TRY(call)                                                                                                     \
    do {                                                                                                              \
        const cudaError_t error = (call);                                                                             \
        if (error != cudaSuccess)                                                                                     \
            return snprintf(message, length, "%s: %s", #call, cudaGetErrorString(error)), 1;                          \
    } while (0)

// Number of devices; the name of the first one, or what is wrong, in `message`.
extern "C" int myoflare_devices(char *message, int length)
{
    int count = 0;
    cudaDeviceProp about;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0 || cudaGetDeviceProperties(&about, 0) != cudaSuccess)
        return snprintf(message, length, "%s", error == cudaSuccess ? "no CUDA device" : cudaGetErrorString(error)), 0;
    return snprintf(message, length, "%s", about.name), count;
}

// `seconds` is what the kernel took, without the transfers.
extern "C" int myoflare_run(const Job *asked, double *seconds, char *message, int length)
{
    Job job = *asked;
    Held held;
    int processors = 0, fit = 0;
    cudaEvent_t begin, end;
    float milliseconds = 0.0f;
    const size_t n = job.patients, out = n * job.times * N_OUT(job);
    void *values, *status, *reached, *steps, *rejected, *final, *slots, *next;
    TRY(held.send(&job.params, n * N_PARAMS));
    TRY(held.send(&job.y0, n * N_STATES));
    TRY(held.send(&job.atol, n * N_STATES));
    TRY(held.send(&job.when, job.times));
    TRY(held.send(&job.offsets, n + 1));
    TRY(held.send(&job.day, job.actions));
    TRY(held.send(&job.kind, job.actions));
    TRY(held.send(&job.target, job.actions));
    TRY(held.send(&job.value, job.actions));
    TRY(held.send(&job.inflow, job.inflows));
    TRY(held.room(&values, out * sizeof(double)));
    TRY(held.room(&status, n * sizeof(long long)));
    TRY(held.room(&reached, n * sizeof(double)));
    TRY(held.room(&steps, n * sizeof(long long)));
    TRY(held.room(&rejected, n * sizeof(long long)));
    TRY(held.room(&final, n * N_STATES * sizeof(double)));
    TRY(held.room(&next, sizeof(unsigned long long)));
    TRY(cudaMemset(values, 0xff, out * sizeof(double)));  // NaN, for what is never reached
    TRY(cudaMemset(next, 0, sizeof(unsigned long long)));
    TRY(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
    TRY(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&fit, myoflare_kernel, (int)job.threads, 0));
    job.blocks = processors * (job.blocks > 0 && job.blocks < fit ? job.blocks : fit);
    const long long most = (job.patients + job.threads - 1) / job.threads;
    if (job.blocks > most) job.blocks = most;
    TRY(held.room(&slots, sizeof(double) * SLOT(job) * job.blocks * job.threads));
    job.values = (double *)values;
    job.status = (long long *)status;
    job.reached = (double *)reached;
    job.steps = (long long *)steps;
    job.rejected = (long long *)rejected;
    job.final = (double *)final;
    job.slots = (double *)slots;
    job.next = (unsigned long long *)next;
    TRY(cudaEventCreate(&begin));
    TRY(cudaEventCreate(&end));
    TRY(cudaEventRecord(begin));
    myoflare_kernel<<<(unsigned)job.blocks, (unsigned)job.threads>>>(job);
    TRY(cudaGetLastError());
    TRY(cudaEventRecord(end));
    TRY(cudaEventSynchronize(end));
    TRY(cudaEventElapsedTime(&milliseconds, begin, end));
    TRY(cudaMemcpy(asked->values, values, out * sizeof(double), cudaMemcpyDeviceToHost));
    TRY(cudaMemcpy(asked->status, status, n * sizeof(long long), cudaMemcpyDeviceToHost));
    TRY(cudaMemcpy(asked->reached, reached, n * sizeof(double), cudaMemcpyDeviceToHost));
    TRY(cudaMemcpy(asked->steps, steps, n * sizeof(long long), cudaMemcpyDeviceToHost));
    TRY(cudaMemcpy(asked->rejected, rejected, n * sizeof(long long), cudaMemcpyDeviceToHost));
    TRY(cudaMemcpy(asked->final, final, n * N_STATES * sizeof(double), cudaMemcpyDeviceToHost));
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    *seconds = 1e-3 * milliseconds;
    return 0;
}
#endif
