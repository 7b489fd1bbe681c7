package import Backend
internal import CProcessor
internal import Glibc

/// What this program was built for, and what it runs on.
package enum Processor {
    /// The features the kernels were compiled for, a bit for each.
    package static var needed: UInt32 { processorFeaturesNeeded() }

    /// The features of this processor, a bit for each.
    package static var present: UInt32 { processorFeaturesPresent() }

    /// Throws where kernels compiled for `needed` would die of an illegal instruction.
    ///
    /// - Throws: `BackendError.unavailable(backend:reason:)` with the manufacturer's names of what is missing.
    package static func require(_ needed: UInt32, present: UInt32) throws(BackendError) {
        let missing = names(of: needed & ~present)
        guard missing.isEmpty else {
            throw .unavailable(
                backend: "cpu",
                reason: "this processor lacks \(missing.joined(separator: ", ")), for which the program was built. "
                    + "Build it on this machine, or for an older one by setting RESNET_BO_CPU, "
                    + "for example to x86-64-v3")
        }
    }

    /// Cores this process may run on.
    package static var availableCores: Int { Int(processorCoresAvailable()) }

    /// Bytes of memory in the machine.
    static var memoryBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

    /// Memory in bytes that can still be used; nil where the system does not tell.
    ///
    /// Linux hands out more memory than there is and ends a process that uses it: so it is asked first.
    static var availableMemoryBytes: Int? {
        let kibibytes = firstNumber(in: "/proc/meminfo", after: "MemAvailable:")
        // A container's own limit.
        let limit = firstNumber(in: "/sys/fs/cgroup/memory.max", after: "")
        let used = firstNumber(in: "/sys/fs/cgroup/memory.current", after: "")
        let room = limit.flatMap { limit in used.map { max(limit - $0, 0) } }
        return [kibibytes.map { $0 * 1024 }, room].compactMap { $0 }.min()
    }

    /// The whole number that follows a word in a small file of the system's.
    private static func firstNumber(in path: String, after word: String) -> Int? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix(word) else { continue }
            return Int(text.dropFirst(word.count).drop { $0 == " " }.prefix { $0.isNumber })
        }
        return nil
    }

    /// The manufacturer's names of a set of features.
    package static func names(of features: UInt32) -> [String] {
        (0..<UInt32.bitWidth).compactMap { bit in
            guard features & (1 << UInt32(bit)) != 0, let name = processorFeatureName(Int32(bit)) else {
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
