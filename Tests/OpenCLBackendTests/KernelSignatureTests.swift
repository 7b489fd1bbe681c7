import Backend
import Kernels
import OpenCLBackend
import Testing

/// The signatures of kernels, read from sources.
@Suite("Kernel signatures")
struct KernelSignatureTests {
    /// A signature as `kernel(buffer x, int n)`.
    private static func text(_ signature: KernelSignature) -> String {
        "\(signature.name)(\(signature.parameters.map { "\($0.kind) \($0.name)" }.joined(separator: ", ")))"
    }

    /// Every kernel of every embedded file, those in `#if` included.
    @Test(arguments: [
        (
            KernelSource.gather,
            [
                "gather(buffer pixels, buffer table, buffer classes, buffer order, int orderLength, int start, buffer counts, "
                    + "int capacity, buffer images, buffer labels)",
                "gatherChanged(buffer pixels, buffer table, buffer classes, buffer order, buffer changes, int orderLength, "
                    + "int start, buffer counts, int capacity, int height, int width, buffer images, buffer labels)",
            ]
        ),
        (
            .convolution,
            [
                "convolve(buffer input, slice weights, slice bias, int hasBias, buffer counts, buffer output, "
                    + "int writesMoments, buffer moments)"
            ]
        ),
        (
            .convolutionGradient,
            [
                "convolveGradients(buffer input, buffer outputGradient, slice weights, buffer counts, int accumulate, "
                    + "buffer inputGradient, buffer partials, int partialsOffset)"
            ]
        ),
        (
            .winograd,
            [
                "convolveWinograd(buffer source, slice weights, slice bias, int hasBias, buffer counts, int accumulate, "
                    + "buffer result, int writesMoments, buffer moments)"
            ]
        ),
        (
            .batchNorm,
            [
                "normalizeTraining(buffer input, buffer residual, int hasResidual, buffer counts, buffer moments, "
                    + "int parts, slice weight, slice bias, slice runningMean, slice runningVariance, slice savedMean, "
                    + "slice savedRstd, float epsilon, float momentum, int relu, buffer output, int savesArgmax, "
                    + "buffer indices, buffer deviations)",
                "normalizeEvaluation(buffer input, buffer residual, int hasResidual, buffer counts, slice weight, "
                    + "slice bias, slice runningMean, slice runningVariance, float epsilon, int relu, buffer output)",
                "activate(buffer input, buffer residual, int hasResidual, buffer counts, int relu, buffer output, "
                    + "int savesArgmax, buffer indices, buffer deviations)",
                "copyWithMoments(buffer input, buffer counts, buffer values, buffer moments)",
                "maskGradient(buffer output, buffer outputGradient, buffer counts)",
                "gradientSums(buffer input, buffer output, buffer outputGradient, buffer counts, buffer indices, "
                    + "buffer deviations, slice savedMean, slice savedRstd, int relu, buffer partials)",
                "normalizeGradient(buffer values, buffer outputGradient, buffer counts, buffer partials, "
                    + "buffer indices, slice weight, slice savedMean, slice savedRstd, slice weightGradient, "
                    + "slice biasGradient)",
                "scatterGradient(buffer outputGradient, buffer counts, buffer indices, buffer values)",
                "copyGradient(buffer gradient, buffer counts, int accumulate, buffer inputGradient)",
            ]
        ),
        (
            .averagePool,
            [
                "averagePool(buffer input, buffer counts, buffer output)",
                "averagePoolGradient(buffer outputGradient, buffer counts, buffer inputGradient)",
            ]
        ),
        (
            .paddedShortcut,
            [
                "paddedShortcut(buffer input, buffer counts, buffer output)",
                "paddedShortcutGradient(buffer outputGradient, buffer counts, int accumulate, buffer inputGradient)",
            ]
        ),
        (
            .dropout,
            [
                "dropout(buffer input, buffer counts, int hasMasks, buffer masks, int samples, int start, buffer scales, "
                    + "buffer output)"
            ]
        ),
        (
            .gemm,
            [
                "multiply(buffer input, slice weights, slice bias, buffer counts, buffer output)",
                "multiplyWithLoss(buffer input, slice weights, slice bias, buffer labels, buffer counts, int capacity, "
                    + "int step, int steps, buffer lossSums, buffer corrects, buffer output, int hasGradient, "
                    + "buffer gradient)",
                "multiplyGradients(buffer input, buffer outputGradient, slice weights, buffer counts, "
                    + "int hasInputGradient, buffer inputGradient, slice weightGradient, slice biasGradient)",
            ]
        ),
        (
            .loss,
            [
                "softmaxCrossEntropy(buffer logits, buffer labels, buffer counts, int capacity, int step, int steps, "
                    + "buffer lossSums, buffer corrects, int hasGradient, buffer gradient)",
                "smoothLabels(buffer smoothing, buffer logits, buffer labels, buffer counts, int capacity, int step, "
                    + "int steps, buffer lossSums, buffer gradient)",
            ]
        ),
        (
            .optimizer,
            [
                "descend(buffer parameters, buffer gradients, buffer rates, buffer counts, int parameterCount)",
                "descendWithMomentum(buffer parameters, buffer gradients, buffer velocities, buffer rates, "
                    + "buffer momenta, buffer weightDecays, int nesterov, buffer counts, int parameterCount)",
                "selectRates(buffer schedule, int steps, int step, int models, buffer rates)",
                "sumPartials(buffer partials, buffer segments, buffer counts, int gradientCount, buffer gradients)",
                "sumAndDescend(buffer partials, buffer segments, buffer counts, buffer stepCounts, int parameterCount, "
                    + "buffer gradients, buffer parameters, buffer rates)",
                "sumAndDescendWithMomentum(buffer partials, buffer segments, buffer counts, buffer stepCounts, "
                    + "int parameterCount, buffer gradients, buffer parameters, buffer velocities, buffer rates, "
                    + "buffer momenta, buffer weightDecays, int nesterov)",
                "sumSquares(buffer gradients, int gradientCount, int parts, buffer squares)",
                "findClipFactors(buffer squares, int parts, int models, buffer maxima, buffer counts)",
                "clipGradients(buffer gradients, int gradientCount, int parts, int models, buffer squares)",
            ]
        ),
        (.peak, ["multiplyAdd(int iterations, float factor, float term, buffer results)"]),
    ])
    func embeddedKernels(_ source: KernelSource, _ expected: [String]) throws {
        let found = try KernelSignature.all(in: source.text)
        #expect(found.filter { !$0.name.hasSuffix("Pair") }.map(Self.text) == expected)
        // The prelude has no kernel of its own.
        #expect(try KernelSignature.all(in: source.program) == found)
    }

