// Included before every kernel.
