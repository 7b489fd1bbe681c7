import Backend
import Foundation
import OpenCLBackend
import Testing

@Suite("OpenCL devices", .enabled(if: isWorthRunning, "there is no OpenCL device"), .serialized)
struct DeviceTests {
    @Test func thereIsADevice() {
        #expect(!devices.isEmpty)
    }

    @Test func devicesDescribeThemselves() {
        for device in devices {
            let description = device.description
            #expect(description.backend == "opencl")
            #expect(!description.name.isEmpty)
            #expect(description.driver.contains("driver"))
            #expect(description.computeUnits > 0)
            #expect(description.memoryBytes > 0)
        }
    }

    /// The error of a kernel that can't be built contains the compiler's log and the options.
    @Test func aFailingBuildShowsItsLog() throws {
        let device = try #require(devices.first)
        let gpu = KernelConfiguration.gpu
        var order = gpu.sumOrder
        order.vector = 3
        let configuration = KernelConfiguration(
            order, unitSamples: gpu.unitSamples, elementGroup: gpu.elementGroup, tiles: gpu.tiles)
        let error = #expect(throws: BackendError.self) {
            _ = try OpenCLBackend(device: device, configuration: configuration)
        }
        let text = error?.description ?? ""
        #expect(text.contains("Optimizer.cl"))
        #expect(text.contains("-DVECTOR=3"))
        #expect(text.contains("CL_BUILD_PROGRAM_FAILURE"))
        #expect(text.contains("error:"))
    }

    /// Every program of some work is reported once, also those that a cache has.
    @Test func everyBuildIsReported() throws {
        let device = try #require(devices.first)
        let reports = try device.buildReports { backend in
            try TrainingRun(on: try #require(backend as? OpenCLBackend)).step(0)
        }
        #expect(reports.count > 5)
        #expect(Set(reports).count == reports.count)
        #expect(reports.contains { $0.file == "Loss.cl" && $0.options.contains("-DCLASSES=10") })
    }

    /// A GPU that rounds divisions correctly is asked to; the programs of CPU devices have the options they had.
    @Test(arguments: [KernelConfiguration.gpu, .cpu(vectorWidth: 16)])
    func divisionsOfGPUs(_ configuration: KernelConfiguration) throws {
        let device = try #require(devices.first)
        let backend = try OpenCLBackend(device: device, configuration: configuration)
        let parameters = try backend.makeParameters(models: 1, count: 1)
        let launches = try backend.recordLaunches {
            try backend.sgdStep(
                parameters: parameters, gradients: parameters, learningRates: parameters, counts: SampleCounts([1]))
        }
        let options = try #require(launches.first).program.options
        #expect(
            options.contains("-cl-fp32-correctly-rounded-divide-sqrt")
                == (configuration == .gpu && device.roundsDivisionCorrectly))
    }

    /// A stack that is too large for any device is rejected with the number of bytes.
    @Test func tooMuchMemoryIsAnError() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let shape = ActivationShape(models: 1000, samples: 4096, channels: 512, image: Extent(28))
        #expect {
            _ = try backend.makeActivation(shape)
        } throws: { error in
            guard case .outOfMemory(_, let bytes, _) = error as? BackendError else { return false }
            return bytes == shape.count * 4
        }
        // The backend still works afterwards.
        let parameters = try backend.makeParameters(models: 1, count: 3)
        try backend.write([1, 2, 3], to: parameters)
        #expect(try backend.read(parameters) == [1, 2, 3])
    }

    /// An operation that reads gradients whose partial sums are not added yet gets the sums.
    @Test func pendingSumsAreAddedBeforeTheyAreRead() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let convolution = Convolution(
            inputChannels: 2, outputChannels: 4, input: Extent(8), kernel: Extent(3), padding: Extent(1))
        func activation(_ channels: Int, _ image: Extent) throws -> OpenCLActivation {
            let shape = ActivationShape(models: 2, samples: 20, channels: channels, image: image)
            let activation = try backend.makeActivation(shape)
            try backend.write((0..<shape.count).map { sin(Float($0)) }, to: activation)
            return activation
        }
        func slice(_ count: Int) throws -> ParameterSlice<OpenCLParameters> {
            let parameters = try backend.makeParameters(models: 2, count: count)
            try backend.write((0..<2 * count).map { 1 + cos(Float($0)) }, to: parameters)
            return ParameterSlice(parameters)
        }
        let layer = FusedLayer(convolution, norm: BatchNorm(), relu: true)
        let weights = try slice(convolution.weightCount)
        let parameters = FusedLayerParameters(
            weights: weights,
            norm: BatchNormParameters(
                weight: try slice(4), bias: try slice(4), runningMean: try slice(4), runningVariance: try slice(4)))
        let counts = SampleCounts([20, 17])
        let (input, output) = (try activation(2, Extent(8)), try activation(4, Extent(8)))
        let weightGradient = try slice(convolution.weightCount)
        let gradients = FusedLayerGradients(
            weights: weightGradient, normWeight: try slice(4), normBias: try slice(4))
        func backward() throws {
            let workspace = try backend.makeWorkspace(for: layer, models: 2, samples: 20)
            try backend.forwardTraining(
                layer, parameters, input: input, residual: nil, counts: counts, workspace: workspace, output: output)
            let gradient = try activation(4, Extent(8))
            try backend.backwardOutput(
                layer, output: output, outputGradient: gradient, counts: counts, workspace: workspace)
            try backend.backwardInput(
                layer, parameters, input: input, outputGradient: gradient, counts: counts, workspace: workspace,
                gradients: gradients, inputGradient: nil, accumulate: false)
        }
        /// What a linear layer computes with the gradients as its weights.
        func product() throws -> [UInt32] {
            let result = try activation(4, Extent(1))
            try backend.linear(
                input: try activation(convolution.weightCount / 4, Extent(1)), weights: weightGradient,
                bias: try slice(4), counts: counts, output: result)
            return try backend.read(result).map(\.bitPattern)
        }
        try backward()
        let deferred = try product()
        let sums = try backend.read(weightGradient.storage).map(\.bitPattern)
        #expect(try product() == deferred)
        // The same gradients again: the old sums are not added over the new ones.
        try backward()
        try backward()
        #expect(try backend.read(weightGradient.storage).map(\.bitPattern) == sums)
    }

    /// Both configurations run on every device, and two runs give the same bits.
    @Test(arguments: [KernelConfiguration.gpu, .cpu(vectorWidth: 4), .cpu(vectorWidth: 8), .cpu(vectorWidth: 16)])
    func resultsRepeat(_ configuration: KernelConfiguration) throws {
        for device in devices {
            let backend = try OpenCLBackend(device: device, configuration: configuration)
            let convolution = Convolution(
                inputChannels: 3, outputChannels: 5, input: Extent(9), kernel: Extent(3), padding: Extent(1))
            let shape = ActivationShape(models: 2, samples: 40, channels: 3, image: Extent(9))
            var result = shape
            result.channels = 5
            let input = try backend.makeActivation(shape)
            try backend.write((0..<shape.count).map { sin(Float($0)) }, to: input)
            let gradient = try backend.makeActivation(result)
            try backend.write((0..<result.count).map { cos(Float($0)) }, to: gradient)
            func slice(_ count: Int, _ value: Float) throws -> ParameterSlice<OpenCLParameters> {
                let parameters = try backend.makeParameters(models: 2, count: count)
                try backend.write(Array(repeating: value, count: 2 * count), to: parameters)
                return ParameterSlice(parameters)
            }
            let layer = FusedLayer(convolution, norm: BatchNorm())
            let parameters = FusedLayerParameters(
                weights: try slice(convolution.weightCount, 0.5),
                norm: BatchNormParameters(
                    weight: try slice(5, 1), bias: try slice(5, 0), runningMean: try slice(5, 0),
                    runningVariance: try slice(5, 1)))
            let counts = SampleCounts([40, 33])
            func weightGradient() throws -> [UInt32] {
                let output = try backend.makeActivation(result)
                let workspace = try backend.makeWorkspace(for: layer, models: 2, samples: 40)
                let weightGradient = try slice(convolution.weightCount, 0)
                try backend.forwardTraining(
                    layer, parameters, input: input, residual: nil, counts: counts, workspace: workspace,
                    output: output)
                try backend.backwardOutput(
                    layer, output: output, outputGradient: gradient, counts: counts, workspace: workspace)
                try backend.backwardInput(
                    layer, parameters, input: input, outputGradient: gradient, counts: counts, workspace: workspace,
                    gradients: FusedLayerGradients(
                        weights: weightGradient, normWeight: try slice(5, 0), normBias: try slice(5, 0)),
                    inputGradient: nil, accumulate: false)
                return try backend.read(weightGradient.storage).map(\.bitPattern)
            }
            let first = try weightGradient()
            #expect(first.contains { $0 != 0 })
            for _ in 0..<5 { #expect(try weightGradient() == first) }
        }
    }
}
