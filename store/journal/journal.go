// Package journal is the first place where facts are kept: an append-only file on the local disk, written before
// anything else is done about a fact. A Log belongs to one start of the process and numbers its entries from 1; a
// later start takes over what earlier ones left. It knows nothing of PostgreSQL (store drains it), and only Journal
// and Unfinished know what a fact is. Start at Open and Log.Append; segment.go has the format on disk.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"

	"roadline/fmc"
)

// Journal is a Log of facts.
type Journal struct{ *Log }

var _ fmc.Journal = Journal{}

// Append implements fmc.Journal; the errors are those of Log.Append.
func (j Journal) Append(facts ...fmc.Fact) error {
	drafts := make([]Draft, len(facts))
	for i, f := range facts {
		body, err := f.MarshalJSON() // json.Marshal would read it all once more
		if err != nil {
			return fmt.Errorf("append to journal: %w", err)
		}
		drafts[i] = Draft{Body: body, Call: string(f.Call), Life: lifeOf(f)}
	}
	return j.Log.Append(drafts...)
}

func lifeOf(f fmc.Fact) Life {
	switch f.Body.(type) {
	case fmc.Opened:
		return Opens
	case fmc.Closed:
		return Closes
	default:
		return Within
	}
}

// Unfinished returns the facts of every call that began in one of the boots and was closed in none of them, call by
// call in the order they began: what a killed server left behind. Whoever closes such a call appends a fmc.Closed to
// the journal of the present boot, before the boots are drained and removed. The error tells of entries that could not
// be read; the calls beside them are returned all the same.
func Unfinished(boots []*Boot) ([][]fmc.Fact, error) {
	var (
		order []fmc.CallID
		calls = map[fmc.CallID][]fmc.Fact{}
		errs  []error
	)
	for _, b := range boots {
		err := b.facts(func(f fmc.Fact) {
			switch _, known := calls[f.Call]; lifeOf(f) {
			case Opens:
				order = append(order, f.Call)
				calls[f.Call] = append(calls[f.Call], f)
			case Closes:
				delete(calls, f.Call)
			case Within:
				if known {
					calls[f.Call] = append(calls[f.Call], f)
				}
			}
		})
		errs = append(errs, err)
	}
	var open [][]fmc.Fact
	for _, id := range order {
		if facts, ok := calls[id]; ok {
			open = append(open, facts)
			delete(calls, id)
		}
	}
	return open, errors.Join(errs...)
}

const readAtOnce = 1024

// facts gives every fact that the boot left to do.
func (b *Boot) facts(do func(fmc.Fact)) error {
	var errs []error
	r, after := b.Reader(), uint64(0)
	for {
		entries, err := r.Read(after, readAtOnce)
		if err != nil || len(entries) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for _, e := range entries {
			after = e.Seq
			if e.Hole != nil {
				after = e.Hole.To
				continue
			}
			var f fmc.Fact
			if err := json.Unmarshal(e.Body, &f); err != nil {
				errs = append(errs, fmt.Errorf("journal %s entry %d: %w", b.dir, e.Seq, err))
				continue
			}
			do(f)
		}
	}
}
