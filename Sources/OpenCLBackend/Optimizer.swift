package import Backend
import Kernels

/// `Optimizer.cl` has no macros of its own.
struct OptimizerConstants: KernelConstants {
    static let source = KernelSource.optimizer
    var macros: [String: Int] { [:] }
}

extension OpenCLBackend {
    package func uncheckedSelectLearningRates(
        from schedule: OpenCLParameters, step: Int, to learningRates: OpenCLParameters
    ) throws(BackendError) {
        let models = schedule.models
        try queue.launch(
            library.kernel("selectRates", OptimizerConstants()),
            groups: WorkSize(x: ceilDivide(models, configuration.elementGroup), y: 1),
            of: WorkSize(x: configuration.elementGroup),
            [
                "schedule": .parameters(schedule), "steps": .int(schedule.count),
                "step": .ofStep(.number, .int(step)), "models": .int(models), "rates": .parameters(learningRates),
            ], work: KernelWork(floats: 2 * models))
    }

    package func uncheckedSGDStep(
        parameters: OpenCLParameters, gradients: OpenCLParameters, learningRates: OpenCLParameters,
        counts: SampleCounts
    ) throws(BackendError) {
        let (models, count) = (parameters.models, parameters.count)
        if let sums = try pendingSums.take(of: gradients) {
            return try queue.launch(
                library.kernel("sumAndDescend", OptimizerConstants()), groups: sums.groups(models: models),
                of: WorkSize(x: configuration.elementGroup),
                [
                    "partials": .buffer(sums.partials), "segments": .buffer(sums.segments),
                    "counts": .buffer(buffer(of: sums.counts)), "stepCounts": .buffer(buffer(of: counts)),
                    "parameterCount": .int(count), "gradients": .parameters(gradients),
                    "parameters": .parameters(parameters), "rates": .parameters(learningRates),
                ], work: KernelWork(flops: 2 * models * count, floats: 3 * models * count) + sums.work)
        }
        try queue.launch(
            library.kernel("descend", OptimizerConstants()),
            groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                "parameters": .parameters(parameters), "gradients": .parameters(gradients),
                "rates": .parameters(learningRates), "counts": .buffer(buffer(of: counts)),
                "parameterCount": .int(count),
            ], work: KernelWork(flops: 2 * models * count, floats: 3 * models * count))
    }

    package func uncheckedSGDStep(
        parameters: OpenCLParameters, gradients: OpenCLParameters, velocities: OpenCLParameters,
        learningRates: OpenCLParameters, momenta: OpenCLParameters, weightDecays: OpenCLParameters,
        nesterov: Bool, counts: SampleCounts
    ) throws(BackendError) {
        let (models, count) = (parameters.models, parameters.count)
        if let sums = try pendingSums.take(of: gradients) {
            return try queue.launch(
                library.kernel("sumAndDescendWithMomentum", OptimizerConstants()), groups: sums.groups(models: models),
                of: WorkSize(x: configuration.elementGroup),
                [
                    "partials": .buffer(sums.partials), "segments": .buffer(sums.segments),
                    "counts": .buffer(buffer(of: sums.counts)), "stepCounts": .buffer(buffer(of: counts)),
                    "parameterCount": .int(count), "gradients": .parameters(gradients),
                    "parameters": .parameters(parameters), "velocities": .parameters(velocities),
                    "rates": .parameters(learningRates), "momenta": .parameters(momenta),
                    "weightDecays": .parameters(weightDecays), "nesterov": .flag(nesterov),
                ], work: KernelWork(flops: 6 * models * count, floats: 5 * models * count) + sums.work)
        }
        try queue.launch(
            library.kernel("descendWithMomentum", OptimizerConstants()),
            groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                "parameters": .parameters(parameters), "gradients": .parameters(gradients),
                "velocities": .parameters(velocities), "rates": .parameters(learningRates),
                "momenta": .parameters(momenta), "weightDecays": .parameters(weightDecays),
                "nesterov": .flag(nesterov), "counts": .buffer(buffer(of: counts)), "parameterCount": .int(count),
            ], work: KernelWork(flops: 6 * models * count, floats: 5 * models * count))
    }
}
