package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"roadline/fmc"
)

// JobKind says what is to be done.
type JobKind string

// The kinds of job that a Drain gives.
const (
	JobAlert          JobKind = "alert"           // tell of the alert number N of Call
	JobVoicemail      JobKind = "voicemail"       // send the message number N of Call
	JobMissedText     JobKind = "missed_text"     // text the client of the missed task Call, as the company's rule says
	JobMissedDue      JobKind = "missed_due"      // the deadline of the missed task Call is over
	JobMissedEscalate JobKind = "missed_escalate" // and nobody saw to it for the rule's time after
)

// Job is something that follows from what was drained, to be done at least once. It names its object only: what became
// of that meanwhile is looked up when the job is done.
type Job struct {
	Kind    JobKind
	Company fmc.CompanyID
	Call    fmc.CallID // of a missed task: its id
	N       int        // as Alert.N and Voicemail.N; of a call back that was promised: for when, in Unix seconds
	At      time.Time  // not before; zero: at once
}

// Jobs takes jobs in the transaction that brings in what they follow from: both are kept, or neither. An error that
// PostgreSQL itself would not give for these data must not be returned: the drain would stand. It may be called again
// for the same jobs, after a transaction that failed.
type Jobs interface {
	Insert(ctx context.Context, tx pgx.Tx, jobs []Job) error
}
