package import Backend

/// A data set as bytes.
package final class CPUDataset: DatasetStorage {
    let bytes: ImageBytes
    package let largestLabel: UInt8

    init(_ bytes: ImageBytes) {
        self.bytes = bytes
        largestLabel = bytes.labels.max() ?? 0
    }

    package var shape: ActivationShape { bytes.shape }
}

/// The order in which each model processes a data set.
package final class CPUSampleOrder: SampleOrderStorage {
    let perModel: [[Int32]]
    let changes: [[ImageChange]]?
    package let shape: SampleOrderShape

    init(_ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape) {
        self.perModel = perModel
        self.changes = changes
        self.shape = shape
    }
}

/// The classes of the samples of a step as `[model][sample]`.
package final class CPULabels: LabelStorage {
    package let shape: LabelShape
    package var contents = LabelContents.zero
    private let memory: AlignedMemory<UInt8>

    init(_ shape: LabelShape) throws(BackendError) {
        self.shape = shape
        memory = try AlignedMemory(count: shape.count)
    }

    /// The classes of one model's samples.
    func model(_ model: Int) -> UnsafeMutablePointer<UInt8> { memory.pointer + model * shape.samples }

    /// All classes.
    var all: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory.pointer, count: shape.count) }
}

extension CPUBackend {
    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> CPUDataset {
        CPUDataset(bytes)
    }

    package func uncheckedMakeSampleOrder(
        _ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape
    ) throws(BackendError) -> CPUSampleOrder {
        CPUSampleOrder(perModel, changes: changes, shape: shape)
    }

    package func makeLabels(_ shape: LabelShape) throws(BackendError) -> CPULabels {
        try CPULabels(shape)
    }

    package func uncheckedWrite(_ values: [UInt8], to labels: CPULabels) throws(BackendError) {
        for (index, value) in values.enumerated() { labels.model(0)[index] = value }
    }

    package func read(_ labels: CPULabels) throws(BackendError) -> [UInt8] {
        Array(labels.all)
    }

    package func uncheckedGather(
        from dataset: CPUDataset, order: CPUSampleOrder, start: Int, counts: SampleCounts, images: CPUActivation,
        labels: CPULabels
    ) throws(BackendError) {
        let shape = images.shape
        let (groups, values, target) = (images.groups, shape.valuesPerSample, images.writer())
        let scratch = try reserveWorkerScratch(PixelWords.count(values: values))
        let pixelValues = dataset.bytes.values
        let (imageBytes, area) = (values * pixelValues.bytes, dataset.bytes.image.area)
        dataset.bytes.pixels.withUnsafeBufferPointer { pixels in
            dataset.bytes.labels.withUnsafeBufferPointer { classes in
                guard let pixels = pixels.baseAddress else { return }
                pass(shape.models * groups) { task, worker in
                    let (model, group) = task.quotientAndRemainder(dividingBy: groups)
                    let used = Lanes.used(group: group, count: counts.perModel[model])
                    let target = target(model, group)
                    guard used > 0 else {
                        target.update(repeating: Vector(), count: values)
                        return
                    }
                    // Lanes without a sample read the first image and are cleared at the end.
                    var sources = LaneImages(repeating: pixels)
                    for lane in 0..<used {
                        let sample = group * Lanes.width + lane
                        let index = Int(order.perModel[model][start + sample])
                        labels.model(model)[sample] = classes[index]
                        sources[lane] = pixels + index * imageBytes
                    }
                    if let changes = order.changes {
                        target.update(repeating: Vector(), count: values)
                        let lanes = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
                        for lane in 0..<used {
                            changes[model][start + group * Lanes.width + lane]
                                .write(sources[lane], shape.sample, pixelValues, to: lanes + lane)
                        }
                        return
                    }
                    switch pixelValues {
                    case .quotients:
                        let words = PixelWords(in: scratch[worker], values: values)
                        words.interleave(sources)
                        words.writeQuotients(to: target)
                    case .table(let table):
                        table.withUnsafeBufferPointer { table in
                            for channel in 0..<values / area {
                                let row = table.baseAddress! + 256 * channel
                                writeLanes(sources, channel * area..<(channel + 1) * area, to: target) { image, value in
                                    row[Int(image[value])]
                                }
                            }
                        }
                    case .floats:
                        writeLanes(sources, 0..<values, to: target) { image, value in
                            UnsafeRawPointer(image).loadUnaligned(fromByteOffset: 4 * value, as: Float.self)
                        }
                    }
                    clearPadding(of: target, count: values, used: used)
                }
            }
        }
    }
}

