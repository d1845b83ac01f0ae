package sipcore

import (
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// merged finds requests that reached us twice by different ways: same From tag, Call-ID and CSeq, another branch (RFC
// 3261 §8.2.2.2). It remembers for one to two generations of 64*T1 each.
type merged struct {
	now func() time.Time

	mu       sync.Mutex // guards:
	young    map[string]string
	old      map[string]string
	turnedAt time.Time
}

const mostMerged = 20000 // remembered per generation

func newMerged(now func() time.Time) *merged {
	return &merged{now: now, young: make(map[string]string), turnedAt: now()}
}

// seen notes the request and reports whether it came before on another way.
func (m *merged) seen(req *sip.Request) bool {
	branch, _ := req.Via().Params.Get("branch")
	key := tagOf(req.From().Params) + "\x00" + req.CallID().Value() + "\x00" + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); now.Sub(m.turnedAt) > 64*sip.T1 || len(m.young) >= mostMerged {
		m.old, m.young, m.turnedAt = m.young, make(map[string]string), now
	}
	first, ok := m.young[key]
	if !ok {
		first, ok = m.old[key]
	}
	if !ok {
		m.young[key] = branch
		return false
	}
	return first != branch
}
