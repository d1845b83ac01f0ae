package configs_test

import (
	"strings"
	"testing"

	"roadline/configs"
)

func TestADifferenceIsToldByKeysAndIDs(t *testing.T) {
	for _, row := range []struct{ name, before, after, want string }{
		{"the same", "a: 1\n", "a: 1\n", ""},
		{"a comment", "a: 1\n", "a: 1 # one\n", "comments or layout alone"},
		{"quotes", "a: \"1\"\n", "a: 1\n", "comments or layout alone"},
		{"order of keys", "a: 1\nb: 2\n", "b: 2\na: 1\n", "comments or layout alone"},
		{"a value", "employees: [{id: ivanov, mobile: \"+7916\"}]", "employees: [{id: ivanov, mobile: \"+7917\"}]", "employees.ivanov.mobile: +7916 → +7917"},
		{"a key", "employees: [{id: ivanov}]", "employees: [{id: ivanov, mobile: \"+7917\"}]", "employees.ivanov.mobile: added, +7917"},
		{"a key less", "employees: [{id: ivanov, mobile: \"+7917\"}]", "employees: [{id: ivanov}]", "employees.ivanov.mobile: removed, was +7917"},
		{"a group", "groups: [{id: sales}]", "groups: [{id: sales}, {id: support}]", "groups.support: added"},
		{"a group less", "groups: [{id: sales}, {id: support}]", "groups: [{id: support}]", "groups.sales: removed"},
		{"the first group", "company: a", "company: a\ngroups: [{id: sales, ring: 30s}]", "groups.sales: added"},
		{"order of people", "employees: [{id: a}, {id: b}]", "employees: [{id: b}, {id: a}]", "employees: order is now b, a"},
		{"a number", `numbers: [{e164: "+7495", lines: 1}]`, `numbers: [{e164: "+7495", lines: 2}]`, "numbers.+7495.lines: 1 → 2"},
		{"a card", `sims: [{iccid: "8970", person: a}]`, `sims: [{iccid: "8970", person: b}, {iccid: "8971"}]`, "sims.8970.person: a → b\nsims.8971: added"},
		{"a rule", "caller_id: [{for: sales, show: \"1\"}]", "caller_id: [{for: sales, show: \"2\"}]", "caller_id.sales.show: 1 → 2"},
		{"a plain list", "groups: [a, b]", "groups: [a, c]", "groups: [a, b] → [a, c]"},
		{"steps by place", "scenarios: {main: [{ring: a}, {ring: b}]}", "scenarios: {main: [{ring: a}, {ring: c}, {hang_up: true}]}", "scenarios.main[2].ring: b → c\nscenarios.main[3]: added, {hang_up: true}"},
		{"a step less", "scenarios: {main: [{ring: a}, {ring: b}]}", "scenarios: {main: [{ring: a}]}", "scenarios.main[2]: removed, was {ring: b}"},
		{"what people get who call a number", `numbers: [{e164: "+7495"}]`, `numbers: [{e164: "+7495", access: call-back}]`, "numbers.+7495.access: added, call-back"},
		{"where a person may call", "employees: [{id: a, may: {abroad: true}}]", "employees: [{id: a, may: {countries: [KZ, BY]}}]", "employees.a.may.countries: added, [KZ, BY]\nemployees.a.may.abroad: removed, was true"},
		{"new caps", "employees: [{id: a}]", "employees: [{id: a, caps: {calls: 40, talk: 2h}, mail: a@b.example}]", "employees.a.caps: added, {calls: 40, talk: 2h}\nemployees.a.mail: added, a@b.example"},
		{"caps", "dialling: {caps: {calls: 100, talk: 5h}}", "dialling: {caps: {calls: 50}}", "dialling.caps.calls: 100 → 50\ndialling.caps.talk: removed, was 5h"},
		{"caps of a person no more", "employees: [{id: a, caps: {calls: 40}}]", "employees: [{id: a}]", "employees.a.caps: removed, was {calls: 40}"},
		{"greetings", "groups: [{id: g, voicemail: {greetings: [{say: a}]}}]", "groups: [{id: g, voicemail: {greetings: [{outside: work, say: b}, {say: a}]}}]", "groups.g.voicemail.greetings[1].outside: added, work\ngroups.g.voicemail.greetings[1].say: a → b\ngroups.g.voicemail.greetings[2]: added, {say: a}"},
		{"the first greetings", "groups: [{id: g}]", "groups: [{id: g, voicemail: {mail: g@b.example, greetings: [{say: a}]}}]", "groups.g.voicemail: added, {mail: g@b.example, greetings: [{say: a}]}"},
		{"a rule of calling through", "call_through: {pin: by-risk, prove: [abroad]}", "call_through: {pin: always, prove: []}", "call_through.pin: by-risk → always\ncall_through.prove: [abroad] → []"},
		{"the first rule of calling through", "company: a", "company: a\ncall_through: {pin: always, prove: [first]}", "call_through.pin: added, always\ncall_through.prove: added, [first]"},
		{"keys", "mid_call: {keys: true}", "mid_call: {keys: false}", "mid_call.keys: true → false"},
		{"a pause", "recording: {policy: all}", "recording: {policy: all, refusal: \"9\", pause: {for: 5m}}", "recording.refusal: added, 9\nrecording.pause: added, {for: 5m}"},
		{"a conference", "conferences: [{id: a, record: true}]", "conferences: [{id: a}, {id: b}]", "conferences.a.record: removed, was true\nconferences.b: added"},
		{"missed calls", "missed_calls: {deadline: 1h}", "company: a", "company: added, a\nmissed_calls: removed, was {deadline: 1h}"},
		{"alerts", "alerts: [a@b.example]", "alerts: [a@b.example, c@b.example]", "alerts: [a@b.example] → [a@b.example, c@b.example]"},
		{"another kind", "overflow: {ring: a}", "overflow: x", "overflow: {ring: a} → x"},
		{"a name with spaces", "tests: [{name: at noon, at: 1}]", "tests: [{name: at noon, at: 2}]", `tests."at noon".at: 1 → 2`},
		{"items of one name", "tests: [{name: a, at: 1}, {name: a, at: 2}]", "tests: [{name: a, at: 1}, {name: a, at: 3}]", "tests[2].at: 2 → 3"},
		{"a long value", "name: a", "name: " + strings.Repeat("b", 200), "name: a → " + strings.Repeat("b", 79) + "…"},
		{"an empty value", "name: a", `name: ""`, `name: a → ""`},
		{"nothing before", "", "company: acme\nsites: [{id: office}]\nrecording: {policy: all}", "company: added, acme\nsites.office: added\nrecording.policy: added, all"},
		{"nothing after", "company: acme\nsites: [{id: office}]", "", "company: removed, was acme\nsites: removed"},
		{"unreadable before", "{", "a: 1", "everything: the document before cannot be read by this version"},
		{"unreadable after", "a: 1", "{", "everything: the document cannot be read"},
	} {
		if got := strings.Join(configs.Difference(row.before, row.after), "\n"); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}
