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
        let rates = FictitiousRates()
        func rate() -> TrainingRate { rates.rate(Dictionary(list.entries.map { ($0.deviceName ?? "", 1) }) { $1 }) }
        let automatic = list.entries[try #require(AutomaticDevice(of: list, rate: rate()).position)]
        let device = try BackendSelection(BackendRequest(.auto), rate: rate()).backend.device
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
    private func noteOnProcessor(
        _ listings: [DeviceListing], figures: [String: Double] = [:]
    ) throws -> String? {
        let provider = FictitiousProvider(name: "opencl", listings: listings)
        let selection = try BackendSelection(
            BackendRequest(.auto), from: [Self.host, provider], rate: FictitiousRates().rate(figures))
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
        #expect(try noteOnProcessor([.old("a")]) == nil)
        // A GPU that is slower has not failed; the processor is no GPU that failed.
        #expect(try noteOnProcessor([.integrated("a")], figures: ["a": 1, "processor": 2]) == nil)
        #expect(try noteOnProcessor([.integrated("a")])?.contains("a step failed on a: no luck") == true)
    }

    /// A GPU that can't be measured or opened is left out with a note, and the next one is taken.
    @Test(
        arguments: [
            ([.device("a"), .device("b")], ["b": 1], "a step failed on a"),
            ([.device("a", failure: failure), .integrated("b")], ["b": 2, "processor": 1], "no luck"),
            (
                [.device("a", failure: failure), .device("b"), .device("c", failure: failure)], ["b": 2],
                "no luck; the opencl backend"
            ),
        ] as [([DeviceListing], [String: Double], String)])
    func autoGoesOnToTheNextGPU(listings: [DeviceListing], figures: [String: Double], reason: String) throws {
        let provider = FictitiousProvider(name: "opencl", listings: listings)
        let selection = try BackendSelection(
            BackendRequest(.auto), from: [Self.host, provider], rate: FictitiousRates().rate(figures))
        #expect(selection.backend.device.name.contains("single"))
        #expect(selection.note?.hasPrefix("using opencl 1: b, because setting up the GPU failed: ") == true)
        #expect(selection.note?.contains(reason) == true, "\(selection.note ?? "")")
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
