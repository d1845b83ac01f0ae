package call

import (
	"encoding/json"
	"fmt"
)

// dump writes a call with everything that its pointers lead to.
func dump(c Call) string {
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Sprintf("%v: %+v", err, c)
	}
	return string(b)
}
