package call

import "time"

// Step may not.
func Step() time.Time { return time.Now() } // want forbid
