import Backend
import Backends
import OpenCLBackend
import TestSupport
import Testing

@Suite("Device choice")
struct DeviceChoiceTests {
    private func list(_ listings: [DeviceListing]) -> DeviceList {
        DeviceList(asking: [
            FictitiousProvider(name: "host", isHost: true, listings: [.device("processor", .cpu)]),
            FictitiousProvider(name: "test", listings: listings),
        ])
    }

    /// The devices beside the processor, the images per second that they and the processor train, and what `auto` takes.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var listings: [DeviceListing]
        var figures: [String: Double] = [:]
        var expected: String
        /// The devices that are measured, in their order.
        var measured: [String] = []
        /// The devices whose measurement fails.
        var failed: [String] = []
    }

    private static let cases = [
        Case(testDescription: "nothing", listings: [], expected: "host"),
        Case(
            testDescription: "no GPU",
            listings: [.device("a", .cpu), .device("b", .accelerator), .device("c", .other)],
            expected: "host"),
        Case(
            testDescription: "a GPU beside a CPU device", listings: [.device("a", .cpu, units: 1000), .device("b")],
            expected: "test 1: b"),
        Case(
            testDescription: "a GPU behind what fails",
            listings: [.broken("a"), .brokenPlatform, .empty, .device("b")], expected: "test 1: b"),
        Case(
            testDescription: "only what fails", listings: [.broken("a"), .brokenPlatform, .empty, .old("b")],
            expected: "host"),
        Case(
            testDescription: "a single GPU that gives no clock", listings: [.device("a", megahertz: 0)],
            expected: "test 0: a"),
        Case(
            testDescription: "a GPU of many small units",
            listings: [.device("a", units: 96, megahertz: 2000), .device("b", units: 28, megahertz: 1500)],
            figures: ["a": 100, "b": 200], expected: "test 1: b", measured: ["a", "b"]),
        Case(
            testDescription: "a GPU without a clock is the faster one",
            listings: [.device("a", megahertz: 2000), .device("b", megahertz: 0)],
            figures: ["a": 100, "b": 200], expected: "test 1: b", measured: ["a", "b"]),
        Case(
            testDescription: "the first of equals", listings: [.device("a"), .device("b"), .device("c")],
            figures: ["a": 100, "b": 200, "c": 200], expected: "test 1: b", measured: ["a", "b", "c"]),
        Case(
            testDescription: "several, of which one fails", listings: [.device("a"), .device("b"), .device("c")],
            figures: ["a": 100, "c": 200], expected: "test 2: c", measured: ["a", "b", "c"], failed: ["b"]),
        Case(
            testDescription: "a figure that is none", listings: [.device("a"), .device("b")],
            figures: ["a": .infinity, "b": 1], expected: "test 1: b", measured: ["a", "b"], failed: ["a"]),
        Case(
            testDescription: "memory of its own comes first", listings: [.integrated("a"), .device("b")],
            expected: "test 1: b"),
        Case(
            testDescription: "memory of their own comes first",
            listings: [.integrated("a"), .device("b"), .device("c")],
            figures: ["a": 900, "b": 200, "c": 100], expected: "test 1: b", measured: ["b", "c"]),
        Case(
            testDescription: "an integrated GPU that beats the processor", listings: [.integrated("a")],
            figures: ["a": 101, "processor": 100], expected: "test 0: a", measured: ["a", "processor"]),
        Case(
            testDescription: "an integrated GPU that does not beat the processor", listings: [.integrated("a")],
            figures: ["a": 100, "processor": 100], expected: "host", measured: ["a", "processor"]),
        Case(
            testDescription: "the faster of two integrated GPUs", listings: [.integrated("a"), .integrated("b")],
            figures: ["a": 200, "b": 300, "processor": 100], expected: "test 1: b", measured: ["a", "b", "processor"]),
        Case(
            testDescription: "an integrated GPU that fails", listings: [.integrated("a")], figures: ["processor": 100],
            expected: "host", measured: ["a"], failed: ["a"]),
        Case(
            testDescription: "a processor that fails", listings: [.integrated("a")], figures: ["a": 1],
            expected: "test 0: a", measured: ["a", "processor"], failed: ["processor"]),
        Case(
            testDescription: "an integrated GPU after others that fail",
            listings: [.device("a"), .device("b"), .integrated("c")], figures: ["c": 200, "processor": 100],
            expected: "test 2: c", measured: ["a", "b", "c", "processor"], failed: ["a", "b"]),
    ]

    /// `auto` prefers a GPU with memory of its own, takes an integrated one only if it beats the processor, and measures only
    /// what decides.
    @Test(arguments: cases)
    func automatic(_ test: Case) throws {
        let list = list(test.listings)
        let rates = FictitiousRates()
        let automatic = AutomaticDevice(of: list, rate: rates.rate(test.figures))
        #expect(list.entries[try #require(automatic.position)].name == test.expected)
        #expect(rates.measured == test.measured)
        func names(_ positions: some Sequence<Int>) -> [String] {
            positions.sorted().compactMap { list.entries[$0].deviceName }
        }
        #expect(names(automatic.failures.keys) == test.failed)
        #expect(names(automatic.rates.keys).sorted() == test.measured.filter { !test.failed.contains($0) }.sorted())
    }

    /// Without the processor, a GPU that shares its memory has nothing to beat.
    @Test(
        arguments: [
            ([.integrated("a")], [:], "test 0: a", []),
            ([.device("c", .cpu), .integrated("a"), .integrated("b")], ["a": 1, "b": 2], "test 2: b", ["a", "b"]),
            ([.device("c", .cpu), .device("d", .other)], [:], "test 0: c", []),
        ] as [([DeviceListing], [String: Double], String, [String])])
    func withoutTheProcessor(
        listings: [DeviceListing], figures: [String: Double], expected: String, measured: [String]
    ) throws {
        let rates = FictitiousRates()
        let list = DeviceList(asking: [FictitiousProvider(name: "test", listings: listings)])
        #expect(try list.device(nil, rate: rates.rate(figures)).name == expected)
        #expect(rates.measured == measured)
    }

    /// A device is measured once, also if the machine has two of it; a device with another driver is measured again.
    @Test func figuresAreKept() throws {
        let folder = try TemporaryFolder()
        func measured(_ listings: [DeviceListing], threads: Int? = nil) -> [String] {
            let rates = FictitiousRates()
            let figures: [String: Double] = ["a": 100, "b": 200, "processor": 50]
            _ = AutomaticDevice(
                of: list(listings), rate: rates.rate(figures, cache: CacheFolder(folder: folder.path)), threads: threads
            )
            return rates.measured
        }
        #expect(measured([.device("a"), .device("a"), .device("b")]) == ["a", "b"])
        #expect(measured([.device("b"), .device("a")]) == [])
        #expect(measured([.device("b"), .device("a", units: 11)]) == ["a"])
        #expect(measured([.device("b", driver: "2"), .device("a")]) == ["b"])
        // Figures hold for a number of threads of the processor.
        #expect(measured([.integrated("b")]) == ["processor"])
        #expect(measured([.integrated("b")], threads: 1) == ["processor"])
        #expect(measured([.integrated("b")], threads: 1) == [])
        // What fails is measured again.
        #expect(measured([.device("a"), .device("c")]) == ["c"])
        #expect(measured([.device("a"), .device("c")]) == ["c"])
    }

    /// Every device has an index, also one that can't be used; a platform without a device and the processor have none.
    @Test func indices() {
        let list = list([.device("a"), .broken("b"), .brokenPlatform, .empty, .device("c")])
        #expect(list.entries.map(\.index) == [nil, 0, 1, nil, nil, 2])
        #expect(list.devices.map(\.name) == ["host", "test 0: a", "test 1: b", "test 2: c"])
        #expect(list.entries.filter { $0.device == nil }.map(\.name) == ["test 1: b", "test: platform", "test: Empty"])
    }

    private static let three = FictitiousProvider(
        name: "test",
        listings: [
            .device("Radeon Pro"), .device("GeForce 10"), .empty, .device("Radeon VII"), .broken("Radeon X"),
            .broken("Arc"),
        ])

    /// `--device` accepts an index, or a part of exactly one name, without distinction of case.
    ///
    /// A device that can't be used makes no name ambiguous.
    @Test(
        arguments: [
            ("0", 0), ("2", 2), ("3", 3), ("geforce", 1), ("VII", 2), ("radeon pro", 0), ("on x", 3), ("arc", 4),
        ])
    func named(name: String, expected: Int) throws {
        let entry = try BackendRequest(.auto, device: name).device(from: [Self.three])
        #expect(entry.index == expected)
    }

    /// A device that can't be used is no choice without a word: opening it gives the reason.
    @Test func aBrokenDevice() throws {
        let entry = try BackendRequest(.auto, device: "arc").device(from: [Self.three])
        let error = #expect(throws: BackendError.self) { try entry.make() }
        #expect(error?.description.contains("question of Arc failed on driver: CODE") == true)
    }

    /// A wrong name is an error that lists the devices.
    @Test(arguments: ["5", "-1", "voodoo", "radeon", "10.5"])
    func wrongNames(name: String) {
        let error = #expect(throws: BackendError.self) {
            try BackendRequest(.auto, device: name).device(from: [Self.three])
        }
        let text = error?.description ?? ""
        for device in ["Radeon Pro", "GeForce 10", "Radeon VII", "Arc"] { #expect(text.contains(device)) }
    }

    /// The first backend that has a device of the name or index decides, so that another backend for the same devices
    /// changes no choice.
    @Test(arguments: [
        ("geforce", "test 1: GeForce 10"), ("0", "test 0: Radeon Pro"), ("voodoo", "second 0: Voodoo GeForce"),
    ])
    func severalBackends(name: String, expected: String) throws {
        let second = FictitiousProvider(name: "second", listings: [.device("Voodoo GeForce")])
        #expect(try BackendRequest(.auto, device: name).device(from: [Self.three, second]).name == expected)
    }

    /// Without a device the error has every reason; the question for a driver is asked only where there is none.
    @Test func noDevice() {
        func error(_ listings: [DeviceListing]) -> String {
            let providers = [FictitiousProvider(name: "opencl", listings: listings)]
            let error = #expect(throws: BackendError.self) { try BackendRequest(.opencl).device(from: providers) }
            return error?.description ?? ""
        }
        #expect(error([]).contains("is a driver installed?"))
        let text = error([.broken("a"), .brokenPlatform, .empty])
        for reason in ["question of a", "question list", "the platform Empty has no device; it needs a GPU"] {
            #expect(text.contains(reason))
        }
        #expect(!text.contains("is a driver installed?"))
    }
}
