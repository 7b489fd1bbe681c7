// The program speaks OpenCL 1.2: every device of the last decade does.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
