package plan

import (
	"cmp"
	"slices"

	"roadline/callerid"
	"roadline/fmc"
)

// way is what a line is wanted for.
type way struct {
	to       callerid.Number // who is called
	wish     callerid.Wish   // what is shown on a trunk; without a number no trunk can be taken
	sim      fmc.ICCID       // the card whose own number is to be shown before that; empty: no card's
	person   fmc.EmployeeID  // who of the company calls; empty: nobody in particular
	operator string          // of the one who is called; empty: not known
}

// linesTo is the lines that may carry a leg to a person's device, in order.
func (d *decision) linesTo(e *fmc.Employee, dev *fmc.Device, group fmc.GroupID) []Candidate {
	lines := d.w.Lines(dev.ID)
	if dev.Kind == fmc.SIPPhone {
		return d.phones(lines)
	}
	if dev.Number.E164 == "" {
		return nil
	}
	wish, ok := d.wishFor(e, group)
	if !ok {
		d.because("caller id", string(dev.ID), "no number of the company is proved: no trunk can show one to %s", dev.ID)
	}
	w := way{to: dev.Number, wish: wish, operator: e.Operator}
	if !d.q.Native {
		return d.lines(lines, w)
	}
	back := d.native(lines, dev.Number)
	rest := slices.DeleteFunc(slices.Clone(d.lines(lines, w)), func(c Candidate) bool {
		return slices.ContainsFunc(back, func(b Candidate) bool { return b.Line == c.Line })
	})
	return append(back, rest...)
}

// phones is the registrations of a SIP account that can be rung. They see the caller: nothing leaves the company.
func (d *decision) phones(lines []fmc.LineState) []Candidate {
	number, name := d.caller()
	var out []Candidate
	for _, l := range lines {
		if l.Ready && l.Kind == fmc.AccountLine {
			out = append(out, Candidate{Line: l.ID, Kind: l.Kind, Shown: callerid.Inside(number, name), Why: "the phone is registered"})
		}
	}
	return inOrder(out)
}

// inOrder sorts lines of which none is better than another.
func inOrder(lines []Candidate) []Candidate {
	slices.SortFunc(lines, func(a, b Candidate) int { return cmp.Compare(a.Line, b.Line) })
	return lines
}

// ranked is a candidate with what it is ordered by.
type ranked struct {
	Candidate
	rank rank
}

// rank orders lines, the least first.
type rank struct {
	costs   int // its package is used up
	foreign int // another number than its own is to be shown, or it is a trunk
	kind    int // trunks before SIMs, or the other way round
	trunk   int // it is not the trunk of the number that is shown
	simRank
}

func (r rank) compare(o rank) int {
	return cmp.Or(cmp.Compare(r.costs, o.costs), cmp.Compare(r.foreign, o.foreign), cmp.Compare(r.kind, o.kind), cmp.Compare(r.trunk, o.trunk),
		r.simRank.compare(o.simRank))
}

// lines is the lines that may carry a leg over the public network, in order. Why others may not is said once.
func (d *decision) lines(lines []fmc.LineState, w way) []Candidate {
	if !slices.ContainsFunc(lines, func(l fmc.LineState) bool { return l.Kind == fmc.SIMLine }) {
		w = way{wish: w.wish} // trunks do not care whom they call
	}
	s := &d.shows
	if s.cached != nil && s.way == w && slices.EqualFunc(lines, s.lines, sameLine) {
		return s.cached
	}
	all, sims := make([]ranked, 0, len(lines)), false
	for _, l := range lines {
		switch {
		case !l.Ready, l.Kind == fmc.AccountLine:
		case l.Kind == fmc.SIMLine:
			if c, ok := d.simLine(l, w); ok {
				all, sims = append(all, c), true
			}
		case l.Kind == fmc.TrunkLine && w.wish.Number.E164 != "":
			if c, ok := d.trunkLine(l, w); ok {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(a.rank.compare(b.rank), cmp.Compare(a.Line, b.Line)) })
	if sims {
		d.tellLine(all[0].Line, "it goes first: "+all[0].Why)
	}
	out := make([]Candidate, len(all))
	for i := range all {
		out[i] = all[i].Candidate
	}
	s.lines, s.way, s.cached = lines, w, out
	return out
}

// trunkLine is a trunk's line as a candidate.
func (d *decision) trunkLine(l fmc.LineState, w way) (ranked, bool) {
	shown, err := callerid.Show(w.wish, d.owned(), l.Form, d.now)
	if err != nil {
		d.because("caller id", string(l.ID), "%v", err)
		return ranked{}, false
	}
	r := ranked{Candidate{Line: l.ID, Kind: l.Kind, Trunk: l.Trunk, Shown: shown, Why: "the trunk carries the number"}, rank{foreign: 1, trunk: 1}}
	if n, ok := d.c.NumberOf(shown.Asserted.E164); ok && n.SIM == "" && n.Trunk == l.Trunk {
		r.Why, r.rank.trunk = "the trunk of the number that is shown", 0
	}
	if d.c.Rules.Dialling.Prefer == fmc.SIMLine {
		r.rank.kind = 1
	}
	return r, true
}

// tellLine notes something of a line, once: many devices share their lines.
func (d *decision) tellLine(line fmc.LineID, text string) {
	key := [2]string{string(line), text}
	if d.shows.told[key] {
		return
	}
	if d.shows.told == nil {
		d.shows.told = make(map[[2]string]bool)
	}
	d.shows.told[key] = true
	d.w.note("line", string(line), text, nil)
}
