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

    /// The work-group size of the sums of squares, and the gradients of a work-group: `SQUARE_ITEMS` and `SQUARE_CHUNK` in
    /// `Optimizer.cl`.
    private static let (squareItems, squareChunk) = (64, 1024)

    package func uncheckedClipGradients(
        _ gradients: OpenCLParameters, maxima: OpenCLParameters, counts: SampleCounts
    ) throws(BackendError) {
        let (models, count) = (gradients.models, gradients.count)
        let parts = ceilDivide(count, Self.squareChunk)
        // The sums, and behind them the factors.
        let squares = try scratch(.squares, floats: models * (parts + 1))
        try queue.launch(
            library.kernel("sumSquares", OptimizerConstants()), groups: WorkSize(x: parts, y: models),
            of: WorkSize(x: Self.squareItems),
            [
                "gradients": .parameters(gradients), "gradientCount": .int(count), "parts": .int(parts),
                "squares": .buffer(squares),
            ], work: KernelWork(flops: 2 * models * count, floats: models * count))
        try queue.launch(
            library.kernel("findClipFactors", OptimizerConstants()), groups: WorkSize(x: 1, y: models),
            of: WorkSize(x: Self.squareItems),
            [
                "squares": .buffer(squares), "parts": .int(parts), "models": .int(models),
                "maxima": .parameters(maxima), "counts": .buffer(buffer(of: counts)),
            ], work: KernelWork(flops: models * parts, floats: models * parts))
        try queue.launch(
            library.kernel("clipGradients", OptimizerConstants()),
            groups: WorkSize(x: ceilDivide(count, configuration.elementGroup), y: models),
            of: WorkSize(x: configuration.elementGroup),
            [
                "gradients": .parameters(gradients), "gradientCount": .int(count), "parts": .int(parts),
                "models": .int(models), "squares": .buffer(squares),
            ], work: KernelWork(flops: models * count, floats: 2 * models * count))
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
