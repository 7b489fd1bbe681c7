/// The quotient rounded up.
func ceilDivide(_ count: Int, _ size: Int) -> Int { (count - 1) / size + 1 }

/// The size of the tiles of `count` things, so that there are as few tiles as with `largest` and all about as large.
func evenTile(_ count: Int, largest: Int) -> Int { ceilDivide(count, ceilDivide(count, largest)) }
