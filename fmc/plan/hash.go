package plan

import (
	"crypto/sha256"
	"encoding/hex"
)

// Hash names the plan by what it holds, reasons and all: the SHA-256 of its JSON, in hexadecimal. The JSON of a plan is
// canonical: fields in their order, maps sorted.
func (p Plan) Hash() string {
	sum := sha256.Sum256(encode(p))
	return hex.EncodeToString(sum[:])
}
