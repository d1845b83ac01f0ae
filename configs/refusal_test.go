package configs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"roadline/configs"
	"roadline/fmc/cause"
)

// refusal is a file that must be refused, with a name for what is wrong in it.
type refusal struct{ name, text string }

// head begins a company file that is right so far; what follows stands from line 3.
const head = "company: acme\ncountry: RU\n"

// companyRefusals has every key class of a company file and every way to be wrong.
var companyRefusals = []refusal{
	// The text itself.
	{"an empty file", ""},
	{"an endless name", head + "tests: [{name: a, by: " + strings.Repeat("x", 250) + strings.Repeat("ы", 20) + ", dial: \"" + strings.Repeat("1", 290) + "\"}, " + strings.Repeat("z", 900) + ": a]\n" + strings.Repeat("k", 900) + ": 1\n"},
	{"a comment alone", "# nothing\n"},
	{"no YAML", "company: [acme\n"},
	{"a tab", "company: acme\n\tcountry: RU\n"},
	{"a colon in a text", "company: acme\nname: Acme: Construction\n"},
	{"a sign that begins no text", "company: acme\nname: @acme\n"},
	{"a quote that is not closed", head + "name: \"Acme\ntimezone: \"UTC\"\n"},
	{"a quote that is never closed", head + "name: \"Acme\n"},
	{"a list that is indented in two ways", head + "groups:\n  - id: a\n - id: b\n"},
	{"a key without a colon", head + "name\ntimezone: UTC\n"},
	{"a Windows path", head + "name: \"C:\\Windows\"\n"},
	{"no UTF-8", "company: \xff\n"},
	{"a list", "- company: acme\n"},
	{"a word", "acme\n"},
	{"two documents", head + "---\ncompany: beta\n"},
	{"a broken second document", head + "---\n{\n"},
	{"an anchor", head + "name: &x Acme\n"},
	{"an alias", head + "hours: {work: &w {mon: \"09:00-18:00\"}, other: *w}\n"},
	{"a merge", head + "groups:\n  - {id: a}\n  - {<<: {id: b}}\n"},
	{"a tag", head + "name: !!binary QWNtZQ==\n"},
	{"too long", head + "# " + strings.Repeat("x", 9<<20)},

	// Keys.
	{"an unknown key", head + "namee: Acme\n"},
	{"a key of elsewhere", head + "trunks: []\n"},
	{"a key that is not built yet", head + "webhooks: []\nsims: []\n"},
	{"a key twice", head + "name: A\nname: B\n"},
	{"a key without a value", head + "name:\n"},
	{"a null", head + "name: ~\n"},
	{"terms and a quota that are none", head + "groups: [{id: sales}]\nrecording: {policy: all, keep: {default: 180, sales: 101y, slaes: 3w, x: [1d]}, quota: 50}\n"},
	{"recordings that are kept as a word", head + "recording: {policy: all, keep: 3y, quota: 2000TB}\n"},
	{"not built yet, further in", head + "numbers: [{e164: \"+74951234567\", trunk: a, sim: \"8970\"}]\nemployees: [{id: a, name: A, modes: [], account: {sip: x, srtp: true}}]\ngroups: [{id: g, skills: []}]\nrecording: {policy: all, sealed: true}\ndialling: {spend: 5}\n"},

	// The company.
	{"no id", "country: RU\n"},
	{"no country", "company: acme\n"},
	{"a country that is none", "company: acme\ncountry: Russia\n"},
	{"an id with capitals", "company: Acme\ncountry: RU\n"},
	{"an id too long", "company: " + strings.Repeat("a", 64) + "\ncountry: RU\n"},
	{"a zone that is none", head + "timezone: Moscow\n"},
	{"a language that is not spoken", head + "language: fr\n"},
	{"a name that cannot be said", head + "name: \"***\"\n"},
	{"a name of control characters", head + "name: \"a\\u0007b\"\n"},
	{"a list for a value", head + "name: [Acme]\nsuspended: [true]\n"},
	{"a word for yes", head + "suspended: yes\n"},

	// Hours.
	{"hours by other days", head + "hours: {work: {montag: \"09:00-18:00\"}}\n"},
	{"hours that are none", head + "hours: {work: {mon: 9-18, tue: \"09:00-09:00\", wed: \"24:00-25:00\", thu: [\"9:5-10:00\"], fri: {a: b}}}\n"},
	{"hours as a list", head + "hours: [work]\n"},
	{"an id of hours", head + "hours: {Work hours: {mon: \"09:00-18:00\"}}\n"},
	{"days off that are none", head + "hours: {work: {except: [holidays-xx.ics, 2026-02-30, 2027-01-08/2027-01-01, 2020-01-01/2026-01-01]}}\n"},
	{"a day twice", head + "hours: {work: {mon: \"09:00-18:00\", mon: \"10:00-18:00\"}}\n"},
	{"hours' zone", head + "hours: {work: {timezone: Local}}\n"},

	// Sites.
	{"a site without an id", head + "sites: [{emergency: {trunk: a}}]\n"},
	{"a site twice", head + "sites: [{id: a}, {id: a}]\n"},
	{"an emergency route without a trunk", head + "sites: [{id: a, emergency: {number: \"+74951234567\"}}]\n"},

	// Numbers.
	{"a number without a trunk", head + "numbers: [{e164: \"+74951234567\"}]\n"},
	{"a number that is none", head + "numbers: [{e164: \"12345\", trunk: a}]\n"},
	{"an emergency number", head + "numbers: [{e164: \"112\", trunk: a}]\n"},
	{"a number twice", head + "numbers:\n  - {e164: \"+74951234567\", trunk: a}\n  - {e164: \"8 (495) 123-45-67\", trunk: b}\n"},
	{"lines out of range", head + "numbers: [{e164: \"+74951234567\", trunk: a, lines: 0}]\n"},
	{"a scenario that is not there", head + "numbers: [{e164: \"+74951234567\", trunk: a, scenario: mian}]\nscenarios: {main: [{hang_up: true}]}\n"},
	{"an owner that is not there", head + "numbers: [{e164: \"+74951234567\", trunk: a, owner: ivanov}]\n"},
	{"a scenario and an owner", head + "numbers: [{e164: \"+74951234567\", trunk: a, owner: ivanov, scenario: main}]\nemployees: [{id: ivanov, name: Ivan}]\nscenarios: {main: [{hang_up: true}]}\n"},
	{"a proof without its contract", head + "numbers: [{e164: \"+74951234567\", trunk: a, proof: {by: me}}]\n"},
	{"a proof's days", head + "numbers: [{e164: \"+74951234567\", trunk: a, proof: {contract: c, from: yesterday, until: 2026-13-01}}]\n"},
	{"a proof that ends before it begins", head + "numbers: [{e164: \"+74951234567\", trunk: a, proof: {contract: c, from: 2026-02-01, until: 2026-01-01}}]\n"},

	// SIMs.
	{"cards that are none", head + "sims:\n  - {iccid: \"8970 1012\", number: \"+79031112231\"}\n  - {iccid: \"89701012345678901\", number: \"+79031112232\"}\n  - {iccid: \"897010123456789012345\", number: \"+79031112233\"}\n  - {iccid: \"8970101234567890124\", number: \"+79031112234\"}\n  - {iccid: [1], number: \"+79031112235\"}\n"},
	{"a card twice", head + "sims:\n  - {iccid: \"8970101234567890123\", number: \"+79031112233\"}\n  - {iccid: \"8970101234567890123\", number: \"+79031112234\"}\n"},
	{"a card's number twice", head + "sims:\n  - {iccid: \"8970101234567890123\", number: \"+79031112233\"}\n  - {iccid: \"8970101234567890131\", number: \"8 (903) 111-22-33\"}\n"},
	{"a card without anything", head + "sims: [{}]\n"},
	{"a card of a person who is not there", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", person: petrow}]\nemployees: [{id: petrov, name: P}]\n"},
	{"calls of a card to numbers that are not the company's", head + "numbers: [{e164: \"+74951234567\", trunk: a}]\nsims:\n  - {iccid: \"8970101234567890123\", number: \"+79031112233\", forward: {busy: \"+74959999999\"}}\n  - {iccid: \"8970101234567890131\", number: \"+79031112244\", forward: {unreachable: \"+79031112233\"}}\n  - {iccid: \"8970101234567890149\", number: \"+79031112255\", forward: {always: \"+74951234567\"}}\n"},
	{"calls that their network takes away too early", head + "numbers: [{e164: \"+74951234567\", trunk: a}, {e164: \"+79031112233\", sim: \"8970101234567890123\", owner: i, answer_within: 28s}]\nemployees: [{id: i, name: I}]\nforwarding: {no_reply: \"+74951234567\", after: 30s}\nsims:\n  - {iccid: \"8970101234567890123\", number: \"+79031112233\"}\n  - {iccid: \"8970101234567890131\", number: \"+79031112244\", forward: {no_reply: \"+74951234567\", after: 20s}}\n  - {iccid: \"8970101234567890149\", number: \"+79031112255\", forward: {no_reply: \"+74951234567\", after: 27s}}\n  - {iccid: \"8970101234567890156\", number: \"+79031112266\", forward: {after: 35s}}\n"},
	{"people who ring to be called back, forwarded", head + "numbers: [{e164: \"+74951234567\", trunk: a}, {e164: \"+79031112233\", sim: \"8970101234567890123\", access: call-back}]\nsims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", forward: {busy: \"+74951234567\"}}]\n"},
	{"numbers that stand for no card", head + "numbers: [{e164: \"+74951234567\", trunk: a, stands_for: \"8970101234567890123\"}, {e164: \"+79031112244\", sim: \"8970101234567890131\", stands_for: \"8970101234567890131\"}]\nsims: [{iccid: \"8970101234567890131\", number: \"+79031112244\"}]\n"},
	{"a card's package and limits", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", operator: \"\", roaming: at home, package: {minutes: 0, messages: -1, day: 32, step: 1h}, limits: {calls: 0, talk: 1s, messages: x}}]\n"},
	{"a mandate for nothing", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", mandate: {owner: \"\", for: [], where: [Russia]}}]\n"},
	{"a mandate for what cards do not do", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", mandate: {owner: A, contract: c, for: [faxes]}}]\n"},
	{"a mandate that ends before it begins", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", mandate: {owner: A, contract: c, for: [calls], from: 2026-02-01, until: 2026-01-01}}]\n"},
	{"a balance that cannot be asked", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", balance: {ussd: \"100\"}}, {iccid: \"8970101234567890131\", number: \"+79031112234\", balance: {amount: '(x'}}]\n"},
	{"a low balance that nobody reads", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", balance: {ussd: \"*100#\", minutes: '(a)', low: 0}}]\n"},
	{"a balance of other groups than one", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", balance: {ussd: \"*100#\", amount: '[0-9]+', minutes: '(a)(b)'}}]\n"},
	{"a number on a trunk and on a SIM", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\"}]\nnumbers: [{e164: \"+79031112233\", trunk: a, sim: \"8970101234567890123\"}]\n"},
	{"a SIM's number on a trunk", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\"}]\nnumbers: [{e164: \"+79031112233\", trunk: a}]\n"},
	{"a number on a card that is not there", head + "numbers: [{e164: \"+79031112233\", sim: \"8970101234567890123\"}]\n"},
	{"a number on another's card", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\"}]\nnumbers: [{e164: \"+79031112234\", sim: \"8970101234567890123\"}]\n"},
	{"lines of a SIM's number", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\"}]\nnumbers: [{e164: \"+79031112233\", sim: \"8970101234567890123\", lines: 2, answer_within: 2m}]\n"},
	{"a trunk's number that rings unanswered", head + "numbers: [{e164: \"+74951234567\", trunk: a, answer_within: 20s}]\n"},
	{"a scenario that rings unanswered", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\"}]\nnumbers: [{e164: \"+79031112233\", sim: \"8970101234567890123\", scenario: main, answer_within: 20s}]\nscenarios: {main: [{hang_up: true}]}\n"},

	// People.
	{"a person without id and name", head + "employees: [{extension: \"201\"}]\n"},
	{"an extension that is an emergency number", head + "employees: [{id: a, name: A, extension: \"112\"}, {id: b, name: B, extension: \"101\"}]\ngroups: [{id: g, extension: \"03\"}]\n"},
	{"an extension that is a service number", "company: acme\ncountry: US\nemployees: [{id: a, name: A, extension: \"411\"}]\n"},
	{"an extension that is none", head + "employees: [{id: a, name: A, extension: \"2\"}, {id: b, name: B, extension: \"20a\"}, {id: c, name: C, extension: \"1234567\"}]\n"},
	{"an extension twice", head + "employees: [{id: a, name: A, extension: \"201\"}]\ngroups: [{id: g, extension: \"201\"}]\n"},
	{"a person and a group of one id", head + "employees: [{id: sales, name: A}]\ngroups: [{id: sales}]\n"},
	{"a mobile twice", head + "employees: [{id: a, name: A, mobile: \"+79161234567\"}, {id: b, name: B, mobile: \"89161234567\"}]\n"},
	{"an account twice", head + "employees: [{id: a, name: A, account: {sip: desk}}, {id: b, name: B, account: {sip: desk}}]\n"},
	{"a group that is not there", head + "employees: [{id: a, name: A, groups: [slaes]}]\ngroups: [{id: sales}]\n"},
	{"groups as a word", head + "employees: [{id: a, name: A, groups: sales}]\ngroups: [{id: sales}]\n"},
	{"a group twice", head + "employees: [{id: a, name: A, groups: [sales, sales]}]\ngroups: [{id: sales}]\n"},
	{"hours that are not there", head + "employees: [{id: a, name: A, hours: work}]\n"},
	{"an account without a name", head + "employees: [{id: a, name: A, account: {kind: soft}}]\n"},
	{"a fixed phone without a site", head + "employees: [{id: a, name: A, account: {sip: desk, kind: fixed}}]\n"},
	{"a site that is not there", head + "sites: [{id: office}]\nemployees: [{id: a, name: A, account: {sip: desk, kind: fixed, site: offce}}]\n"},
	{"a kind of phone", head + "employees: [{id: a, name: A, account: {sip: desk, kind: desk}}]\n"},
	{"ringing what is not there", head + "employees: [{id: a, name: A, mobile: \"+79161234567\", ring: [{device: sip}]}]\n"},
	{"ringing nothing", head + "employees: [{id: a, name: A, mobile: \"+79161234567\", ring: [{for: 10s}]}]\n"},
	{"an empty ring", head + "employees: [{id: a, name: A, mobile: \"+79161234567\", ring: []}]\n"},
	{"a device twice", head + "employees: [{id: a, name: A, mobile: \"+79161234567\", ring: [{device: mobile}, {device: mobile, after: 9s}]}]\n"},
	{"times out of range", head + "employees: [{id: a, name: A, mobile: \"+79161234567\", ring: [{device: mobile, after: -1s, for: 1h, confirm: maybe}]}]\n"},

	// Groups.
	{"a group without an id", head + "groups: [{name: Sales}]\n"},
	{"a strategy that is none", head + "groups: [{id: sales, strategy: longest_idle}]\n"},
	{"a group's times", head + "groups: [{id: sales, ring: 1s, each: 1h, sticky: 1s}]\n"},
	{"a head that is not there", head + "groups: [{id: sales, head: ivanov}]\n"},
	{"a waiting line", head + "groups: [{id: sales, wait: {longest: 1s, music: jazz, position: 1, most: -1}}]\n"},
	{"an overflow of two", head + "groups: [{id: sales, overflow: {ring: sales, hang_up: true}}]\n"},
	{"an overflow to nobody", head + "groups: [{id: sales, overflow: {ring: nobody}}]\n"},
	{"an overflow into itself", head + "groups: [{id: sales, overflow: {ring: sales}}]\n"},

	// People on the road.
	{"an access that is none", head + "numbers: [{e164: \"+74951234567\", trunk: a, access: call_through}, {e164: \"+74951234568\", trunk: a, access: [call-back]}]\n"},
	{"a PIN in the file", head + "employees:\n  - {id: a, name: A, pin: \"4711\"}\n  - {id: b, name: B, pin: }\n"},
	{"mail to nowhere", head + "employees: [{id: a, name: A, mail: a}, {id: b, name: B, mail: \"B <b@acme.example>\"}, {id: c, name: C, mail: \"c@acme.example, d@acme.example\"}, {id: d, name: D, mail: [d@acme.example]}, {id: e, name: E, mail: \"\"}]\n"},
	{"mail with more than an address", head + "employees: [{id: a, name: A, mail: \"a@acme.example\\r\\nBcc: x@y.example\"}, {id: b, name: B, mail: \"\\\"b c\\\"@acme.example\"}, {id: c, name: C, mail: \"c@акме.example\"}, {id: d, name: D, mail: \" d@acme.example\"}]\n"},
	{"mail too long", head + "alerts: [" + strings.Repeat("a", 243) + "@acme.example]\n"},
	{"alerts to one twice", head + "alerts: [a@acme.example, a@acme.example]\n"},
	{"alerts to a word", head + "alerts: a@acme.example\n"},
	{"where a person may call", head + "employees: [{id: a, name: A, may: {countries: [Kazakhstan, KZ, KZ], abroad: 1, everywhere: true}}, {id: b, name: B, may: [KZ]}]\n"},
	{"caps out of range", head + "employees: [{id: a, name: A, caps: {calls: 0, talk: 1s, abroad: 25h, spend: 5}}]\ndialling: {caps: {calls: many}}\n"},
	{"more abroad than at all", head + "dialling: {caps: {talk: 1h, abroad: 90m}}\n"},
	{"caps that are a number", head + "dialling: {caps: 100}\n"},
	{"greetings without words", head + "hours: {work: {mon: \"09:00-18:00\"}}\nemployees: [{id: a, name: A, voicemail: {greetings: [{inside: work}, {outside: nights, say: leave-message}, {say: hello}]}}]\n"},
	{"a greeting of both", head + "hours: {work: {mon: \"09:00-18:00\"}}\ngroups: [{id: g, voicemail: {greetings: [{inside: work, outside: work, say: leave-message}]}}]\n"},
	{"a greeting that is never heard", head + "groups: [{id: g, voicemail: {greetings: [{say: leave-message}, {say: off-hours}], sms: \"1\"}}]\n"},
	{"voicemail as an address", head + "employees: [{id: a, name: A, voicemail: a@acme.example}]\n"},
	{"a prompt that nobody can say", head + "employees: [{id: a, name: A, extension: \"201\"}]\nscenarios: {main: [{schedule: {inside: h, do: {say: recorded/202/1}}}, {say: recorded/201/10}], other: [{say: recorded/201}], third: [{say: recorded/201/x}], fourth: [{say: recorded/300/1}]}\nconferences: [{id: x, extension: \"300\"}]\nhours: {h: {mon: \"09:00-18:00\"}}\n"},
	{"rules of calling through", head + "call_through: {pin: sometimes, hidden: no, tries: 0, lock: 1s, prove: [abroad, money, abroad], call_backs: 0, texts: 1, price: 2}\n"},
	{"what is proved as a word", head + "call_through: {prove: abroad}\n"},
	{"keys in a conversation", head + "mid_call: {keys: \"*5\", codes: []}\n"},
	{"a conference without an id", head + "conferences: [{name: Standup, extension: \"112\", record: all, pin: \"1\"}]\n"},
	{"a conference twice", head + "employees: [{id: a, name: A, extension: \"300\"}]\nconferences: [{id: x, extension: \"300\"}, {id: x}]\n"},
	{"a conference that is not there", head + "conferences: [{id: standup}]\nscenarios: {main: [{conference: standupp}]}\ngroups: [{id: g, overflow: {conference: [standup]}}]\n"},
	{"results", head + "results: [{id: visit}, {id: visit, name: A}, {id: a b, name: B}, {id: c, name: {fr: C}}, {id: d, name: {}}, {id: e, name: E, call_back: 1s}, {id: f, name: F, call_back: 1h, closes: true}, {name: G}, {id: agreed}]\n"},
	{"too many results", head + "results: [" + strings.Repeat("{id: agreed}, ", 13) + "]\n"},
	{"missed calls", head + "missed_calls: {deadline: 1s, escalate: 200h, text: \"\", owner: a}\n"},
	{"a text that nothing sends", head + "sims: [{iccid: \"8970101234567890123\", number: \"+79031112233\", mandate: {owner: A, contract: c, for: [calls]}}]\nmissed_calls: {text: We will call you back.}\n"},
	{"a text too long", head + "missed_calls: {text: " + strings.Repeat("много ", 60) + "}\n"},
	{"what a client presses against a recording", head + "recording: {policy: all, refusal: \"99\"}\n"},
	{"a refusal by no key", head + "recording: {policy: all, refusal: no}\n"},
	{"a pause that is not allowed", head + "recording: {policy: all, pause: {allowed: false, for: 1m}}\n"},
	{"a pause of two ends", head + "recording: {policy: all, pause: {until_resumed: true, for: 1m}}\n"},
	{"a pause out of range", head + "recording: {policy: all, pause: {for: 2h, allowed: never, why: x}}\n"},

	// Caller ID.
	{"a shown number without a proof", head + "numbers: [{e164: \"+74951234567\", trunk: a}]\ngroups: [{id: sales}]\ncaller_id: [{for: sales, show: \"+74951234567\"}]\n"},
	{"a number to choose without a proof, and one of somebody else", head + "numbers: [{e164: \"+74951234567\", trunk: a, proof: {contract: c, from: 2026-01-01}}, {e164: \"+74951234568\", trunk: a}]\ncaller_id: [{for: all, show: \"+74951234567\", choose: [\"+74951234568\", \"+74951234569\"]}]\n"},
	{"a shown number of somebody else", head + "caller_id: [{for: all, show: \"+74951234567\"}]\n"},
	{"a rule for nobody", head + "caller_id: [{for: sales}, {show: \"+74951234567\"}]\n"},
	{"two rules for one", head + "numbers: [{e164: \"+74951234567\", trunk: a, proof: {contract: c, from: 2026-01-01}}]\ncaller_id: [{for: all, show: \"+74951234567\"}, {for: all, show: \"+74951234567\"}]\n"},

	// Scenarios.
	{"a scenario without steps", head + "scenarios: {main: []}\n"},
	{"a step of two", head + "scenarios: {main: [{hang_up: true, go: main}]}\n"},
	{"a step of none", head + "scenarios: {main: [{}]}\n"},
	{"a step that is a word", head + "scenarios: {main: [hang_up]}\n"},
	{"not to hang up", head + "scenarios: {main: [{hang_up: false}]}\n"},
	{"to ring nobody", head + "scenarios: {main: [{ring: slaes}]}\ngroups: [{id: sales}]\n"},
	{"a message for nobody", head + "scenarios: {main: [{voicemail: nobody}]}\n"},
	{"to go nowhere", head + "scenarios: {main: [{go: other}]}\n"},
	{"to say what nobody wrote", head + "scenarios: {main: [{say: closed}]}\n"},
	{"a schedule of neither", head + "scenarios: {main: [{schedule: {do: {hang_up: true}}}]}\n"},
	{"a schedule of both", head + "hours: {work: {mon: \"09:00-18:00\"}}\nscenarios: {main: [{schedule: {inside: work, outside: work}}]}\n"},
	{"a menu without a way out", head + "scenarios: {main: [{menu: {keys: {\"1\": {hang_up: true}}}}]}\n"},
	{"a menu's keys", head + "scenarios: {main: [{menu: {prompt: welcome2, timeout: 1ms, repeats: 10, default: {hang_up: true}, keys: {\"#\": {hang_up: true}, a: {hang_up: true}, \"12345\": {hang_up: true}}}}]}\n"},
	{"a circle", head + "scenarios: {a: [{go: b}], b: [{go: a}]}\n"},
	{"a circle into itself", head + "scenarios: {a: [{go: a}]}\n"},
	{"a step behind the end", head + "scenarios: {a: [{hang_up: true}, {go: a}]}\n"},

	// Prompts.
	{"a prompt of no words", head + "prompts: {welcome: \"\", closed: \"...\", Big: hello}\n"},
	{"a prompt too long", head + "prompts: {welcome: " + strings.Repeat("много ", 200) + "}\n"},
	{"prompts as a list", head + "prompts: [welcome]\n"},

	// Recording, dialling, confirm.
	{"recording without a policy", head + "recording: {internal: true}\n"},
	{"a policy that is none", head + "recording: {policy: some}\n"},
	{"a notice that nobody wrote", head + "recording: {policy: all, notice: warning}\n"},
	{"recording of no group", head + "recording: {policy: all, groups: {sales: {record: false}}}\n"},
	{"countries that are none", head + "dialling: {countries: [Belarus], longest: 1s, abroad: x}\n"},
	{"what carries calls", head + "dialling: {prefer: modems}\n"},
	{"confirm out of range", head + "confirm: 1s\n"},

	// Tests.
	{"a test without a time", head + "tests: [{expect: {refused: true}}]\n"},
	{"a test of a number of somebody else", head + "tests: [{at: \"2026-11-23 10:00\", to: \"+74951234567\", expect: {refused: true}}]\n"},
	{"a test of both ways", head + "employees: [{id: a, name: A, account: {sip: desk}}]\nnumbers: [{e164: \"+74951234567\", trunk: a}]\ntests: [{at: \"2026-11-23 10:00\", to: \"+74951234567\", by: a, dial: \"1\", expect: {refused: true}}]\n"},
	{"a test that dials nothing", head + "employees: [{id: a, name: A, account: {sip: desk}}]\ntests: [{at: \"2026-11-23 10:00\", by: a, expect: {refused: true}}]\n"},
	{"a test by nobody", head + "employees: [{id: a, name: A}]\ntests: [{at: \"2026-11-23 10:00\", by: b, dial: \"1\", expect: {refused: true}}, {at: now, by: a, dial: \"1\", expect: {refused: true}}]\n"},
	{"a test that expects nothing", head + "employees: [{id: a, name: A, account: {sip: desk}}]\ntests: [{at: \"2026-11-23 10:00\", by: a, dial: \"1\", expect: {}}, {at: \"2026-11-23 10:00\", by: a, dial: \"1\"}]\n"},
	{"a test that expects nobody", head + "employees: [{id: a, name: A, account: {sip: desk}}]\ntests: [{at: \"2026-11-23 10:00\", by: a, dial: \"1\", expect: {reaches: all, within: 1ms, recorded: 1, shows: x}}]\n"},
	{"keys that no phone has", head + "employees: [{id: a, name: A, account: {sip: desk}}]\ntests: [{at: \"2026-11-23 10:00\", by: a, dial: \"201\", keys: \"1x\", expect: {refused: true}}]\n"},
}

// machineRefusals has every key class of roadline.yaml.
var machineRefusals = []refusal{
	{"a list", "- node: a\n"},
	{"an unknown key", "sipp: {}\n"},
	{"a key of a company", "company: acme\n"},
	{"keys that are not built yet", "tls: {}\nroles: [gateway]\nrecording: {seal: true}\nsip: {wss: []}\n"},
	{"a bank without anything", "banks: [{}]\n"},
	{"a bank of nonsense", "banks: [{name: a, server: \"box:9997\", cards: [{}, {slot: 1}, {slot: 1/2000, spare: \"8970101234567890131\"}], modems: [{}, {client: a/b, modem: m}]}]\n"},
	{"a card, a client and a modem that stand twice", "banks: [{name: a, cards: [{slot: 1/0, iccid: \"8970101234567890131\", spare: \"8970101234567890149\"}, {slot: 1/0, iccid: \"8970101234567890131\"}], modems: [{client: 1/0, modem: m}, {client: 1/0, modem: m}]}]\n"},
	{"a slot that two banks of one server have", "banks: [{name: a, server: \"http://box:1\", cards: [{slot: 1/0}], modems: [{client: 1/0, modem: m}]}, {name: b, server: \"http://box:1/\", cards: [{slot: 1/0}], modems: [{client: 2/0, modem: n}]}, {name: c, cards: [{slot: 1/0}], modems: [{client: 1/0, modem: o}]}]"},
	{"a gateway without anything", "gateways: [{}, {name: a, vendor: goip, lines: [{}]}]\n"},
	{"a gateway's addresses", "gateways: [{name: a, vendor: goip, listen: box, sip: \"box.example:5060\", certificate: ab, poll: 1ms, lines: [{id: \"a b\", prefix: x, hotline: \"+7\"}]}]\n"},
	{"lines that cannot be told apart", "gateways: [{name: a, vendor: dinstar, sip: \"192.0.2.7:5060\", lines: [{id: \"0\", prefix: \"01\", hotline: \"9\"}, {id: \"1\", prefix: \"02\", hotline: \"9\"}, {id: \"2\", prefix: \"01\", hotline: \"8\"}, {id: \"2\", account: {name: a}, sip: \"192.0.2.7:5070\"}]}]\n"},
	{"a line without a way", "gateways: [{name: a, vendor: goip, lines: [{id: goip1, prefix: \"01\"}]}, {name: a, vendor: goip, lines: []}]\n"},
	{"a gateway's cards", "gateways: [{name: a, vendor: yeastar, lines: [{id: \"1\"}], cards: [{}, {imsi: \"25001x\", iccid: \"12\"}, {imsi: \"250011234567890\", iccid: \"8970101234567890131\"}, {imsi: \"250011234567890\", iccid: \"8970101234567890131\"}]}]\n"},
	{"a node's name", "node: Core One\n"},
	{"a listener", "sip: {udp: [5060, \"0.0.0.0:5060\", \"host:5060\"], tcp: \"127.0.0.1:5060\"}\n"},
	{"pages without TLS for others", "web: {listen: \"192.0.2.1:8080\"}\n"},
	{"a proxy without TLS", "web: {listen: \"192.0.2.1:8080\", url: http://pbx.example.com}\n"},
	{"proxies", "web: {trusted_proxies: [nginx, 0.0.0.0/0, 10.0.0.0/40]}\n"},
	{"receivers inside", "webhooks: {allow: [crm.local, 10.0.0.0/40], all: true}\n"},
	{"where pages are", "web: {listen: 8080, url: \"https://pbx.example.com/cabinet\", tls: {cert: a.pem}}\n"},
	{"a listener twice", "sip: {udp: [\"127.0.0.1:5060\", \"127.0.0.1:5060\"]}\n"},
	{"a trusted network", "sip: {trusted: [10.0.0.0/40, office]}\n"},
	{"ports", "media: {ports: 100-200}\n"},
	{"ports the wrong way round", "media: {ports: 30000-20000}\n"},
	{"too few ports", "media: {ports: 20000-20001}\n"},
	{"ports as one", "media: {ports: 20000}\n"},
	{"addresses of media", "media: {bind: [0.0.0.0, host], threads: 0}\n"},
	{"a log", "log: {level: verbose, format: xml}\n"},
	{"a profile before its carrier", "trunks: [{id: a, from: [192.0.2.1], profile: {fallback: \"12\", country: GB}, carrier: nobody}]\n"},
	{"no source", "trunks: [{id: a, from: [], profile: {country: RU}}]\n"},
	{"an empty path", "data: \"\"\n"},
	{"a database", "database: {host: x}\n"},
	{"a trunk without anything", "trunks: [{}]\n"},
	{"a trunk twice", "trunks:\n  - {id: a, from: [192.0.2.1], profile: {country: RU}}\n  - {id: a, from: [192.0.2.2], profile: {country: RU}}\n"},
	{"sources", "trunks: [{id: a, from: [carrier.example], profile: {country: RU}}]\n"},
	{"a target", "trunks: [{id: a, from: [192.0.2.1], targets: [\"sip:x y\", \"\", \"192.0.2.1:99999\"], profile: {country: RU}}]\n"},
	{"a carrier that is not known", "trunks: [{id: a, from: [192.0.2.1], carrier: megafon}]\n"},
	{"a profile", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RUS, called: {style: e165}, caller: x, reads: {abroad: y}, shown_in: header, diverted: perhaps, caller_from: [to], codecs: [g729], fallback: \"1\", causes: {200: busy, x: busy, 480: sleeping}, privacy: 1}}]\n"},
	{"a login without a file", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, login: {name: x}}]\n"},
	{"calls and options", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, calls: 0, options: 1ms}]\n"},
	{"a grant to nobody", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, grants: [{numbers: [\"+74951234567\"]}]}]\n"},
	{"grants of no numbers", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, grants: [{company: acme, numbers: [\"12\", \"+74951234599-+74951234500\", \"+74950000000-+74959999999\"]}]}]\n"},
	{"a company twice on a trunk", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU}, grants: [{company: acme, numbers: [\"+74951234567\"]}, {company: acme, out: false}]}]\n"},
	{"one number for two", "trunks:\n  - id: a\n    from: [192.0.2.1]\n    profile: {country: RU}\n    grants:\n      - {company: acme, numbers: [\"+74951234567\"]}\n      - {company: beta, numbers: [\"+74951234567\"]}\n"},
	{"modems as a word", "modems: all\n"},
	{"modems that are nowhere", "modems:\n  - {}\n  - {at: ttyUSB2, pcm: ttyUSB1, family: Huawei}\n  - {at: \"usb:1\", name: Left One}\n  - {at: [1]}\n"},
	{"a modem twice", "modems: [{at: \"usb:1-1\"}, {at: \"usb:1-1\"}, {at: \"usb:1-2\", name: a}, {at: \"usb:1-3\", name: a}]\n"},
	{"cards of nobody", "sims: [{}, {iccid: \"8970101234567890120\", company: Acme, pin_file: \"\"}]\n"},
	{"a card for two", "sims: [{iccid: \"8970101234567890123\", company: acme}, {iccid: \"8970101234567890123\", company: beta}]\n"},
	{"a PIN in the file", "sims: [{iccid: \"8970101234567890123\", company: acme, pin: \"0000\"}]\n"},
	{"when lines rest", "gsm: {signal: -121, hysteresis: 0, failures: 0, cool_down: 1s, watchdog: 1h, resets: 21}\n"},
	{"traces for ever", "trace: {keep: ever}\n"},
	{"traces for too long", "trace: {keep: 400d}\n"},
	{"figures that nobody may ask for", "metrics: {}\n"},
	{"figures for strangers", "metrics: {listen: \"0.0.0.0:9090\"}\n"},
	{"figures for the world", "metrics: {listen: \"203.0.113.1:9090\"}\n"},
	{"figures without a port", "metrics: {listen: localhost}\n"},
	{"a mail server without anything", "mail: {}\n"},
	{"a mail server that is nowhere", "mail: {server: smtp.acme.example, from: \"Roadline <roadline@acme.example>\", security: ssl, login: {name: roadline}}\n"},
	{"a mail server's port", "mail: {server: \":587\", from: roadline}\n"},
	{"a mail server by its parts", "mail: {server: {host: smtp.acme.example}, from: [roadline@acme.example]}\n"},
	{"a password for everybody to read", "mail: {server: \"smtp.acme.example:25\", from: roadline@acme.example, security: none, login: {name: roadline, password_file: secrets/mail}}\n"},
	{"a password in the file", "mail: {server: \"smtp.acme.example:587\", from: roadline@acme.example, login: {name: roadline, password: secret}}\n"},
	{"a signal above zero", "gsm: {signal: 105}\n"},
	{"a caller whom no carrier vouches for so", "gsm: {trust: own}\n"},
	{"a trust that there is not", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, trust: full}}]\n"},
	{"native calls that nothing tells", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: {}}}, {id: b, from: [192.0.2.2], profile: {country: RU, fmc: {all: true, tag: {header: X}}}}]\n"},
	{"tags that are none", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: {tag: {}, private: {tag: {header: X, parameter: y}}}}}, {id: b, from: [192.0.2.2], profile: {country: RU, fmc: {tag: {header: \"X Y\"}}}}]\n"},
	{"short numbers that cannot be told", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, fmc: {all: true, short: mobileshort, person: to, private: {prefix: \"seven\"}}}}]\n"},
	{"mobiles that cannot be given back", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, shown_in: pai, fmc: {all: true}}}]\n"},
	{"a profile that contradicts itself", "trunks: [{id: a, from: [192.0.2.1], profile: {country: RU, shown_in: pai, diverted: diversion}}]\n"},
}

// TestBadFilesAreRefusedWithPlaceAndRemedy keeps every sentence that a person may read.
func TestBadFilesAreRefusedWithPlaceAndRemedy(t *testing.T) {
	for file, all := range map[string][]refusal{"company_refusals.txt": companyRefusals, "machine_refusals.txt": machineRefusals} {
		var told strings.Builder
		for _, r := range all {
			var err error
			if file[0] == 'c' {
				_, err = configs.ReadCompany("acme.yaml", []byte(r.text))
			} else {
				_, err = configs.ReadMachine("roadline.yaml", []byte(r.text))
			}
			if err == nil {
				t.Errorf("%s: %s is taken", file, r.name)
				continue
			}
			if !errors.Is(err, cause.Invalid) {
				t.Errorf("%s: %s: kind %v", file, r.name, cause.KindOf(err))
			}
			fmt.Fprintf(&told, "# %s\n%s%v\n\n", r.name, numbered(r.text), err)
		}
		golden(t, file, told.String())
	}
}

// numbered is a text with its lines numbered, for a person who compares them with the errors.
func numbered(text string) string {
	if len(text) > 4000 {
		return "(a long text)\n"
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%3d  %.200q\n", i+1, line)
	}
	return b.String()
}
