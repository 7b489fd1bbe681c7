import ArgumentParser

/// The program: finds the best learning rate of a small ResNet by Bayesian optimisation.
@main
struct ResNetBO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resnet-bo",
        abstract: "Finds the best learning rate of a small ResNet on Fashion-MNIST by Bayesian optimisation.",
        subcommands: [
            Optimize.self, CrossValidate.self, Train.self, Evaluate.self, Suggest.self, Devices.self, Benchmark.self,
            Tune.self, KernelList.self,
        ])

    /// Runs a command; whatever goes wrong becomes one line on standard error and an exit code that is not 0.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            // Requests for help come as errors too.
            guard exitCode(for: error) != .success else { exit(withError: error) }
            Console.fail(message(for: error), code: exitCode(for: error).rawValue)
        }
    }
}
