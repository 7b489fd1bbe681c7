import Backend

/// How a backend rounds, measured with SGD steps and not asked from a driver.
///
/// No result of the program relies on either answer: the tolerances of the checks allow both.
enum ArithmeticFacts {
    static func measure(on backend: some Backend) throws(BackendError) -> [DeviceDetail] {
        // 0 - 1 (-2^-130), whose factors and result are subnormal.
        let subnormal = try step(0, rate: 1, gradient: -0x1p-130, on: backend)
        // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24, of which a product that is rounded by itself loses the last term.
        let difference = try step(1 + 0x1p-11, rate: 1 + 0x1p-12, gradient: 1 + 0x1p-12, on: backend)
        return [
            DeviceDetail("subnormal numbers, measured", subnormal == 0x1p-130 ? "kept" : "flushed to zero"),
            DeviceDetail(
                "a - b * c, measured", difference == 0 ? "rounded twice" : "rounded once (fused multiply-add)"),
        ]
    }

    /// `parameter - rate * gradient`.
    private static func step<B: Backend>(
        _ parameter: Float, rate: Float, gradient: Float, on backend: B
    ) throws(BackendError) -> Float {
        func upload(_ value: Float) throws(BackendError) -> B.Parameters {
            let parameters = try backend.makeParameters(models: 1, count: 1)
            try backend.write([value], to: parameters)
            return parameters
        }
        let parameters = try upload(parameter)
        try backend.sgdStep(
            parameters: parameters, gradients: upload(gradient), learningRates: upload(rate), counts: SampleCounts([1]))
        return try backend.read(parameters)[0]
    }
}
