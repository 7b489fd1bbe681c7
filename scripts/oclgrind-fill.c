// Replaces clEnqueueFillBuffer by a write, for the check of uninitialised memory with Oclgrind 21.10 (scripts/test). Oclgrind
// treats memory after clEnqueueFillBuffer as uninitialised, even after a kernel has written to it.
#include <CL/cl.h>
#include <stdlib.h>
#include <string.h>
cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern, size_t patternSize, size_t offset,
                           size_t size, cl_uint waits, const cl_event *waitList, cl_event *event) {
    char *bytes = malloc(size);
    if (!bytes) return CL_OUT_OF_HOST_MEMORY;
    for (size_t i = 0; i < size; i += patternSize) memcpy(bytes + i, pattern, patternSize);
    cl_int status = clEnqueueWriteBuffer(queue, buffer, CL_TRUE, offset, size, bytes, waits, waitList, event);
    free(bytes);
    return status;
}
