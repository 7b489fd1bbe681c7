/// The quotient rounded up.
func ceilDivide(_ count: Int, _ size: Int) -> Int { (count - 1) / size + 1 }
