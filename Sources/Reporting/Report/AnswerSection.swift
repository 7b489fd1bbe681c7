import BayesianOptimization
import JSON
import Studies

/// The answer of the study, how sure it is, and why the study ended.
extension ReportSubject {
    /// The section.
    var answerSection: HTML {
        guard let answer = record.answer else {
            return .section(
                "answer", "Answer",
                [.element("p", ["class": "answer"], "No answer yet"), .paragraph(Self.withoutAnswer(record))] + [end])
        }
        let values = space.parameters.compactMap { parameter in
            answer[parameter.name].map { "\(NamedValue.label(of: parameter.name)) \(Self.text($0))" }
        }
        var facts: [(String, String)] = []
        if let recommendation = record.recommendation {
            let half = OptimizationPlot.bandWidth * recommendation.standardDeviation
            let (low, high) = (recommendation.mean - half, recommendation.mean + half)
            facts.append(
                (
                    "Expected loss",
                    "\(Self.loss(recommendation.mean)) ± \(Self.loss(recommendation.standardDeviation)) "
                        + "(standard deviation); between \(Self.loss(low)) and \(Self.loss(high)) with a probability of 90 %"
                ))
        }
        if let best = record.best {
            let error = best.standardError.map { " ± \(Self.loss($0)) (standard error over the folds)" } ?? ""
            let place = space.parameters.compactMap { parameter in
                best.parameters[parameter.name].map { "\(NamedValue.label(of: parameter.name)) \(Self.text($0))" }
            }
            facts.append(
                (
                    "Best evaluation",
                    "number \(best.number), validation loss \(Self.loss(best.validationLoss))\(error), at "
                        + place.joined(separator: ", ")
                ))
        }
        return .section(
            "answer", "Answer",
            [.element("p", ["class": "answer"], values.joined(separator: ", ")), .facts(facts), end])
    }

    /// Why and after how many trials the study ended.
    private var end: HTML {
        let counts = TrialRecord.State.allCases.compactMap { state -> String? in
            let count = record.trials.count { $0.state == state }
            return count > 0 ? "\(count) \(state.name)" : nil
        }
        let count = record.trials.count
        let trials = "\(count) trial\(count == 1 ? "" : "s")"
        let asked = (try? JSONValue(encoding: record.description.settings))?["evaluations"]?.int
        let why =
            if let reason = record.stopReason {
                "It stopped early: \(reason)."
            } else if let asked, asked <= count {
                "It ended because all \(asked) evaluations that were asked for are done."
            } else {
                "The journal has no reason for an end: the study is not finished, or another program has ended it."
            }
        return .paragraph(
            "\(trials)\(counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))"). \(why)")
    }

    private static func withoutAnswer(_ record: StudyRecord) -> String {
        record.trials.isEmpty ? "No trial is finished." : "No trial has a finite loss."
    }

    /// A loss with four decimals, or with three digits if it is small.
    static func loss(_ loss: Double) -> String {
        loss.isFinite && loss != 0 && abs(loss) < 0.01
            ? loss.formattedShort(significantDigits: 3) : loss.formatted(fractionDigits: 4)
    }

    /// A value of a parameter for people.
    static func text(_ value: ParameterValue) -> String { value.formattedShort(significantDigits: 4) }
}
