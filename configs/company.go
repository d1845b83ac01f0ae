package configs

import (
	"maps"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
)

// companyReader reads one company file. References are checked when everything was read.
type companyReader struct {
	reader
	c     *fmc.Company
	later []func() // checks that need the whole
	tests []func() // tests need the country and the zone
	names map[string]string
	ruled map[string]bool // who has a caller-ID rule
	group map[string]bool // the ids of groups, read ahead
}

// ReadCompany reads a company file; file is its name in errors. The errors, of kind cause.Invalid, each say the line
// and what to write. The Generation is left to whoever keeps versions.
func ReadCompany(file string, text []byte) (*fmc.Company, error) {
	r := &companyReader{reader: reader{file: file}, names: map[string]string{}, ruled: map[string]bool{}, c: &fmc.Company{
		Profile: fmc.Profile{Language: "en", Zone: time.UTC}, Hours: map[fmc.HoursID]fmc.Hours{}, Scenarios: map[fmc.ScenarioID]fmc.Scenario{},
		Rules: fmc.Rules{Recording: fmc.RecordingRule{Groups: map[fmc.GroupID]fmc.GroupRecording{}}, Through: usualThrough()},
	}}
	top := r.parse(text)
	if top == nil {
		if len(r.errs) == 0 {
			r.fail(&yaml.Node{Line: 1}, "the file is empty: begin with \"company: acme\"")
		}
		return nil, r.err()
	}
	// Numbers are read by the country, times by the zone: these come first, wherever they stand.
	r.fields(only(top, "company", "name", "country", "timezone", "language", "suspended"), "company", r.profile())
	r.require(top, "company", "company", "the company's id, such as \"company: acme\"")
	r.require(top, "company", "country", "the country whose numbers it dials, such as \"country: RU\"")
	if len(r.errs) > 0 {
		return nil, r.err()
	}
	r.group = groupsAhead(top)
	known := map[string]field{
		"prompts": r.words, "hold_music": func(n *yaml.Node) { r.c.Profile.HoldMusic = fmc.PromptID(r.id(n, "hold_music")) },
		"hours": r.hours, "sites": r.sites, "numbers": r.numbers, "sims": r.sims, "employees": r.employees, "groups": r.groups, "caller_id": r.callerID,
		"conferences": r.conferences, "scenarios": r.scenarios, "recording": r.recording, "dialling": r.dialling, "tests": r.testList, "results": r.results,
		"call_through": r.callThrough, "mid_call": r.midCall, "missed_calls": r.missedCalls, "alerts": r.alerts, "programs": r.programs, "message_rules": r.messageRules,
		"forwarding": func(n *yaml.Node) { r.c.Rules.Forwarding = r.forward(n, "forwarding") },
		"shadow":     r.shadow,
		"confirm": func(n *yaml.Node) {
			r.c.Rules.Confirm = r.duration(n, "confirm", 3*time.Second, 30*time.Second)
		},
	}
	for key := range r.profile() {
		known[key] = func(*yaml.Node) {}
	}
	r.fields(top, "company", known, "webhooks", "phonebook", "roles", "sla")
	r.simNumbers()
	for _, check := range append(r.later, r.tests...) {
		check()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.c.Indexed(), nil
}

// only is a mapping's entries of some keys.
func only(n *yaml.Node, keys ...string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n
	}
	part := *n
	part.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		for _, k := range keys {
			if n.Content[i].Value == k {
				part.Content = append(part.Content, n.Content[i], n.Content[i+1])
			}
		}
	}
	return &part
}

func (r *companyReader) profile() map[string]field {
	p := &r.c.Profile
	return map[string]field{
		"company":   func(n *yaml.Node) { p.ID = fmc.CompanyID(r.id(n, "company")) },
		"name":      func(n *yaml.Node) { p.Name = r.spoken(n, "name", mostName) },
		"suspended": func(n *yaml.Node) { p.Suspended = r.yes(n, "suspended") },
		"language": func(n *yaml.Node) {
			p.Language = oneOf(&r.reader, n, "language", map[string]string{"en": "en", "ru": "ru"})
		},
		"country": func(n *yaml.Node) {
			if r.country(n, n.Value) {
				p.Country = n.Value
			}
		},
		"timezone": func(n *yaml.Node) { p.Zone = r.zone(n) },
	}
}

