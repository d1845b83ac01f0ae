package smpp

import (
	"sync"
	"time"
)

// doubts are the messages that a centre gave us shortly before its link was lost: it may not know that we have them, and
// give them again. Each is known again once. A message that the same person wrote twice is another matter: a centre does
// not repeat what was answered.
type doubts struct {
	mu    sync.Mutex // guards:
	times map[string][]time.Time
}

// Waits of doubts.
const (
	doubtful  = time.Minute      // before the loss: longer no answer is on its way
	doubtTime = 30 * time.Minute // for which a centre may repeat itself
)

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

// taken are the latest messages of a link.
type taken struct {
	sums  []string
	times []time.Time
}

func (t *taken) add(now time.Time, sum string) {
	old := 0
	for old < len(t.times) && now.Sub(t.times[old]) > doubtful {
		old++
	}
	t.sums, t.times = append(t.sums[old:], sum), append(t.times[old:], now)
}
