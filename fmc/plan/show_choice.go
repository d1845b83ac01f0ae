package plan

import (
	"slices"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// choice is a number that a person may have their calls show: proved, or carried by a card, which alone shows it then.
type choice struct {
	number callerid.Number
	rule   string
	sim    fmc.ICCID // the card that shows it by itself; empty: none does
	proved bool
}

// Choices are the numbers that a person may choose from for a call outside, in the order of the rules that allow them.
func Choices(c *fmc.Company, e *fmc.Employee, now time.Time) []callerid.Number {
	d := decision{c: c, w: &witness{}, now: now}
	all := d.choices(e)
	numbers := make([]callerid.Number, len(all))
	for i := range all {
		numbers[i] = all[i].number
	}
	return numbers
}

// choices are what the rules for a person, their groups and everybody show or leave to choose, and the person's own
// numbers; where none of them is proved, what identity falls back on.
func (d *decision) choices(e *fmc.Employee) []choice {
	var all []choice
	add := func(number callerid.Number, rule string) {
		x := choice{number: number.Canonical(), rule: rule, proved: d.owned().Has(number, d.now)}
		if n, ok := d.c.NumberOf(number.E164); ok {
			x.sim = n.SIM
		}
		known := slices.ContainsFunc(all, func(o choice) bool { return o.number.Same(number) })
		if number.E164 != "" && !known && (x.proved || x.sim != "") {
			all = append(all, x)
		}
	}
	d.byRule(e, "", func(r fmc.CallerIDRule, rule string) {
		add(r.Show, rule)
		for _, n := range r.Choose {
			add(n, rule)
		}
	})
	d.own(e, true, add)
	if slices.ContainsFunc(all, func(x choice) bool { return x.proved }) {
		return all
	}
	for i := range d.c.Numbers {
		if n := d.c.Numbers[i].Number; d.owned().Has(n, d.now) {
			add(n, "it being the first proved number of the company")
			break
		}
	}
	return all
}

// wishes reports whether the person who made this call chose the number that it shows. What a colleague does in it later
// shows the colleague's.
func (d *decision) wishes(e *fmc.Employee) bool {
	return !d.q.Show.IsZero() && e.ID == d.q.Employee
}

// chosen is the number that a person wants to be seen, or why it may not be.
func (d *decision) chosen(e *fmc.Employee) (identity, *refusal) {
	wish := d.q.Show
	if d.q.Private {
		return identity{}, refused(cause.Refused, SayNoNumber, "caller id", wish.String(), "a private call shows the person's own number, and no other")
	}
	all := d.choices(e)
	may := make([]string, len(all))
	for i, x := range all {
		if may[i] = x.number.E164; !x.number.Same(wish) {
			continue
		}
		rule := x.rule + ", and chosen for this call"
		id := identity{sim: x.sim, simWhy: rule}
		if x.proved {
			id.number, id.why = x.number, rule
		}
		return id, nil
	}
	if len(may) == 0 {
		return identity{}, refused(cause.Refused, SayNoNumber, "caller id", wish.String(), "%s may not show %s: no number of theirs or of the company is proved", e.ID, wish)
	}
	return identity{}, refused(cause.Refused, SayNoNumber, "caller id", wish.String(), "%s may not show %s: they may choose from %s", e.ID, wish, strings.Join(may, ", "))
}

// showing leaves the lines on which exactly the chosen number is seen: where none is free the call waits for a person's
// decision, and never shows another.
func (d *decision) showing(lines []Candidate) []Candidate {
	return slices.DeleteFunc(slices.Clone(lines), func(l Candidate) bool { return !l.Shown.From.Same(d.q.Show) })
}
