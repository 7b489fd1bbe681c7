import Backend
import CPUBackend
import Testing

@Suite("CPU backend in the list")
struct ProviderTests {
    /// The processor is described as the backend that is opened on it describes it.
    @Test func theListedDeviceIsTheOpenedOne() throws {
        let listings = CPUBackendProvider().devices()
        #expect(listings.count == 1)
        guard case .usable(let device) = try #require(listings.first) else {
            Issue.record("\(listings)")
            return
        }
        var description = try device.make(threads: nil).device
        // The clock changes from one moment to the next.
        description.clockMegahertz = device.description.clockMegahertz
        #expect(device.description == description)
        #expect(try device.make(threads: 3).device.computeUnits == 3)
    }
}
