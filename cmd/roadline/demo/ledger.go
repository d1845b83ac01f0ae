package demo

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
	"roadline/store"
)

// ledger is what came of the calls: of each the server's record, as PostgreSQL has it, and how many the world made.
type ledger struct {
	screen   *screen
	recorded func(n int, r fmc.Record) // told of each recorded conversation, counted from 1

	mu      sync.Mutex         // guards:
	waiting map[fmc.CallID]int // calls that have ended, and how often their record was looked for
	records []fmc.Record       // in the order of their ends
	taped   int                // of them, recorded conversations
	made    int                // calls that somebody in the world made, and that have ended
	unheard int                // of calls to cards, those that reached no modem; not in made
}

func newLedger(s *screen, recorded func(int, fmc.Record)) *ledger {
	return &ledger{screen: s, recorded: recorded, waiting: map[fmc.CallID]int{}}
}

// ended notes a call whose record is to be looked for.
func (l *ledger) ended(id fmc.CallID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[id] = 0
}

// saw notes what one end of a call lived through.
func (l *ledger) saw(s outside.Seen) {
	if s.Called {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Unheard() {
		l.unheard++
		return
	}
	l.made++
}

// pending is how many calls have ended whose record has not been found.
func (l *ledger) pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// looks is how often a record is looked for; then it is shown as it is, without its recording.
const looks = 200

// settle looks for the records of the calls that have ended, until ctx is done.
func (l *ledger) settle(ctx context.Context, company *store.Tenant) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		l.mu.Lock()
		all := slices.Sorted(maps.Keys(l.waiting))
		l.mu.Unlock()
		for _, id := range all {
			r, err := company.Call(ctx, id)
			l.found(id, r, err)
		}
	}
}

// found takes a record, when it is whole or will not be.
func (l *ledger) found(id fmc.CallID, r fmc.Record, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[id]++
	whole := err == nil && r.Status != fmc.StatusOpen && (r.Recording.State != fmc.TapeReady || r.Recording.Kept != nil)
	if !whole && l.waiting[id] < looks {
		return
	}
	delete(l.waiting, id)
	l.records = append(l.records, r)
	l.screen.ended(id, r)
	if r.Times.Answered > 0 && r.Recording.Kept != nil {
		l.taped++
		l.recorded(l.taped, r)
	}
}

// summary says what came of it all; texts is what came of those.
func (l *ledger) summary(o Options, texts []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := l.records
	count := map[string]int{}
	recordings, length := 0, time.Duration(0)
	for _, r := range records {
		count[r.Opened.Direction.String()+" "+string(r.Status)]++
		if k := r.Recording.Kept; k != nil {
			recordings++
			length += k.Length
		}
	}
	lines := []string{
		"",
		fmt.Sprintf("%4d  calls made", l.made),
		fmt.Sprintf("%4d  records, of them", len(records)),
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		lines = append(lines, fmt.Sprintf("%10d  %s", count[name], name))
	}
	lines = append(lines, fmt.Sprintf("%4d  recordings, %s in all", recordings, length.Round(time.Second)))
	if l.unheard > 0 {
		lines = append(lines, fmt.Sprintf("%4d  calls more to SIM cards that were busy or away: the network answered them, the server heard nothing", l.unheard))
	}
	return append(append(lines, texts...), "",
		"All of it is kept in "+o.Folder+"; the next demo goes on with it, and without the pretend world it is served by",
		fmt.Sprintf("  %s serve --config %s", o.Program, filepath.Join(o.Folder, "roadline.yaml")))
}