func (r *companyReader) country(n *yaml.Node, country string) bool {
	if err := callerid.CheckCountry(country); err != nil {
		r.fail(n, "%v", err)
		return false
	}
	return true
}

// groupsAhead returns the ids of a file's groups: what an action names may stand further down.
func groupsAhead(top *yaml.Node) map[string]bool {
	ids := map[string]bool{}
	for _, groups := range only(top, "groups").Content {
		for _, g := range groups.Content {
			if id := only(g, "id"); g.Kind == yaml.MappingNode && len(id.Content) == 2 {
				ids[id.Content[1].Value] = true
			}
		}
	}
	return ids
}

func (r *reader) zone(n *yaml.Node) *time.Location {
	zone, err := time.LoadLocation(n.Value)
	if err != nil || n.Value == "" || n.Value == "Local" {
		r.fail(n, "timezone: %q: write a zone of the IANA database, such as \"Europe/Moscow\"", n.Value)
		return time.UTC
	}
	return zone
}

// e164 reads a number as a person wrote it.
func (r *companyReader) e164(n *yaml.Node, what string) callerid.Number {
	number, err := callerid.Read(n.Value, r.c.Profile.Country)
	switch {
	case n.Kind != yaml.ScalarNode:
		r.fail(n, "%s: write a number, such as \"+74951234567\"", what)
	case err != nil:
		r.fail(n, "%s: %v", what, err)
	case number.E164 == "":
		r.fail(n, "%s: %q is no number of the public network: write it whole, such as \"+74951234567\"", what, n.Value)
	}
	number.Raw = ""
	return number.Canonical()
}

// unique notes a name that stands twice in one name space.
func (r *companyReader) unique(n *yaml.Node, space, name string) {
	key := space + " " + name
	if name == "" {
		return
	}
	if _, taken := r.names[key]; taken {
		r.fail(n, "%s %q is taken: every %s of a company is its own", space, name, space)
		return
	}
	r.names[key] = name
}

// refer checks, when everything was read, that something of that id exists.
func (r *companyReader) refer(n *yaml.Node, what string, exists func() bool, known func() []string) {
	r.later = append(r.later, func() {
		if n.Kind == yaml.ScalarNode && !exists() {
			all := map[string]bool{}
			for _, k := range known() {
				all[k] = true
			}
			r.fail(n, "%s: there is no %q: %s", what, n.Value, meant(n.Value, all))
		}
	})
}

func (r *companyReader) referHours(n *yaml.Node, what string) fmc.HoursID {
	id := fmc.HoursID(r.text(n, what))
	r.refer(n, what, func() bool { _, ok := r.c.Hours[id]; return ok }, func() []string {
		var all []string
		for h := range maps.Keys(r.c.Hours) {
			all = append(all, string(h))
		}
		return all
	})
	return id
}

func (r *companyReader) referGroup(n *yaml.Node, what string) fmc.GroupID {
	id := fmc.GroupID(r.text(n, what))
	r.refer(n, what, func() bool { _, ok := r.c.Group(id); return ok }, r.groupIDs)
	return id
}

func (r *companyReader) referEmployee(n *yaml.Node, what string) fmc.EmployeeID {
	id := fmc.EmployeeID(r.text(n, what))
	r.refer(n, what, func() bool { _, ok := r.c.Employee(id); return ok }, r.employeeIDs)
	return id
}

func (r *companyReader) groupIDs() []string {
	var all []string
	for _, g := range r.c.Groups {
		all = append(all, string(g.ID))
	}
	return all
}

func (r *companyReader) employeeIDs() []string {
	var all []string
	for _, e := range r.c.Employees {
		all = append(all, string(e.ID))
	}
	return all
}

// extension reads a short number, which may be no emergency or service number of the country: invariant 9.
func (r *companyReader) extension(n *yaml.Node) string {
	ext := r.text(n, "extension")
	if err := callerid.CheckExtension(ext, r.c.Profile.Country); err != nil {
		r.fail(n, "%v", err)
	} else {
		r.unique(n, "extension", ext)
	}
	return ext
}

