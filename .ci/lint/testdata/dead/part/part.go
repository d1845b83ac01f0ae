// Package part has one function that nothing reaches, and one that says why it may stand.
package part

// Live is reached.
func Live() {}

// Dead is not.
func Dead() {}

// Kept is not either.
//
//lint:ignore deadcode the seeded exclusion, with its reason
func Kept() {}

// Unexplained gives no reason.
//
//lint:ignore deadcode
func Unexplained() {}
