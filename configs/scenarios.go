package configs

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

func (r *companyReader) scenarios(n *yaml.Node) {
	r.pairs(n, "scenarios", func(key, value *yaml.Node) {
		s := fmc.Scenario{ID: fmc.ScenarioID(r.id(key, "scenario"))}
		r.list(value, "scenario "+key.Value, func(n *yaml.Node) {
			if last := len(s.Steps) - 1; last >= 0 && s.Steps[last].Schedule == nil {
				r.fail(n, "step: it is never reached: the step before it takes every call: remove it, or put it first")
			}
			s.Steps = append(s.Steps, r.step(n))
		})
		if len(s.Steps) == 0 && value.Kind == yaml.SequenceNode {
			r.fail(key, "scenario %q has no steps: write at least one, such as \"- ring: sales\"", key.Value)
		}
		r.c.Scenarios[s.ID] = s
	})
	r.later = append(r.later, func() {
		if len(r.errs) == 0 {
			r.circles(n)
		}
	})
}

// circles refuses scenarios that go to each other without end.
func (r *companyReader) circles(n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		start := fmc.ScenarioID(n.Content[i].Value)
		if r.reaches(start, start, map[fmc.ScenarioID]bool{}) {
			r.fail(n.Content[i], "scenario %q comes back to itself without the caller doing anything: let one step end the call or ring somebody", start)
			return
		}
	}
}

// reaches reports whether a scenario leads to another by steps that wait for nothing.
func (r *companyReader) reaches(from, to fmc.ScenarioID, seen map[fmc.ScenarioID]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, s := range r.c.Scenarios[from].Steps {
		a := s.Do
		if s.Schedule != nil {
			a = s.Schedule.Do
		}
		if s.Menu != nil {
			return false
		}
		if a.Do == fmc.GoScenario && (a.Scenario == to || r.reaches(a.Scenario, to, seen)) {
			return true
		}
	}
	return false
}

func (r *companyReader) step(n *yaml.Node) fmc.ScenarioStep {
	var s fmc.ScenarioStep
	known := r.actionFields(&s.Do)
	known["schedule"] = func(n *yaml.Node) { s.Schedule = r.schedule(n) }
	known["menu"] = func(n *yaml.Node) { s.Menu = r.menu(n) }
	r.fields(n, "step", known)
	if n.Kind == yaml.MappingNode && len(n.Content) != 2 {
		r.fail(n, "step: write exactly one of %s", strings.Join(keysOf(known), ", "))
	}
	return s
}

func (r *companyReader) schedule(n *yaml.Node) *fmc.ScheduleStep {
	s := &fmc.ScheduleStep{}
	r.fields(n, "schedule", map[string]field{
		"outside": func(n *yaml.Node) { s.Outside = r.referHours(n, "outside") },
		"inside":  func(n *yaml.Node) { s.Inside = r.referHours(n, "inside") },
		"do":      func(n *yaml.Node) { s.Do = r.action(n, "do") },
	})
	if (s.Outside == "") == (s.Inside == "") {
		r.fail(n, "schedule: write either \"outside: work\" or \"inside: work\"")
	}
	r.require(n, "schedule", "do", "what happens then, such as \"do: {voicemail: sales}\"")
	return s
}

func (r *companyReader) menu(n *yaml.Node) *fmc.Menu {
	m := &fmc.Menu{Keys: map[string]fmc.Action{}, Prompt: "menu", Timeout: 6 * time.Second, Repeats: 2}
	r.fields(n, "menu", map[string]field{
		"prompt":         func(n *yaml.Node) { m.Prompt = r.prompt(n, "prompt") },
		"dial_extension": func(n *yaml.Node) { m.DialExtension = r.yes(n, "dial_extension") },
		"timeout":        func(n *yaml.Node) { m.Timeout = r.duration(n, "timeout", time.Second, time.Minute) },
		"repeats":        func(n *yaml.Node) { m.Repeats = r.number(n, "repeats", 1, 9) },
		"default":        func(n *yaml.Node) { m.Default = r.action(n, "default") },
		"keys": func(n *yaml.Node) {
			r.pairs(n, "keys", func(key, value *yaml.Node) {
				if key.Value == "" || strings.Trim(key.Value, "0123456789*") != "" || len(key.Value) > 4 {
					r.fail(key, "keys: %q: write one to four of 0-9 and *, such as \"1\"", key.Value)
				}
				m.Keys[key.Value] = r.action(value, "key "+key.Value)
			})
		},
	})
	r.require(n, "menu", "default", "where the call goes when nothing is pressed, such as \"default: {ring: sales}\"")
	return m
}

