// The linear layer's matrix product against CLBlast's SGEMM, 1024 cubed, on one OpenCL device, in one run.
// Built and run by scripts/compare-with-clblast.
#define CL_TARGET_OPENCL_VERSION 120
#include <clblast_c.h>
#include <CL/cl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N = 1024, REPEATS = 12 };

static void check(cl_int status, const char *what) {
    if (status != CL_SUCCESS) {
        fprintf(stderr, "compare-with-clblast: %s: error %d\n", what, status);
        exit(1);
    }
}

// The wall-clock time, because CLBlast's event covers only a part of its kernels.
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    cl_platform_id platform;
    cl_device_id device;
    cl_int status;
    check(clGetPlatformIDs(1, &platform, NULL), "finding a platform");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "finding a device");
    char name[256];
    clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL);
    cl_uint width;
    clGetDeviceInfo(device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof width, &width, NULL);
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
    check(status, "creating a context");
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &status);
    check(status, "creating a queue");

    // The program's own configuration for CPU devices (Sources/OpenCLBackend/KernelConfiguration.swift).
    const int vector = width >= 16 ? 16 : width >= 8 ? 8 : 4;
    const int outputs = vector == 16 ? 8 : 4, groups = vector == 16 ? 3 : 2;
    char options[400];
    snprintf(options, sizeof options,
             "-cl-std=CL1.2 -DVECTOR=%d -DITEMS=1 -DSLICES=1 -DFEATURES=%d -DOUTPUTS=%d -DGROUPS=%d -DOUTPUT_TILE=%d "
             "-DGROUP_TILE=%d -DFEATURE_TILE=4 -DGRADIENT_TILE=4", vector, N, N, N / vector, outputs, groups);
    FILE *file = fopen(arguments[1], "rb");
    static char source[1 << 20];
    if (!file || fread(source, 1, sizeof source - 1, file) == 0) return 2;
    const char *text = source;
    cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, &status);
    check(status, "loading the kernel");
    check(clBuildProgram(program, 1, &device, options, NULL, NULL), "building the kernel");
    cl_kernel kernel = clCreateKernel(program, "multiply", &status);
    check(status, "finding the kernel");

    float *weights = malloc(N * N * 4), *input = malloc(N * N * 4), *packed = malloc(N * N * 4);
    float *ours = malloc(N * N * 4), *theirs = malloc(N * N * 4);
    for (int i = 0; i < N * N; ++i) {
        weights[i] = (float)(rand() % 2000 - 1000) / 1000;
        input[i] = (float)(rand() % 2000 - 1000) / 1000;
    }
    // The input is [feature][sample]; ours has the samples innermost, in groups of a vector.
    for (int f = 0; f < N; ++f)
        for (int s = 0; s < N; ++s) packed[(s / vector * N + f) * vector + s % vector] = input[f * N + s];
    cl_mem_flags copy = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;
    float zeros[N] = {0};
    cl_int samples = N;
    cl_mem weightBuffer = clCreateBuffer(context, copy, N * N * 4, weights, &status);
    cl_mem inputBuffer = clCreateBuffer(context, copy, N * N * 4, input, &status);
    cl_mem packedBuffer = clCreateBuffer(context, copy, N * N * 4, packed, &status);
    cl_mem biasBuffer = clCreateBuffer(context, copy, sizeof zeros, zeros, &status);
    cl_mem countBuffer = clCreateBuffer(context, copy, sizeof samples, &samples, &status);
    cl_mem ourBuffer = clCreateBuffer(context, CL_MEM_READ_WRITE, N * N * 4, NULL, &status);
    cl_mem theirBuffer = clCreateBuffer(context, CL_MEM_READ_WRITE, N * N * 4, NULL, &status);
    check(status, "allocating");

    cl_int zero = 0, weightCount = N * N, biasCount = N;
    clSetKernelArg(kernel, 0, sizeof(cl_mem), &packedBuffer);
    clSetKernelArg(kernel, 1, sizeof(cl_mem), &weightBuffer);
    clSetKernelArg(kernel, 2, sizeof zero, &zero);
    clSetKernelArg(kernel, 3, sizeof weightCount, &weightCount);
    clSetKernelArg(kernel, 4, sizeof(cl_mem), &biasBuffer);
    clSetKernelArg(kernel, 5, sizeof zero, &zero);
    clSetKernelArg(kernel, 6, sizeof biasCount, &biasCount);
    clSetKernelArg(kernel, 7, sizeof(cl_mem), &countBuffer);
    clSetKernelArg(kernel, 8, sizeof(cl_mem), &ourBuffer);
    // Both dimensions of work-groups are combined in one, as GROUP_ID in Prelude.cl expects.
    const size_t tiles = N / outputs, batches = (N / vector + groups - 1) / groups;
    const size_t offset[3] = {0, tiles, 0}, sizes[3] = {1, 1, tiles * batches}, local[3] = {1, 1, 1};

    double ourTime = INFINITY, theirTime = INFINITY;
    for (int repeat = 0; repeat < REPEATS; ++repeat) {
        double start = now();
        check(clEnqueueNDRangeKernel(queue, kernel, 3, offset, sizes, local, 0, NULL, NULL), "multiply");
        check(clFinish(queue), "multiply");
        ourTime = fmin(ourTime, now() - start);
        start = now();
        check(CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, N, N, N, 1, weightBuffer, 0, N,
                           inputBuffer, 0, N, 0, theirBuffer, 0, N, &queue, NULL), "CLBlast");
        check(clFinish(queue), "CLBlast");
        theirTime = fmin(theirTime, now() - start);
    }
    check(clEnqueueReadBuffer(queue, ourBuffer, CL_TRUE, 0, N * N * 4, ours, 0, NULL, NULL), "reading");
    check(clEnqueueReadBuffer(queue, theirBuffer, CL_TRUE, 0, N * N * 4, theirs, 0, NULL, NULL), "reading");
    double worst = 0, sum = 0;
    for (int o = 0; o < N; ++o)
        for (int s = 0; s < N; ++s)
            sum += fabs(theirs[o * N + s]), worst = fmax(worst, fabs(ours[(s / vector * N + o) * vector + s % vector] - theirs[o * N + s]));
    const double work = 2.0 * N * N * N / 1e9;
    printf("%s, 1024 cubed, best of %d\n", name, REPEATS);
    printf("multiply (GEMM.cl) %7.1f GFLOP/s\n", work / ourTime);
    printf("CLBlast SGEMM      %7.1f GFLOP/s, with its default parameters\n", work / theirTime);
    printf("ratio              %7.1f; largest difference %.1e\n", theirTime / ourTime, worst);
    return worst < 1e-3 && sum > 1 ? 0 : 1;
}
