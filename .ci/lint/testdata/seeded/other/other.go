// Package other looks at rules from outside.
package other

import "roadline/rules"

// Types forgets an event of another package; the table there is not ours to change.
func Types(ev rules.Event) {
	switch ev.(type) { // want sumtype
	case *rules.Ended:
	}
	rules.ErrGone = nil // want globals
}
