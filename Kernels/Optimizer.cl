// Stochastic gradient descent: parameters[model][i] -= rates[model] * gradients[model][i].
//
//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void descend(
    __global float *restrict parameters, const __global float *restrict gradients, const __global float *restrict rates,
    const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)get_global_id(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t place = (size_t)model * parameterCount + index;
    parameters[place] -= rates[model] * gradients[place];
}
