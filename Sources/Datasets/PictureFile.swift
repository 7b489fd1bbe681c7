extension Picture {
    /// A size that an image must have.
    struct Requirement {
        let size: Size

        /// The failure of an image of another size.
        let failure: (Size) -> PictureFailure
    }

    /// Whether contents begin as a PNG or JPEG image does.
    static func isPicture(_ contents: [UInt8]) -> Bool { PNGFile.isPNG(contents) || JPEGFile.isJPEG(contents) }

    /// Decodes the contents of a file, a PNG or JPEG image.
    ///
    /// - Parameters:
    ///   - resize: The length of the shorter side to which the image is brought, and of which the middle is taken; `nil` for its own size.
    ///   - requirement: The size that it must have, unless it is resized.
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)``.
    init(file: String, contents: [UInt8], resize: Int?, requirement: Requirement?) throws(DatasetError) {
        let check = { (size: Size) throws(PictureFailure) in
            guard size.pixels <= Picture.greatestPixels else {
                throw PictureFailure("it has \(size) pixels, more than \(Picture.greatestPixels)")
            }
            // A camera may have turned the image, so the exact size is known later.
            if resize == nil, let requirement, size.pixels != requirement.size.pixels {
                throw requirement.failure(size)
            }
        }
        do throws(PictureFailure) {
            let picture: Picture
            if PNGFile.isPNG(contents) {
                picture = try PNGFile.read(contents, check: check)
            } else if JPEGFile.isJPEG(contents) {
                picture = try JPEGFile.read(contents, check: check)
            } else {
                throw PictureFailure("it does not begin as a PNG or JPEG image")
            }
            if let resize {
                let (shorter, longer) = (
                    min(picture.size.rows, picture.size.columns), max(picture.size.rows, picture.size.columns)
                )
                guard resize * longer / shorter * resize <= Picture.greatestPixels else {
                    throw PictureFailure("\(picture.size) pixels with the shorter side at \(resize) are too many")
                }
                self = picture.resized(shorterSide: resize)
                return
            }
            if let requirement, picture.size != requirement.size { throw requirement.failure(picture.size) }
            self = picture
        } catch {
            throw .unusable(file, reason: error.reason, remedy: error.remedy)
        }
    }
}
