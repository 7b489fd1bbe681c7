internal import CProcessor
internal import Glibc

/// What this program was built for, and what it runs on.
enum Processor {
    /// Features the kernels were compiled for and this processor lacks, by the manufacturer's names.
    static var missingFeatures: [String] {
        names(of: processorFeaturesNeeded() & ~processorFeaturesPresent())
    }

    /// Features the kernels were compiled for, by the manufacturer's names.
    static var neededFeatures: [String] {
        names(of: processorFeaturesNeeded())
    }

    /// Cores this process may run on.
    static var availableCores: Int { Int(processorCoresAvailable()) }

    /// Bytes of memory in the machine.
    static var memoryBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

    /// The names of a set of features.
    static func names(of features: ProcessorFeatures) -> [String] {
        (0..<ProcessorFeatures.bitWidth).compactMap { bit in
            guard features & (1 << ProcessorFeatures(bit)) != 0, let name = processorFeatureName(Int32(bit)) else {
                return nil
            }
            return String(cString: name)
        }
    }

    /// The first value of each key in Linux's `/proc/cpuinfo`; empty where there is none.
    static func cpuInformation() -> [String: String] {
        guard let file = fopen("/proc/cpuinfo", "r") else { return [:] }
        defer { fclose(file) }
        var information: [String: String] = [:]
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) >= 0, let line {
            let text = String(cString: line)
            guard let colon = text.firstIndex(of: ":") else { continue }
            let key = trimmed(text[..<colon])
            if information[key] == nil { information[key] = trimmed(text[text.index(after: colon)...]) }
        }
        return information
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
