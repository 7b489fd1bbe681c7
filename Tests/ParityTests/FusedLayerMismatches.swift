import Backend
import ParityCases
import ReferenceBackend
import Testing

extension ParitySuite {
    /// Shapes that do not fit are rejected with an error that names the operation.
    ///
    /// The checks are common to all backends, so one backend shows them.
    @Suite("Fused layer, shapes that do not fit")
    struct FusedLayerMismatches {

        /// A change of a call that makes it wrong.
        struct Change: Sendable, CustomTestStringConvertible {
            var testDescription: String
            fileprivate var apply: @Sendable (inout Call) throws -> Void

            fileprivate init(_ description: String, _ apply: @escaping @Sendable (inout Call) throws -> Void) {
                testDescription = description
                self.apply = apply
            }
        }

        /// The arguments of the operations of a layer.
        fileprivate struct Call {
            let backend = ReferenceBackend(.single)
            var layer: FusedLayer
            var counts = SampleCounts([4, 3])
            var parameters: FusedLayerParameters<ReferenceParameters>
            var gradients: FusedLayerGradients<ReferenceParameters>
            var input: ReferenceActivation
            var residual: ReferenceActivation?
            var output: ReferenceActivation
            var outputGradient: ReferenceActivation
            let workspace: ReferenceWorkspace
            var inputGradient: ReferenceActivation

            init() throws {
                let convolution = Convolution(
                    inputChannels: 2, outputChannels: 3, input: Extent(5), kernel: Extent(3))
                let layer = FusedLayer(convolution, norm: BatchNorm(), addsResidual: true, relu: true)
                self.layer = layer
                let backend = backend
                func slice(_ count: Int) throws -> ParameterSlice<ReferenceParameters> {
                    try backend.upload(StackTensor(models: 2, count: count, Array(repeating: 1, count: 2 * count)))
                }
                parameters = FusedLayerParameters(
                    weights: try slice(convolution.weightCount), bias: try slice(3),
                    norm: BatchNormParameters(
                        weight: try slice(3), bias: try slice(3), runningMean: try slice(3),
                        runningVariance: try slice(3)))
                gradients = try backend.staleGradients(of: layer, parameters, models: 2)
                input = try Self.activation(layer.input)
                residual = try Self.activation(layer.unpooled)
                output = try Self.activation(layer.output)
                outputGradient = try Self.activation(layer.output)
                workspace = try backend.makeWorkspace(for: layer, models: 2, samples: 4)
                inputGradient = try Self.activation(layer.input)
            }

            static func activation(_ channels: Int, _ side: Int) throws -> ReferenceActivation {
                try activation(SampleShape(channels: channels, image: Extent(side)))
            }

            private static func activation(_ sample: SampleShape) throws -> ReferenceActivation {
                try ReferenceBackend(.single).makeActivation(ActivationShape(models: 2, samples: 4, sample: sample))
            }

            func forward(training: Bool) throws {
                if training {
                    try backend.forwardTraining(
                        layer, parameters, input: input, residual: residual, counts: counts,
                        workspace: workspace, output: output)
                } else {
                    try backend.forwardEvaluation(
                        layer, parameters, input: input, residual: residual, counts: counts, output: output)
                }
            }

            func backward() throws {
                try backend.backwardOutput(
                    layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
                try backend.backwardInput(
                    layer, parameters, input: input, outputGradient: outputGradient, counts: counts,
                    workspace: workspace,
                    gradients: gradients, inputGradient: inputGradient, accumulate: false)
            }
        }

        @Test func acceptsShapesThatFit() throws {
            let call = try Call()
            try call.forward(training: true)
            try call.forward(training: false)
            try call.backward()
        }

        @Test(arguments: [
            Change("output of another extent") { $0.output = try Call.activation(3, 5) },
            Change("input of other channels") { $0.input = try Call.activation(3, 5) },
            Change("residual of other channels") { $0.residual = try Call.activation(2, 3) },
            Change("no residual") { $0.residual = nil },
            Change("a residual that is not added") { $0.layer.addsResidual = false },
            Change("a residual before a pooling") {
                $0.layer.pool = MaxPool(kernel: Extent(1), stride: Extent(1))
            },
            Change("counts of three models") { $0.counts = SampleCounts([4, 3, 1]) },
            Change("more samples than the capacity") { $0.counts = SampleCounts([4, 5]) },
            Change("weights of another count") { $0.parameters.weights = $0.parameters.bias },
            Change("no weights") { $0.parameters.weights = nil },
            Change("bias of another count") { $0.parameters.bias = $0.parameters.weights },
            Change("norm of another count") { $0.parameters.norm?.runningMean = $0.gradients.weights! },
            Change("no norm") { $0.parameters.norm = nil },
            Change("a norm that the layer has not") { $0.layer.norm = nil },
            Change("a kernel larger than the padded image") {
                $0.layer = FusedLayer(
                    Convolution(inputChannels: 2, outputChannels: 3, input: Extent(5), kernel: Extent(6)),
                    norm: BatchNorm(), addsResidual: true)
            },
            Change("a window larger than the image") {
                $0.layer = FusedLayer(on: $0.layer.input, pool: MaxPool(kernel: Extent(6), stride: Extent(2)))
            },
            Change("a window whose indices do not fit into 16 bits") {
                $0.layer = FusedLayer(
                    on: SampleShape(channels: 1, image: Extent(200)),
                    pool: MaxPool(kernel: Extent(200), stride: Extent(1)))
                $0.input = try Call.activation(1, 200)
                $0.output = try Call.activation(1, 1)
                $0.residual = nil
                $0.parameters = FusedLayerParameters()
            },
            Change("an empty window") {
                $0.layer = FusedLayer(on: $0.layer.input, pool: MaxPool(kernel: Extent(0), stride: Extent(2)))
            },
        ])
        func forward(_ change: Change) throws {
            var call = try Call()
            try change.apply(&call)
            let changed = call
            expectShapeMismatch("\(change.testDescription), training") { try changed.forward(training: true) }
            expectShapeMismatch("\(change.testDescription), evaluation") { try changed.forward(training: false) }
        }

        @Test(arguments: [
            Change("more samples than the capacity") { $0.counts = SampleCounts([4, 5]) },
            Change("an input gradient of another extent") { $0.inputGradient = try Call.activation(2, 3) },
            Change("no stride") {
                $0.layer = FusedLayer(
                    Convolution(
                        inputChannels: 2, outputChannels: 3, input: Extent(5), kernel: Extent(3), stride: Extent(0)))
            },
            Change("an output of other channels") { $0.output = try Call.activation(2, 3) },
            Change("a weight gradient of another count") { $0.gradients.weights = $0.gradients.normBias },
            Change("a bias gradient of another count") { $0.gradients.bias = $0.gradients.weights },
            Change("a bias gradient without bias") { $0.parameters.bias = nil },
            Change("no norm gradient") { $0.gradients.normWeight = nil },
        ])
        func backward(_ change: Change) throws {
            var call = try Call()
            try change.apply(&call)
            let changed = call
            expectShapeMismatch(change.testDescription) { try changed.backward() }
        }

        /// A backend may write the input gradient while it still reads the output gradient.
        @Test func oneActivationForBothGradients() throws {
            let backend = ReferenceBackend()
            let layer = FusedLayer(on: SampleShape(channels: 3, image: Extent(5)), relu: true)
            let workspace = try backend.makeWorkspace(for: layer, models: 2, samples: 4)
            let gradient = try Call.activation(3, 5)
            expectShapeMismatch("one activation for both gradients") {
                try backend.backwardInput(
                    layer, FusedLayerParameters(), input: Call.activation(3, 5), outputGradient: gradient,
                    counts: SampleCounts([4, 3]), workspace: workspace, gradients: FusedLayerGradients(),
                    inputGradient: gradient, accumulate: true)
            }
        }
    }
}
