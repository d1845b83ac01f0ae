package sipcore

// WithoutSecrets is a message as a trace keeps it.
var WithoutSecrets = withoutSecrets
