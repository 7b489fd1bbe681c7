import Reporting
import Testing

@Suite("Table")
struct TableTests {
    @Test func columnsAreAsWideAsTheirWidestCell() {
        let table = Table(["", "loss", "state"], [["*", "0.25", ""], ["", "10.5 ± 2", "diverged"]])
        #expect(
            table.lines == [
                "       loss     state",
                "*      0.25",
                "   10.5 ± 2  diverged",
            ])
    }

    @Test func leastWidthsAndLeftAlignment() {
        let table = Table(
            ["kernel", "ms", "GB/s"], [["a", "1.5", "2"], ["convolve", "123456.789"]], widths: [0, 6, 6],
            separator: " ", leftAligned: 1)
        #expect(
            table.lines == [
                "kernel           ms   GB/s",
                "a               1.5      2",
                "convolve 123456.789",
            ])
    }
}