// prompt reads the name of a prompt: of the house, of the company's own words, or one that its people say by phone.
func (r *companyReader) prompt(n *yaml.Node, what string) fmc.PromptID {
	if strings.HasPrefix(n.Value, recorded) {
		return r.recorded(n, what)
	}
	p := fmc.PromptID(r.id(n, what))
	r.later = append(r.later, func() {
		if _, own := r.c.Profile.Words[p]; !own && !prompts[string(p)] {
			r.fail(n, "%s: there is no prompt %q: write its text under \"prompts\", or %s", what, p, strings.Replace(meant(string(p), prompts), "known here:", "use one of", 1))
		}
	})
	return p
}

// recorded begins the name of a prompt that a person says by phone: "recorded/201/1", of extension and place.
const recorded = "recorded/"

// recorded reads such a name. Whether anybody said it yet is not the file's business.
func (r *companyReader) recorded(n *yaml.Node, what string) fmc.PromptID {
	extension, place, _ := strings.Cut(strings.TrimPrefix(r.text(n, what), recorded), "/")
	if len(place) != 1 || place < "0" || place > "9" {
		r.fail(n, "%s: %q: write whose extension said it and the place from 0 to 9, such as \"recorded/201/1\"", what, n.Value)
		return ""
	}
	r.later = append(r.later, func() {
		if to := r.c.Extension(extension); to.Employee == "" && to.Group == "" {
			r.fail(n, "%s: %q: no person and no group has the extension %q: write one that is there", what, n.Value, extension)
		}
	})
	return fmc.PromptID(n.Value)
}

func (r *companyReader) action(n *yaml.Node, what string) fmc.Action {
	var a fmc.Action
	known := r.actionFields(&a)
	r.fields(n, what, known)
	if n.Kind == yaml.MappingNode && len(n.Content) != 2 {
		r.fail(n, "%s: write exactly one of %s", what, strings.Join(keysOf(known), ", "))
	}
	return a
}

func (r *companyReader) actionFields(a *fmc.Action) map[string]field {
	return map[string]field{
		"ring":      func(n *yaml.Node) { r.target(n, "ring", a, fmc.RingGroup, fmc.RingEmployee) },
		"voicemail": func(n *yaml.Node) { r.target(n, "voicemail", a, fmc.LeaveVoicemail, fmc.LeaveVoicemail) },
		"go":        func(n *yaml.Node) { a.Do, a.Scenario = fmc.GoScenario, r.referScenario(n) },
		"conference": func(n *yaml.Node) {
			a.Do, a.Conference = fmc.JoinConference, r.referConference(n)
		},
		"say": func(n *yaml.Node) { a.Do, a.Prompt = fmc.SayAndHangUp, r.prompt(n, "say") },
		"hang_up": func(n *yaml.Node) {
			if a.Do = fmc.HangUp; !r.yes(n, "hang_up") {
				r.fail(n, "hang_up: write true, or remove the step")
			}
		},
	}
}

// target reads the name of a group or a person.
func (r *companyReader) target(n *yaml.Node, what string, a *fmc.Action, group, person fmc.ActionKind) {
	name := r.text(n, what)
	if r.group[name] {
		a.Do, a.Group = group, fmc.GroupID(name)
		return
	}
	a.Do, a.Employee = person, fmc.EmployeeID(name)
	r.later = append(r.later, func() {
		if _, ok := r.c.Employee(fmc.EmployeeID(name)); ok {
			return
		}
		all := map[string]bool{}
		for _, id := range append(r.groupIDs(), r.employeeIDs()...) {
			all[id] = true
		}
		r.fail(n, "%s: there is no group or person %q: %s", what, name, meant(name, all))
	})
}
