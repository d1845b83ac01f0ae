package banksim

// Fault is something that a bank's server does in the field, or could.
type Fault int

// The faults.
const (
	Refuses   Fault = iota // every map is refused
	Away                   // connections end without an answer
	Hangs                  // nothing is answered
	Half                   // answers end in their middle
	SaysOnly               // maps come on in the list, and no card gets anywhere
	Twice                  // the list has every card at a second client too
	Amnesia                // the list is empty, though cards serve
	Gibberish              // answers are no JSON
)

// Fault switches a fault on or off.
func (b *Bank) Fault(f Fault, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults[f] = on
}

// Restart has the server start anew: it forgets its maps, and bank and clients are told to end theirs.
func (b *Bank) Restart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range append(b.maps, b.off...) {
		b.pull(m)
	}
	b.maps, b.off = nil, nil
}
