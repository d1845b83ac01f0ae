package plan

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// shows is what a decision has worked out about numbers and lines: one call asks for the same again and again.
type shows struct {
	read   bool
	owned  callerid.Owned
	asked  bool // whether called is known: the number that was called is proved
	called bool
	lines  []fmc.LineState // the latest, and what was made of them for that errand
	way    way
	cached []Candidate
	told   map[[2]string]bool // what was said of which line
	texts  map[fmc.GroupID]string
}

// owned is the numbers that the company has proved to be its own.
func (d *decision) owned() callerid.Owned {
	if !d.shows.read {
		d.shows.read, d.shows.owned = true, d.c.Owned()
	}
	return d.shows.owned
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
	wish.Number = d.identity(e, group, false).number
	return wish, wish.Number.E164 != ""
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

// Identity is the number that a person's calls show outside on trunks; zero where the company has proved none.
func Identity(c *fmc.Company, e *fmc.Employee, now time.Time) callerid.Number {
	d := decision{c: c, w: &witness{}, now: now}
	return d.identity(e, "", false).number
}

// identity is which number a person's call shows, and by which rule.
type identity struct {
	number callerid.Number // on trunks: proved; zero where none is
	why    string
	// sim is the card whose own number comes before that: it is shown by its SIM alone. Empty: none does.
	sim    fmc.ICCID
	simWhy string
}

// identity is the number that a person's call shows, and by which rule: the person's, a group's, everybody's, the
// person's own number, else the first that is proved. What is not proved is passed over; bySIM: a number that a SIM
// carries needs no proof there.
func (d *decision) identity(e *fmc.Employee, group fmc.GroupID, bySIM bool) identity {
	var id identity
	try := func(candidate callerid.Number, rule string) {
		if id.why != "" || candidate.E164 == "" {
			return
		}
		n, ok := d.c.NumberOf(candidate.E164)
		carried := bySIM && ok && n.SIM != ""
		if carried && id.sim == "" {
			id.sim, id.simWhy = n.SIM, rule
		}
		err := d.owned().Check(candidate, d.now)
		switch {
		case err == nil:
			id.number, id.why = candidate, rule
		case !carried:
			d.because("caller id", candidate.E164, "by %s it should be shown, but %v", rule, err)
		}
	}
	d.byRule(e, group, func(r fmc.CallerIDRule, rule string) { try(r.Show, rule) })
	if e != nil && e.ID != "" {
		d.own(e, bySIM, try)
	}
	for i := range d.c.Numbers {
		if own := &d.c.Numbers[i]; id.why == "" && d.owned().Has(own.Number, d.now) {
			try(own.Number, "it being the first proved number of the company")
		}
	}
	return id
}

// own tries the numbers that are a person's own: of their SIMs, where one may carry the call, then those they own.
func (d *decision) own(e *fmc.Employee, bySIM bool, try func(callerid.Number, string)) {
	for i := range d.c.SIMs {
		if s := &d.c.SIMs[i]; bySIM && s.Person == e.ID {
			try(s.Number, "it being the number of the person's own SIM")
		}
	}
	for i := range d.c.Numbers {
		if n := &d.c.Numbers[i]; n.Owner == e.ID && (bySIM || n.SIM == "" || !n.Proof.IsZero()) {
			try(n.Number, "it being the person's own number")
		}
	}
}

// byRule goes through the company's caller-ID rules that hold for a person, the most particular first.
func (d *decision) byRule(e *fmc.Employee, group fmc.GroupID, take func(r fmc.CallerIDRule, rule string)) {
	rules := d.c.Rules.CallerID
	groups := []fmc.GroupID{group}
	if e != nil {
		for _, r := range rules {
			if r.Employee != "" && r.Employee == e.ID {
				take(r, "the person's rule")
			}
		}
		groups = append(groups, e.Groups...)
	}
	for _, g := range groups {
		for _, r := range rules {
			if g != "" && r.Employee == "" && r.Group == g {
				take(r, "the rule of "+string(g))
			}
		}
	}
	for _, r := range rules {
		if r.Employee == "" && r.Group == "" {
			take(r, "the company's rule")
		}
	}
}
