package modem

import (
	"slices"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// calls is what the module's calls are, put together from vendor lines, the list of calls and what was commanded.
// watch owns it.
type calls struct {
	now     func() time.Time
	emit    func(Event)
	list    []*call
	curious bool  // something said that the list of calls is worth asking for
	over    []int // indices of calls that ended since the latest list: its lines may be older
}

// call is one of them.
type call struct {
	Call
	since    time.Time // when it was first heard of
	rang     time.Time // when it last said that it rings
	told     bool      // Ringing was emitted
	listed   bool      // it stood in a list of calls
	waits    bool      // it only ever waited, beside another
	hungUp   bool      // we ended it: the first list without it is its end
	missing  time.Time // since when it is in no list
	missed   int       // in how many
	answered bool      // active was emitted
}

// How long a call may be missing from the lists before it counts as ended: some modules never say NO CARRIER.
const (
	missingFor   = 2 * time.Second
	unlistedTime = 6 * time.Second  // of one that was never listed: some list it when the network has taken it
	ringSilence  = 12 * time.Second // RING comes every three to five seconds; for modules that do not list
)

func (c *calls) any() bool { return len(c.list) > 0 }

// speaking is the index of the active call.
func (c *calls) speaking() int {
	for _, k := range c.list {
		if k.State == CallActive {
			return k.Index
		}
	}
	return 0
}

// waitsForNumber is how much longer the first call without a number may have none; ok is false where there is none.
func (c *calls) waitsForNumber() (wait time.Duration, ok bool) {
	for _, k := range c.list {
		if k.ringsUntold() {
			return max(0, RingWait-c.now().Sub(k.since)), true
		}
	}
	return 0, false
}

func (k *call) ringsUntold() bool { return k.Incoming && !k.told && k.State == CallIncoming }

// announce tells of calls whose number did not come.
func (c *calls) announce() {
	for _, k := range c.list {
		if k.ringsUntold() && c.now().Sub(k.since) >= RingWait {
			c.tell(k)
		}
	}
}

func (c *calls) tell(k *call) {
	k.told = true
	c.emit(Ringing{Number: k.Number, Hidden: k.Hidden})
}

// ring takes a RING or the caller's number. One call rings again and again.
func (c *calls) ring(number string, hidden bool) {
	k := c.find(func(k *call) bool { return k.Incoming && k.State == CallIncoming })
	if k == nil {
		if c.find(func(k *call) bool { return k.State == CallActive }) != nil {
			c.curious = true // a second call: the list says how it stands
			return
		}
		k = c.add(Call{Incoming: true, State: CallIncoming})
	}
	k.rang = c.now()
	c.name(k, number, hidden)
}

// name gives the call its number, once.
func (c *calls) name(k *call, number string, hidden bool) {
	if k.Number == "" && !k.Hidden {
		k.Number, k.Hidden = number, hidden
	}
	if k.ringsUntold() && (k.Number != "" || k.Hidden) {
		c.tell(k)
	}
}

// is takes what a line said of one call: fields that it did not say are empty.
func (c *calls) is(said Call, why cause.Cause) {
	k := c.match(said)
	if said.State == CallEnded {
		if k != nil {
			c.end(k, why)
		}
		return
	}
	if k == nil {
		k = c.add(Call{Index: said.Index, Incoming: said.Incoming, State: said.State})
		if !k.Incoming || said.State == CallWaiting {
			k.Number, k.Hidden = said.Number, said.Hidden
			k.told, k.waits = k.Incoming, k.Incoming
			c.emit(CallIs{Call: k.Call})
			return
		}
	}
	if said.Index != 0 {
		k.Index = said.Index
	}
	if k.Incoming {
		c.name(k, said.Number, said.Hidden)
	} else if k.Number == "" {
		k.Number = said.Number
	}
	c.become(k, said.State)
}

// become changes the state of a call and tells it. Vendor lines and lists cross: an active call does not ring again.
func (c *calls) become(k *call, state CallState) {
	early := state == CallDialing || state == CallAlerting || state == CallIncoming
	if state == k.State || k.answered && early || k.State == CallAlerting && state == CallDialing {
		return
	}
	if k.Incoming && !k.told {
		c.tell(k)
	}
	k.State, k.waits = state, false
	k.answered = k.answered || state == CallActive
	c.emit(CallIs{Call: k.Call})
}

// match is the call of a line: by index, else the one that has none yet, else the only one.
func (c *calls) match(said Call) *call {
	if said.Index != 0 {
		if k := c.find(func(k *call) bool { return k.Index == said.Index }); k != nil {
			return k
		}
		return c.find(func(k *call) bool {
			return k.Index == 0 && (k.Incoming == said.Incoming || said.State == CallActive || said.State == CallEnded)
		})
	}
	if len(c.list) == 1 {
		return c.list[0]
	}
	return c.find(func(k *call) bool { return k.Incoming == said.Incoming && said.State != CallEnded })
}

func (c *calls) find(is func(*call) bool) *call {
	if i := slices.IndexFunc(c.list, is); i >= 0 {
		return c.list[i]
	}
	return nil
}

func (c *calls) add(k Call) *call {
	n := &call{Call: k, since: c.now(), answered: k.State == CallActive}
	c.list = append(c.list, n)
	c.curious = true
	return n
}

// end takes a call out and says so; of one that nobody heard of yet the ringing first.
func (c *calls) end(k *call, why cause.Cause) {
	c.list = slices.DeleteFunc(c.list, func(o *call) bool { return o == k })
	if k.waits {
		return // the call that it waited for goes on
	}
	if k.Incoming && !k.told {
		c.tell(k)
	}
	c.over = append(c.over, k.Index)
	k.State = CallEnded
	if k.hungUp && why == (cause.Cause{}) {
		why = cause.Of(cause.Hangup)
	}
	c.emit(CallIs{Call: k.Call, Cause: why})
}

// gone ends all.
func (c *calls) gone(why cause.Cause) {
	for len(c.list) > 0 {
		c.end(c.list[0], why)
	}
}

// result is what a line such as BUSY says of the calls; a line of several calls says which by the list only.
func (c *calls) result(line string) bool {
	why, ok := callResult(line)
	if !ok {
		return false
	}
	if len(c.list) == 1 {
		c.end(c.list[0], why)
	}
	c.curious = true
	return true
}

// standard takes lines of V.250 and 27.007 about calls.
func (c *calls) standard(line string) bool {
	if c.result(line) {
		return true
	}
	switch {
	case line == "RING", strings.HasPrefix(line, "+CRING:"):
		c.curious = true
		c.ring("", false)
	case strings.HasPrefix(line, "+CLIP:"):
		number, hidden := caller(line)
		c.ring(number, hidden)
	case strings.HasPrefix(line, "+CLCC:"):
		if k, ok := listed(line); ok {
			c.is(k, cause.Cause{})
		}
	case strings.HasPrefix(line, "+CCWA:"):
		c.curious = true
	default:
		return false
	}
	return true
}

// ended takes the end of a command that was given in order.
func (c *calls) ended(s at.Said) {
	switch {
	case s.Command == "+CLCC" && s.Final == "OK":
		c.compare(s.More)
	case s.Command == "+CLCC":
		c.unlisted()
	case strings.HasPrefix(s.Command, "D"):
		c.dialled(strings.TrimSuffix(s.Command[1:], ";"), s.Final)
	case s.Command == "A":
		if k := c.find(func(k *call) bool { return k.Incoming && k.State == CallIncoming }); k != nil && s.Final == "OK" {
			c.become(k, CallActive)
		} else if k != nil {
			c.result(s.Final)
		}
		c.curious = true
	case s.Final == "OK": // of hanging up
		for _, k := range c.list {
			k.hungUp = true
		}
		c.curious = true
	}
}

// dialled takes the end of ATD. Vendor lines may have told of the call before.
func (c *calls) dialled(number, final string) {
	_, failed := callResult(final)
	if final != "OK" && !failed {
		return
	}
	k := c.find(func(k *call) bool { return !k.Incoming })
	if k == nil {
		k = c.add(Call{State: CallDialing})
		c.emit(CallIs{Call: Call{State: CallDialing, Number: number}})
	}
	k.Number = number
	if failed {
		c.result(final)
	}
}

// compare lays the list of calls beside what is known.
func (c *calls) compare(lines []string) {
	var now []Call
	for _, line := range lines {
		k, ok := listed(line)
		stale := slices.Contains(c.over, k.Index) && c.match(k) == nil
		if ok && k.State != CallEnded && !stale {
			now = append(now, k)
		}
	}
	c.over = nil
	var there []*call
	for _, said := range now {
		c.is(said, cause.Cause{})
		if k := c.match(said); k != nil {
			k.listed, k.missed, k.missing = true, 0, time.Time{}
			there = append(there, k)
		}
	}
	for _, k := range slices.Clone(c.list) {
		if !slices.Contains(there, k) && c.vanished(k) {
			c.end(k, cause.Cause{})
		}
	}
}

// unlisted looks at calls where the module does not list them: one that rings no more has ended.
func (c *calls) unlisted() {
	for _, k := range slices.Clone(c.list) {
		if k.Incoming && k.State == CallIncoming && !k.rang.IsZero() && c.now().Sub(k.rang) >= ringSilence {
			c.end(k, cause.Cause{})
		}
	}
}

// vanished counts a list without the call, and says whether it was one too many.
func (c *calls) vanished(k *call) bool {
	if k.missed++; k.missed == 1 {
		k.missing = c.now()
	}
	switch {
	case k.hungUp:
		return true
	case k.listed || k.Incoming:
		return k.missed > 1 && c.now().Sub(k.missing) >= missingFor
	default:
		return c.now().Sub(k.since) >= unlistedTime
	}
}
