// Package smpp speaks SMPP 3.4 both ways: to message centres, as their client, and to the company's own programs, as
// their server. One Session serves both; what differs is who binds. It keeps nothing but facts in the journal, decides no
// route (fmc.Company.MessageWay does) and has of the protocol's library its codec alone, because that one's sessions lose
// what crosses. A message of which nobody knows whether the far side has it is uncertain, and is not sent again by itself.
// Start at Session; Centres and Server stand on it.
package smpp

import (
	"errors"
	"fmt"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/fmc/cause"
)

// The statuses that we give or act on: SMPP 3.4 §5.1.3.
const (
	statusOK             pdu.Status = 0x00
	statusLength         pdu.Status = 0x02 // invalid command length
	statusCommand        pdu.Status = 0x03 // invalid command id
	statusBindState      pdu.Status = 0x04
	statusBound          pdu.Status = 0x05
	statusSystem         pdu.Status = 0x08
	statusSource         pdu.Status = 0x0a
	statusDest           pdu.Status = 0x0b
	statusBind           pdu.Status = 0x0d
	statusPassword       pdu.Status = 0x0e
	statusQueueFull      pdu.Status = 0x14
	statusClass          pdu.Status = 0x43
	statusSubmit         pdu.Status = 0x45
	statusThrottled      pdu.Status = 0x58
	statusSchedule       pdu.Status = 0x61
	statusExpiry         pdu.Status = 0x62
	statusTemporaryError pdu.Status = 0x64 // the receiver's, for now
)

// statusOf is what a program is told of an error, by its kind.
func statusOf(err error) pdu.Status {
	switch cause.KindOf(err) {
	case cause.NotFound:
		return statusSource
	case cause.Invalid:
		return statusDest
	case cause.NoRoom:
		return statusQueueFull
	case cause.Unavailable:
		return statusSystem
	default:
		return statusSubmit
	}
}

// passing reports that a status says "not now": the message may be offered again, since the far side does not have it.
func passing(s pdu.Status) bool {
	return s == statusThrottled || s == statusQueueFull || s == statusSystem || s == statusTemporaryError
}

// Errors of a request that was written. Both say that nobody knows whether the far side took it.
var (
	errSilent = errors.New("no answer came in time")
	errGone   = errors.New("the link was lost before the answer came")
)

// errUnsent says that a request was not written at all.
var errUnsent = errors.New("the link was gone before it went")

// refusal is an answer that is not "yes".
type refusal struct {
	what   string
	status pdu.Status
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %s (0x%02x)", r.what, r.status.Error(), uint32(r.status))
}
