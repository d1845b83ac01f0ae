package configs

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// prompts are what the house says to clients, which every company can use by name; media/prompt has their texts. A test
// of the program holds the two together.
var prompts = map[string]bool{
	"welcome": true, "menu": true, "recording-notice": true, "person-busy": true, "person-unavailable": true, "no-answer": true,
	"off-hours": true, "service-unavailable": true, "leave-message": true, "voicemail-off-hours": true,
}

// HousePrompts are the names of what the house says to clients, in the order of the alphabet.
func HousePrompts() []string { return keysOf(prompts) }

// mostSpoken is how many bytes a prompt's text may have: half a minute of Russian, a minute of English.
const mostSpoken = 1000

// words reads what the company says in words of its own. Each is a prompt's name and its text.
func (r *companyReader) words(n *yaml.Node) {
	r.c.Profile.Words = map[fmc.PromptID]string{}
	r.pairs(n, "prompts", func(key, value *yaml.Node) {
		id := r.id(key, "prompt")
		r.c.Profile.Words[fmc.PromptID(id)] = r.spoken(value, "prompt "+key.Value, mostSpoken)
	})
}

func (r *companyReader) recording(n *yaml.Node) {
	rule := &r.c.Rules.Recording
	r.fields(n, "recording", map[string]field{
		"policy": func(n *yaml.Node) {
			both := oneOf(&r.reader, n, "policy", map[string][2]bool{
				"all": {true, true}, "inbound": {true, false}, "outbound": {false, true}, "none": {},
			})
			rule.Inbound, rule.Outbound = both[0], both[1]
		},
		"internal":    func(n *yaml.Node) { rule.Internal = r.yes(n, "internal") },
		"fail_closed": func(n *yaml.Node) { rule.FailClosed = r.yes(n, "fail_closed") },
		"notice":      func(n *yaml.Node) { rule.Notice = r.prompt(n, "notice") },
		"groups": func(n *yaml.Node) {
			r.pairs(n, "groups", func(key, value *yaml.Node) {
				id, g := r.referGroup(key, "recording groups"), fmc.GroupRecording{}
				r.fields(value, "recording of "+key.Value, map[string]field{
					"record":      func(n *yaml.Node) { g.Off = !r.yes(n, "record") },
					"fail_closed": func(n *yaml.Node) { g.FailClosed = r.yes(n, "fail_closed") },
				})
				rule.Groups[id] = g
			})
		},
		"refusal": func(n *yaml.Node) {
			if rule.Refusal = r.text(n, "refusal"); len(rule.Refusal) != 1 || strings.Trim(rule.Refusal, "0123456789*#") != "" {
				r.fail(n, "refusal: %q: write the one key by which a client refuses: 0-9, * or #, such as \"9\"", rule.Refusal)
			}
		},
		"pause": func(n *yaml.Node) { rule.Pause = r.pause(n) },
		"keep":  r.keep,
		"quota": func(n *yaml.Node) { rule.Keep.Quota = r.room(n, "quota") },
	}, "sealed")
	r.require(n, "recording", "policy", "\"policy: all\", inbound, outbound or none")
}

// pause reads who may stop a recording for a while, and for how long.
func (r *companyReader) pause(n *yaml.Node) fmc.PauseRule {
	p, before := fmc.PauseRule{}, len(r.errs)
	r.fields(n, "pause", map[string]field{
		"allowed":       func(n *yaml.Node) { p.Never = !r.yes(n, "allowed") },
		"until_resumed": func(n *yaml.Node) { p.Full = r.yes(n, "until_resumed") },
		"for":           func(n *yaml.Node) { p.For = r.duration(n, "for", 10*time.Second, time.Hour) },
	})
	switch {
	case len(r.errs) > before:
	case p.Never && (p.Full || p.For > 0):
		r.fail(n, "pause: it is not allowed, and yet it says how long: remove one of the two")
	case p.Full && p.For > 0:
		r.fail(n, "pause: write either \"until_resumed: true\" or \"for: 2m\", after which the recording goes on by itself")
	}
	return p
}

func (r *companyReader) dialling(n *yaml.Node) {
	d := &r.c.Rules.Dialling
	known := r.destinationFields(&d.Destinations)
	known["prefer"] = func(n *yaml.Node) {
		d.Prefer = oneOf(&r.reader, n, "prefer", map[string]fmc.LineKind{"trunks": 0, "sims": fmc.SIMLine})
	}
	known["longest"] = func(n *yaml.Node) { d.Longest = r.duration(n, "longest", time.Minute, 24*time.Hour) }
	known["caps"] = func(n *yaml.Node) { d.Caps = r.caps(n) }
	r.fields(n, "dialling", known, "spend")
}

// midCall reads what keys do in a conversation.
func (r *companyReader) midCall(n *yaml.Node) {
	r.fields(n, "mid_call", map[string]field{
		"keys": func(n *yaml.Node) { r.c.Rules.Mid.Off = !r.yes(n, "keys") },
	})
}

