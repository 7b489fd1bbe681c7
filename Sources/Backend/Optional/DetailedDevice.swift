/// A device with properties for a bug report beside its ``DeviceDescription``.
package protocol DetailedDevice: BackendDevice {
    /// The properties in the order of the report.
    ///
    /// This may open the device, to say whether its kernels build.
    func details() -> [DeviceDetail]
}

/// A property of a device for a bug report.
package struct DeviceDetail: Sendable, Equatable {
    package var label: String
    package var text: String

    package init(_ label: String, _ text: String) {
        self.label = label
        self.text = text
    }
}
