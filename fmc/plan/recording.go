package plan

import (
	"slices"
	"time"

	"roadline/fmc"
)

const (
	defaultConfirm = 8 * time.Second // how long a person has to press the key: FLOWS E0, "Call confirm"
	defaultPause   = 2 * time.Minute // FLOWS E4
	untilResumed   = 24 * time.Hour  // longer than any call
)

// policyFor is how calls of a group are recorded; no group: calls of the company.
func (d *decision) policyFor(group fmc.GroupID) Policy {
	rule := &d.c.Rules.Recording
	p := d.usualPolicy()
	if d.q.Private {
		p.Private, p.NoKeys, p.Why = true, true, "the call is private"
		return p
	}
	p.Why = "the company does not record calls of this kind"
	if !d.recordsContact() {
		return p
	}
	override, ok := rule.Groups[group]
	if ok && override.Off {
		p.Why = "calls of " + string(group) + " are not recorded"
		return p
	}
	p = d.recorded(p, rule.FailClosed || override.FailClosed)
	p.Why = "the company records calls of this kind"
	if p.FailClosed {
		p.Why += ", and lets nobody talk without a recording"
	}
	return p
}

// usualPolicy is what holds whether a call is recorded or not.
func (d *decision) usualPolicy() Policy {
	p := Policy{Confirm: d.c.Rules.Confirm, NoKeys: d.c.Rules.Mid.Off}
	if p.Confirm <= 0 {
		p.Confirm = defaultConfirm
	}
	return p
}

// recorded makes a policy that of a recorded call.
func (d *decision) recorded(p Policy, failClosed bool) Policy {
	rule := &d.c.Rules.Recording
	p.Record, p.FailClosed, p.Notice, p.Refusal = true, failClosed, d.noticePrompt(), rule.Refusal
	switch {
	case rule.Pause.Never:
	case rule.Pause.Full:
		p.Pause = untilResumed
	case rule.Pause.For > 0:
		p.Pause = rule.Pause.For
	default:
		p.Pause = defaultPause
	}
	return p
}

// recordsContact is the company's rule for contacts of this direction.
func (d *decision) recordsContact() bool {
	rule := &d.c.Rules.Recording
	if d.q.Private {
		return false
	}
	switch d.q.Direction {
	case fmc.Inbound:
		return rule.Inbound
	case fmc.Outbound:
		return rule.Outbound
	case fmc.Internal:
		return rule.Internal
	}
	return false
}

func (d *decision) noticePrompt() fmc.PromptID {
	if p := d.c.Rules.Recording.Notice; p != "" {
		return p
	}
	return SayNotice
}

// setPolicy makes a group's policy that of the plan.
func (d *decision) setPolicy(group fmc.GroupID) {
	d.policy = d.policyFor(group)
	d.because("recording", string(group), "%s", d.policy.Why)
}

// announce has the client hear the notice, where it must be heard and was not. In a later round it could not be heard
// before; a call that waits does not leave its place for it again, and Talk bridges nobody who has not heard it. A call
// that is held unanswered hears it when somebody took it.
func (d *decision) announce(records bool) {
	if records && d.client && !d.q.So.Noticed && d.q.Query.Round == 0 && d.hold == 0 {
		d.add(Node{Do: Say, Say: d.noticePrompt(), Notice: true})
		d.because("notice", "", "a branch that this call may take is recorded, so the client hears the notice first")
		d.q.So.Noticed, d.warned = true, true
	}
}

// walk looks for a branch that records among all that a call may take from here.
type walk struct {
	d      *decision
	groups map[fmc.GroupID]bool
	scenes map[fmc.ScenarioID]bool
}

// anyRecorded reports whether a call that begins with the action may come to a recorded conversation.
func (d *decision) anyRecorded(a fmc.Action) bool {
	if !d.recordsContact() && len(d.c.Conferences) == 0 || d.q.Private {
		return false
	}
	w := walk{d, make(map[fmc.GroupID]bool), make(map[fmc.ScenarioID]bool)}
	return w.action(a)
}

func (w *walk) action(a fmc.Action) bool {
	switch a.Do {
	case fmc.RingEmployee:
		_, ok := w.d.c.Employee(a.Employee)
		return ok && w.d.recordsContact()
	case fmc.RingGroup:
		return w.group(a.Group)
	case fmc.GoScenario:
		return w.scenario(a.Scenario)
	case fmc.JoinConference:
		return w.joins(a.Conference)
	case fmc.NoAction, fmc.LeaveVoicemail, fmc.SayAndHangUp, fmc.HangUp:
	}
	return false
}

func (w *walk) group(id fmc.GroupID) bool {
	g, ok := w.d.c.Group(id)
	if !ok || w.groups[id] {
		return false
	}
	w.groups[id] = true
	return w.d.policyFor(id).Record || w.action(g.Overflow)
}

func (w *walk) scenario(id fmc.ScenarioID) bool {
	s, ok := w.d.c.Scenarios[id]
	if !ok || w.scenes[id] {
		return false
	}
	w.scenes[id] = true
	for _, step := range s.Steps {
		switch {
		case step.Schedule != nil:
			if _, taken := w.d.scheduled(step.Schedule); taken {
				return w.action(step.Schedule.Do)
			}
		case step.Menu != nil:
			if w.menu(step.Menu) {
				return true
			}
			if !step.Menu.Default.IsZero() {
				return false // the menu takes the call
			}
		case !step.Do.IsZero():
			return w.action(step.Do)
		}
	}
	return w.action(w.d.fallback())
}

func (w *walk) menu(m *fmc.Menu) bool {
	if m.DialExtension && w.extension() || w.action(m.Default) {
		return true
	}
	for _, a := range m.Keys {
		if w.action(a) {
			return true
		}
	}
	return false
}

// extension reports whether somebody whose extension may be keyed is recorded.
func (w *walk) extension() bool {
	return w.d.recordsContact() || !w.d.client && slices.ContainsFunc(w.d.c.Conferences, func(x fmc.Conference) bool { return x.Record && x.Extension != "" })
}
