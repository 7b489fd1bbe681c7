import Studies

/// The errors of the final model on the test set.
extension ReportSubject {
    /// The section.
    var finalModelSection: HTML {
        guard let model else {
            return .section(
                "model", "Final model",
                [
                    .note(
                        hasUnreadableModel
                            ? "The journal has a final model in a form that this version does not read."
                            : "The journal has no final model: optimize trains one with --retrain. So there is no confusion matrix, "
                                + "and there are no images.")
                ])
        }
        return .section(
            "model", "Final model",
            [
                .paragraph("Trained on all training images with \(model.trainedWith)."),
                .facts([
                    ("Test loss", Self.loss(model.testLoss)),
                    ("Test accuracy", "\((100 * model.testAccuracy).formatted(fractionDigits: 2)) %"),
                ]),
                .element("h3", [:], "Confusion matrix"),
                .paragraph("Test images of each class (row) by the predicted class (column)."),
                Self.matrix(model),
                .element("h3", [:], "Most confidently wrong"),
                model.mistakes.isEmpty
                    ? .paragraph("Every test image is classified correctly.")
                    : .element("div", ["class": "images"], model.mistakes.map { Self.image($0, model.classNames) }),
            ])
    }

    private static func name(_ label: Int, _ names: [String]) -> String {
        names.indices.contains(label) ? names[label] : "class \(label)"
    }

    /// The matrix as a table; the darker a cell, the larger its share of the row.
    private static func matrix(_ model: FinalModel) -> HTML {
        let names = model.classNames
        let head = HTML.element(
            "tr", [:],
            [.element("th", ["scope": "col"], "class")] + names.map { .element("th", ["scope": "col"], $0) })
        let rows = model.confusion.enumerated().map { label, counts in
            let total = max(counts.reduce(0, +), 1)
            let cells = counts.map { count in
                let share = Double(count) / Double(total)
                return HTML.element(
                    "td", ["style": "background: rgba(var(--heat), \((0.75 * share).formatted(fractionDigits: 3)))"],
                    "\(count)")
            }
            return HTML.element("tr", [:], [.element("th", ["scope": "row"], name(label, names))] + cells)
        }
        return .element(
            "div", ["class": "scroll matrix", "tabindex": "0", "role": "region", "aria-label": "Confusion matrix"],
            [.element("table", [:], [.element("thead", [:], [head]), .element("tbody", [:], rows)])])
    }

    private static func image(_ mistake: FinalModel.Mistake, _ names: [String]) -> HTML {
        let (label, predicted) = (name(mistake.label, names), name(mistake.predicted, names))
        let percent = "\((100 * mistake.probability).formatted(fractionDigits: 1)) %"
        return .element(
            "figure", [:],
            [
                .element(
                    "img",
                    [
                        "src": "data:image/png;base64,\(mistake.png)",
                        "alt": "Test image \(mistake.sample): \(label), predicted as \(predicted)",
                    ]),
                .element("figcaption", [:], "\(predicted) \(percent), is \(label) (image \(mistake.sample))"),
            ])
    }
}
