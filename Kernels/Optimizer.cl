// Stochastic gradient descent: parameters[model][i] -= rates[model] * gradients[model][i].
//
//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void sgdStep(
    __global float *restrict parameters, const __global float *restrict gradients, const __global float *restrict rates,
    const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t place = (size_t)model * parameterCount + index;
    parameters[place] -= rates[model] * gradients[place];
}

// Descent with momentum and weight decay; a term whose factor is zero is left out, so that an infinity beside it does not
// become NaN.
//
//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void sgdStepWithMomentum(
    __global float *restrict parameters, const __global float *restrict gradients, __global float *restrict velocities,
    const __global float *restrict rates, const __global float *restrict momenta,
    const __global float *restrict weightDecays, const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t place = (size_t)model * parameterCount + index;
    const float momentum = momenta[model];
    const float decay = weightDecays[model];
    const float parameter = parameters[place];
    float slope = gradients[place];
    if (decay != 0.0f) slope += decay * parameter;
    if (momentum != 0.0f) slope += momentum * velocities[place];
    velocities[place] = slope;
    parameters[place] = parameter - rates[model] * slope;
}
