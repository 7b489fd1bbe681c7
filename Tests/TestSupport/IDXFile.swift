/// A file of the format IDX, in which Fashion-MNIST comes: the type of an unsigned byte, the sizes, the values.
package func idxFile(_ sizes: [Int], _ values: [UInt8]) -> [UInt8] {
    bigEndian(UInt32(0x800 + sizes.count)) + sizes.flatMap { bigEndian(UInt32($0)) } + values
}
