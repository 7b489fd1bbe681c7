import Backend
import Backends
import Testing

@Suite("Backend selection")
struct BackendSelectionTests {
    @Test func theCPUIsAlwaysThere() throws {
        let selection = try BackendSelection(BackendRequest(.cpu, threads: 1))
        #expect(selection.backend.device.backend == "cpu")
        #expect(selection.note == nil)
    }

    /// `auto` chooses what the list of this machine's devices marks.
    @Test func autoTakesWhatTheListSays() throws {
        let list = DeviceList()
        let automatic = list.entries[try #require(list.automatic)]
        let device = try BackendSelection(BackendRequest(.auto)).backend.device
        #expect(device.backend == automatic.backend)
        #expect(device.name == automatic.deviceName)
    }

    /// Every name of the list is a choice, and no other name is one.
    @Test func choicesAreTheNamesOfTheList() {
        #expect(BackendChoice.allCases.map(\.rawValue) == ["auto"] + BackendList.providers.map(\.name))
        #expect(BackendChoice(rawValue: "opencl") == .opencl)
        #expect(BackendChoice(rawValue: "abacus") == nil)
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

    private static let host = FictitiousProvider(name: "cpu", isHost: true, listings: [.device("processor", .cpu)])
    private static let failure = BackendError.unavailable(backend: "opencl", reason: "no luck")

    /// The note of `auto` on these devices; fails unless it opens the processor.
    private func noteOnProcessor(_ listings: [DeviceListing]) throws -> String? {
        let provider = FictitiousProvider(name: "opencl", listings: listings)
        let selection = try BackendSelection(BackendRequest(.auto), from: [Self.host, provider])
        #expect(selection.backend.device.name.contains("double"))
        return selection.note
    }

    /// `auto` names what kept it from a GPU; a driver that has none is no reason for a note.
    @Test func autoFallsBackToTheProcessor() throws {
        #expect(try noteOnProcessor([]) == nil)
        #expect(try noteOnProcessor([.empty, .device("a", .cpu)]) == nil)
        #expect(try noteOnProcessor([.broken("a")])?.contains("question of a") == true)
        #expect(try noteOnProcessor([.brokenPlatform])?.contains("question list") == true)
        #expect(try noteOnProcessor([.device("a", failure: Self.failure)])?.contains("no luck") == true)
    }

    /// A GPU is opened although another device fails.
    @Test func autoTakesTheGPUThatWorks() throws {
        let provider = FictitiousProvider(name: "opencl", listings: [.broken("a"), .device("b")])
        let selection = try BackendSelection(BackendRequest(.auto), from: [Self.host, provider])
        #expect(selection.backend.device.name.contains("single"))
        #expect(selection.note == nil)
    }

    /// A processor that can't run the program gives its reason, once.
    @Test func aProcessorThatLacksSomething() {
        let error = BackendError.unavailable(backend: "cpu", reason: "this processor lacks AVX2")
        let host = FictitiousProvider(
            name: "cpu", isHost: true,
            listings: [.unusable(UnusableDevice(platform: "Swift", .deviceFails(name: "old", error)))])
        #expect(throws: error) { try BackendSelection(BackendRequest(.cpu), from: [host]) }
        #expect(throws: error) { try BackendSelection(BackendRequest(.auto), from: [host]) }
    }
}
