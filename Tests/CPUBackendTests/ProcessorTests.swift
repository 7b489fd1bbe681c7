import Backend
import CPUBackend
import Platform
import Testing

@Suite("Processor")
struct ProcessorTests {
    @Test func theBackendOpensOnTheMachineThatBuiltIt() throws {
        let device = try CPUBackend(threads: 2).device
        #expect(device.backend == "cpu")
        #expect(device.kind == .cpu)
        #expect(device.computeUnits == 2)
        #expect(device.driver.contains("2 threads"))
        #expect(device.memoryBytes > 1 << 27)
    }

    @Test func allCoresAreTheDefault() throws {
        #expect(try CPUBackend().device.computeUnits == Machine.current.cores)
    }

    @Test(arguments: [0, -1])
    func aNumberOfThreadsIsPositive(_ threads: Int) {
        #expect {
            try CPUBackend(threads: threads)
        } throws: { error in
            guard case .unavailable("cpu", let reason)? = error as? BackendError else { return false }
            return reason.contains("\(threads)")
        }
    }

    @Test func theKernelsUseFusedMultiplyAddOnVectors() {
        let needed = Processor.names(of: Processor.needed)
        #expect(needed.contains("NEON") || (needed.contains("AVX2") && needed.contains("FMA")))
        #expect(Processor.needed & ~Processor.present == 0)
    }

    /// A processor without one of the features is rejected with the name of the feature; one with more features is accepted.
    @Test func missingFeaturesAreNamed() throws {
        let bits = (0..<32).map { UInt32(1) << $0 }.filter { Processor.needed & $0 != 0 }
        #expect(!bits.isEmpty)
        for bit in bits {
            let name = try #require(Processor.names(of: bit).first)
            #expect {
                try Processor.require(Processor.needed, present: Processor.present & ~bit)
            } throws: { error in
                guard case .unavailable("cpu", let reason)? = error as? BackendError else { return false }
                return reason.contains("lacks \(name),")
            }
        }
        try Processor.require(Processor.needed, present: .max)
    }

    /// A lower bound: two operations per lane, four lanes, and one multiply-add per cycle at 0.5 GHz.
    @Test func thePeakIsThatOfVectors() {
        #expect(CPUBackend.measurePeakGflops(threads: 1) > 4)
    }
}