    /// The kernel of a pair has the parameters of its kernel, and those of the second launch that differ.
    @Test(arguments: [
        (KernelSource.convolution, ["convolve"]), (.convolutionGradient, ["convolveGradients"]),
        (.batchNorm, ["normalizeTraining", "gradientSums", "normalizeGradient"]),
    ])
    func kernelsOfPairs(_ source: KernelSource, _ names: [String]) throws {
        let kernels = try KernelSignature.all(in: source.text)
        let pairs = kernels.filter { $0.name.hasSuffix("Pair") }
        #expect(pairs.map(\.name) == names.map { "\($0)Pair" })
        for (pair, name) in zip(pairs, names) {
            let single = try #require(kernels.first { $0.name == name }).parameters
            #expect(Array(pair.parameters.prefix(single.count)) == single)
            for second in pair.parameters.dropFirst(single.count) {
                #expect(single.contains { "\($0.name)2" == second.name && $0.kind == second.kind }, "\(second)")
            }
        }
    }

    @Test func everyFileHasAKernel() throws {
        for source in KernelSource.allCases { #expect(try !KernelSignature.all(in: source.text).isEmpty) }
    }

    @Test(arguments: [
        ("", []),
        ("float f(int a) { return a; }", []),
        ("// __kernel void f(int a) {}\n/* kernel void g(int a) {} */", []),
        ("constant char text[] = \"kernel void f(int a) { \\\" // /*\"; kernel void g() {}", ["g()"]),
        ("__kernel void f(void) {}", ["f()"]),
        ("kernel void f(int a, float b) { int kernels; }", ["f(int a, float b)"]),
        ("__kernel void f(const int a, float const b, __private int c) {}", ["f(int a, float b, int c)"]),
        (
            "__kernel void f(\n    global int*a,// first, (the\n    __global float /* , int c */ * restrict b) {}",
            ["f(buffer a, buffer b)"]
        ),
        ("kernel void f(const global unsigned int volatile *const __restrict a) {}", ["f(buffer a)"]),
        ("kernel void f(global struct Pair *pairs, float4 global *points) {}", ["f(buffer pairs, buffer points)"]),
        ("__attribute__((reqd_work_group_size(8, 1, 1))) kernel void f(int a) {}", ["f(int a)"]),
        ("kernel __attribute__((reqd_work_group_size(8, (1), 1))) void f(int a) {}", ["f(int a)"]),
        ("kernel void __attribute__((vec_type_hint(float4))) f(int a) {}", ["f(int a)"]),
        ("__kernel WORK_GROUP(ITEMS, MAX(SLICES, 1)) ALIGNED void f(int a) {}", ["f(int a)"]),
        ("#if POOLED\nkernel void f(int a) {}\n#else\nkernel void g(float a) {}\n#endif", ["f(int a)", "g(float a)"]),
        ("#if A\nkernel void f(int a) { }\n#else\nkernel void f(const int a) { }\n#endif", ["f(int a)"]),
        ("kernel void f(int a);\nkernel void f(int a) {}", ["f(int a)"]),
        ("kernel void f(int a) {\n#if A\n    g(a);\n#endif\n}", ["f(int a)"]),
        ("#define LONG \\\n    kernels(a)\nkernel void f(\\\nint a) {}", ["f(int a)"]),
        ("kernel void f(global float *w, int wOffset, int wStride, int n) {}", ["f(slice w, int n)"]),
        ("kernel void f(global float *w, int wOffset, int n) {}", ["f(buffer w, int wOffset, int n)"]),
        ("kernel void f(global float *w, int wStride, int wOffset) {}", ["f(buffer w, int wStride, int wOffset)"]),
        ("kernel void f(global float *w, float wOffset, int wStride) {}", ["f(buffer w, float wOffset, int wStride)"]),
        ("kernel void f(int w, int wOffset, int wStride) {}", ["f(int w, int wOffset, int wStride)"]),
    ])
    func signatures(_ source: String, _ expected: [String]) throws {
        #expect(try KernelSignature.all(in: source).map(Self.text) == expected)
    }

    /// A slice takes three arguments of the kernel.
    @Test func indicesCountTheArgumentsOfSlices() throws {
        let source = "kernel void f(int n, global int *w, int wOffset, int wStride, float x) {}"
        #expect(try KernelSignature.all(in: source)[0].parameters.map(\.index) == [0, 1, 4])
    }

    /// What the parser does not know for sure is an error, which names the kernel if it has a name yet.
    @Test(arguments: [
        ("kernel void f(int a,\n#if A\nfloat b\n#else\nint b\n#endif\n) {}", "the kernel f: #if A is inside"),
        ("kernel void f(int a)\n#if A\n{}", "the kernel f: its parameters are followed by"),
        ("kernel void\n#if A\nf(int a) {}", "no name"),
        ("#if A\nkernel void f(int a) {}\n#else\nkernel void f(float a) {}\n#endif", "the kernel f: it has two"),
        ("kernel void f(uint a) {}", "the kernel f: parameter 1: the type uint"),
        ("kernel void f(int a, float4 b) {}", "the kernel f: parameter 2: the type float4"),
        ("kernel void f(unsigned int a) {}", "no type and name"),
        ("kernel void f(int unsigned) {}", "'unsigned' is no name"),
        ("kernel void f(local float *a) {}", "not to global memory"),
        ("kernel void f(__constant float *a) {}", "not to global memory"),
        ("kernel void f(float *a) {}", "not to global memory"),
        ("kernel void f(global *a) {}", "not to global memory"),
        ("kernel void f(global float *global *a) {}", "a pointer to"),
        ("kernel void f(global float *) {}", "a pointer to ''"),
        ("kernel void f(global float a[4]) {}", "an array"),
        ("kernel void f(SLICE(weights)) {}", "a macro"),
        ("kernel void f(WEIGHTS, int n) {}", "'WEIGHTS' is no type and name"),
        ("kernel void f(int) {}", "'int' is no type and name"),
        ("kernel void f(int a,) {}", "parameter 2"),
        ("kernel void f(int a, int a) {}", "two parameters have the name a"),
        ("kernel void f(int 1) {}", "'1' is no name"),
        ("kernel void f(int a", "the kernel f: a parenthesis is not closed"),
        ("kernel int f(int a) {}", "does not return void"),
        ("kernel void (int a) {}", "no name"),
        ("kernel void __attribute__((x)) {}", "no name"),
        ("#define KERNEL __kernel void\nKERNEL f(int a) {}", "a macro makes a kernel"),
        ("kernel void f(int a) {} /* open", "a comment does not end"),
    ])
    func errors(_ source: String, _ expected: String) {
        let error = #expect(throws: KernelSignatureError.self) { try KernelSignature.all(in: source) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func manyParametersAreAnError() {
        func source(_ count: Int) -> String {
            "kernel void f(\((0..<count).map { "int a\($0)" }.joined(separator: ", "))) {}"
        }
        #expect(throws: Never.self) { try KernelSignature.all(in: source(64)) }
        #expect(throws: KernelSignatureError.self) { try KernelSignature.all(in: source(65)) }
    }
}

/// The check of a launch's arguments.
@Suite("Kernel arguments")
struct ArgumentCheckTests {
    private typealias Arguments = [(String, KernelSignature.Kind)]

