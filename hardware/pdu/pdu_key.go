package pdu

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Key is the same for the same message or report when it is read again: after a crash before it was deleted from the
// card, or because the network gave it out twice. A part is known by card, sender, reference, total, number and time
// stamp (FLOWS E6), and as a message that is whole by its user data besides: a sender may write twice within a second,
// and the reference of one who writes to many people, a byte as a rule, comes round within it. A PDU that cannot be read
// is known by all its octets.
func Key(sim string, stored []byte) string {
	h := sha256.New()
	switch r := read(stored); {
	case r.err != nil:
		fmt.Fprintf(h, "%q broken %x", sim, stored)
	case r.Kind == Status:
		fmt.Fprintf(h, "%q report %q %d %x %x", sim, r.From, r.Report.Reference, r.stamp, byte(r.Report.Status))
	case r.Parts > 0:
		fmt.Fprintf(h, "%q part %q %d %d %d %x %x", sim, r.From, r.Ref, r.Parts, r.Part, r.stamp, r.body)
	default:
		fmt.Fprintf(h, "%q whole %q %x %x", sim, r.From, r.stamp, r.body)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
