// An OpenCL driver with faults, for the tests of how the program lists and chooses devices, and of what a step costs the host.
//
// It has one platform with a GPU, which can do nothing but fail to build a kernel; or, with "idle", a GPU that accepts every
// command and computes nothing, but for the one parameter of the test with which a device is opened. These environment variables are read:
//
//   FAULTY_DRIVER           what fails: "clock" (the device's clock frequency), "name" (its name), "device-list" (the list of
//                           the platform's devices), "no-device" (the list is empty), "platform" (the platform's name), or
//                           anything else for the build alone; or what is different: "old" (the device's version is 1.1),
//                           "old-platform" (the platform's), "integrated" (the GPU shares the processor's memory), "two"
//                           (there are two GPUs), "idle" (see above), "launch" (as "idle", but `multiplyWithLoss` is an
//                           error that the device reports later)
//   FAULTY_DRIVER_LAUNCH    with "idle", the nanoseconds for which a launch keeps the host busy
//   FAULTY_DRIVER_PLATFORM  the platform's name, otherwise "Faulty Platform"
//   FAULTY_DRIVER_LOG       a file to which every list of devices adds a line "list", and every question for a device's type
//                           adds a line "device"
//
// The loader calls the functions of `dispatch`; the handles begin with a pointer to it. A function that is not here returns
// zero: nothing happened, or there is no such object.

#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_icd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static cl_icd_dispatch dispatch;

// One object is the platform, the device, the context, the queue, the buffers and the program.
struct object {
    cl_icd_dispatch *dispatch;
};
// Memory of an idle device.
struct buffer {
    cl_icd_dispatch *dispatch;
    float numbers[];
};
static struct object platform = {&dispatch}, gpu = {&dispatch}, second = {&dispatch}, other = {&dispatch};

static int fails(const char *what) {
    const char *fault = getenv("FAULTY_DRIVER");
    return fault && strcmp(fault, what) == 0;
}

static int is_idle(void) { return fails("idle") || fails("launch"); }
static long busy_nanoseconds;

static void note(const char *what) {
    const char *path = getenv("FAULTY_DRIVER_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s\n", what);
    fclose(file);
}

static cl_int answer(const void *value, size_t length, size_t size, void *memory, size_t *needed) {
    if (needed) *needed = length;
    if (!memory) return CL_SUCCESS;
    if (size < length) return CL_INVALID_VALUE;
    memcpy(memory, value, length);
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t size, void *memory, size_t *needed) {
    return answer(text, strlen(text) + 1, size, memory, needed);
}

