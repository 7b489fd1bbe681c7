import Backend
import Backends
import Testing

/// A fictitious device.
private func device(
    _ name: String, _ kind: DeviceDescription.Kind = .gpu, units: Int = 10, megahertz: Int = 1000
) -> DeviceDescription {
    DeviceDescription(
        backend: "opencl", name: name, vendor: "vendor", driver: "driver 1", kind: kind, computeUnits: units,
        clockMegahertz: megahertz, memoryBytes: 1 << 30)
}

@Suite("Device choice")
struct DeviceChoiceTests {
    /// `auto` chooses the GPU with the largest product of compute units and clock, the first of equals, and only GPUs.
    @Test(
        arguments: [
            ([], nil),
            ([device("a", .cpu), device("b", .accelerator), device("c", .other)], nil),
            ([device("a", .cpu, units: 1000), device("b")], 1),
            ([device("a", units: 10, megahertz: 1000), device("b", units: 8, megahertz: 2000)], 1),
            ([device("a", units: 20, megahertz: 500), device("b", units: 10, megahertz: 1000)], 0),
            ([device("a", megahertz: 0), device("b", megahertz: 0)], 0),
        ] as [([DeviceDescription], Int?)])
    func automatic(devices: [DeviceDescription], expected: Int?) {
        #expect(DeviceChoice.automatic(devices) == expected)
    }

    private static let three = [device("Radeon Pro"), device("GeForce 10"), device("Radeon VII")]

    /// `--device` accepts an index, or a part of exactly one name, without distinction of case.
    @Test(arguments: [("0", 0), ("2", 2), ("geforce", 1), ("VII", 2), ("radeon pro", 0)])
    func named(name: String, expected: Int) throws {
        #expect(try DeviceChoice.named(name, in: Self.three) == expected)
    }

    /// A wrong name is an error that lists the devices.
    @Test(arguments: ["3", "-1", "arc", "radeon", "10.5"])
    func wrongNames(name: String) {
        let error = #expect(throws: BackendError.self) { try DeviceChoice.named(name, in: Self.three) }
        let text = error?.description ?? ""
        for device in Self.three { #expect(text.contains(device.name)) }
    }
}

@Suite("Backend selection")
struct BackendSelectionTests {
    @Test func theCPUIsAlwaysThere() throws {
        let selection = try BackendSelection(BackendRequest(.cpu, threads: 1))
        #expect(selection.backend.device.backend == "cpu")
        #expect(selection.note == nil)
    }

    /// The list marks exactly one entry as automatic, and `auto` chooses it.
    @Test func autoTakesWhatTheListSays() throws {
        let automatic = try BackendList.everyBackend().filter(\.isAutomatic)
        #expect(automatic.count == 1)
        let selection = try BackendSelection(BackendRequest(.auto))
        #expect(selection.backend.device == automatic.first?.device)
    }

    /// An explicit request never falls back.
    @Test func aMissingDeviceIsAnError() {
        #expect(throws: BackendError.self) {
            try BackendSelection(BackendRequest(.opencl, device: "a device that no machine has"))
        }
        #expect(throws: BackendError.self) {
            try BackendSelection(BackendRequest(.auto, device: "a device that no machine has"))
        }
    }
}
