import Platform

/// One input of libFuzzer: a PNG or JPEG image, an archive of NumPy arrays or an IDX file, by its first bytes.
///
/// `scripts/fuzz-readers` compiles this file into the module `Datasets`. Errors are what the readers are for; a trap, a wrong
/// access and a leak end the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReaders(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let contents = Array(UnsafeBufferPointer(start: start, count: count))
    // A small limit, because the time of libFuzzer is better spent on many inputs.
    let check = { (size: Picture.Size) throws(PictureFailure) in
        if size.pixels > 1 << 20 { throw PictureFailure("too large") }
    }
    if PNGFile.isPNG(contents) {
        _ = try? PNGFile.read(contents, check: check).resized(shorterSide: 5)
    } else if JPEGFile.isJPEG(contents) {
        _ = try? JPEGFile.read(contents, check: check).resized(shorterSide: 5)
    } else {
        let file = "/dev/shm/resnet-bo-fuzz-\(getpid())"
        try? OutputFile(file).write(contents)
        defer { unlink(file) }
        if ZipArchive.isArchive(contents) {
            _ = try? ImageSource(file).load()
            let format = LabelledImages.Format(channels: 3, rows: 6, columns: 7, classNames: ["a"])
            _ = try? ImagesToClassify([file], like: format, options: ReadingOptions())
        } else {
            _ = try? IDXArray(file: file, rank: 3)
        }
    }
    return 0
}
