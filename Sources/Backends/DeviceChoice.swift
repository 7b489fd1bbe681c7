package import Backend

/// The rules that choose one of several OpenCL devices.
package enum DeviceChoice {
    /// The index of the GPU with the largest product of compute units and clock, the first of equals; nil if there is no GPU.
    package static func automatic(_ devices: [DeviceDescription]) -> Int? {
        func power(_ index: Int) -> Int { devices[index].computeUnits * devices[index].clockMegahertz }
        let gpus = devices.indices.filter { devices[$0].kind == .gpu }
        // `max` would return the last of equals.
        return gpus.reduce(nil) { best, index in
            guard let best else { return index }
            return power(index) > power(best) ? index : best
        }
    }

    /// The index of the device that the user names, by its index in the list or by a part of exactly one device's name.
    package static func named(_ name: String, in devices: [DeviceDescription]) throws(BackendError) -> Int {
        let known = "There is: \(listing(devices))"
        if let index = Int(name) {
            guard devices.indices.contains(index) else {
                throw .unavailable(backend: "opencl", reason: "there is no device \(index). \(known)")
            }
            return index
        }
        let matches = devices.indices.filter { devices[$0].name.lowercased().contains(name.lowercased()) }
        guard let match = matches.first, matches.count == 1 else {
            let count = matches.isEmpty ? "no device's" : "more than one device's"
            throw .unavailable(backend: "opencl", reason: "'\(name)' is part of \(count) name. \(known)")
        }
        return match
    }

    /// The devices in one line, for an error message.
    package static func listing(_ devices: [DeviceDescription]) -> String {
        guard !devices.isEmpty else { return "no OpenCL device (is a driver installed? --cpu needs none)" }
        return devices.enumerated().map { "\($0): \($1.name) (\($1.driver))" }.joined(separator: "; ")
    }
}
