import Platform
import Testing

@Suite("Numbers as C prints them")
struct PrintedNumberTests {
    @Test(arguments: [
        (0.1, "%g", "0.1"), (1e-5, "%g", "1e-05"), (2.5, "%8.3f ms", "   2.500 ms"), (83.4, "%.0f%% of", "83% of"),
        (-0.0, "%.1f", "-0.0"), (.nan, "%.4f", "nan"), (.infinity, "%5.1f", "  inf"),
    ])
    func oneConversion(_ number: Double, format: String, text: String) {
        #expect(number.printed(format) == text)
    }

    /// The longest number that `%f` prints.
    @Test func noDigitIsLost() {
        let text = (-Double.greatestFiniteMagnitude).printed("%.6f")
        #expect(text.count == 317)
        #expect(Double(text) == -Double.greatestFiniteMagnitude)
    }
}