static cl_int CL_API_CALL get_platform_ids(cl_uint count, cl_platform_id *platforms, cl_uint *number) {
    if (number) *number = 1;
    if (platforms && count > 0) platforms[0] = (cl_platform_id)&platform;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_platform_info(
    cl_platform_id id, cl_platform_info property, size_t size, void *memory, size_t *needed) {
    (void)id;
    const char *name = getenv("FAULTY_DRIVER_PLATFORM");
    switch (property) {
    case CL_PLATFORM_NAME:
        if (fails("platform")) return CL_OUT_OF_HOST_MEMORY;
        return answer_text(name ? name : "Faulty Platform", size, memory, needed);
    case CL_PLATFORM_VERSION:
        return answer_text(fails("old-platform") ? "OpenCL 1.0 old" : "OpenCL 1.2", size, memory, needed);
    case CL_PLATFORM_PROFILE: return answer_text("FULL_PROFILE", size, memory, needed);
    case CL_PLATFORM_VENDOR: return answer_text("tests", size, memory, needed);
    case CL_PLATFORM_EXTENSIONS: return answer_text("cl_khr_icd", size, memory, needed);
    case CL_PLATFORM_ICD_SUFFIX_KHR: return answer_text("FAULTY", size, memory, needed);
    default: return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL get_device_ids(
    cl_platform_id id, cl_device_type type, cl_uint count, cl_device_id *devices, cl_uint *number) {
    (void)id, (void)type;
    if (!devices) note("list");
    if (fails("device-list")) return CL_OUT_OF_RESOURCES;
    if (fails("no-device")) return CL_DEVICE_NOT_FOUND;
    if (number) *number = fails("two") ? 2 : 1;
    if (devices && count > 0) devices[0] = (cl_device_id)&gpu;
    if (devices && count > 1) devices[1] = (cl_device_id)&second;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_device_info(
    cl_device_id id, cl_device_info property, size_t size, void *memory, size_t *needed) {
    (void)id;
    cl_uint number;
    cl_ulong bytes;
    size_t items;
    switch (property) {
    case CL_DEVICE_NAME:
        if (fails("name")) return CL_INVALID_DEVICE;
        return answer_text("Faulty GPU", size, memory, needed);
    case CL_DEVICE_VENDOR: return answer_text("tests", size, memory, needed);
    case CL_DRIVER_VERSION: return answer_text("1", size, memory, needed);
    case CL_DEVICE_VERSION: return answer_text(fails("old") ? "OpenCL 1.1 old" : "OpenCL 1.2", size, memory, needed);
    case CL_DEVICE_OPENCL_C_VERSION: return answer_text("OpenCL C 1.2", size, memory, needed);
    case CL_DEVICE_EXTENSIONS: return answer_text("", size, memory, needed);
    case CL_DEVICE_TYPE:
        note("device");
        bytes = CL_DEVICE_TYPE_GPU;
        return answer(&bytes, sizeof bytes, size, memory, needed);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
        if (fails("clock")) return CL_INVALID_VALUE;
        number = 1000;
        return answer(&number, sizeof number, size, memory, needed);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
        number = 8;
        return answer(&number, sizeof number, size, memory, needed);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
        number = fails("integrated");
        return answer(&number, sizeof number, size, memory, needed);
    case CL_DEVICE_COMPILER_AVAILABLE:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT:
        number = 1;
        return answer(&number, sizeof number, size, memory, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        items = 1024;
        return answer(&items, sizeof items, size, memory, needed);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
        bytes = 1 << 30;
        return answer(&bytes, sizeof bytes, size, memory, needed);
    case CL_DEVICE_LOCAL_MEM_SIZE:
    case CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE:
        bytes = 1 << 16;
        return answer(&bytes, sizeof bytes, size, memory, needed);
    default: return CL_INVALID_VALUE;
    }
}

static cl_context CL_API_CALL create_context(
    const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
    void(CL_CALLBACK *callback)(const char *, const void *, size_t, void *), void *data, cl_int *status) {
    (void)properties, (void)count, (void)devices, (void)callback, (void)data;
    if (status) *status = CL_SUCCESS;
    return (cl_context)&other;
}

static cl_command_queue CL_API_CALL create_queue(
    cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *status) {
    (void)context, (void)device, (void)properties;
    if (status) *status = CL_SUCCESS;
    return (cl_command_queue)&other;
}

static cl_mem CL_API_CALL create_buffer(
    cl_context context, cl_mem_flags flags, size_t size, void *memory, cl_int *status) {
    (void)context, (void)flags, (void)memory;
    if (status) *status = CL_SUCCESS;
    if (!is_idle()) return (cl_mem)&other;
    struct buffer *buffer = calloc(1, sizeof *buffer + size);
    buffer->dispatch = &dispatch;
    return (cl_mem)buffer;
}

static cl_program CL_API_CALL create_program(
    cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status) {
    (void)context, (void)count, (void)texts, (void)lengths;
    if (status) *status = CL_SUCCESS;
    return (cl_program)&other;
}

static cl_int CL_API_CALL build_program(
    cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
    void(CL_CALLBACK *callback)(cl_program, void *), void *data) {
    (void)program, (void)count, (void)devices, (void)options, (void)callback, (void)data;
    return is_idle() ? CL_SUCCESS : CL_BUILD_PROGRAM_FAILURE;
}

static cl_int CL_API_CALL get_build_info(
    cl_program program, cl_device_id device, cl_program_build_info property, size_t size, void *memory,
    size_t *needed) {
    (void)program, (void)device, (void)property;
    return answer_text(is_idle() ? "" : "error: this compiler builds nothing", size, memory, needed);
}

// The idle device. A kernel keeps its first arguments; only `descend` needs them, for the test of a device.

struct kernel {
    cl_icd_dispatch *dispatch;
    int descends, fails;
    struct buffer *buffers[3];
};
static int has_failed;

static cl_int CL_API_CALL release_buffer(cl_mem memory) {
    if (memory != (cl_mem)&other) free(memory);
    return CL_SUCCESS;
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *status) {
    (void)program;
    if (status) *status = CL_SUCCESS;
    struct kernel *kernel = calloc(1, sizeof *kernel);
    kernel->dispatch = &dispatch;
    kernel->descends = strcmp(name, "descend") == 0;
    kernel->fails = fails("launch") && strcmp(name, "multiplyWithLoss") == 0;
    return (cl_kernel)kernel;
}

static cl_int CL_API_CALL release_kernel(cl_kernel kernel) {
    free(kernel);
    return CL_SUCCESS;
}

static cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
    if (index < 3 && size == sizeof(cl_mem)) memcpy(&((struct kernel *)kernel)->buffers[index], value, size);
    return CL_SUCCESS;
}

static cl_int CL_API_CALL launch(
    cl_command_queue queue, cl_kernel launched, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint count, const cl_event *events, cl_event *event) {
    (void)queue, (void)dimensions, (void)offset, (void)global, (void)local, (void)count, (void)events;
    struct kernel *kernel = (struct kernel *)launched;
    if (event) *event = (cl_event)&other;
    if (kernel->descends) kernel->buffers[0]->numbers[0] -= kernel->buffers[2]->numbers[0] * kernel->buffers[1]->numbers[0];
    if (kernel->fails) has_failed = 1;
    if (busy_nanoseconds > 0) {
        struct timespec begin, now;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        do clock_gettime(CLOCK_MONOTONIC, &now);
        while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < busy_nanoseconds);
    }
    return CL_SUCCESS;
}

static cl_int CL_API_CALL finish(cl_command_queue queue) {
    (void)queue;
    return has_failed ? -9999 : CL_SUCCESS;
}

static cl_int CL_API_CALL write_buffer(
    cl_command_queue queue, cl_mem memory, cl_bool blocking, size_t offset, size_t size, const void *values,
    cl_uint count, const cl_event *events, cl_event *event) {
    (void)queue, (void)blocking, (void)count, (void)events, (void)event;
    if (memory != (cl_mem)&other) memcpy((char *)((struct buffer *)memory)->numbers + offset, values, size);
    return CL_SUCCESS;
}

static cl_int CL_API_CALL read_buffer(
    cl_command_queue queue, cl_mem memory, cl_bool blocking, size_t offset, size_t size, void *values,
    cl_uint count, const cl_event *events, cl_event *event) {
    (void)blocking, (void)count, (void)events, (void)event;
    if (memory != (cl_mem)&other) memcpy(values, (char *)((struct buffer *)memory)->numbers + offset, size);
    return finish(queue);
}

static cl_int CL_API_CALL mark(cl_command_queue queue, cl_uint count, const cl_event *events, cl_event *event) {
    (void)queue, (void)count, (void)events;
    if (event) *event = (cl_event)&other;
    return CL_SUCCESS;
}

// A `cl_int` or a pointer.
static intptr_t CL_API_CALL nothing(void) { return 0; }

__attribute__((constructor)) static void fill(void) {
    intptr_t (**entry)(void) = (void *)&dispatch;
    for (size_t index = 0; index < sizeof dispatch / sizeof *entry; index += 1) entry[index] = nothing;
    dispatch.clGetPlatformIDs = get_platform_ids;
    dispatch.clGetPlatformInfo = get_platform_info;
    dispatch.clGetDeviceIDs = get_device_ids;
    dispatch.clGetDeviceInfo = get_device_info;
    dispatch.clCreateContext = create_context;
    dispatch.clCreateCommandQueue = create_queue;
    dispatch.clCreateBuffer = create_buffer;
    dispatch.clCreateProgramWithSource = create_program;
    dispatch.clBuildProgram = build_program;
    dispatch.clGetProgramBuildInfo = get_build_info;
    if (!is_idle()) return;
    const char *busy = getenv("FAULTY_DRIVER_LAUNCH");
    busy_nanoseconds = busy ? atol(busy) : 0;
    dispatch.clReleaseMemObject = release_buffer;
    dispatch.clCreateKernel = create_kernel;
    dispatch.clReleaseKernel = release_kernel;
    dispatch.clSetKernelArg = set_argument;
    dispatch.clEnqueueNDRangeKernel = launch;
    dispatch.clFinish = finish;
    dispatch.clEnqueueWriteBuffer = write_buffer;
    dispatch.clEnqueueReadBuffer = read_buffer;
    dispatch.clEnqueueMarkerWithWaitList = mark;
}

// What the loader looks up by name.

cl_int CL_API_CALL clIcdGetPlatformIDsKHR(cl_uint count, cl_platform_id *platforms, cl_uint *number) {
    return get_platform_ids(count, platforms, number);
}

cl_int CL_API_CALL clGetPlatformInfo(
    cl_platform_id id, cl_platform_info property, size_t size, void *memory, size_t *needed) {
    return get_platform_info(id, property, size, memory, needed);
}

void *CL_API_CALL clGetExtensionFunctionAddress(const char *name) {
    return strcmp(name, "clIcdGetPlatformIDsKHR") == 0 ? (void *)clIcdGetPlatformIDsKHR : NULL;
}
