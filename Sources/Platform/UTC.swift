/// Coordinated Universal Time.
package enum UTC {
    /// The current time in seconds since the beginning of 1970.
    package static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    /// The current time to the microsecond, as Python's `datetime.isoformat` writes it:
    /// `2026-01-31T12:34:56.789012+00:00`.
    package static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var seconds = time.tv_sec
        var date = tm()
        gmtime_r(&seconds, &date)
        func digits(_ number: some BinaryInteger, _ count: Int) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = "\(digits(date.tm_year + 1900, 4))-\(digits(date.tm_mon + 1, 2))-\(digits(date.tm_mday, 2))"
        let hour = "\(digits(date.tm_hour, 2)):\(digits(date.tm_min, 2)):\(digits(date.tm_sec, 2))"
        return "\(day)T\(hour).\(digits(time.tv_nsec / 1000, 6))+00:00"
    }
}
