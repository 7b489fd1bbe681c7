import Platform

/// The names in a folder.
func names(in folder: String) throws(DatasetError) -> [String] {
    do throws(FileError) { return try Folder.contents(folder) } catch { throw .unreadable(error) }
}

/// The path of a file in a folder.
func path(of file: String, in folder: String) -> String {
    folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
}

/// Whether a path exists.
func isThere(_ path: String) throws(DatasetError) -> Bool {
    do throws(FileError) { return try InputFile.isThere(path) } catch { throw .unreadable(error) }
}

/// The contents of a file.
func contents(of file: String) throws(DatasetError) -> [UInt8] {
    do throws(FileError) { return try InputFile.read(file) } catch { throw .unreadable(error) }
}

/// Whether a path exists and is a folder.
func isFolder(_ path: String) throws(DatasetError) -> Bool {
    do throws(FileError) { return try Folder.isThere(path) } catch { throw .unreadable(error) }
}
