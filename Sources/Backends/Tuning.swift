package import Backend
import OpenCLBackend

/// A measurement of the tuner.
package struct TuningProgress: Sendable, Encodable {
    /// The members that reports have.
    private enum CodingKeys: CodingKey {
        case kernels, milliseconds, isBest
    }

    /// The measured kernels.
    package var kernels: [String]
    /// The duration of these kernels in one step; infinite if the device can't run them with these tiles.
    package var milliseconds: Double
    /// Whether this is the fastest measurement so far.
    package var isBest: Bool
    /// The number of this measurement, from 1, and the number of all measurements.
    package var number: Int
    package var count: Int
}

/// Measures the possible tile sizes of the kernels on an OpenCL device and saves the best ones for later runs.
///
/// The bits of a result do not depend on the tile sizes.
/// - Parameters:
///   - request: names the device; without a name it is the GPU that `auto` chooses, or else the first device.
///   - makeStep: returns a training step on a backend.
///   - progress: is called with every measurement.
/// - Returns: the device.
package func tuneKernels(
    _ request: BackendRequest, makeStep: (any Backend) throws -> () throws -> Void,
    progress: (TuningProgress) throws -> Void
) throws -> DeviceDescription {
    let device = try openCLDevice(request)
    let tuner = try Tuner(device: device)
    var number = 0
    _ = try tuner.run(makeStep: makeStep) { measurement in
        number += 1
        try progress(
            TuningProgress(
                kernels: measurement.kernels.sorted(),
                milliseconds: measurement.seconds * 1000, isBest: measurement.isBest, number: number,
                count: tuner.candidateCount))
    }
    return device.description
}

/// Calls `body` with a backend for each candidate of the tuner on a backend's device, and with the kernels that the candidate
/// changes; makes no call for a backend without kernels.
package func forEachCandidate(
    of backend: any Backend, _ body: (_ candidate: any Backend, _ kernels: Set<String>) throws -> Void
) throws {
    guard let opencl = backend as? OpenCLBackend else { return }
    let choices = opencl.configuration.choices
    for (index, choice) in choices.enumerated() {
        // Earlier choices for the same kernels can have any of their results.
        let earlier = choices[..<index].filter { !$0.kernels.isDisjoint(with: choice.kernels) }
        let starts = earlier.reduce([opencl.configuration.tiles]) { starts, other in starts.flatMap(other.candidates) }
        for tiles in starts.flatMap(choice.candidates) {
            try body(try opencl.with(tiles), choice.kernels)
        }
    }
}

/// The OpenCL device of a request: the named one, or else the GPU that `auto` chooses, or else the first.
func openCLDevice(_ request: BackendRequest) throws(BackendError) -> OpenCLDevice {
    let devices = try OpenCLDevices.all()
    let descriptions = devices.map(\.description)
    guard !devices.isEmpty else {
        throw .unavailable(backend: "opencl", reason: "there is \(DeviceChoice.listing([]))")
    }
    guard let name = request.device else { return devices[DeviceChoice.automatic(descriptions) ?? 0] }
    return devices[try DeviceChoice.named(name, in: descriptions)]
}

/// The properties of each OpenCL device for a bug report: pairs of a label and a text.
package func openCLDetails() throws -> [[(label: String, text: String)]] {
    try OpenCLDevices.all().map { device in
        let configuration: String
        do {
            let backend = try OpenCLBackend(device: device)
            configuration =
                "vectors of \(backend.configuration.vector), \(backend.configuration.items) work-items for a group of lanes"
        } catch {
            configuration = "does not work: \(error)"
        }
        return [
            ("version", "\(device.version), \(device.languageVersion)"),
            ("compiler", device.hasCompiler ? "yes" : "no"),
            ("work-items of a work-group", "\(device.maximumWorkGroup) at most"),
            ("local memory", "\(device.localMemoryBytes) bytes"),
            ("largest buffer", "\(device.maximumBufferBytes) bytes"),
            ("constant memory", "\(device.constantMemoryBytes) bytes"),
            ("native vector width", "\(device.nativeVectorWidth) fp32 lanes"),
            ("kernels", configuration),
            ("extensions", device.extensions),
        ]
    }
}

/// The peak number of bytes of device memory that a backend has allocated; nil for a backend without device memory.
package func peakDeviceMemoryBytes(of backend: any Backend) -> Int? {
    (backend as? OpenCLBackend)?.peakMemoryBytes
}
