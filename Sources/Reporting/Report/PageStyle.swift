/// The style of the report: light and dark, wide and narrow screens, print.
enum PageStyle {
    /// The rules; a style sheet in HTML must not have `<` or `&`.
    static let rules = """
        :root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --box: #f6f8fa; \
        --best: #e3f4ea; --heat: 61, 133, 198; }
        @media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e6e9ec; --soft: #9aa4ae; --line: #39424c; \
        --box: #1d2228; --best: #173524; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 4rem; background: var(--page); color: var(--text); \
        font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: 1.5rem 0 0.5rem; }
        h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; border-bottom: 1px solid var(--line); padding-bottom: 0.25rem; }
        h3 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; }
        nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 1rem 0; }
        a { color: inherit; }
        p { max-width: 48rem; margin: 0.5rem 0; }
        .answer { font-size: 1.35rem; font-weight: 600; }
        .note, figcaption, .soft { color: var(--soft); font-size: 0.9rem; }
        dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0.75rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
        figure { margin: 0.75rem 0; max-width: 40rem; min-width: 0; }
        figure svg { display: block; width: 100%; height: auto; color: var(--text); }
        .scroll { overflow-x: auto; max-height: 40rem; overflow-y: auto; border: 1px solid var(--line); }
        table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; width: 100%; }
        th, td { padding: 0.25rem 0.6rem; text-align: right; white-space: nowrap; }
        thead th { position: sticky; top: 0; background: var(--box); text-align: right; }
        tbody tr + tr td, tbody tr + tr th { border-top: 1px solid var(--line); }
        tr.best td { background: var(--best); font-weight: 600; }
        tr.pruned td, tr.lost td { color: var(--soft); }
        tr.diverged td { color: #d9534f; }
        td:last-child { white-space: normal; min-width: 7rem; }
        .matrix td { text-align: center; min-width: 2.5rem; white-space: nowrap; }
        .images { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 0.75rem; }
        .images figure { margin: 0; }
        .images img { width: 100%; max-width: 8rem; image-rendering: pixelated; border: 1px solid var(--line); display: block; }
        pre { background: var(--box); border: 1px solid var(--line); padding: 0.75rem; overflow: auto; max-height: 30rem; \
        font-size: 0.8rem; white-space: pre-wrap; }
        summary { cursor: pointer; }
        @media print { .scroll, pre { max-height: none; } nav { display: none; } }

        """
}
