// Package journal is the first place where facts are kept: an append-only file on the local disk, written before
// anything else is done about a fact. A Log belongs to one start of the process and numbers its entries from 1; a
// later start takes over what earlier ones left. It knows nothing of PostgreSQL (store drains it), and only journal.go
// knows what a fact is. Start at Open and Log.Append; segment.go has the format on disk.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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
		drafts[i] = Draft{Body: body, Call: contact(f), Life: lifeOf(f)}
		drafts[i].Owes, drafts[i].Pays = promiseOf(f)
	}
	return j.Log.Append(drafts...)
}

// contact is the call or the message that a fact is of; their ids are of one kind and never the same.
func contact(f fmc.Fact) string {
	if f.Call != "" {
		return string(f.Call)
	}
	return string(f.Message)
}

// promiseOf says by which call a fact promises another, or which promise it keeps.
func promiseOf(f fmc.Fact) (owes, pays string) {
	switch body := f.Body.(type) {
	case fmc.Wanted:
		return string(f.Call), ""
	case fmc.Opened:
		return "", string(body.Promised)
	default:
		return "", ""
	}
}

// lifeOf says which facts begin and end what a restart must know whole: a call, a message that is to be sent.
func lifeOf(f fmc.Fact) Life {
	switch f.Body.(type) {
	case fmc.Opened, fmc.MessageAccepted:
		return Opens
	case fmc.Closed, fmc.MessageSettled:
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
	return unfinished(boots, func(f fmc.Fact) bool { return f.Call != "" })
}

// UnfinishedMessages returns the facts of every message that was accepted in one of the boots and settled in none of
// them, message by message in the order they were accepted. Whoever goes on with one appends its facts, whole and in
// their order, to the journal of the present boot before the boots are drained and removed, and only then what happens
// to it next: fmc.FoldMessage takes a fact that stands in two boots once. The error is as that of Unfinished.
func UnfinishedMessages(boots []*Boot) ([][]fmc.Fact, error) {
	return unfinished(boots, func(f fmc.Fact) bool { return f.Call == "" && f.Message != "" })
}

// Wishes returns what people set in the boots and is to hold until they set it anew, modes and the modems that cards of a bank
// serve, in the order in which it stands there: what PostgreSQL may not have yet. The error is as that of Unfinished.
func Wishes(boots []*Boot) ([]fmc.Fact, error) {
	var (
		set  []fmc.Fact
		errs []error
	)
	for _, b := range boots {
		errs = append(errs, b.facts(func(f fmc.Fact, _ []byte) {
			switch f.Body.(type) {
			case fmc.ModeSet, fmc.CardMoved:
				set = append(set, f)
			default: // no other fact is a wish
			}
		}))
	}
	return set, errors.Join(errs...)
}

// Promises returns the facts Wanted of the boots whose calls began in none of them, in their order and each once: people
// who are to be called back. Whoever goes on with one appends it to the journal of the present boot, before the boots are
// drained and removed. The error is as that of Unfinished.
func Promises(boots []*Boot) ([]fmc.Fact, error) {
	type promise struct {
		call fmc.CallID
		is   fmc.Wanted
	}
	var (
		wanted []fmc.Fact
		made   = map[promise]bool{}
		kept   = map[string]bool{}
		errs   []error
	)
	for _, b := range boots {
		errs = append(errs, b.facts(func(f fmc.Fact, _ []byte) {
			_, pays := promiseOf(f)
			kept[pays] = true
			if w, is := f.Body.(fmc.Wanted); is && !made[promise{f.Call, w}] {
				wanted, made[promise{f.Call, w}] = append(wanted, f), true
			}
		}))
	}
	open := slices.DeleteFunc(wanted, func(f fmc.Fact) bool { return kept[string(f.Call)] })
	return open, errors.Join(errs...)
}

// unfinished returns what began and did not end, of the facts that are chosen.
func unfinished(boots []*Boot, chosen func(fmc.Fact) bool) ([][]fmc.Fact, error) {
	var (
		order []string
		open  = map[string]*begun{}
		errs  []error
	)
	for _, b := range boots {
		err := b.facts(func(f fmc.Fact, body []byte) {
			if !chosen(f) {
				return
			}
			of := contact(f)
			switch known := open[of]; lifeOf(f) {
			case Opens:
				if known == nil {
					order = append(order, of)
					known = &begun{bodies: map[string]bool{}}
					open[of] = known
				}
				known.add(f, body)
			case Closes:
				delete(open, of)
			case Within:
				if known != nil {
					known.add(f, body)
				}
			}
		})
		errs = append(errs, err)
	}
	var left [][]fmc.Fact
	for _, of := range order {
		if known, ok := open[of]; ok {
			left = append(left, known.facts)
			delete(open, of)
		}
	}
	return left, errors.Join(errs...)
}

// begun is what began and did not end yet.
type begun struct {
	facts  []fmc.Fact
	bodies map[string]bool // of facts, as they stand in the journal
}

// add takes a fact once. Starts that take a message on write its facts anew, and each would find those of all before it:
// as long as no boot is drained their number would double at every start.
func (b *begun) add(f fmc.Fact, body []byte) {
	if b.bodies[string(body)] {
		return
	}
	b.bodies[string(body)] = true
	b.facts = append(b.facts, f)
}

const readAtOnce = 1024

// facts gives every fact that the boot left, and its body, to do.
func (b *Boot) facts(do func(f fmc.Fact, body []byte)) error {
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
			do(f, e.Body)
		}
	}
}