extension ImageChange {
    /// Writes the values of a changed image to a lane that is zero.
    fileprivate func write(
        _ image: UnsafePointer<UInt8>, _ shape: SampleShape, _ values: PixelValues,
        to lane: UnsafeMutablePointer<Float>
    ) {
        switch values {
        case .quotients: write(shape, to: lane) { Float(image[$0]) / 255 }
        case .table(let table):
            let area = shape.image.area
            table.withUnsafeBufferPointer { table in
                write(shape, to: lane) { table[256 * ($0 / area) + Int(image[$0])] }
            }
        case .floats:
            write(shape, to: lane) {
                UnsafeRawPointer(image).loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
        }
    }

    /// - Parameter value: gives the value of a pixel of the image.
    @inline(__always)
    private func write(
        _ shape: SampleShape, to lane: UnsafeMutablePointer<Float>, value: (_ index: Int) -> Float
    ) {
        let (height, width) = (shape.image.height, shape.image.width)
        // The columns of the result whose pixels are inside of the image.
        let first = min(max(-Int(columns), 0), width)
        let end = max(min(width - Int(columns), width), first)
        for line in 0..<shape.channels * height {
            let (channel, row) = line.quotientAndRemainder(dividingBy: height)
            let sourceRow = row + Int(rows)
            guard (0..<height).contains(sourceRow) else { continue }
            let source = (channel * height + sourceRow) * width
            let hasHole = row >= Int(hole.top) && row < Int(hole.bottom)
            for column in first..<end {
                if hasHole, column >= Int(hole.left), column < Int(hole.right) { continue }
                let place = column + Int(columns)
                lane[(line * width + column) * Lanes.width] = value(source + (flips ? width - 1 - place : place))
            }
        }
    }
}

/// Pointers to the images of a lane group.
private typealias LaneImages = InlineArray<16, UnsafePointer<UInt8>>

/// Writes values of a lane group's images to neighbouring lanes.
///
/// - Precondition: the target has a vector for each value, and each image has the values.
@inline(__always)
private func writeLanes(
    _ images: borrowing LaneImages, _ values: Range<Int>, to target: UnsafeMutablePointer<Vector>,
    value: (_ image: UnsafePointer<UInt8>, _ index: Int) -> Float
) {
    let lanes = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
    for index in values {
        for lane in 0..<Lanes.width { lanes[index * Lanes.width + lane] = value(images[lane], index) }
    }
}

/// The bytes of a lane group's images, four bytes of an image per word: `[value / 4][lane]`.
///
/// The transposition from one image after another to neighbouring lanes moves words, which needs a quarter of the moves.
private struct PixelWords {
    private let words: UnsafeMutablePointer<UInt32>
    private let values: Int

    /// The number of vectors for `values` values per sample.
    static func count(values: Int) -> Int { (values + 3) / 4 }

    init(in memory: UnsafeMutablePointer<Vector>, values: Int) {
        words = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt32.self)
        self.values = values
    }

    /// Reads and interleaves the images.
    func interleave(_ images: borrowing LaneImages) {
        for lane in stride(from: 0, to: Lanes.width, by: 4) {
            interleaveBlocks((images[lane], images[lane + 1], images[lane + 2], images[lane + 3]), lane: lane)
        }
        // The values after the last whole block.
        for lane in 0..<Lanes.width {
            for value in stride(from: values / 16 * 16, to: values, by: 4) {
                var word: UInt32 = 0
                for byte in 0..<min(4, values - value) { word |= UInt32(images[lane][value + byte]) << (8 * byte) }
                words[value / 4 * Lanes.width + lane] = word
            }
        }
    }

    /// Reads and interleaves the whole blocks of 16 bytes of four images.
    private func interleaveBlocks(
        _ images: (UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>), lane: Int
    ) {
        @inline(__always)
        func block(_ image: UnsafePointer<UInt8>, _ index: Int) -> SIMD4<UInt32> {
            UnsafeRawPointer(image).loadUnaligned(fromByteOffset: 16 * index, as: SIMD4<UInt32>.self)
        }
        let target = UnsafeMutableRawPointer(words + lane)
        let wordBytes = Lanes.width * MemoryLayout<UInt32>.stride
        for index in 0..<values / 16 {
            let first = SIMD8(lowHalf: block(images.0, index), highHalf: block(images.1, index))
            let second = SIMD8(lowHalf: block(images.2, index), highHalf: block(images.3, index))
            // Words 0 and 2 of each image, then 1 and 3.
            let even = SIMD8(lowHalf: first.evenHalf, highHalf: second.evenHalf)
            let odd = SIMD8(lowHalf: first.oddHalf, highHalf: second.oddHalf)
            let address = target + 4 * index * wordBytes
            address.storeBytes(of: even.evenHalf, as: SIMD4<UInt32>.self)
            (address + wordBytes).storeBytes(of: odd.evenHalf, as: SIMD4<UInt32>.self)
            (address + 2 * wordBytes).storeBytes(of: even.oddHalf, as: SIMD4<UInt32>.self)
            (address + 3 * wordBytes).storeBytes(of: odd.oddHalf, as: SIMD4<UInt32>.self)
        }
    }

    /// Divides every byte by 255.
    ///
    /// Multiplying by 1/255 instead would round 126 of the 256 quotients differently.
    func writeQuotients(to target: UnsafeMutablePointer<Vector>) {
        let divisor = Vector(repeating: 255)
        let vectors = UnsafeMutableRawPointer(words).assumingMemoryBound(to: LaneIntegers.self)
        for value in 0..<values {
            let bytes = (vectors[value / 4] &>> Int32(8 * (value % 4))) & 255
            target[value] = Vector(bytes) / divisor
        }
    }
}
