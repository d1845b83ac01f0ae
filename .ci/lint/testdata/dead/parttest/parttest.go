// Package parttest serves the tests of part.
package parttest

// Use is reached by tests only.
func Use() {}
