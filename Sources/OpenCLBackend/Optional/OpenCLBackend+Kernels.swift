package import Backend
import Kernels

extension OpenCLBackend: KernelRecording, PeakMeasuring, DeviceMemoryMeasuring {
    package static var kernelPrograms: [String: String] {
        Dictionary(uniqueKeysWithValues: KernelSource.allCases.map { ($0.fileName, $0.program) })
    }

    package func recordedLaunches(_ body: () throws -> Void) throws -> [RecordedLaunch] {
        try recordLaunches(body).map { launch in
            RecordedLaunch(
                kernel: launch.kernel, file: launch.program.source.fileName, options: launch.program.options,
                workGroups: launch.workGroups, workItems: launch.workItems, flops: launch.work.flops,
                bytes: launch.work.bytes)
        }
    }
}
