package configs_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadline/configs"
)

// section is how a file is made that holds one key of a part of it: the other keys of that part that must stand there,
// and the file around the part.
type section struct {
	beside map[string]string
	around string // %s is the part, in braces; at the top of a file, its lines
}

// rest is a company in which everything exists that an example may name.
const rest = `
company: acme
country: RU
hours: {work: {mon-fri: "09:00-18:00"}}
sites: [{id: office}]
numbers: [{e164: "+74951234567", trunk: carrier-a, proof: {contract: "17", from: 2026-01-01}}]
sims: [{iccid: "8970101234567890123", number: "+79031112233", mandate: {owner: Acme, contract: "17", for: [calls, messages]}}]
employees: [{id: ivanov, name: Ivan, extension: "201", mobile: "+79161234567", groups: [sales], account: {sip: ivanov-desk}}]
groups: [{id: sales}]
conferences: [{id: standup}]
scenarios: {main: [{hang_up: true}], other: [{hang_up: true}]}
`

// without is rest without some of its lines.
func without(keys ...string) string {
	var kept []string
	for line := range strings.Lines(rest) {
		key, _, _ := strings.Cut(line, ":")
		if !slices.Contains(keys, key) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// centre is what a message centre must have.
var centre = map[string]string{"id": "mts", "address": `"a.example:2775"`, "system_id": "x", "password_file": "y", "country": "RU"}

const person = `employees: [{id: ivanov, name: Ivan, extension: "201", mobile: "+79161234567", groups: [sales], account: {sip: ivanov-desk}}, `

var sections = map[string]section{
	"machine":                    {around: "%s"},
	"sip":                        {around: "sip: %s"},
	"media":                      {around: "media: %s"},
	"machine.recording":          {around: "recording: %s"},
	"log":                        {around: "log: %s"},
	"trunks":                     {map[string]string{"id": "a", "from": "[192.0.2.1]", "profile": "{country: RU}"}, "trunks: [%s]"},
	"trunks.login":               {map[string]string{"name": "x", "password_file": "y"}, "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, login: %s}]"},
	"trunks.grants":              {map[string]string{"company": "acme"}, "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, grants: [%s]}]"},
	"trunks.profile":             {map[string]string{"country": "RU"}, "trunks: [{id: a, from: [192.0.2.1], profile: %s}]"},
	"trunks.profile.fmc":         {map[string]string{"all": "true"}, "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: %s}}]"},
	"trunks.profile.fmc.tag":     {map[string]string{"header": "X-FMC"}, "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: {tag: %s}}}]"},
	"trunks.profile.fmc.private": {nil, "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: {all: true, private: %s}}}]"},

	"modems":                 {map[string]string{"at": `"usb:1-2"`}, "modems: [%s]"},
	"gateways":               {map[string]string{"name": "office", "vendor": "goip", "lines": "[{id: goip1}]"}, "gateways: [%s]"},
	"gateways.login":         {map[string]string{"name": "x", "password_file": "y"}, "gateways: [{name: office, vendor: goip, login: %s, lines: [{id: goip1}]}]"},
	"gateways.lines":         {map[string]string{"id": "goip1"}, "gateways: [{name: office, vendor: goip, sip: \"192.0.2.7:5060\", lines: [%s]}]"},
	"gateways.lines.account": {map[string]string{"name": "x", "password_file": "y"}, "gateways: [{name: office, vendor: goip, lines: [{id: goip1, account: %s}]}]"},
	"gateways.cards":         {map[string]string{"imsi": `"250011234567890"`, "iccid": `"8970101234567890131"`}, "gateways: [{name: office, vendor: yeastar, lines: [{id: goip1}], cards: [%s]}]"},
	"banks":                  {map[string]string{"name": "north", "cards": "[{slot: 1/0}]", "modems": "[{client: 10/0, modem: left}]"}, "banks: [%s]"},
	"banks.cards":            {map[string]string{"slot": "1/0", "iccid": `"8970101234567890131"`}, "banks: [{name: north, modems: [{client: 10/0, modem: left}], cards: [{slot: 1/1, iccid: \"8970101234567890149\"}, %s]}]"},
	"banks.modems":           {map[string]string{"client": "10/0", "modem": "left"}, "banks: [{name: north, cards: [{slot: 1/0}], modems: [%s]}]"},
	"machine.sims":           {map[string]string{"iccid": `"8970101234567890131"`, "company": "acme"}, "sims: [%s]"},
	"gsm":                    {around: "gsm: %s"},
	"smpp":                   {around: "smpp: %s"},
	"smpp.tls":               {map[string]string{"listen": `["127.0.0.1:3550"]`, "cert": "x", "key": "y"}, "smpp: {tls: %s}"},
	"smpp.centres":           {centre, "smpp: {centres: [%s]}"},
	"smpp.centres.grants":    {map[string]string{"company": "acme"}, "smpp: {centres: [{id: mts, address: \"a.example:2775\", system_id: x, password_file: y, country: RU, grants: [%s]}]}"},
	"web":                    {around: "web: %s"},
	"metrics":                {beside: map[string]string{"listen": `"127.0.0.1:9090"`}, around: "metrics: %s"},
	"webhooks":               {around: "webhooks: %s"},
	"web.tls":                {map[string]string{"cert": "x", "key": "y"}, "web: {tls: %s}"},
	"trace":                  {around: "trace: %s"},
	"mail":                   {beside: map[string]string{"server": `"smtp.example:25"`, "from": "roadline@acme.example"}, around: "mail: %s"},
	"mail.login":             {beside: map[string]string{"name": "x", "password_file": "y"}, around: "mail: {server: \"smtp.example:25\", from: roadline@acme.example, login: %s}"},

	"sims":                          {map[string]string{"iccid": `"8970101234567890123"`, "number": `"+79031112233"`}, without("sims") + "sims: [%s]"},
	"sims.package":                  {nil, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233", package: %s}]`},
	"sims.limits":                   {nil, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233", limits: %s}]`},
	"sims.mandate":                  {map[string]string{"owner": "Acme", "contract": "c", "for": "[calls]"}, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233", mandate: %s}]`},
	"sims.balance":                  {map[string]string{"ussd": `"*100#"`, "amount": "'([0-9]+)'"}, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233", balance: %s}]`},
	"sims.forward":                  {map[string]string{"no_reply": `"+74951234567"`}, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233", forward: %s}]`},
	"forwarding":                    {map[string]string{"no_reply": `"+74951234567"`}, rest + "forwarding: %s"},
	"company":                       {map[string]string{"company": "acme", "country": "RU"}, "%s"},
	"sites":                         {map[string]string{"id": "office"}, without("sites") + "sites: [%s]"},
	"sites.emergency":               {map[string]string{"trunk": "carrier-a"}, without("sites") + "sites: [{id: office, emergency: %s}]"},
	"numbers":                       {map[string]string{"e164": `"+74951234567"`, "trunk": "carrier-a"}, without("numbers") + "numbers: [%s]"},
	"numbers.proof":                 {map[string]string{"contract": "c", "from": "2026-01-01"}, without("numbers") + `numbers: [{e164: "+74951234567", trunk: carrier-a, proof: %s}]`},
	"employees":                     {map[string]string{"id": "anna", "name": "Anna", "mobile": `"+79161234568"`}, without("employees") + person + "%s]"},
	"employees.account":             {map[string]string{"sip": "anna-desk"}, without("employees") + person + "{id: anna, name: Anna, account: %s}]"},
	"employees.ring":                {map[string]string{"device": "mobile"}, without("employees") + person + `{id: anna, name: Anna, mobile: "+79161234568", account: {sip: anna-desk}, ring: [%s]}]`},
	"groups":                        {map[string]string{"id": "support"}, without("groups") + "groups: [{id: sales}, %s]"},
	"employees.may":                 {nil, without("employees") + person + "{id: anna, name: Anna, may: %s}]"},
	"employees.caps":                {nil, without("employees") + person + "{id: anna, name: Anna, caps: %s}]"},
	"employees.voicemail":           {nil, without("employees") + person + "{id: anna, name: Anna, voicemail: %s}]"},
	"employees.voicemail.greetings": {map[string]string{"say": "leave-message"}, without("employees") + person + "{id: anna, name: Anna, voicemail: {greetings: [%s]}}]"},
	"groups.voicemail":              {nil, without("groups") + "groups: [{id: sales, voicemail: %s}]"},
	"results":                       {map[string]string{"id": "visit", "name": "Visit"}, rest + "results: [%s]"},
	"conferences":                   {map[string]string{"id": "standup"}, without("conferences") + "conferences: [%s]"},
	"groups.wait":                   {nil, without("groups") + "groups: [{id: sales, wait: %s}]"},
	"caller_id":                     {map[string]string{"for": "all", "show": `"+74951234567"`}, rest + "caller_id: [%s]"},
	"scenarios":                     {nil, without("scenarios") + "scenarios: {other: [{hang_up: true}], main: [%s]}"},
	"scenarios.schedule":            {map[string]string{"outside": "work", "do": "{hang_up: true}"}, without("scenarios") + "scenarios: {main: [{schedule: %s}]}"},
	"scenarios.menu":                {map[string]string{"default": "{hang_up: true}"}, without("scenarios") + "scenarios: {main: [{menu: %s}]}"},
	"recording":                     {map[string]string{"policy": "all"}, rest + "recording: %s"},
	"recording.groups":              {nil, rest + "recording: {policy: all, groups: {sales: %s}}"},
	"dialling":                      {nil, rest + "dialling: %s"},
	"recording.pause":               {nil, rest + "recording: {policy: all, pause: %s}"},
	"call_through":                  {nil, rest + "call_through: %s"},
	"mid_call":                      {nil, rest + "mid_call: %s"},
	"programs":                      {map[string]string{"id": "crm", "numbers": `["+74951234567"]`}, rest + "programs: [%s]"},
	"message_rules":                 {map[string]string{"by": "[sim]"}, rest + "programs: [{id: crm, names: [ACME]}]\nmessage_rules: [%s]"},
	"missed_calls":                  {nil, rest + "missed_calls: %s"},
	"shadow":                        {map[string]string{"window": `"02:00-05:00"`}, without("sims") + `sims: [{iccid: "8970101234567890123", number: "+79031112233"}, {iccid: "8970101234567890131", number: "+79031112244"}]` + "\nshadow: %s"},
	"tests":                         {map[string]string{"at": `"2026-11-23 10:00"`, "to": `"+74951234567"`, "expect": "{refused: true}"}, rest + "tests: [%s]"},
	"tests.expect":                  {map[string]string{"refused": "true"}, rest + `tests: [{at: "2026-11-23 10:00", to: "+74951234567", expect: %s}]`},
}

// instead are the keys that cannot stand beside another.
var instead = map[string][]string{
	"trunks.profile.fmc.tag": {"all"}, "trunks.profile.fmc.tag.parameter": {"header"},
	"scenarios.schedule.inside": {"outside"}, "numbers.sim": {"trunk"}, "numbers.answer_within": {"trunk"}, "tests.by": {"to"}, "tests.dial": {"to"},
}

// file is a file with a key of the section at a value; an empty key leaves the section as it must be.
func (s section) file(name, key, value string) string {
	part := maps.Clone(s.beside)
	if part == nil {
		part = map[string]string{}
	}
	if key != "" {
		part[key] = value
	}
	for _, gone := range instead[name+"."+key] {
		delete(part, gone)
	}
	switch name + "." + key {
	case "numbers.sim", "numbers.answer_within":
		part["e164"], part["sim"] = `"+79031112233"`, `"8970101234567890123"`
	case "tests.by":
		part["dial"] = `"201"`
	case "tests.dial":
		part["by"] = "ivanov"
	case "employees.account.kind":
		if value == "fixed" {
			part["site"] = "office"
		}
	}
	if name == "company" { // what its examples name stands beside them
		lines := without(append(slices.Collect(maps.Keys(part)), "company", "country")...)
		for _, k := range slices.Sorted(maps.Keys(part)) {
			lines += k + ": " + part[k] + "\n"
		}
		return lines
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(part)) {
		pairs = append(pairs, k+": "+part[k])
	}
	if s.around == "%s" {
		return strings.Join(pairs, "\n") + "\n"
	}
	return fmt.Sprintf(s.around, "{"+strings.Join(pairs, ", ")+"}") + "\n"
}

// load reads a file of either kind.
func load(text string) (any, error) {
	if configs.IsCompany([]byte(text)) {
		return configs.ReadCompany("file.yaml", []byte(text))
	}
	return configs.ReadMachine("/x/file.yaml", []byte(text))
}

// row is one key of the manual.
type row struct{ section, key, fallback, bounds, example string }

var (
	heading = regexp.MustCompile(`(?m)^### (.+)$`)
	line    = regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$")
	between = regexp.MustCompile(`^([0-9]+[smh]?) to ([0-9]+[smh]?)$`)
)

// manual reads the tables of docs/configuration.md.
func manual(t *testing.T) map[string][]row {
	t.Helper()
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]row{}
	places := heading.FindAllSubmatchIndex(text, -1)
	for i, at := range places {
		name, end := string(text[at[2]:at[3]]), len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		for _, m := range line.FindAllSubmatch(text[at[1]:end], -1) {
			cell := func(i int) string { return strings.TrimSpace(string(m[i])) }
			rows[name] = append(rows[name], row{name, cell(1), cell(3), cell(4), cell(5)})
		}
	}
	return rows
}

// literal is a cell that holds nothing but a value.
func literal(cell string) (string, bool) {
	v, ok := strings.CutPrefix(cell, "`")
	if !ok || strings.Count(v, "`") != 1 || !strings.HasSuffix(v, "`") {
		return "", false
	}
	return strings.TrimSuffix(v, "`"), true
}

func TestTheManualHasTheKeysThatTheProgramKnows(t *testing.T) {
	rows := manual(t)
	for name, s := range sections {
		_, err := load(s.file(name, "no-such-key", "1"))
		if err == nil {
			t.Fatalf("%s: any key is taken", name)
		}
		_, list, ok := strings.Cut(err.Error(), "known here: ")
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		list, _, _ = strings.Cut(list, "\n")
		want := strings.Split(list, ", ")
		var has []string
		for _, r := range rows[name] {
			has = append(has, r.key)
		}
		slices.Sort(has)
		if !slices.Equal(has, want) {
			t.Errorf("%s: the manual has %v, the program knows %v", name, has, want)
		}
	}
	for name := range rows {
		if _, ok := sections[name]; !ok {
			t.Errorf("the manual's section %s is not tested", name)
		}
	}
}

func TestTheManualsExamplesLoad(t *testing.T) {
	for name, rows := range manual(t) {
		for _, r := range rows {
			value, ok := literal(r.example)
			if !ok {
				t.Errorf("%s.%s has no example", name, r.key)
				continue
			}
			if text := sections[name].file(name, r.key, value); true {
				if _, err := load(text); err != nil {
					t.Errorf("%s.%s: %v\n%s", name, r.key, err, text)
				}
			}
		}
	}
}

func TestTheManualsDefaultsAreWhatIsMeantWhereNothingStands(t *testing.T) {
	n := 0
	for name, rows := range manual(t) {
		for _, r := range rows {
			value, ok := literal(r.fallback)
			if !ok {
				continue
			}
			n++
			s := sections[name]
			with, err := load(s.file(name, r.key, value))
			if err != nil {
				t.Errorf("%s.%s: %v", name, r.key, err)
				continue
			}
			bare, err := load(s.file(name, "", ""))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !reflect.DeepEqual(with, bare) {
				t.Errorf("%s.%s: %s is not what is meant where nothing stands", name, r.key, value)
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d defaults were found", n)
	}
}

func TestTheManualsRangesEndWhereItSays(t *testing.T) {
	n := 0
	for name, rows := range manual(t) {
		for _, r := range rows {
			m := between.FindStringSubmatch(r.bounds)
			if m == nil || r.key == "causes" {
				continue
			}
			n++
			for value, right := range map[string]bool{m[1]: true, m[2]: true, beyond(m[1], -1): false, beyond(m[2], 1): false} {
				if _, err := load(sections[name].file(name, r.key, value)); (err == nil) != right {
					t.Errorf("%s.%s: %s is taken: %v, %v", name, r.key, value, err == nil, err)
				}
			}
		}
	}
	if n < 14 {
		t.Errorf("only %d ranges were found", n)
	}
}

// beyond is a value that lies next to another.
func beyond(value string, by int) string {
	unit := strings.TrimLeft(value, "0123456789")
	var v int
	if _, err := fmt.Sscan(strings.TrimSuffix(value, unit), &v); err != nil {
		panic(err)
	}
	return fmt.Sprint(v+by) + unit
}
