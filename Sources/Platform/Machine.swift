/// What of the machine this process may use.
///
/// Linux tells it in files below `/proc` and `/sys`, asked anew each time. A container's limits are those of control groups
/// (cgroups, version 1 or 2): of the process's own group and of all groups that it is in, and the least counts.
package struct Machine: Sendable {
    /// What stands before `/proc` and `/sys`, for tests.
    private let root: String

    /// This machine.
    package static let current = Machine()

    /// The machine that the files below a folder describe.
    package init(root: String = "") {
        self.root = root
    }

    // MARK: Cores

    /// Cores of the machine that are switched on.
    package var onlineCores: Int {
        online?.count ?? max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    }

    private var online: Set<Int>? { cpus(in: text("/sys/devices/system/cpu/online")) }

    /// Cores that the process may run on: its affinity mask.
    package var affinityCores: Int {
        let allowed = cpus(in: value("Cpus_allowed_list:", in: "/proc/self/status"))
        // The mask also has cores that are switched off.
        let usable = allowed.map { online?.intersection($0) ?? $0 }
        return usable.flatMap { $0.isEmpty ? nil : $0.count } ?? onlineCores
    }

    /// Cores' worth of time that the process gets, which need not be whole; nil without a quota.
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

    /// Cores worth using: those of the affinity mask, or as many as the quota is worth, rounded up.
    package var cores: Int { min(affinityCores, quotaCores.map { Int($0.rounded(.up)) } ?? .max) }

    // MARK: Memory

    /// Bytes of memory in the machine.
    package var memoryBytes: Int {
        kibibytes("MemTotal:") ?? sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Bytes of memory that the process may have at most; nil where that is all of the machine.
    package var memoryLimitBytes: Int? {
        groups("memory").compactMap(memoryLimit).min().flatMap { $0 < memoryBytes ? $0 : nil }
    }

    /// Bytes of memory that can still be had; nil where the system does not tell.
    ///
    /// Linux hands out more memory than there is and ends a process that uses it: so it is asked first. Cached contents of
    /// files that were not used lately are given back on demand, and count as free.
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

    private func memoryLimit(_ group: Group) -> Int? {
        number("\(group.folder)/memory.\(group.isUnified ? "max" : "limit_in_bytes")")
    }

    // MARK: Control groups

    /// A folder with a group's files.
    private struct Group {
        var folder: String
        /// Whether it is of version 2, which has one tree for all controllers.
        var isUnified: Bool
    }

    /// The groups that limit something (`cpu`, `memory`), from the outermost to the process's own.
    private func groups(_ controller: String) -> [Group] {
        // 0::/a/b for version 2, 4:memory:/a/b for version 1.
        let lines = text("/proc/self/cgroup").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        return mounts(controller).flatMap { mount, root in
            let line = lines.first { words in
                guard words.count == 3 else { return false }
                return mount.isUnified ? words[0] == "0" : words[1].split(separator: ",").contains(controller[...])
            }
            // Where a part of the tree is mounted, paths begin with that part's own.
            let path = line.map { $0[2].split(separator: "/") } ?? []
            let names = path.starts(with: root) ? path.dropFirst(root.count).map(String.init) : []
            return (0...names.count).map { count in
                let folder = ([mount.folder] + names.prefix(count)).joined(separator: "/")
                return Group(folder: folder, isUnified: mount.isUnified)
            }
        }
    }

    /// Where the trees of groups are mounted, and which part of the tree.
    private func mounts(_ controller: String) -> [(Group, root: [Substring])] {
        // The usual places, whatever was mounted there.
        var mounts: [(Group, root: [Substring])] = [
            (Group(folder: "/sys/fs/cgroup", isUnified: true), []),
            (Group(folder: "/sys/fs/cgroup/\(controller)", isUnified: false), []),
        ]
        // 36 35 0:30 /root/in/the/tree /mount/point rw,nosuid - cgroup cgroup rw,memory
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

    /// What stands behind a word at the beginning of a line.
    private func value(_ word: String, in path: String) -> String {
        let line = text(path).split(separator: "\n").first { $0.hasPrefix(word) }
        return String((line?.dropFirst(word.count) ?? "").drop { $0 == " " || $0 == "\t" })
    }

    private func kibibytes(_ word: String) -> Int? {
        value(word, in: "/proc/meminfo").split(separator: " ").first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// The number that a file holds; nil for a word such as `max`.
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