    /// The indices of the arguments of a kernel.
    private static func indices(of arguments: [(String, KernelSignature.Kind)]) throws -> [Int] {
        let source = "kernel void f(global int *x, global float *w, int wOffset, int wStride, int n, float t) {}"
        var check = ArgumentCheck(try KernelSignature.all(in: source)[0])
        let indices = try arguments.map { try check.accept($0, $1) }
        try check.finish()
        return indices
    }

    @Test func anyOrderIsAllowed() throws {
        #expect(try Self.indices(of: [("x", .buffer), ("w", .slice), ("n", .int), ("t", .float)]) == [0, 1, 4, 5])
        #expect(try Self.indices(of: [("t", .float), ("w", .slice), ("x", .buffer), ("n", .int)]) == [5, 1, 0, 4])
    }

    /// An error names the kernel and the argument.
    @Test(
        arguments: [
            ([("x", .buffer), ("w", .slice), ("n", .int)], ["\"t\"", "none"]),
            ([], ["\"x\", \"w\", \"n\", \"t\""]),
            ([("w", .slice), ("t", .float)], ["\"x\", \"n\""]),
            ([("x", .buffer), ("weights", .slice)], ["'weights'"]),
            ([("x", .buffer), ("w", .slice), ("wOffset", .int)], ["'wOffset'"]),
            ([("x", .buffer), ("w", .slice), ("n", .int), ("t", .float), ("u", .int)], ["'u'"]),
            ([("x", .buffer), ("w", .slice), ("n", .int), ("t", .float), ("t", .float)], ["'t'", "two"]),
            ([("x", .buffer), ("x", .buffer), ("w", .slice), ("t", .float)], ["'x'", "two"]),
            ([("x", .buffer), ("w", .buffer)], ["slice", "'w'", "buffer"]),
            ([("x", .buffer), ("w", .slice), ("n", .float)], ["int", "'n'", "float"]),
            ([("n", .buffer)], ["int", "'n'", "buffer"]),
        ] as [(Arguments, [String])])
    private func errors(_ arguments: Arguments, _ expected: [String]) {
        let error = #expect(throws: BackendError.self) { _ = try Self.indices(of: arguments) }
        let text = error?.description ?? ""
        for part in ["launching f"] + expected { #expect(text.contains(part), "\(text)") }
    }
}
