// Kernels with faults on any OpenCL device, for the tests of the self-test: a library for LD_PRELOAD.
//
//   FAULTY_KERNELS   "wrong": an average is a sum plus a reciprocal, not times it; "crash": the first kernel that is started ends the process

#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char average[] = "= sum * part;";

static int fails(const char *what) {
    const char *fault = getenv("FAULTY_KERNELS");
    return fault && strcmp(fault, what) == 0;
}

cl_program clCreateProgramWithSource(
    cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status) {
    cl_program (*create)(cl_context, cl_uint, const char **, const size_t *, cl_int *) =
        dlsym(RTLD_NEXT, "clCreateProgramWithSource");
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) abort();
    for (cl_uint index = 0; index < count; index += 1)
        fwrite(texts[index], 1, lengths && lengths[index] ? lengths[index] : strlen(texts[index]), stream);
    if (fclose(stream)) abort();
    char *found = strstr(text, average);
    if (found && fails("wrong")) found[strlen("= sum ")] = '+';
    cl_program program = create(context, 1, (const char **)&text, NULL, status);
    free(text);
    return program;
}

cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint count, const cl_event *events, cl_event *event) {
    cl_int (*enqueue)(
        cl_command_queue, cl_kernel, cl_uint, const size_t *, const size_t *, const size_t *, cl_uint, const cl_event *,
        cl_event *) = dlsym(RTLD_NEXT, "clEnqueueNDRangeKernel");
    if (fails("crash")) abort();
    return enqueue(queue, kernel, dimensions, offset, global, local, count, events, event);
}
