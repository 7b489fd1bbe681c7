/// The cores and the memory that this process may use.
///
/// Linux has them in files below `/proc` and `/sys`, which every access reads again. The limits of a container are
/// those of control groups (cgroups, version 1 or 2). The least limit of the process's own group and of its parents
/// applies.
package struct Machine: Sendable {
    /// A prefix of `/proc` and `/sys`, for tests.
    private let root: String

    /// This machine.
    package static let current = Machine()

    /// Creates the description of a machine from the files below a folder.
    package init(root: String = "") {
        self.root = root
    }

    // MARK: Cores

    /// The number of cores of the machine that are online.
    package var onlineCores: Int {
        online?.count ?? max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    }

    private var online: Set<Int>? { cpus(in: text("/sys/devices/system/cpu/online")) }

    /// The number of cores in the affinity mask of the process.
    package var affinityCores: Int {
        let allowed = cpus(in: value("Cpus_allowed_list:", in: "/proc/self/status"))
        // The mask may contain cores that are offline.
        let usable = allowed.map { online?.intersection($0) ?? $0 }
        return usable.flatMap { $0.isEmpty ? nil : $0.count } ?? onlineCores
    }

    /// The processor time that the quota allows, in cores; `nil` without a quota.
    ///
    /// It need not be a whole number.
    package var quotaCores: Double? {
        let quotas = groups("cpu").compactMap { group -> Double? in
            let numbers =
                group.isUnified
                ? text("\(group.folder)/cpu.max").split { $0.isWhitespace }.map { Int($0) }
                : [number("\(group.folder)/cpu.cfs_quota_us"), number("\(group.folder)/cpu.cfs_period_us")]
            guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else {
                return nil
            }
            return Double(quota) / Double(period)
        }
        return quotas.min()
    }

    /// The number of cores to use: those of the affinity mask, or the quota rounded up.
    package var cores: Int { min(affinityCores, quotaCores.map { Int($0.rounded(.up)) } ?? .max) }

    // MARK: Memory

    /// The memory of the machine in bytes.
    package var memoryBytes: Int {
        kibibytes("MemTotal:") ?? sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The memory limit of the process in bytes; `nil` if it is the memory of the machine.
    package var memoryLimitBytes: Int? {
        groups("memory").compactMap(memoryLimit).min().flatMap { $0 < memoryBytes ? $0 : nil }
    }

    /// The available memory in bytes; `nil` if the system does not report it.
    ///
    /// Linux overcommits memory and kills a process that uses too much, so this is checked before an allocation.
    /// Inactive cached file contents are reclaimed on demand, and count as free.
    package var availableMemoryBytes: Int? {
        let free = groups("memory").compactMap { group -> Int? in
            let (usage, cache) =
                group.isUnified ? ("current", "inactive_file ") : ("usage_in_bytes", "total_inactive_file ")
            guard let limit = memoryLimit(group), let used = number("\(group.folder)/memory.\(usage)") else {
                return nil
            }
            let cached = Int(value(cache, in: "\(group.folder)/memory.stat")) ?? 0
            return max(limit - max(used - cached, 0), 0)
        }
        return (free + [kibibytes("MemAvailable:")].compactMap { $0 }).min()
    }

    /// The peak memory of this process in bytes.
    package var peakMemoryBytes: Int {
        // On Linux `ru_maxrss` includes the peak of the parent process before `exec`.
        if let bytes = kibibytes("VmHWM:", in: "/proc/self/status") { return bytes }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    private func memoryLimit(_ group: Group) -> Int? {
        number("\(group.folder)/memory.\(group.isUnified ? "max" : "limit_in_bytes")")
    }

    // MARK: Control groups

    /// A control group.
    private struct Group {
        var folder: String
        /// Whether its version is 2, which has one tree for all controllers.
        var isUnified: Bool
    }

    /// The groups of a controller (`cpu`, `memory`), from the outermost to the process's own.
    private func groups(_ controller: String) -> [Group] {
        // The lines are 0::/a/b for version 2 and 4:memory:/a/b for version 1.
        let lines = text("/proc/self/cgroup").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        return mounts(controller).flatMap { mount, root in
            let line = lines.first { words in
                guard words.count == 3 else { return false }
                return mount.isUnified ? words[0] == "0" : words[1].split(separator: ",").contains(controller[...])
            }
            // If only a part of the tree is mounted, paths begin with the path of that part.
            let path = line.map { $0[2].split(separator: "/") } ?? []
            let names = path.starts(with: root) ? path.dropFirst(root.count).map(String.init) : []
            return (0...names.count).map { count in
                let folder = ([mount.folder] + names.prefix(count)).joined(separator: "/")
                return Group(folder: folder, isUnified: mount.isUnified)
            }
        }
    }

    /// The mount points of the trees of a controller, with the mounted part of each tree.
    private func mounts(_ controller: String) -> [(Group, root: [Substring])] {
        // The usual mount points, even if they are not listed.
        var mounts: [(Group, root: [Substring])] = [
            (Group(folder: "/sys/fs/cgroup", isUnified: true), []),
            (Group(folder: "/sys/fs/cgroup/\(controller)", isUnified: false), []),
        ]
        // A line is: 36 35 0:30 /root/in/the/tree /mount/point rw,nosuid - cgroup cgroup rw,memory
        for line in text("/proc/self/mountinfo").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash > 4, words.count > dash + 3 else { continue }
            let (type, options) = (words[dash + 1], words[dash + 3].split(separator: ","))
            guard type == "cgroup2" || type == "cgroup" && options.contains(controller[...]) else { continue }
            mounts.append(
                (Group(folder: String(words[4]), isUnified: type == "cgroup2"), words[3].split(separator: "/")))
        }
        return mounts
    }

    // MARK: Files

    private func text(_ path: String) -> String {
        (try? InputFile.read(root + path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The text after a word at the beginning of a line.
    private func value(_ word: String, in path: String) -> String {
        let line = text(path).split(separator: "\n").first { $0.hasPrefix(word) }
        return String((line?.dropFirst(word.count) ?? "").drop { $0 == " " || $0 == "\t" })
    }

    private func kibibytes(_ word: String, in path: String = "/proc/meminfo") -> Int? {
        value(word, in: path).split(separator: " ").first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The number in a file; `nil` for a word such as `max`.
    private func number(_ path: String) -> Int? { Int(text(path).prefix { $0 != "\n" }) }

    /// The cores of a list such as `0-3,8`.
    private func cpus(in list: String) -> Set<Int>? {
        var cpus: Set<Int> = []
        for range in list.prefix(while: { $0 != "\n" }).split(separator: ",") {
            let ends = range.split(separator: "-").map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
            cpus.formUnion(first...last)
        }
        return cpus.isEmpty ? nil : cpus
    }
}
