package plan

import (
	"cmp"
	"slices"

	"roadline/callerid"
	"roadline/fmc"
)

// shows is what a decision has worked out about numbers and lines: one call asks for the same again and again.
type shows struct {
	read   bool
	owned  callerid.Owned
	asked  bool // whether called is known: the number that was called is proved
	called bool
	lines  []fmc.LineState // the latest, and what was made of them for that wish
	wish   callerid.Wish
	cached []Candidate
}

// owned is the numbers that the company has proved to be its own.
func (d *decision) owned() callerid.Owned {
	if !d.shows.read {
		d.shows.read, d.shows.owned = true, d.c.Owned()
	}
	return d.shows.owned
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
		d.because("caller id", string(dev.ID), "no number of the company is proved: none can be shown to %s", dev.ID)
		return nil
	}
	return d.trunks(lines, wish)
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
	slices.SortFunc(out, func(a, b Candidate) int { return cmp.Compare(a.Line, b.Line) })
	return out
}

// wishFor is what a person's mobile is to be shown: the number of the company that was called, with the client's own
// where the trunk allows it; else the number that the caller-ID rules give. False where no number is proved.
func (d *decision) wishFor(e *fmc.Employee, group fmc.GroupID) (callerid.Wish, bool) {
	var wish callerid.Wish
	if d.calledIsProved() {
		wish.Number = d.q.To
		if d.client && d.q.From.E164 != "" {
			wish.Client, wish.Called = d.q.From, d.q.To
		}
		return wish, true
	}
	number, _, ok := d.identity(e, group)
	wish.Number = number
	return wish, ok
}

// calledIsProved reports whether a client called a number that may be shown.
func (d *decision) calledIsProved() bool {
	if d.q.Direction != fmc.Inbound {
		return false
	}
	if s := &d.shows; !s.asked {
		s.asked, s.called = true, d.owned().Has(d.q.To, d.now)
	}
	return d.shows.called
}

// trunks is the trunks among the lines that may carry a leg with the wish, in order: that of the number shown first.
func (d *decision) trunks(lines []fmc.LineState, wish callerid.Wish) []Candidate {
	s := &d.shows
	if s.cached != nil && s.wish == wish && slices.EqualFunc(lines, s.lines, sameLine) {
		return s.cached
	}
	out := make([]Candidate, 0, len(lines))
	for _, l := range lines {
		switch {
		case !l.Ready:
		case l.Kind == fmc.SIMLine:
			d.because("line", string(l.ID), "no mandate is on file for this SIM")
		case l.Kind == fmc.TrunkLine:
			shown, err := callerid.Show(wish, d.owned(), l.Form, d.now)
			if err != nil {
				d.because("caller id", string(l.ID), "%v", err)
				continue
			}
			out = append(out, Candidate{Line: l.ID, Kind: l.Kind, Trunk: l.Trunk, Shown: shown, Why: "the trunk carries the number"})
		case l.Kind == fmc.AccountLine:
		}
	}
	d.rank(out)
	s.lines, s.wish, s.cached = lines, wish, out
	return out
}

// rank orders trunks: that of the number shown first, then by name.
func (d *decision) rank(lines []Candidate) {
	for i := range lines {
		if n, ok := d.c.NumberOf(lines[i].Shown.Asserted.E164); ok && n.Trunk == lines[i].Trunk {
			lines[i].Why = "the trunk of the number that is shown"
		}
	}
	slices.SortFunc(lines, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(d.foreign(a), d.foreign(b)), cmp.Compare(a.Line, b.Line))
	})
}

// foreign is 0 for the trunk of the number that is shown, 1 for another.
func (d *decision) foreign(c Candidate) int {
	if n, ok := d.c.NumberOf(c.Shown.Asserted.E164); ok && n.Trunk == c.Trunk {
		return 0
	}
	return 1
}

// identity is the number that a person's call shows, and by which rule: the person's, a group's, everybody's, the
// person's own number, else the first that is proved. What is not proved is passed over.
func (d *decision) identity(e *fmc.Employee, group fmc.GroupID) (n callerid.Number, why string, ok bool) {
	try := func(candidate callerid.Number, rule string) bool {
		if ok || candidate.E164 == "" {
			return ok
		}
		if err := d.owned().Check(candidate, d.now); err != nil {
			d.because("caller id", candidate.E164, "by %s it should be shown, but %v", rule, err)
			return false
		}
		n, why, ok = candidate, rule, true
		return true
	}
	d.byRule(e, group, try)
	for i := range d.c.Numbers {
		if own := &d.c.Numbers[i]; e != nil && own.Owner == e.ID && e.ID != "" {
			try(own.Number, "it being the person's own number")
		}
	}
	for i := range d.c.Numbers {
		if own := &d.c.Numbers[i]; !ok && d.owned().Has(own.Number, d.now) {
			try(own.Number, "it being the first proved number of the company")
		}
	}
	return n, why, ok
}

// byRule tries what the company's caller-ID rules show, the most particular rule first.
func (d *decision) byRule(e *fmc.Employee, group fmc.GroupID, try func(callerid.Number, string) bool) {
	rules := d.c.Rules.CallerID
	groups := []fmc.GroupID{group}
	if e != nil {
		for _, r := range rules {
			if r.Employee != "" && r.Employee == e.ID {
				try(r.Show, "the person's rule")
			}
		}
		groups = append(groups, e.Groups...)
	}
	for _, g := range groups {
		for _, r := range rules {
			if g != "" && r.Employee == "" && r.Group == g {
				try(r.Show, "the rule of "+string(g))
			}
		}
	}
	for _, r := range rules {
		if r.Employee == "" && r.Group == "" {
			try(r.Show, "the company's rule")
		}
	}
}
