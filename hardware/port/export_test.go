package port

// Refusal is what Open says of an error of the kernel.
var Refusal = refusal
