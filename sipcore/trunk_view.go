package sipcore

import (
	"time"

	"roadline/fmc"
)

// TrunkView is a trunk as a person looks at it.
type TrunkView struct {
	fmc.LineState
	InUse   int
	Most    int // 0: not limited
	Targets []TargetView
}

// TargetView is one address of a trunk.
type TargetView struct {
	Address string
	Alive   bool
	Heard   time.Time // when it last answered anything; zero: never, or doubted since
}

// Dead reports whether nothing of the trunk answers: it is not merely full.
func (v TrunkView) Dead() bool {
	for _, t := range v.Targets {
		if t.Alive {
			return false
		}
	}
	return len(v.Targets) > 0
}

// Views are all trunks, in the order of the machine file.
func (ts *Trunks) Views() []TrunkView {
	var all []TrunkView
	for _, id := range ts.order {
		c := ts.trunks[id]
		v := TrunkView{LineState: c.state(), Most: c.Most}
		c.mu.Lock()
		v.InUse = c.inUse
		c.mu.Unlock()
		for _, g := range c.targets {
			g.mu.Lock()
			v.Targets = append(v.Targets, TargetView{Address: g.text, Alive: !g.isDead, Heard: g.heard})
			g.mu.Unlock()
		}
		all = append(all, v)
	}
	return all
}
