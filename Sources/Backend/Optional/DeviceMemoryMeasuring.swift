/// A backend whose device has memory of its own.
package protocol DeviceMemoryMeasuring: Backend {
    /// The peak number of bytes that the backend has allocated on the device.
    var peakMemoryBytes: Int { get }
}
