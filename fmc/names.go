package fmc

import "fmt"

// nameOf returns the name of an enumeration's value, "?n" for one that has none.
func nameOf(names []string, i int) string {
	if i >= 0 && i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("?%d", i)
}

// readName sets *v to the value that has the name.
func readName[T ~uint8](v *T, names []string, b []byte, what string) error {
	for i, name := range names {
		if name == string(b) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("%s %q: want one of %q", what, b, names)
}
