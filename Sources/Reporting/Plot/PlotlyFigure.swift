package import Studies

extension SurrogateSnapshot {
    /// The surrogate as a figure of Plotly in JSON, for Optuna's dashboard.
    ///
    /// It has the mean, a band of two standard deviations and the trials. The axis of the loss is in units of the loss.
    package func plotlyFigure() -> String {
        func list(_ numbers: [Double]) -> String {
            // JSON has no numbers that are not finite.
            "[\(numbers.map { $0.isFinite ? "\($0)" : "null" }.joined(separator: ","))]"
        }
        func trace(_ name: String, _ xs: [Double], _ ys: [Double], _ style: String) -> String {
            #"{"type":"scatter","name":"\#(name)","x":\#(list(xs)),"y":\#(list(ys)),\#(style)}"#
        }
        let deviations = zip(means, standardDeviations)
        let traces = [
            trace(
                "mean - 2 std", xs, deviations.map { $0 - 2 * $1 },
                #""mode":"lines","line":{"width":0},"showlegend":false"#),
            trace(
                "mean ± 2 std", xs, deviations.map { $0 + 2 * $1 },
                #""mode":"lines","line":{"width":0},"fill":"tonexty","fillcolor":"rgba(31,119,180,0.2)""#),
            trace("mean", xs, means, #""mode":"lines","line":{"color":"rgb(31,119,180)"}"#),
            trace("trials", points.map(\.x), points.map(\.loss), #""mode":"markers","marker":{"color":"black"}"#),
        ]
        let layout =
            #"{"title":{"text":"Surrogate"},"xaxis":{"title":{"text":"\#(axisName)"},"type":"\#(isLogarithmic ? "log" : "linear")"}"#
            + #","yaxis":{"title":{"text":"validation loss"}}}"#
        return #"{"data":[\#(traces.joined(separator: ","))],"layout":\#(layout)}"#
    }
}
