package port

// Refusal is what Open says of an error of the kernel.
var Refusal = refusal

// Advice is what it says of a device whose holder nobody sees, on a machine with that procfs.
func Advice(proc string) string { return advice(proc, nil) }
