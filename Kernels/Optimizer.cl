// Plain SGD step: parameters[model][i] -= rates[model] * gradients[model][i].
//
// The two kernels of an SGD step keep the names by which tools outside of the project know them.
//
//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void descend(
    __global float *restrict parameters, const __global float *restrict gradients, const __global float *restrict rates,
    const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t element = (size_t)model * parameterCount + index;
    parameters[element] -= rates[model] * gradients[element];
}

// SGD step with momentum, of Nesterov if asked for, and weight decay. A term whose factor is zero is skipped: zero times infinity would be NaN.
//
//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void descendWithMomentum(
    __global float *restrict parameters, const __global float *restrict gradients, __global float *restrict velocities,
    const __global float *restrict rates, const __global float *restrict momenta,
    const __global float *restrict weightDecays, int nesterov, const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t element = (size_t)model * parameterCount + index;
    const float momentum = momenta[model];
    const float decay = weightDecays[model];
    const float parameter = parameters[element];
    float gradient = gradients[element];
    if (decay != 0.0f) gradient += decay * parameter;
    const float withoutMomentum = gradient;
    if (momentum != 0.0f) gradient += momentum * velocities[element];
    velocities[element] = gradient;
    if (nesterov && momentum != 0.0f) gradient = withoutMomentum + momentum * gradient;
    parameters[element] = parameter - rates[model] * gradient;
}

// The learning rates of a step: rates[model] = schedule[model][step].
//
//     dimension 0: work-item = model

__kernel void selectRates(
    const __global float *restrict schedule, int steps, int step, int models, __global float *restrict rates
) {
    const int model = (int)get_global_id(0);
    if (model < models) rates[model] = schedule[(size_t)model * steps + step];
}
