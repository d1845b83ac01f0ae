package gsmsim

import (
	"container/heap"
	"time"
)

// An appointment is something that will happen. It is Network.mu's, as what it does is.
type appointment struct {
	due   time.Time
	seq   uint64 // of two that are due together, the earlier made comes first
	do    func() // runs with mu held; nil: it was called off or is over
	place int    // in the agenda
}

// agenda is what will happen, the next first: a heap.
type agenda []*appointment

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if !a[i].due.Equal(a[j].due) {
		return a[i].due.Before(a[j].due)
	}
	return a[i].seq < a[j].seq
}

func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push is for package heap.
func (a *agenda) Push(x any) {
	item := x.(*appointment)
	item.place = len(*a)
	*a = append(*a, item)
}

// Pop is for package heap.
func (a *agenda) Pop() any {
	old := *a
	item := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	return item
}

// after makes an appointment in d of the network's pace.
func (n *Network) after(d time.Duration, do func()) *appointment {
	return n.in(n.paced(d), do)
}

// paced is d in the network's pace.
func (n *Network) paced(d time.Duration) time.Duration {
	return time.Duration(float64(d) * n.opts.Pace)
}

// in makes an appointment in d of the clock.
func (n *Network) in(d time.Duration, do func()) *appointment {
	n.appointed++
	item := &appointment{due: n.opts.Now().Add(d), seq: n.appointed, do: do}
	heap.Push(&n.agenda, item)
	if item.place == 0 {
		n.wake()
	}
	return item
}

// off calls an appointment off; one that is over or nil is no matter.
func (n *Network) off(item *appointment) {
	if item == nil || item.do == nil {
		return
	}
	item.do = nil
	if item.place < len(n.agenda) && n.agenda[item.place] == item {
		heap.Remove(&n.agenda, item.place)
	}
}

// perform does what is due and returns how long there is nothing to do.
func (n *Network) perform() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.opts.Now()
	for len(n.agenda) > 0 {
		if first := n.agenda[0]; first.due.After(now) {
			return first.due.Sub(now)
		}
		item := heap.Pop(&n.agenda).(*appointment)
		do := item.do
		item.do = nil
		do()
	}
	return time.Hour
}
