package configs_test

import (
	"slices"
	"strings"
	"testing"

	"roadline/configs"
)

// at is a document in which a key that nobody knows stands at each place of the table.
var unknownAt = map[string]string{
	"":                     "xyzzy: 1\ncompany: a\ncountry: RU\n",
	"caller_id":            "caller_id: [{xyzzy: 1}]",
	"conferences":          "conferences: [{xyzzy: 1}]",
	"dialling":             "dialling: {xyzzy: 1}",
	"employees":            "employees: [{xyzzy: 1}]",
	"employees.account":    "employees: [{account: {xyzzy: 1}}]",
	"employees.caps":       "employees: [{caps: {xyzzy: 1}}]",
	"employees.may":        "employees: [{may: {xyzzy: 1}}]",
	"employees.ring":       "employees: [{ring: [{xyzzy: 1}]}]",
	"employees.voicemail":  "employees: [{voicemail: {xyzzy: 1}}]",
	"forwarding":           "forwarding: {xyzzy: 1}",
	"groups":               "groups: [{xyzzy: 1}]",
	"groups.overflow":      "groups: [{overflow: {xyzzy: 1}}]",
	"groups.wait":          "groups: [{wait: {xyzzy: 1}}]",
	"message_rules":        "message_rules: [{xyzzy: 1}]",
	"programs":             "programs: [{xyzzy: 1}]",
	"missed_calls":         "missed_calls: {xyzzy: 1}",
	"numbers":              "numbers: [{xyzzy: 1}]",
	"numbers.proof":        "numbers: [{proof: {xyzzy: 1}}]",
	"recording":            "recording: {xyzzy: 1}",
	"recording.groups.*":   "recording: {groups: {sales: {xyzzy: 1}}}",
	"recording.pause":      "recording: {pause: {xyzzy: 1}}",
	"results":              "results: [{xyzzy: 1}]",
	"scenarios.*":          "scenarios: {main: [{xyzzy: 1}]}",
	"scenarios.*.menu":     "scenarios: {main: [{menu: {xyzzy: 1}}]}",
	"scenarios.*.schedule": "scenarios: {main: [{schedule: {xyzzy: 1}}]}",
	"shadow":               "shadow: {xyzzy: 1}",
	"tests":                "tests: [{xyzzy: 1}]",
	"tests.expect":         "tests: [{expect: {xyzzy: 1}}]",
}

func TestTheKeysThatAreOfferedAreThoseThatAreRead(t *testing.T) {
	for where, keys := range configs.CompanyKeys() {
		text := unknownAt[where]
		if where != "" {
			text = "company: a\ncountry: RU\n" + text
		}
		_, err := configs.ReadCompany("f", []byte(text))
		if err == nil {
			t.Fatalf("%q: nothing is refused", where)
		}
		_, known, _ := strings.Cut(err.Error(), `"xyzzy": known here: `)
		known, _, _ = strings.Cut(known, "\n")
		read := strings.Split(strings.TrimSuffix(known, ", …"), ", ")
		if len(read) == 40 {
			keys = keys[:min(40, len(keys))]
		}
		if !slices.Equal(read, keys) {
			t.Errorf("%q: {\"%s\"}", where, strings.Join(read, `", "`))
		}
	}
}
