import Backend

extension DeviceDescription {
    /// The properties beside the name, as lines of text.
    var lines: [String] {
        let clock = clockMegahertz > 0 ? ", \(clockMegahertz) MHz" : ""
        return [
            "\(kind.rawValue), \(vendor), \(driver)",
            "\(computeUnits) compute units\(clock), \(memoryBytes >> 20) MiB of memory"
                + (kind == .gpu ? hasOwnMemory ? " of its own" : " shared with the processor" : ""),
        ]
    }
}
