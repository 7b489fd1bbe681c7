import Backend
import Backends
import Testing

@Suite("Device choice")
struct DeviceChoiceTests {
    private func list(_ listings: [DeviceListing]) -> DeviceList {
        DeviceList(asking: [
            FictitiousProvider(name: "host", isHost: true, listings: [.device("processor", .cpu)]),
            FictitiousProvider(name: "test", listings: listings),
        ])
    }

    /// `auto` chooses the GPU with the largest product of compute units and clock, the first of equals, and only GPUs that can
    /// be used.
    @Test(
        arguments: [
            ([], "host"),
            ([.device("a", .cpu), .device("b", .accelerator), .device("c", .other)], "host"),
            ([.device("a", .cpu, units: 1000), .device("b")], "test 1: b"),
            ([.device("a", units: 10, megahertz: 1000), .device("b", units: 8, megahertz: 2000)], "test 1: b"),
            ([.device("a", units: 20, megahertz: 500), .device("b", units: 10, megahertz: 1000)], "test 0: a"),
            ([.device("a", megahertz: 0), .device("b", megahertz: 0)], "test 0: a"),
            ([.broken("a"), .brokenPlatform, .empty, .device("b")], "test 1: b"),
            ([.broken("a"), .brokenPlatform, .empty], "host"),
        ] as [([DeviceListing], String)])
    func automatic(listings: [DeviceListing], expected: String) throws {
        let list = list(listings)
        #expect(list.entries[try #require(list.automatic)].name == expected)
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
