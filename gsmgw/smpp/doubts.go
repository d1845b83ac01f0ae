package smpp

import (
	"sync"
	"time"
)

// doubts are the messages that a centre gave us shortly before its link was lost and did not show that it has our answer
// to: it may not know that we have them, and give them again. Each is known again once. A message that the same person
// wrote twice is another matter: a centre does not repeat what was answered.
type doubts struct {
	mu    sync.Mutex // guards:
	times map[string][]time.Time
}

// Doubtful is how long before the loss of its link a centre may not have had our answers: longer none is on its way.
const Doubtful = time.Minute

// doubtTime is for how long a centre may repeat itself.
const doubtTime = 30 * time.Minute

func newDoubts() *doubts { return &doubts{times: map[string][]time.Time{}} }

// add adds messages, by what is in them.
func (d *doubts) add(now time.Time, sums ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for sum, at := range d.times {
		if now.Sub(at[len(at)-1]) > doubtTime {
			delete(d.times, sum)
		}
	}
	for _, sum := range sums {
		d.times[sum] = append(d.times[sum], now)
	}
}

// repeated reports that a message is one of them.
func (d *doubts) repeated(now time.Time, sum string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.times[sum]
	if !ok {
		return false
	}
	if len(at) == 1 {
		delete(d.times, sum)
	} else {
		d.times[sum] = at[1:]
	}
	return now.Sub(at[0]) <= doubtTime
}

// taken are the latest messages of a link. Owned by its session's reader, until that is over.
type taken struct{ all []*took }

// took is one.
type took struct {
	sum     string
	at      time.Time
	arrived bool // the centre has our answer
}

// add adds one; arrived is for the word that the centre has our answer.
func (t *taken) add(now time.Time, sum string) (arrived func()) {
	old := 0
	for old < len(t.all) && (t.all[old].arrived || now.Sub(t.all[old].at) > Doubtful) {
		old++
	}
	x := &took{sum: sum, at: now}
	t.all = append(t.all[old:], x)
	return func() { x.arrived = true }
}

// open are those of which the centre may not know that we have them.
func (t *taken) open() (sums []string) {
	for _, x := range t.all {
		if !x.arrived {
			sums = append(sums, x.sum)
		}
	}
	return sums
}