func (r *companyReader) sites(n *yaml.Node) {
	r.list(n, "sites", func(n *yaml.Node) {
		var s fmc.Site
		r.fields(n, "site", map[string]field{
			"id": func(n *yaml.Node) { s.ID = fmc.SiteID(r.id(n, "site id")); r.unique(n, "site", string(s.ID)) },
			"emergency": func(n *yaml.Node) {
				r.fields(n, "emergency", map[string]field{
					"trunk": func(n *yaml.Node) { s.Emergency.Trunk = fmc.TrunkID(r.id(n, "emergency trunk")) },
					"number": func(n *yaml.Node) {
						s.Emergency.Number = r.e164(n, "emergency number")
						r.referNumber(n, s.Emergency.Number)
					},
				})
				r.require(n, "emergency", "trunk", "the trunk that carries emergency calls of this site")
			},
		})
		r.require(n, "site", "id", "\"id: office\"")
		r.c.Sites = append(r.c.Sites, s)
	})
}

// referNumber checks that a number is one of the company's.
func (r *companyReader) referNumber(n *yaml.Node, number callerid.Number) {
	r.later = append(r.later, func() {
		if _, ok := r.c.NumberOf(number.E164); !ok && number.E164 != "" {
			r.fail(n, "%s is not among the company's numbers: add it there, with its proof", number.E164)
		}
	})
}

func (r *companyReader) numbers(n *yaml.Node) {
	r.list(n, "numbers", func(n *yaml.Node) {
		var x fmc.Number
		r.fields(n, "number", map[string]field{
			"e164":       func(n *yaml.Node) { x.Number = r.e164(n, "e164"); r.unique(n, "number", x.Number.E164) },
			"trunk":      func(n *yaml.Node) { x.Trunk = fmc.TrunkID(r.id(n, "trunk")) },
			"sim":        func(n *yaml.Node) { x.SIM = r.iccid(n) },
			"lines":      func(n *yaml.Node) { x.Lines = r.number(n, "lines", 1, 10000) },
			"scenario":   func(n *yaml.Node) { x.Scenario = r.referScenario(n) },
			"owner":      func(n *yaml.Node) { x.Owner = r.referEmployee(n, "owner") },
			"access":     func(n *yaml.Node) { x.Access = r.access(n) },
			"proof":      func(n *yaml.Node) { x.Proof = r.proof(n) },
			"stands_for": func(n *yaml.Node) { x.StandsFor = r.standsFor(n) },
			"answer_within": func(n *yaml.Node) {
				x.AnswerWithin = r.duration(n, "answer_within", 5*time.Second, time.Minute)
			},
		})
		r.require(n, "number", "e164", "e164: \"+74951234567\"")
		r.carrier(n, &x)
		if x.Scenario != "" && x.Owner != "" {
			r.fail(n, "number: write a scenario or an owner, not both")
		}
		if !x.Proof.IsZero() {
			x.Proof.Number = x.Number.E164
		}
		r.c.Numbers = append(r.c.Numbers, x)
	})
}

// carrier checks what carries a number: a trunk or a SIM.
func (r *companyReader) carrier(n *yaml.Node, x *fmc.Number) {
	has := func(key string) bool { return len(only(n, key).Content) > 0 }
	switch trunk, sim := has("trunk"), has("sim"); {
	case n.Kind != yaml.MappingNode:
	case trunk && sim:
		r.fail(n, "number: write what carries it: a trunk or a SIM, not both")
	case sim:
		r.bySIM(n, x)
		if has("lines") {
			r.fail(n, "number: a SIM carries one call: remove \"lines\"")
		}
	case !trunk:
		r.require(n, "number", "trunk", "the trunk that carries it, such as \"trunk: carrier-a\", or its card, such as sim: \"8970101234567890123\"")
	}
	if has("answer_within") && (!has("sim") || has("scenario")) {
		r.fail(n, "number: \"answer_within\" is for a SIM's number that rings a person: remove it")
	}
}