func (r *companyReader) testList(n *yaml.Node) {
	r.list(n, "tests", func(n *yaml.Node) {
		i := len(r.c.Tests)
		r.c.Tests = append(r.c.Tests, fmc.Test{})
		r.tests = append(r.tests, func() { r.c.Tests[i] = r.test(n) })
	})
}

func (r *companyReader) test(n *yaml.Node) fmc.Test {
	t := fmc.Test{}
	r.fields(n, "test", map[string]field{
		"name": func(n *yaml.Node) { t.Name = r.text(n, "name") },
		"at":   func(n *yaml.Node) { t.At = r.moment(n) },
		"from": func(n *yaml.Node) { t.From = r.e164(n, "from") },
		"to":   func(n *yaml.Node) { t.To = r.e164(n, "to"); r.referNumberNow(n, t.To.E164) },
		"by":   func(n *yaml.Node) { t.Account = r.callerAccount(n) },
		"dial": func(n *yaml.Node) { t.Dial = r.filled(n, "dial") },
		"keys": func(n *yaml.Node) {
			if t.Keys = r.text(n, "keys"); strings.Trim(t.Keys, "0123456789*#") != "" {
				r.fail(n, "keys: %q: write what a phone has: 0-9, * and #", t.Keys)
			}
		},
		"expect": func(n *yaml.Node) {
			t.Expect = r.expect(n)
		},
	})
	r.require(n, "test", "at", "when, in the company's zone, such as at: \"2026-11-23 10:00\"")
	r.require(n, "test", "expect", "what must happen, such as \"expect: {reaches: sales, within: 25s}\"")
	if to, by := len(only(n, "to").Content) > 0, len(only(n, "by").Content) > 0; n.Kind == yaml.MappingNode && to == by {
		r.fail(n, "test: write either \"to\", a number of the company that a client calls, or \"by\" and \"dial\", a person who calls out")
	}
	if by, dial := len(only(n, "by").Content) > 0, len(only(n, "dial").Content) > 0; n.Kind == yaml.MappingNode && by != dial {
		r.fail(n, "test: \"by\" and \"dial\" go together")
	}
	if t.Name == "" {
		t.Name = r.testName(t)
	}
	return t
}

// testName is what a test without a name is called: "Mon 2026-11-23 10:00 +79120000001 → +74951234567, keys 1".
func (r *companyReader) testName(t fmc.Test) string {
	who := []string{t.At.In(r.c.Profile.Zone).Format("Mon 2006-01-02 15:04")}
	for _, word := range []string{string(t.Account), t.From.E164, "→", t.To.E164, t.Dial} {
		if word != "" {
			who = append(who, word)
		}
	}
	name := strings.Join(who, " ")
	if t.Keys != "" {
		name += ", keys " + t.Keys
	}
	return name
}

// referNumberNow is referNumber for what is read last.
func (r *companyReader) referNumberNow(n *yaml.Node, e164 string) {
	if _, ok := r.c.NumberOf(e164); !ok && e164 != "" {
		r.fail(n, "to: %s is not among the company's numbers", e164)
	}
}

// callerAccount reads who calls: a person's id, or an account.
func (r *companyReader) callerAccount(n *yaml.Node) fmc.AccountID {
	name := r.text(n, "by")
	if _, _, ok := r.c.Account(fmc.AccountID(name)); ok {
		return fmc.AccountID(name)
	}
	if e, ok := r.c.Employee(fmc.EmployeeID(name)); ok {
		for _, d := range e.Devices {
			if d.Account != "" {
				return d.Account
			}
		}
		r.fail(n, "by: %s has no SIP account to call from", name)
		return "none"
	}
	r.fail(n, "by: there is no person or account %q", name)
	return "none"
}

func (r *companyReader) moment(n *yaml.Node) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", n.Value, r.c.Profile.Zone)
	if err != nil {
		r.fail(n, "at: %q: write day and time in the company's zone, such as \"2026-11-23 10:00\"", n.Value)
		return time.Unix(0, 0)
	}
	return at.UTC()
}

func (r *companyReader) expect(n *yaml.Node) fmc.Expectation {
	var x fmc.Expectation
	r.fields(n, "expect", map[string]field{
		"reaches": func(n *yaml.Node) {
			x.Reaches = r.text(n, "reaches")
			r.whom(n, x.Reaches, "voicemail", "outside")
		},
		"within":   func(n *yaml.Node) { x.Within = r.duration(n, "within", time.Second, time.Hour) },
		"recorded": func(n *yaml.Node) { v := r.yes(n, "recorded"); x.Recorded = &v },
		"refused":  func(n *yaml.Node) { v := r.yes(n, "refused"); x.Refused = &v },
		"shows":    func(n *yaml.Node) { x.Shows = r.e164(n, "shows") },
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fail(n, "expect: write at least one of reaches, within, recorded, refused, shows")
	}
	return x
}
