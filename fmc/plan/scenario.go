package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
)

const (
	mostDepth   = 8 // scenarios inside each other without a menu between
	menuTimeout = 6 * time.Second
	menuRepeats = 2
	mostRepeats = 9
	longestKeys = 8
	menuRounds  = 2 // after so many unknown extensions the menu's default takes the call
)

// scenario follows the steps of a scenario until one takes the call.
func (d *decision) scenario(id fmc.ScenarioID, s fmc.Scenario) {
	if d.depth++; d.depth > mostDepth {
		d.refuse(cause.Failed, "circle", string(id), "the company's scenarios lead into each other without an end")
		return
	}
	d.steps(id, s.Steps)
}

func (d *decision) steps(id fmc.ScenarioID, steps []fmc.ScenarioStep) {
	for i, step := range steps {
		switch {
		case step.Schedule != nil:
			why, taken := d.scheduled(step.Schedule)
			d.because("hours", string(id), "%s", why)
			if taken {
				d.closed = step.Schedule.Outside != ""
				d.lead(step.Schedule.Do)
				return
			}
		case step.Menu != nil:
			if d.menu(id, step.Menu, steps[i+1:]) {
				return
			}
		case !step.Do.IsZero():
			d.lead(step.Do)
			return
		}
	}
	d.because("scenario", string(id), "no step of the scenario took the call: it goes where the company's calls go")
	d.lead(d.fallback())
}

// lead goes where an action says: at once, or behind a menu when its turn comes. Behind a notice a scenario is followed
// at once, but who is free is asked when the notice is over.
func (d *decision) lead(a fmc.Action) {
	if d.keyed || d.warned && a.Do != fmc.GoScenario {
		d.branch(a, false)
		return
	}
	d.take(a)
}

// scheduled reports whether a schedule takes the call now, and why.
func (d *decision) scheduled(s *fmc.ScheduleStep) (why string, taken bool) {
	why = "the schedule says nothing"
	switch {
	case s.Outside != "" && !d.c.OpenAt(s.Outside, d.now):
		why, taken = "it is outside the hours "+string(s.Outside), true
	case s.Inside != "" && d.c.OpenAt(s.Inside, d.now):
		why, taken = "it is within the hours "+string(s.Inside), true
	case s.Outside != "":
		why = "it is within the hours " + string(s.Outside)
	case s.Inside != "":
		why = "it is outside the hours " + string(s.Inside)
	}
	return why, taken && !s.Do.IsZero()
}

// menu adds a menu. It is false where there is nothing that could be keyed and no default: the next step decides.
func (d *decision) menu(id fmc.ScenarioID, m *fmc.Menu, rest []fmc.ScenarioStep) bool {
	keys := d.menuKeys(id, m)
	n := d.gather(m, keys)
	if n.Most == 0 || d.q.Query.Round >= menuRounds {
		d.because("menu", string(id), "nothing can be keyed any more: the default takes the call")
		return d.menuDefault(id, m, nil)
	}
	d.keyed = true
	first, repeats := d.here(), d.repeats(m)
	for range repeats {
		d.add(n)
		n.Keys = make(map[string]int, len(keys))
	}
	d.because("menu", string(id), "the caller may key %s", tellKeys(keys, m.DialExtension))
	starts := make(map[fmc.Action]int, len(keys))
	for _, k := range keys {
		a := m.Keys[k]
		at, ok := starts[a]
		if !ok {
			at = d.here()
			starts[a] = at
			d.branch(a, true)
		}
		for i := range repeats {
			d.nodes[first+i].Keys[k] = at
		}
	}
	d.menuLeaves(id, m, first, repeats)
	d.menuDefault(id, m, rest)
	return true
}

// repeats is how often a menu is heard; once when a caller comes back to it.
func (d *decision) repeats(m *fmc.Menu) int {
	switch {
	case d.q.Query.Round > 0:
		return 1
	case m.Repeats <= 0:
		return menuRepeats
	}
	return min(m.Repeats, mostRepeats)
}

// menuLeaves says where a menu goes whose caller keys nothing, or something that stands in no key.
func (d *decision) menuLeaves(id fmc.ScenarioID, m *fmc.Menu, first, repeats int) {
	extension := -1
	if m.DialExtension {
		extension = d.here()
		d.askAfresh(Query{What: AskExtension, Scenario: id, Round: d.q.Query.Round})
	}
	for i := range repeats {
		next := first + i + 1
		if i == repeats-1 {
			next = d.here() // the default follows
		}
		d.on(first+i, next, TimedOut, Done)
		if extension >= 0 {
			d.on(first+i, extension, Done)
		}
	}
}

// menuDefault adds where a menu leads whose caller keyed nothing. It is false where the steps after it decide.
func (d *decision) menuDefault(id fmc.ScenarioID, m *fmc.Menu, rest []fmc.ScenarioStep) bool {
	switch {
	case !m.Default.IsZero():
		d.branch(m.Default, false)
	case rest != nil:
		d.steps(id, rest)
	default:
		return false
	}
	return true
}

func (d *decision) gather(m *fmc.Menu, keys []string) Node {
	n := Node{Do: Gather, Say: m.Prompt, For: m.Timeout, Keys: make(map[string]int, len(keys))}
	if n.Say == "" {
		n.Say = SayMenu
	}
	if n.For <= 0 {
		n.For = menuTimeout
	}
	for _, k := range keys {
		n.Most = max(n.Most, len(k))
	}
	if m.DialExtension {
		longest, begins := d.extensions()
		n.Most, n.Begins = max(n.Most, longest), begins
	}
	return n
}

// menuKeys are the keys of a menu that can be keyed, in order.
func (d *decision) menuKeys(id fmc.ScenarioID, m *fmc.Menu) []string {
	keys := slices.Sorted(maps.Keys(m.Keys))
	return slices.DeleteFunc(keys, func(k string) bool {
		if keyable(k) {
			return false
		}
		d.because("menu", string(id), "nobody can key %q: digits, or * alone", k)
		return true
	})
}

// keyable reports what a caller can key in a menu: # ends the keying, and * clears it unless it is a key of its own.
func keyable(k string) bool {
	return k == "*" || len(k) <= longestKeys && digits(k)
}

// digits reports a string of one digit or more.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func tellKeys(keys []string, extension bool) string {
	switch told := strings.Join(keys, ", "); {
	case extension && told != "":
		return told + " or an extension"
	case extension:
		return "an extension"
	default:
		return told
	}
}

// extensions is how long extensions are, and with which digits they begin.
func (d *decision) extensions() (longest int, begins string) {
	var first [10]bool
	note := func(extension string) {
		if !digits(extension) {
			return
		}
		longest = max(longest, len(extension))
		first[extension[0]-'0'] = true
	}
	for i := range d.c.Employees {
		note(d.c.Employees[i].Extension)
	}
	for i := range d.c.Groups {
		note(d.c.Groups[i].Extension)
	}
	for i := range d.c.Conferences {
		note(d.c.Conferences[i].Extension)
	}
	var b strings.Builder
	for i, ok := range first {
		if ok {
			b.WriteByte('0' + byte(i))
		}
	}
	return longest, b.String()
}