func (r *companyReader) referScenario(n *yaml.Node) fmc.ScenarioID {
	id := fmc.ScenarioID(r.text(n, "scenario"))
	r.refer(n, "scenario", func() bool { _, ok := r.c.Scenarios[id]; return ok }, func() []string {
		var all []string
		for s := range maps.Keys(r.c.Scenarios) {
			all = append(all, string(s))
		}
		return all
	})
	return id
}

func (r *companyReader) proof(n *yaml.Node) callerid.Proof {
	p, before := callerid.Proof{Kind: callerid.Declared}, len(r.errs)
	r.fields(n, "proof", map[string]field{
		"contract": func(n *yaml.Node) { p.Ref = r.filled(n, "contract") },
		"by":       func(n *yaml.Node) { p.By = r.text(n, "by") },
		"from":     func(n *yaml.Node) { p.At = r.day(n, "from") },
		"until":    func(n *yaml.Node) { p.Until = r.day(n, "until") },
	})
	if len(r.errs) == before && !p.Until.IsZero() && !p.At.Before(p.Until) {
		r.fail(n, "proof: it ends before it begins: \"until\" is the first day on which it holds no more")
	}
	r.require(n, "proof", "contract", "the contract that makes the number yours, such as \"contract: 17/2026\"")
	r.require(n, "proof", "from", "the day it holds from, such as \"from: 2026-01-01\"")
	return p
}

// day reads a day as its first instant in the company's zone.
func (r *companyReader) day(n *yaml.Node, what string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, n.Value, r.c.Profile.Zone)
	if err != nil {
		r.fail(n, "%s: %q: write a day, such as 2026-11-23", what, n.Value)
		return time.Unix(0, 0)
	}
	return at.UTC()
}

func (r *companyReader) callerID(n *yaml.Node) {
	r.list(n, "caller_id", func(n *yaml.Node) {
		var rule fmc.CallerIDRule
		target := ""
		r.fields(n, "caller id", map[string]field{
			"for": func(n *yaml.Node) {
				target = r.text(n, "for")
				r.later = append(r.later, func() { r.whom(n, target, "all") })
			},
			"show": func(n *yaml.Node) { rule.Show = r.shown(n, "show") },
			"choose": func(n *yaml.Node) {
				r.list(n, "choose", func(n *yaml.Node) { rule.Choose = append(rule.Choose, r.shown(n, "choose")) })
			},
		})
		if r.ruled[target] {
			r.fail(n, "caller id: %q has a rule already: one number is shown: remove the other", target)
		}
		r.ruled[target] = target != ""
		r.require(n, "caller id", "for", "a group, a person or \"all\"")
		r.require(n, "caller id", "show", "a number of the company")
		i := len(r.c.Rules.CallerID)
		r.c.Rules.CallerID = append(r.c.Rules.CallerID, rule)
		r.later = append(r.later, func() {
			if _, ok := r.c.Group(fmc.GroupID(target)); ok {
				r.c.Rules.CallerID[i].Group = fmc.GroupID(target)
			} else if _, ok := r.c.Employee(fmc.EmployeeID(target)); ok {
				r.c.Rules.CallerID[i].Employee = fmc.EmployeeID(target)
			}
		})
	})
}

// shown reads a number of the company that may be shown: with a proof, or on a SIM, which shows its own.
func (r *companyReader) shown(n *yaml.Node, what string) callerid.Number {
	number := r.e164(n, what)
	r.referNumber(n, number)
	r.later = append(r.later, func() {
		if x, ok := r.c.NumberOf(number.E164); ok && x.Proof.IsZero() && x.SIM == "" {
			r.fail(n, "%s: %s has no proof, and no number without one is shown: add \"proof: {contract: …, from: …}\" to it", what, number.E164)
		}
	})
	return number
}

// whom checks that a word names a group, a person, or one of some words.
func (r *companyReader) whom(n *yaml.Node, name string, words ...string) {
	all := map[string]bool{}
	for _, id := range append(append(r.groupIDs(), r.employeeIDs()...), words...) {
		all[id] = true
	}
	if !all[name] {
		r.fail(n, "there is no group or person %q: %s", name, meant(name, all))
	}
}
