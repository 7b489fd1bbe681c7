// Makes the divisions, square roots, exponentials and logarithms of the kernels as inexact as OpenCL allows: 2.5, 3, 3 and 3 ulp
// (OpenCL C 1.2, section 7.4). Every OpenCL device at hand rounds them better than that; others need not. For scripts/test:
//
//     clang -shared -fPIC -DCL_TARGET_OPENCL_VERSION=120 -o .build/opencl-inexact.so scripts/opencl-inexact.c
//     LD_PRELOAD=$PWD/.build/opencl-inexact.so RESNET_BO_CACHE=off RESNET_BO_INEXACT=always ...
//
// RESNET_BO_INEXACT=always moves every result, as OpenCL allows; `inexact` keeps quotients and roots that are exact, as devices
// do that correct an estimate. The move is a pure function of the operands, so that results stay reproducible.
//
// It replaces clCreateProgramWithSource. The kernels divide only in the function `divide` of Prelude.cl, and call `sqrt`, `exp`
// and `log` by name; KernelSourceTests checks that. A program without that function ends the process.
#define _GNU_SOURCE
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char division[] = "return dividend / divisor;";
static const char replacement[] = "return inexactDivide(dividend, divisor);";

// The device rounds a quotient or a root to within 0.5 ulp, and exp and log to within 1 ulp; two steps more are within the limits.
// Above a power of two a step is two ulp of the numbers below it, so that there only one step up is allowed.
static const char functions[] =
    "#define INEXACT static inline __attribute__((always_inline, unused))\n"
    "INEXACT float moved(float result, uint hash) {\n"
    "    hash = (hash ^ (hash >> 15)) * 0x2c1b3c6du;\n"
    "    hash = (hash ^ (hash >> 12)) * 0x297a2d39u;\n"
    "    hash ^= hash >> 15;\n"
    "    const uint mantissa = as_uint(result) & 0x7fffffu;\n"
    "    const bool isAtPowerOfTwo = mantissa == 0u || mantissa == 0x7fffffu;\n"
    "    const int steps = (hash & 1u) ? -1 - (int)(hash >> 1 & 1u) : isAtPowerOfTwo ? 1 : 1 + (int)(hash >> 1 & 1u);\n"
    "    const float neighbour = as_float(as_int(result) + steps);\n"
    "    return isnormal(result) && isnormal(neighbour) ? neighbour : result;\n"
    "}\n"
    "INEXACT float inexactDivide(float dividend, float divisor) {\n"
    "    const float quotient = dividend / divisor;\n"
    "    if (!MOVES_EXACT && fma(-quotient, divisor, dividend) == 0.0f) return quotient;\n"
    "    return moved(quotient, as_uint(dividend) * 0x9e3779b1u + as_uint(divisor) * 0x85ebca77u);\n"
    "}\n"
    "INEXACT float inexactSqrt(float value) {\n"
    "    const float root = sqrt(value);\n"
    "    if (!MOVES_EXACT && fma(-root, root, value) == 0.0f) return root;\n"
    "    return moved(root, as_uint(value) * 0x9e3779b1u);\n"
    "}\n"
    // The exponential of 0 is 1 and the logarithm of 1 is 0, in both modes: edge cases of C99, annex F.
    "INEXACT float inexactExp(float value) {\n"
    "    return value == 0.0f ? 1.0f : moved(exp(value), as_uint(value) * 0x9e3779b1u);\n"
    "}\n"
    "INEXACT float inexactLog(float value) {\n"
    "    return value == 1.0f ? 0.0f : moved(log(value), as_uint(value) * 0x9e3779b1u);\n"
    "}\n"
    "#define sqrt inexactSqrt\n"
    "#define exp inexactExp\n"
    "#define log inexactLog\n";

static void fail(const char *message) {
    fprintf(stderr, "opencl-inexact: %s\n", message);
    abort();
}

static const char *flag(void) {
    const char *mode = getenv("RESNET_BO_INEXACT");
    if (mode && !strcmp(mode, "always")) return "#define MOVES_EXACT 1\n";
    if (mode && !strcmp(mode, "inexact")) return "#define MOVES_EXACT 0\n";
    fail("RESNET_BO_INEXACT must be always or inexact");
    return NULL;
}

static char *joined(cl_uint count, const char **strings, const size_t *lengths) {
    size_t size = 0;
    char *text = NULL;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) fail("out of memory");
    for (cl_uint i = 0; i < count; ++i)
        fwrite(strings[i], 1, lengths && lengths[i] ? lengths[i] : strlen(strings[i]), stream);
    if (fclose(stream)) fail("out of memory");
    return text;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **strings, const size_t *lengths,
                                     cl_int *status) {
    static cl_program (*create)(cl_context, cl_uint, const char **, const size_t *, cl_int *);
    if (!create) {
        create = dlsym(RTLD_NEXT, "clCreateProgramWithSource");
        // scripts/test reads this line, so that a loader that ignores LD_PRELOAD is noticed.
        flag();
        fprintf(stderr, "opencl-inexact: %s\n", getenv("RESNET_BO_INEXACT"));
    }
    char *source = joined(count, strings, lengths);
    char *found = strstr(source, division);
    if (!found || strstr(found + 1, division))
        fail("the function `divide` of Prelude.cl must contain `return dividend / divisor;`, once");
    *found = 0;
    const char *parts[] = {flag(), functions, source, replacement, found + strlen(division)};
    cl_program program = create(context, 5, parts, NULL, status);
    free(source);
    return program;
}
