// The C library of the system. Other files import `Platform` and name no C library.
#if canImport(Glibc)
    @_exported public import Glibc
#elseif canImport(Musl)
    @_exported public import Musl
#else
    @_exported public import Darwin
#endif

#if os(Linux)
    /// Opens a folder in which names are only looked up, not listed.
    ///
    /// The value is that of `O_PATH`, which Swift does not import from the C library.
    let searchOnly: Int32 = 0x20_0000
#else
    /// Opens a folder in which names are only looked up, not listed.
    let searchOnly = O_SEARCH
#endif
